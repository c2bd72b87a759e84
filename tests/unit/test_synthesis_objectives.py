"""What activation maximization climbs: known optima, scalars by hand, and units of a trained network."""

import numpy as np
import pytest
import torch
from ascents import SHAPE, ascent_of, box_of
from torch import nn

from selectivity.substitution import has_failed
from selectivity.synthesis import engine
from selectivity.synthesis.cutting import LayerCut
from selectivity.synthesis.engine import items_of, make_batch
from selectivity.synthesis.objectives import unit_scalars


def sign_pattern(direction, low, high):
    """The image of a box that a linear unit likes best."""
    return np.where(direction > 0, high, low).reshape(SHAPE)


def test_am_of_a_linear_unit_is_the_clamped_sign_pattern(linear):
    result = make_batch(ascent_of(linear, "1", batch=12), items_of(range(12), 1))
    weights = linear[1].weight.numpy()
    for unit in range(12):
        np.testing.assert_array_equal(
            result["image"][unit], sign_pattern(weights[unit], -1.5, 2.0).astype(np.float32)
        )


@pytest.mark.parametrize("others", ["pre", "post"])
def test_iam_of_a_linear_unit_is_the_sign_pattern_of_its_own_less_the_others(linear, others):
    """No ReLU follows: before and after are the same."""
    settings = {"objective": "iam", "batch": 12, "others": others}
    result = make_batch(ascent_of(linear[:2], "1", **settings), items_of(range(12), 1))
    weights = linear[1].weight.numpy().astype(np.float64)
    for unit in range(12):
        others = np.delete(weights, unit, axis=0).mean(0)
        expected = sign_pattern(weights[unit] - others, -1.5, 2.0)
        np.testing.assert_array_equal(result["image"][unit], expected.astype(np.float32))
        best = expected.ravel() @ (weights[unit] - others)
        bias = linear[1].bias.numpy()
        best += bias[unit] - np.delete(bias, unit).mean()
        assert result["objective"][unit].max() == pytest.approx(best, rel=1e-5)


def test_normalized_gradient_reaches_the_optimum_too(linear):
    settings = {"optimizer": "normalized_gradient", "learning_rate": 1.0, "batch": 4, "steps": 400}
    result = make_batch(ascent_of(linear, "1", **settings), [(3, 0)])
    expected = sign_pattern(linear[1].weight.numpy()[3], -1.5, 2.0)
    reached = (expected * result["image"][0]).sum() / (expected**2).sum()
    assert reached > 0.99


def test_without_the_clamp_images_leave_the_box(linear):
    result = make_batch(ascent_of(linear, "1", clamp=False, batch=2), [(0, 0)])
    assert np.abs(result["image"]).max() > 3


@pytest.mark.parametrize("scalar", ["mean", "max", "center"])
@pytest.mark.parametrize("objective", ["am", "iam"])
def test_conv_scalars_by_hand(conv, scalar, objective):
    ascent = ascent_of(conv, "3", scalar=scalar, objective=objective, steps=3, snapshots=(3,))
    result = make_batch(ascent, [(5, 0), (23, 0)])
    with torch.inference_mode():
        maps = conv[:4](torch.from_numpy(result["image"])).numpy()
    reduce = {
        "mean": lambda m: m.mean((2, 3)),
        "max": lambda m: m.max((2, 3)),
        "center": lambda m: m[:, :, 2, 2],
    }[scalar]
    measured = reduce(np.maximum(maps, 0))
    for row, unit in enumerate((5, 23)):
        own = measured[row, unit]
        others = np.delete(measured[row], unit)
        assert result["snapshot_activation"][row, -1] == pytest.approx(own, rel=1e-4)
        assert result["snapshot_others"][row, -1] == pytest.approx(others.mean(), rel=1e-4)
        assert result["snapshot_higher"][row, -1] == (others > own).sum()
        before = reduce(maps)[row]
        best = before[unit]
        if objective == "iam":
            best = best - np.delete(measured[row], unit).mean()
        assert result["objective"][row].max() == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize("others", ["pre", "post"])
def test_iam_subtracts_the_others_before_or_after_their_relu(linear, others):
    ascent = ascent_of(
        linear, "1", objective="iam", others=others, batch=12, steps=60, snapshots=(60,)
    )
    result = make_batch(ascent, items_of(range(12), 1))
    flat = torch.from_numpy(result["image"]).flatten(1)
    before = linear[1](flat).detach().numpy()
    counted = np.maximum(before, 0) if others == "post" else before
    for unit in range(12):
        best = before[unit, unit] - np.delete(counted[unit], unit).mean()
        assert result["objective"][unit].max() == pytest.approx(best, rel=1e-4)


def test_iam_silences_the_competitors(conv):
    """The reason for counting the others after their ReLU: fewer units beat a unit on its own image."""
    higher = {}
    for objective, others in (("am", "post"), ("iam", "post")):
        settings = {"objective": objective, "others": others, "steps": 60, "snapshots": (60,)}
        result = make_batch(ascent_of(conv, "3", **settings, batch=24), items_of(range(24), 1))
        higher[objective] = result["snapshot_higher"][:, -1].mean()
        assert (result["activation"].max(1) > result["activation"][:, 0]).all()
    assert higher["iam"] < higher["am"]


def gratings(n, generator):
    """Pictures of four classes: stripes of two directions and two colors, at any phase, in noise."""
    labels = torch.arange(n) % 4
    rows, columns = torch.meshgrid(torch.arange(8.0), torch.arange(8.0), indexing="ij")
    across = torch.where((labels % 2 == 0)[:, None, None], rows, columns)
    phase = torch.rand(n, 1, 1, generator=generator) * 6.28
    stripes = torch.sin(across * 1.6 + phase)
    images = 0.3 * torch.randn(n, *SHAPE, generator=generator)
    images[torch.arange(n), labels // 2] += stripes
    return images, labels


@pytest.fixture(scope="module")
def trained():
    """A network that has learned something, with its live units by layer: those that some picture excites."""
    torch.manual_seed(2)
    network = nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 48, 3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(48 * 16, 64),
        nn.ReLU(),
        nn.Linear(64, 4),
    )
    generator = torch.Generator().manual_seed(0)
    images, labels = gratings(512, generator)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
    for _ in range(6):
        for start in range(0, 512, 64):
            batch = slice(start, start + 64)
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(images[batch]), labels[batch]).backward()
            optimizer.step()
    images, labels = gratings(256, generator)
    live = {}
    with torch.inference_mode():
        assert (network(images).argmax(1) == labels).float().mean() > 0.9
        for path in ("0", "3", "6"):
            values = unit_scalars(network[: int(path) + 2](images), "mean")
            live[path] = torch.nonzero(values.amax(0) > 0).ravel().tolist()
    return network.requires_grad_(False), live


@pytest.mark.parametrize("path", ["0", "3", "6"])
def test_in_a_trained_network_am_excites_live_units_and_iam_lowers_rs(trained, path):
    network, live = trained
    n_units, _ = engine.shape_of_layer(LayerCut(network, path), box_of())
    higher = {}
    for objective in ("am", "iam"):
        ascent = ascent_of(network, path, objective=objective, batch=n_units)
        result = make_batch(ascent, items_of(range(n_units), 1))
        higher[objective] = result["snapshot_higher"][:, -1].mean()
        if objective == "am":
            start, *_, end = result["snapshot_activation"][live[path]].T
            assert (~has_failed(end, start)).mean() >= 0.99
    assert higher["iam"] < higher["am"]


def test_ascent_works_on_values_before_the_relu(linear):
    """A unit that is silent on the starting noise still climbs."""
    with torch.no_grad():
        linear[1].bias[2] = -5.0
    result = make_batch(ascent_of(linear, "1", batch=2), [(2, 0)])
    assert result["snapshot_activation"][0, 0] == 0
    assert result["snapshot_activation"][0, -1] > 0
