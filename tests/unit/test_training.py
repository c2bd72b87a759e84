"""Training: the same bits every time, whatever the machine's settings; folding changes no output."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from selectivity.errors import ConfigError
from selectivity.initialization import initialize
from selectivity.networks import Preprocessing
from selectivity.networks.small_alexnet import small_alexnet
from selectivity.training import loop
from selectivity.training.augmentation import augment
from selectivity.training.batch_norm import fold_batch_norm, with_batch_norm
from selectivity.training.data import LabeledImages
from selectivity.training.loop import accuracy_of, train
from selectivity.training.schedules import RECIPES, cosine, one_cycle
from selectivity.training.settings import TrainingSettings

SETTINGS = TrainingSettings(epochs=3, batch_size=16, threads=1, shift=2)
PREPROCESSING = Preprocessing(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


def tiny_network() -> nn.Sequential:
    return small_alexnet(n_classes=3, widths=(4, 4, 6, 6, 4), n_hidden=8, kernel=5, dropout=0.2)


def colored_images(n: int, seed: int) -> LabeledImages:
    """Noise with one of three channels brighter: easy to learn."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    images = rng.integers(0, 150, (n, 64, 64, 3), dtype=np.uint8)
    images[np.arange(n), :, :, labels] += 80
    return LabeledImages.from_arrays(images, labels)


@pytest.fixture(scope="module")
def data():
    return colored_images(60, 0), colored_images(30, 1)


def trained(data, settings=SETTINGS, seed=0, checkpoint=None):
    network = tiny_network()
    history = train(network, *data, settings, PREPROCESSING, seed, checkpoint)
    return network, history


def weights_of(network: nn.Module) -> bytes:
    return b"".join(value.numpy().tobytes() for value in network.state_dict().values())


@pytest.fixture(scope="module")
def reference(data):
    return trained(data)


def test_training_is_the_same_to_the_bit(data, reference):
    torch.manual_seed(99)
    torch.rand(7)
    network, history = trained(data)
    assert weights_of(network) == weights_of(reference[0])
    assert history == reference[1]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_named(data):
    with pytest.raises(ConfigError, match=r"train\.device is 'cuda'.*no GPU here"):
        trained(data, dataclasses.replace(SETTINGS, device="cuda"))


def test_another_seed_gives_another_network(data, reference):
    assert weights_of(trained(data, seed=1)[0]) != weights_of(reference[0])


def test_training_leaves_torch_as_it_was(data):
    network = tiny_network()
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    train(network, *data, dataclasses.replace(SETTINGS, epochs=1), PREPROCESSING, 0)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()


def test_the_network_learns_and_tells_how(data, reference):
    network, history = reference
    assert [record["epoch"] for record in history] == [1, 2, 3]
    assert set(history[0]) == {"epoch", "loss", "train_accuracy", "validation_accuracy"}
    assert history[-1]["loss"] < history[0]["loss"]
    assert history[-1]["validation_accuracy"] == pytest.approx(
        accuracy_of(network, data[1], PREPROCESSING)
    )
    longer, _ = trained(data, dataclasses.replace(SETTINGS, epochs=12))
    assert accuracy_of(longer, data[1], PREPROCESSING) > 0.8


def test_the_delivered_network_is_plain_frozen_and_in_evaluation_mode(reference):
    network, _ = reference
    assert not any(
        isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) for module in network.modules()
    )
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert list(network.state_dict()) == list(tiny_network().state_dict())


def test_folding_changes_no_output():
    network = tiny_network()
    initialize(network, 5)
    scaffold = with_batch_norm(network)
    generator = torch.Generator().manual_seed(0)
    for module in scaffold.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            for tensor in (module.weight, module.running_var):
                tensor.data.uniform_(0.5, 2.0, generator=generator)
            for tensor in (module.bias, module.running_mean):
                tensor.data.uniform_(-1.0, 1.0, generator=generator)
    images = torch.rand(4, 3, 64, 64, generator=generator)
    before = scaffold.eval()(images)
    assert not torch.allclose(before, network.eval()(images), atol=1e-2)
    fold_batch_norm(scaffold)
    assert torch.allclose(before, network.eval()(images), rtol=1e-4, atol=1e-4)


def test_every_rectified_layer_and_no_other_is_normalized():
    names = [name for name, _ in with_batch_norm(tiny_network()).named_children()]
    normalized = [name.removesuffix("_norm") for name in names if name.endswith("_norm")]
    assert normalized == ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7"]


def test_folding_needs_a_plain_sequence(data):
    class Other(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images

    with pytest.raises(ConfigError, match="batch_norm"):
        with_batch_norm(Other())


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("batch_norm", ["none", "fold"])
def test_recipes_train_with_and_without_normalization(data, recipe, batch_norm):
    settings = dataclasses.replace(
        SETTINGS, epochs=1, recipe=recipe, batch_norm=batch_norm, learning_rate=0.01
    )
    network, history = trained(data, settings)
    assert np.isfinite(history[0]["loss"])
    assert weights_of(network) != weights_of(tiny_network())


class Killed(Exception):
    """Stands for the end of a process."""


def test_a_killed_training_goes_on_to_the_same_weights(data, tmp_path, monkeypatch):
    settings = dataclasses.replace(SETTINGS, epochs=4, checkpoint=1)
    path = tmp_path / "network.checkpoint.safetensors"
    whole, history = trained(data, settings)
    save = loop.save_checkpoint

    def save_and_die(path, network, optimizer, records, key):
        save(path, network, optimizer, records, key)
        if len(records) == 2:
            raise Killed

    monkeypatch.setattr(loop, "save_checkpoint", save_and_die)
    with pytest.raises(Killed):
        trained(data, settings, checkpoint=path)
    monkeypatch.setattr(loop, "save_checkpoint", save)
    epochs = []
    epoch_of = loop._Run.epoch
    monkeypatch.setattr(
        loop._Run, "epoch", lambda run, epoch: epochs.append(epoch) or epoch_of(run, epoch)
    )
    resumed, resumed_history = trained(data, settings, checkpoint=path)
    assert epochs == [2, 3]
    assert resumed_history == history
    assert weights_of(resumed) == weights_of(whole)


def test_a_checkpoint_of_another_training_is_ignored(data, tmp_path):
    settings = dataclasses.replace(SETTINGS, epochs=2, checkpoint=1)
    path = tmp_path / "network.checkpoint.safetensors"
    trained(data, settings, seed=4, checkpoint=path)
    network, _ = trained(data, settings, checkpoint=path)
    assert weights_of(network) == weights_of(trained(data, settings)[0])


def test_schedules_rise_to_the_peak_and_fall():
    for schedule in (one_cycle, cosine):
        course = [schedule(step / 100, 0.2) for step in range(100)]
        assert max(course) == pytest.approx(1.0) == course[20]
        assert np.all(np.diff(course[:20]) > 0) and np.all(np.diff(course[21:]) < 0)
        assert course[-1] < 0.01


def test_one_cycle_is_torchs():
    parameter = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    total = 51
    theirs = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=1.0, total_steps=total, pct_start=0.2, final_div_factor=4000
    )
    rates = []
    for _ in range(total):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        theirs.step() if len(rates) < total else None
    # torch counts steps from 0 to total - 1 and peaks at pct_start * total - 1
    peak = (0.2 * total - 1) / (total - 1)
    ours = [one_cycle(step / (total - 1), peak) for step in range(total)]
    assert np.allclose(rates, ours, atol=1e-6)


def test_changes_of_images_only_mirror_and_move():
    rng = np.random.default_rng(2)
    images = torch.from_numpy(rng.integers(1, 256, (40, 8, 8, 3), dtype=np.uint8))
    generator = torch.Generator().manual_seed(0)
    mirrored = augment(images, ("flip",), generator, 0)
    same = [torch.equal(a, b) for a, b in zip(mirrored, images, strict=True)]
    turned = [torch.equal(a, b.flip(1)) for a, b in zip(mirrored, images, strict=True)]
    assert all(a or b for a, b in zip(same, turned, strict=True)) and 5 < sum(same) < 35
    for name, border in (("shift", "edge"), ("crop", "constant")):
        moved = augment(images, (name,), generator, 2)
        offsets = set()
        for image, result in zip(images.numpy(), moved.numpy(), strict=True):
            frame = np.pad(image, ((2, 2), (2, 2), (0, 0)), mode=border)
            places = [
                (y, x)
                for y in range(5)
                for x in range(5)
                if np.array_equal(frame[y : y + 8, x : x + 8], result)
            ]
            assert places
            offsets.add(places[0])
        assert len(offsets) > 10


def test_initialization_needs_only_its_seed():
    networks = [tiny_network() for _ in range(3)]
    for network, seed in zip(networks, (3, 3, 4), strict=True):
        initialize(network, seed)
    assert weights_of(networks[0]) == weights_of(networks[1]) != weights_of(networks[2])


def test_layers_are_called_as_in_the_papers():
    network = small_alexnet()
    names = [name for name, _ in network.named_children()]
    for number in range(1, 8):
        assert f"relu{number}" in names
    assert [name for name in names if name.startswith(("conv", "fc"))] == [
        "conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8",
    ]  # fmt: skip
    assert network(torch.zeros(2, 3, 64, 64)).shape == (2, 24)
    assert not any(getattr(module, "inplace", False) for module in network.modules())


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ({"recipe": "sgd_cosin"}, "sgd_cosine"),
        ({"augmentation": ["flop"]}, "flip"),
        ({"batch_norm": "folded"}, "fold"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(wrong, hint):
    with pytest.raises(ConfigError, match=hint):
        TrainingSettings(**wrong)


def test_a_sample_is_evenly_spaced(data):
    sample = data[0].sample(7)
    assert len(sample) == 7
    assert torch.equal(sample.images[0], data[0].images[0])
    assert torch.equal(sample.images[-1], data[0].images[-1])
    assert len(data[0].sample(1000)) == 60
