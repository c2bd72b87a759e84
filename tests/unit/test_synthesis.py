"""Activation maximization against known optima, and its independence of everything but the image itself."""

import h5py
import numpy as np
import pytest
import torch
from torch import nn

from selectivity.errors import ConfigError
from selectivity.substitution import has_failed
from selectivity.synthesis import engine
from selectivity.synthesis.ascent import Ascent
from selectivity.synthesis.cutting import LayerCut
from selectivity.synthesis.engine import items_of, make_batch, synthesize_images
from selectivity.synthesis.objectives import unit_scalars
from selectivity.synthesis.parts import PARAMETERIZATIONS, Box, blurred, total_variation
from selectivity.synthesis.seeds import Identity
from selectivity.synthesis.settings import SynthesisSettings
from selectivity.synthesis.store import gather_images, open_synthesis
from selectivity.synthesis.work import WorkFolder

SHAPE = (3, 8, 8)
WHO = Identity(seed=7, network="small", layer="layer")


def box_of(shape=SHAPE, low=-1.5, high=2.0):
    return Box(torch.full(shape, low), torch.full(shape, high))


@pytest.fixture
def linear():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(192, 12), nn.ReLU(), nn.Linear(12, 4))


@pytest.fixture
def conv():
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv2d(3, 20, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(20, 24, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Linear(24 * 16, 30),
        nn.ReLU(inplace=True),
        nn.Linear(30, 5),
    )


def ascent_of(network, path, box=None, **settings):
    return Ascent(
        LayerCut(network, path), SynthesisSettings(**settings), WHO, SHAPE, box or box_of()
    )


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


def run(tmp_path, conv, name, units, **options):
    recipes = {
        f"{objective}_mean": SynthesisSettings(
            objective=objective, steps=8, snapshots=(4, 8), batch=4
        )
        for objective in ("am", "iam")
    }
    output = tmp_path / name
    synthesize_images(
        output, conv, "3", recipes, WHO, items_of(units, 2), box_of(), {"seed": 7}, **options
    )
    return output


def test_gathered_shards_equal_the_whole(tmp_path, conv):
    whole = run(tmp_path, conv, "whole.h5", range(7))
    parts = [
        run(tmp_path, conv, f"{index}.h5", units)
        for index, units in enumerate((range(3), range(3, 3), range(3, 7)))
    ]
    gathered = tmp_path / "gathered.h5"
    gather_images(parts, gathered)
    with open_synthesis(whole) as one, open_synthesis(gathered) as other:
        assert one.units.tolist() == other.units.tolist() == [i // 2 for i in range(14)]
        for recipe in one.recipes:
            assert one.settings(recipe) == other.settings(recipe)
            for key in one._file[recipe]:
                np.testing.assert_array_equal(one.curve(recipe, key), other.curve(recipe, key))


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("stop_after", [1, 12, 31])
def test_a_stopped_run_goes_on_and_ends_with_the_same_bytes(
    tmp_path, conv, monkeypatch, stop_after
):
    whole = run(tmp_path, conv, "whole.h5", range(5)).read_bytes()
    steps = {"count": 0}
    advance = Ascent.advance

    def stopping(self, state):
        if steps["count"] == stop_after:
            raise StoppedError
        steps["count"] += 1
        advance(self, state)

    monkeypatch.setattr(Ascent, "advance", stopping)
    with pytest.raises(StoppedError):
        run(tmp_path, conv, "cut.h5", range(5), save_every_seconds=0)
    assert not (tmp_path / "cut.h5").exists()
    steps["count"] = -1000
    resumed = run(tmp_path, conv, "cut.h5", range(5), save_every_seconds=0)
    n_all = 2 * 4 * 9
    assert steps["count"] + 1000 == n_all - stop_after, "no step is made twice"
    assert resumed.read_bytes() == whole
    assert not list(tmp_path.glob(".cut*")), "the work folder is gone"


def test_work_of_other_settings_is_not_resumed(tmp_path, conv):
    output = tmp_path / "x.h5"
    ascent = ascent_of(conv, "3", steps=3, snapshots=(3,), batch=2)
    work = WorkFolder(output, {"steps": 3})
    state = ascent.start([(0, 0)])
    ascent.advance(state)
    work.save("batch", state)
    assert WorkFolder(output, {"steps": 3}).resume("batch", ascent.start([(0, 0)])).step == 1
    assert WorkFolder(output, {"steps": 4}).resume("batch", ascent.start([(0, 0)])).step == 0


def test_files_carry_images_that_reach_the_activation_they_claim(tmp_path, conv):
    path = run(tmp_path, conv, "x.h5", range(6))
    with open_synthesis(path, {"seed": 7}) as store:
        images = store.images("am_mean", 0, 12)
        with torch.inference_mode():
            values = conv[:4](torch.from_numpy(images)).mean((2, 3)).numpy()
        best = store.curve("am_mean", "activation").max(1)
        np.testing.assert_allclose(values[np.arange(12), store.units], best, rtol=1e-4)
        pixels = store.pixels("am_mean", 0)
        assert pixels.shape == (8, 8, 3)
        assert 0 <= pixels.min() < pixels.max() <= 1
    with h5py.File(path) as file:
        assert set(file) == {"unit", "restart", "low", "high", "am_mean", "iam_mean"}


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
