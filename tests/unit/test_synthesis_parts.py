"""Penalties, blur, spectra and settings of synthesis."""

import numpy as np
import pytest
import torch
from ascents import SHAPE, WHO, ascent_of, box_of

from selectivity.errors import ConfigError
from selectivity.synthesis.engine import make_batch
from selectivity.synthesis.parts import PARAMETERIZATIONS, Box, blurred, total_variation
from selectivity.synthesis.settings import SynthesisSettings


def test_penalties_and_blur_by_hand():
    image = torch.tensor([[0.0, 1.0], [3.0, 3.0]]).expand(1, 1, 2, 2)
    assert total_variation(image).item() == 1 + 0 + 3 + 2
    flat = torch.full((1, 3, 9, 9), 0.7)
    torch.testing.assert_close(blurred(flat, 1.0), flat)
    point = torch.zeros(1, 1, 9, 9)
    point[0, 0, 4, 4] = 1
    smooth = blurred(point, 1.0)
    assert smooth.sum().item() == pytest.approx(1, abs=1e-5)
    assert smooth[0, 0, 4, 5] / smooth[0, 0, 4, 4] == pytest.approx(np.exp(-0.5), rel=1e-5)


def test_spectra_stay_among_valid_pixels_and_natural_colors_are_mostly_light():
    box = box_of((3, 16, 16))
    noise = torch.from_numpy(WHO.noise(0, 0, (64, 3, 2, 16, 9))) * 0.3
    for name in ("fourier", "natural_fourier"):
        images = PARAMETERIZATIONS[name]((3, 16, 16), box).images(noise)
        assert images.shape == (64, 3, 16, 16)
        assert images.min() > -1.5
        assert images.max() < 2.0
        channels = images.permute(1, 0, 2, 3).flatten(1).numpy()
        correlated = np.corrcoef(channels)[0, 1]
        assert correlated > 0.8 if name == "natural_fourier" else abs(correlated) < 0.2
    swapped = Box(box.low, box.high, "bgr")
    natural = PARAMETERIZATIONS["natural_fourier"]
    there, here = (
        natural((3, 16, 16), swapped).images(noise),
        natural((3, 16, 16), box).images(noise),
    )
    torch.testing.assert_close(there.flip(1), here)


def test_penalties_tame_the_image(linear):
    size = {}
    for weight in (0.0, 1.0):
        result = make_batch(ascent_of(linear, "1", l2=weight, batch=2), [(0, 0)])
        size[weight] = np.abs(result["image"]).mean()
    assert size[1.0] < 0.2 * size[0.0]
    weights = linear[1].weight.numpy()[0].reshape(SHAPE)
    # With weight 1 the optimum is the weight vector itself: the gradient w - x vanishes there.
    assert np.corrcoef(result["image"][0].ravel(), weights.ravel())[0, 1] > 0.98


def test_settings_refuse_what_makes_no_sense():
    with pytest.raises(ConfigError, match="did you mean 'adam'"):
        SynthesisSettings(optimizer="adm")
    with pytest.raises(ConfigError, match="beyond the 10 steps"):
        SynthesisSettings(steps=10, snapshots=(20,))
