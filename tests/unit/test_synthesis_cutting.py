"""The value that synthesis raises: that of a layer before the ReLUs behind it, wherever they stand in a network."""

import pytest
import torch
from ascents import SHAPE, ascent_of, box_of
from torch import nn

from selectivity.errors import ConfigError
from selectivity.synthesis import engine
from selectivity.synthesis.cutting import LayerCut
from selectivity.synthesis.engine import make_batch


def test_the_path_of_a_relu_means_its_input(conv):
    behind, before = LayerCut(conv, "7"), LayerCut(conv, "6")
    images = torch.randn(2, *SHAPE)
    with torch.inference_mode():
        assert torch.equal(behind(images), before(images))
        assert behind(images).min() < 0


class Branches(nn.Module):
    """Two rectified convolutions side by side, as in a Fire module, with another ReLU before them."""

    def __init__(self, spent=False, pool=None):
        super().__init__()
        self.squeeze, self.spent, self.pool = nn.Conv2d(3, 6, 1), spent, pool
        self.one, self.three = nn.Conv2d(6, 8, 1), nn.Conv2d(6, 8, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, images):
        squeezed = self.relu(self.squeeze(images))
        one, three = self.relu(self.one(squeezed)), nn.functional.relu(self.three(squeezed))
        if self.spent:
            three = three + one.mean()
        joined = torch.cat([one, three], 1)
        return joined if self.pool is None else self.pool(joined)

    def before(self, images):
        squeezed = torch.relu(self.squeeze(images))
        return torch.cat([self.one(squeezed), self.three(squeezed)], 1)


@pytest.mark.parametrize("pool", [None, nn.MaxPool2d(2)])
def test_relus_that_end_in_the_output_of_a_module_are_left_out(pool):
    torch.manual_seed(3)
    branches = Branches(pool=pool)
    network = nn.Sequential(branches, nn.Conv2d(16, 4, 1))
    images = torch.randn(2, *SHAPE)
    with torch.inference_mode():
        usual = network(images)
    cut = LayerCut(network, "0")
    assert cut.rectified(images)
    values = cut(images)
    expected = branches.before(images)
    torch.testing.assert_close(values, expected if pool is None else pool(expected))
    assert values.min() < 0
    with torch.inference_mode():
        torch.testing.assert_close(values.clamp_min(0), branches(images))
        assert torch.equal(network(images), usual), "the network itself is as it was"
    assert "forward" not in vars(branches)


def test_modules_that_do_not_end_in_relus_are_left_alone():
    torch.manual_seed(3)
    images = torch.randn(2, *SHAPE)
    for module in (Branches(spent=True), Branches(pool=nn.AvgPool2d(2)), nn.Conv2d(3, 5, 3)):
        cut = LayerCut(nn.Sequential(module, nn.Flatten()), "0")
        with torch.inference_mode():
            assert torch.equal(cut(images), module(images))
        assert not cut.rectified(images)


def test_a_silent_unit_of_a_fire_module_climbs():
    torch.manual_seed(3)
    branches = Branches()
    with torch.no_grad():
        branches.three.bias[2] = -1.0
    result = make_batch(ascent_of(nn.Sequential(branches, nn.Flatten()), "0", batch=2), [(10, 0)])
    assert result["snapshot_activation"][0, 0] == 0
    assert result["snapshot_activation"][0, -1] > 0


def test_the_output_is_not_rectified_and_hidden_layers_are(conv):
    images = torch.randn(2, *SHAPE)
    expected = {"0": True, "6": True, "8": False, "output": False}
    assert {path: LayerCut(conv, path).rectified(images) for path in expected} == expected


def test_the_layer_that_gives_the_output_is_known_by_its_values(conv):
    gives = {path: engine.gives_output(LayerCut(conv, path), box_of()) for path in ("3", "6", "8")}
    assert gives == {"3": False, "6": False, "8": True}
    with torch.no_grad():
        conv[3].bias += 5  # so that some output lies above zero
    averaged = nn.Sequential(*conv[:5], nn.AdaptiveAvgPool2d(1), nn.Flatten())
    assert engine.gives_output(LayerCut(averaged, "3"), box_of())
    assert not engine.gives_output(LayerCut(averaged, "0"), box_of())


def test_nothing_is_computed_behind_the_cut(conv):
    ran = []
    conv[4].register_forward_hook(lambda *_: ran.append(True))
    LayerCut(conv, "3")(torch.zeros(1, *SHAPE))
    assert not ran
    assert not conv[3]._forward_hooks


def test_unknown_layers_and_softmax_are_refused(conv):
    with pytest.raises(ConfigError, match="no module '33'"):
        LayerCut(conv, "33")
    with pytest.raises(ConfigError, match="softmax"):
        LayerCut(conv, "softmax")
