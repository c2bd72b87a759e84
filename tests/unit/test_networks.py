"""Networks by name, weights that fit, preprocessing that equals torchvision's."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision.transforms import v2

from images import picture
from selectivity.errors import ConfigError, DataError
from selectivity.networks import (
    Preprocessing,
    build_network,
    count_units,
    load_weights,
    module_names,
)
from selectivity.networks.layers import LocalResponseNorm

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def small() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten())


def test_a_network_is_built_frozen_and_in_evaluation_mode():
    network = build_network("torchvision.models:squeezenet1_0", {"num_classes": 7})
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert network(torch.zeros(1, 3, 64, 64)).shape == (1, 7)


@pytest.mark.parametrize(
    ("constructor", "arguments", "words"),
    [
        ("torchvision.models.squeezenet1_0", {}, "package.module:function"),
        ("torchvison.models:alexnet", {}, "cannot be imported"),
        ("torchvision.models:alexnett", {}, "did you mean 'alexnet'"),
        ("torchvision.models:alexnet", {"classes": 3}, "failed"),
        ("builtins:dict", {}, "returned dict"),
    ],
)
def test_a_wrong_constructor_is_named(constructor, arguments, words):
    with pytest.raises(ConfigError, match=words):
        build_network(constructor, arguments)


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_weights_go_in_and_come_out(tmp_path, suffix):
    source, target = small(), small()
    path = tmp_path / f"weights{suffix}"
    (save_file if suffix == ".safetensors" else torch.save)(source.state_dict(), path)
    load_weights(target, path)
    for name, tensor in source.state_dict().items():
        assert torch.equal(tensor, target.state_dict()[name])


def faulty(change):
    state = {name: tensor.clone() for name, tensor in small().state_dict().items()}
    change(state)
    return state


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: state.pop("0.bias"), "lacks 1 of .* '0.bias'"),
        (
            lambda state: state.update({"4.weight": torch.zeros(2)}),
            "has not, the first is '4.weight'",
        ),
        (
            lambda state: state.update({"0.weight": torch.zeros(4, 3, 5, 5)}),
            r"'0.weight' has shape \(4, 3, 5, 5\), Sequential needs \(4, 3, 3, 3\)",
        ),
        (lambda state: state["0.bias"].fill_(float("nan")), "'0.bias' holds values"),
    ],
)
def test_weights_that_do_not_fit_are_named(tmp_path, change, words):
    path = tmp_path / "weights.safetensors"
    save_file(faulty(change), path)
    with pytest.raises(DataError, match=words):
        load_weights(small(), path)


def test_files_that_are_no_weights_are_refused(tmp_path):
    for name, content in (("a.safetensors", b"nothing"), ("b.pt", b"nothing")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=name):
            load_weights(small(), tmp_path / name)
    torch.save(small(), tmp_path / "pickled.pt")
    with pytest.raises(DataError, match="plain tensors"):
        load_weights(small(), tmp_path / "pickled.pt")
    with pytest.raises(DataError, match="does not exist"):
        load_weights(small(), tmp_path / "none.safetensors")


def test_modules_and_their_units_are_listed():
    network = small().eval()
    assert module_names(network) == ["0", "1", "2", "3", "output", "softmax"]
    shapes = count_units(network, torch.zeros(1, 3, 8, 8))
    assert shapes["0"] == (4, 6, 6)
    assert shapes["output"] == (144,)


PICTURES = [picture(1, 300, 411), picture(2, 300, 280), picture(3, 500, 333)]
CASES = {
    "imagenet": (
        {"resize": 256, "crop": 227, "mean": MEAN, "std": STD},
        [v2.Resize(256, antialias=True), v2.CenterCrop(227)],
    ),
    "enlarged": (
        {"resize": 400, "crop": 399, "mean": MEAN, "std": STD},
        [v2.Resize(400, antialias=True), v2.CenterCrop(399)],
    ),
    "squashed": (
        {"resize": [60, 90], "antialias": False, "mean": MEAN, "std": STD},
        [v2.Resize((60, 90), antialias=False)],
    ),
    "bicubic": (
        {"resize": [60, 90], "interpolation": "bicubic", "mean": MEAN, "std": STD},
        [v2.Resize((60, 90), interpolation=v2.InterpolationMode.BICUBIC, antialias=True)],
    ),
    "padded": (
        {"resize": 100, "crop": 121, "mean": MEAN, "std": STD},
        [v2.Resize(100, antialias=True), v2.CenterCrop(121)],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_preprocessing_equals_torchvision(case):
    settings, steps = CASES[case]
    transform = v2.Compose([*steps, v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)])
    expected = torch.stack([transform(torch.from_numpy(p).permute(2, 0, 1)) for p in PICTURES])
    found = Preprocessing.from_config(settings)(PICTURES)
    assert found.dtype == torch.float32
    assert found.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_caffe_takes_the_central_square_in_bgr_from_0_to_255():
    settings = {"square": True, "channels": "bgr", "scale": 255, "mean": [104, 117, 123]}
    found = Preprocessing.from_config(settings)([PICTURES[0]])
    square = PICTURES[0][:, 56:356].astype(np.float32)  # (411 - 300) / 2 rounds to 56
    expected = square[:, :, ::-1].transpose(2, 0, 1) - np.array([104, 117, 123])[:, None, None]
    np.testing.assert_allclose(found[0].numpy(), expected, atol=1e-4)


def test_without_settings_pixels_become_values_from_0_to_1():
    images = np.stack([picture(4, 8, 8), picture(5, 8, 8)])
    found = Preprocessing()(images)
    np.testing.assert_allclose(found.numpy(), images.transpose(0, 3, 1, 2) / 255, atol=1e-7)


def test_images_of_different_sizes_and_wrong_keys_are_refused():
    with pytest.raises(DataError, match=r"different sizes .* set preprocessing"):
        Preprocessing()(PICTURES)
    with pytest.raises(ConfigError, match="unknown key 'size'"):
        Preprocessing.from_config({"size": 3})


def test_settings_survive_json():
    settings = Preprocessing.from_config(CASES["squashed"][0])
    assert Preprocessing.from_config(settings.as_dict()) == settings


@pytest.mark.parametrize("n_channels", [1, 2, 3, 5, 96])
@pytest.mark.parametrize("beta", [0.75, 0.5])
def test_local_response_norm_equals_torch(n_channels, beta):
    x = torch.randn(2, n_channels, 6, 7, generator=torch.Generator().manual_seed(2)) * 30
    found = LocalResponseNorm(5, 1e-4, beta, 2.0)(x)
    torch.testing.assert_close(found, nn.LocalResponseNorm(5, 1e-4, beta, 2.0)(x))
