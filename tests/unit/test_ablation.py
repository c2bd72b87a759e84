"""Ablation against networks that are run whole with their weights changed."""

import copy

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats
from torch import nn

from selectivity.ablation.predictors import compare_predictors
from selectivity.ablation.removal import Removal, count_correct, orders_of
from selectivity.ablation.splitting import split_network
from selectivity.ablation.summary import summary_table
from selectivity.ablation.tables import curve_table, unit_table
from selectivity.errors import ConfigError

N_CLASSES = 4


class Residual(nn.Module):
    """A network with a skip connection over the layer, an in-place sum and functions besides modules."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, padding=1)
        self.layer = nn.Conv2d(6, 6, 3, padding=1)
        self.head = nn.Linear(6 * 16, N_CLASSES)

    def forward(self, x):
        x = torch.relu_(self.stem(x))
        y = torch.relu_(self.layer(x))
        y += x
        y = nn.functional.max_pool2d(y, 2)
        return self.head(y.view(x.size(0), -1))


class Winding(Residual):
    """The same, but it cannot be traced."""

    def forward(self, x):
        if x.sum() > 1e9:
            return x
        return super().forward(x)


@pytest.fixture
def plain():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(128, 10),
        nn.ReLU(inplace=True),
        nn.Linear(10, N_CLASSES),
    ).eval()


@pytest.fixture
def images():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(40, 3, 8, 8, generator=generator)


def test_halves_together_are_the_network(plain, images):
    torch.manual_seed(2)
    for network, paths in ((plain, "0146"), (Residual().eval(), ("stem", "layer"))):
        for path in paths:
            split = split_network(network, path)
            assert split.is_cheap
            with torch.inference_mode():
                values, rest = split.below(images)
                once = split.above(values, rest)
                torch.testing.assert_close(once, network(images), rtol=0, atol=0)
                again = split.above(values, rest)
            assert torch.equal(once, again), "nothing that is kept has been changed in place"


@pytest.mark.parametrize("kind", [Residual, Winding])
def test_a_silenced_unit_with_a_skip_connection(kind, images):
    torch.manual_seed(3)
    network = kind().eval()
    split = split_network(network, "layer")
    assert split.is_cheap == (kind is Residual)
    cut = copy.deepcopy(network)
    with torch.no_grad():
        cut.layer.weight[2] = 0
        cut.layer.bias[2] = 0
    with torch.inference_mode():
        values, rest = split.below(images)
        values[:, 2] = 0
        torch.testing.assert_close(split.above(values, rest), cut(images), rtol=0, atol=1e-6)
    assert not network.layer._forward_hooks


def slow_accuracy(network, layer, images, labels, units, levels):
    """Accuracy of the whole network with units clamped after the ReLU, image by image."""
    index = int(layer)
    hits = []
    with torch.inference_mode():
        for image, label in zip(images, labels, strict=True):
            x = network[: index + 2](image[None])
            for unit in units:
                x[:, unit] = float(levels[unit])
            hits.append(int(network[index + 2 :](x).argmax()) == label)
    return np.array(hits)


@pytest.mark.parametrize("layer", ["0", "4"])
@pytest.mark.parametrize("fill", ["zero", "mean"])
def test_curves_equal_the_whole_network_with_units_clamped(plain, images, layer, fill):
    labels = np.random.default_rng(0).integers(0, N_CLASSES, len(images))
    with torch.inference_mode():
        after = plain[: int(layer) + 2](images)
    n_units = after.shape[1]
    axes = [0, *range(2, after.ndim)]
    levels = {"zero": np.zeros(n_units), "mean": after.mean(axes).numpy()}
    units = tuple(np.random.default_rng(1).permutation(n_units).tolist())
    removals = [Removal("random", 0, fill, units)]
    batches = [(images[i : i + 16], labels[i : i + 16]) for i in (0, 16, 32)]
    split = split_network(plain, layer)
    counts = count_correct(split, batches, N_CLASSES, n_units, removals, {fill: levels[fill]})
    curves = curve_table(removals, counts)
    for n_removed in (0, 1, 3, n_units):
        hits = slow_accuracy(plain, layer, images, labels, units[:n_removed], levels[fill])
        assert curves["accuracy"][n_removed] == pytest.approx(hits.mean())
    whole = slow_accuracy(plain, layer, images, labels, (), levels[fill])
    best = np.arange(n_units) % N_CLASSES
    best[0] = -1
    scores = pd.DataFrame({"class_selectivity": 0.5, "class_selectivity_class": best, "rs": 0.1})
    scores = scores.reindex(range(n_units)).assign(class_selectivity_class=best)
    table = unit_table(counts, scores)
    for unit in (0, 3):
        hits = slow_accuracy(plain, layer, images, labels, (unit,), levels[fill])
        row = table.iloc[unit]
        assert row["drop"] == pytest.approx(whole.mean() - hits.mean())
        if unit == 0:
            assert np.isnan(row["own_class_drop"])
            continue
        own = labels == best[unit]
        assert row["own_class_drop"] == pytest.approx(whole[own].mean() - hits[own].mean())
        expected = whole[~own].mean() - hits[~own].mean()
        assert row["other_classes_drop"] == pytest.approx(expected)


def test_orders_follow_scores_and_seeds():
    scores = {"lowest_rs_first": np.array([0.5, np.nan, 0.1, 0.1])}
    orders = orders_of(scores, 4, 2, seed=(1, 2))
    assert orders[0] == ("lowest_rs_first", 0, (2, 3, 0, 1))
    assert [order[:2] for order in orders[1:]] == [("random", 0), ("random", 1)]
    assert all(sorted(order[2]) == [0, 1, 2, 3] for order in orders)
    assert orders == orders_of(scores, 4, 2, seed=(1, 2))
    many = orders_of({}, 50, 2, seed=(1, 2))
    assert many[0][2] != many[1][2] != orders_of({}, 50, 2, seed=(1, 3))[1][2]


def test_the_summary_says_which_score_foretells_the_drop():
    worth = np.linspace(0, 0.2, 12)
    units = pd.DataFrame({"network": "n", "layer": "l", "fill": "zero", "unit": range(12)})
    units = units.assign(drop=worth, own_class_drop=worth[::-1], other_classes_drop=0.0)
    units = units.assign(class_selectivity=-worth, rs=np.r_[worth[:9] ** 2, [np.nan] * 3])
    curves = pd.DataFrame(
        {
            "network": "n",
            "layer": "l",
            "fill": "zero",
            "order": ["a", "a", "random", "random", "random", "random"],
            "repeat": [0, 0, 0, 0, 1, 1],
            "accuracy": [1.0, 0.5, 1.0, 0.7, 1.0, 0.9],
        }
    )
    (row,) = summary_table(curves, units, seed=0).to_dict("records")
    assert row["rho_class_selectivity"] == pytest.approx(-1)
    assert row["rho_class_selectivity_own_class"] == pytest.approx(1)
    assert row["rho_rs"] == pytest.approx(1)
    assert row["n_units_with_rs"] == 9
    assert row["better_predictor"] == "neither", "nine units are too few to tell"
    assert row["area_a"] == pytest.approx(0.75)
    assert row["area_random"] == pytest.approx(0.9)
    assert row["area_random_sd"] == pytest.approx(np.std([0.85, 0.95], ddof=1))


@pytest.mark.parametrize(
    ("noise", "better"), [((0.01, 2.0), "first"), ((2.0, 0.01), "second"), ((0.3, 0.3), "neither")]
)
def test_the_better_predictor_is_found(noise, better):
    generator = np.random.default_rng(0)
    worth = generator.standard_normal(60)
    first, second = (
        sign * worth + generator.standard_normal(60) * s
        for sign, s in zip((1, -1), noise, strict=True)
    )
    first[:5] = np.nan
    found = compare_predictors(first, second, worth, seed=1)
    assert (found.better, found.n_units) == (better, 55)
    rhos = [stats.spearmanr(score[5:], worth[5:]).statistic for score in (first, second)]
    assert found.advantage == pytest.approx(abs(rhos[1]) - abs(rhos[0]))
    assert found.low < found.advantage < found.high
    assert found == compare_predictors(first, second, worth, seed=1)
    assert np.isnan(compare_predictors(first, np.ones(60), worth, seed=1).advantage)


def test_unknown_modules_are_refused(plain):
    with pytest.raises(ConfigError, match="no module '44'"):
        split_network(plain, "44")
