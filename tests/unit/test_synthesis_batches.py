"""Which images are made together, and that an image depends on nothing but itself."""

import numpy as np
import pytest
import torch
from ascents import SHAPE, WHO, ascent_of, box_of

from selectivity.errors import ConfigError
from selectivity.synthesis import engine
from selectivity.synthesis.engine import items_of, make_batch
from selectivity.synthesis.seeds import Identity


@pytest.mark.parametrize("path", ["0", "3", "6", "output"])
@pytest.mark.parametrize(
    "extra", [{}, {"jitter": 2, "blur": 0.5}, {"parameterization": "natural_fourier"}]
)
def test_an_image_does_not_depend_on_its_company(conv, path, extra):
    ascent = ascent_of(conv, path, steps=6, snapshots=(6,), batch=8, objective="iam", **extra)
    together = make_batch(ascent, items_of((0, 1, 2, 3, 4), 1))
    reversed_ = make_batch(ascent, items_of((4, 3), 1))
    alone = make_batch(ascent, [(3, 0)])
    for key, values in alone.items():
        np.testing.assert_array_equal(values[0], together[key][3], err_msg=key)
        np.testing.assert_array_equal(values[0], reversed_[key][1], err_msg=key)


@pytest.mark.parametrize(("n_units", "wanted"), [(10, None), (10, 3), (96, 16), (64, 40), (7, 9)])
def test_chosen_units_fill_batches(n_units, wanted):
    units = engine.choose_units(n_units, wanted, WHO, batch=16)
    n_expected = min(wanted or n_units, n_units)
    assert len(set(units)) == len(units) == n_expected
    assert units == sorted(units)
    assert set(units) <= set(range(n_units))
    batches = engine.batches_of(items_of(units, 2), 16)
    assert len(batches) == 2 * -(-n_expected // 16)
    assert sorted(item for batch in batches for item in batch) == items_of(units, 2)


def test_units_can_be_named():
    assert engine.choose_units(10, [7, 2], WHO, batch=4) == [2, 7]
    with pytest.raises(ConfigError, match="unit 10 of layer 'layer', whose units are 0 to 9"):
        engine.choose_units(10, [3, 10], WHO, batch=4)


def test_a_unit_always_takes_the_same_place():
    for batch in engine.batches_of(items_of((0, 5, 16, 21, 22), 1), 16):
        assert len({unit % 16 for unit, _ in batch}) == len(batch)


def test_restarts_and_units_start_from_noise_of_their_own():
    starts = [WHO.noise(unit, restart, SHAPE) for unit in (0, 1) for restart in (0, 1)]
    others = [Identity(8, "small", "layer").noise(0, 0, SHAPE), starts[0]]
    assert len({start.tobytes() for start in starts + others}) == 5
    assert np.std(starts) == pytest.approx(1, abs=0.1)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_gpu_agrees_with_the_cpu(conv):
    ascent = ascent_of(conv, "3", steps=5, snapshots=(5,), batch=4)
    slow = make_batch(ascent, [(0, 0)])
    engine.make_deterministic()
    device = torch.device("cuda")
    ascent = ascent_of(conv.to(device), "3", box_of().to(device), steps=5, snapshots=(5,), batch=4)
    fast = make_batch(ascent, [(0, 0)])
    # Five steps of Adam: rounding differs, signs of tiny gradients may too, activations hardly.
    np.testing.assert_allclose(fast["activation"], slow["activation"], rtol=1e-3, atol=1e-4)
