"""MatConvNet weights: saved by scipy as MATLAB would, read by ours."""

from collections import OrderedDict

import numpy as np
import pytest
import scipy.io
import torch
from torch import nn

from selectivity.errors import DataError
from selectivity.legacy.convert import Conversion, convert
from selectivity.legacy.matconvnet import read_matconvnet
from selectivity.networks.caffe_nets import googlenet
from selectivity.networks.layers import LocalResponseNorm
from selectivity.networks.matconvnet_nets import vgg_f, vgg_m, vgg_s

IMAGE_MEAN = np.array([123.7, 116.8, 103.9])


def filters(module):
    """Return the weight as MATLAB holds it: (rows, cols, inputs, outputs); dense ones too."""
    weight = module.weight.detach().numpy()
    if weight.ndim == 2:
        side = 6 if weight.shape[1] % 36 == 0 else 1
        weight = weight.reshape(weight.shape[0], -1, side, side)
    return weight.transpose(2, 3, 1, 0)


def cell(items):
    array = np.empty((1, len(items)), dtype=object)
    array[0, :] = items
    return array


def simplenn_layer(name, module):
    if isinstance(module, nn.Conv2d | nn.Linear):
        stride = getattr(module, "stride", (1, 1))
        padding = getattr(module, "padding", (0, 0))
        weights = cell([filters(module), module.bias.detach().numpy().reshape(1, -1)])
        return {
            "type": "conv", "name": name, "weights": weights,
            "stride": np.array([stride[0]]), "pad": np.array([padding[0]] * 4),
        }  # fmt: skip
    if isinstance(module, nn.MaxPool2d):
        return {
            "type": "pool",
            "name": name,
            "method": "max",
            "pool": np.array([module.kernel_size] * 2),
            "stride": np.array([module.stride] * 2),
            "pad": np.array([0, 1, 0, 1]),
        }
    if isinstance(module, LocalResponseNorm):
        param = [module.size, module.k, module.alpha / module.size, module.beta]
        return {"type": "normalize", "name": name, "param": np.array(param)}
    return {"type": "relu", "name": name}


def write_simplenn(path, network, top="layers"):
    children = [(name, module) for name, module in network.named_children() if name != "flatten"]
    layers = cell([simplenn_layer(name, module) for name, module in children])
    average = np.broadcast_to(IMAGE_MEAN, (224, 224, 3)).astype(np.float32)
    content = {"layers": layers, "meta": {"normalization": {"averageImage": average}}}
    scipy.io.savemat(path, content if top == "layers" else {"net": content})
    return path


@pytest.mark.parametrize("top", ["layers", "net"])
@pytest.mark.parametrize("make", [vgg_f, vgg_m, vgg_s])
def test_simplenn_files_survive_the_round_trip(tmp_path, make, top):
    torch.manual_seed(1)
    original, other = make(20, n_fc=32).eval(), make(20, n_fc=32).eval()
    path = write_simplenn(tmp_path / "net.mat", original, top)
    image = torch.rand(1, 3, 224, 224) * 255 - 120
    with torch.inference_mode():
        expected = original(image)
        assert (other(image) - expected).abs().max() > 1e-3
        other.load_state_dict(convert(path, other, Conversion()))
        torch.testing.assert_close(other(image), expected, rtol=1e-5, atol=1e-5)


def test_the_mean_color_of_the_average_image_is_reported(tmp_path):
    path = write_simplenn(tmp_path / "net.mat", nn.Sequential(nn.Conv2d(3, 2, 3)))
    legacy = read_matconvnet(path)
    assert legacy.format == "matconvnet-simplenn"
    np.testing.assert_allclose(legacy.mean, IMAGE_MEAN, rtol=1e-6)


def test_layers_of_the_first_betas_have_filters_and_biases(tmp_path):
    module = nn.Conv2d(3, 2, 3)
    layer = {"type": "conv", "name": "conv1", "filters": filters(module),
             "biases": module.bias.detach().numpy()}  # fmt: skip
    scipy.io.savemat(tmp_path / "net.mat", {"layers": cell([layer])})
    (read,) = read_matconvnet(tmp_path / "net.mat").layers
    assert np.array_equal(read.arrays[0], module.weight.detach().numpy())
    assert np.array_equal(read.arrays[1], module.bias.detach().numpy())


@pytest.mark.parametrize("shape", [(7, 5, 3, 1), (7, 5, 1, 1), (1, 1, 6, 4), (1, 1, 1, 1)])
def test_axes_of_one_that_matlab_drops_come_back(tmp_path, shape):
    rng = np.random.default_rng(1)
    bank = rng.normal(size=shape).astype(np.float32)
    dropped = bank
    while dropped.ndim > 2 and dropped.shape[-1] == 1:  # as MATLAB does
        dropped = dropped[..., 0]
    layer = {"type": "conv", "name": "c", "weights": cell([dropped, np.zeros((1, shape[3]))])}
    scipy.io.savemat(tmp_path / "net.mat", {"layers": cell([layer])})
    (read,) = read_matconvnet(tmp_path / "net.mat").layers
    assert np.array_equal(read.arrays[0], bank.transpose(3, 2, 0, 1))


def dagnn(network):
    layers, params = [], []
    for name, module in network.named_children():
        block = {"stride": np.array([1, 1]), "pad": np.array([0, 0, 0, 0])}
        layers.append(
            {
                "name": name,
                "type": "dagnn.Conv",
                "inputs": cell(["data"]),
                "outputs": cell([name]),
                "params": cell([f"{name}f", f"{name}b"]),
                "block": block,
            }
        )
        params.append({"name": f"{name}f", "value": filters(module), "learningRate": 1.0})
        bias = module.bias.detach().numpy().reshape(-1, 1)
        params.append({"name": f"{name}b", "value": bias, "learningRate": 2.0})
    return {"layers": struct_array(layers), "params": struct_array(params), "meta": {}}


def struct_array(items):
    array = np.empty((1, len(items)), dtype=[(key, object) for key in items[0]])
    for index, item in enumerate(items):
        array[0, index] = tuple(item.values())
    return array


def two_convolutions():
    network = nn.Sequential()
    network.add_module("conv1", nn.Conv2d(3, 4, 3))
    network.add_module("conv2", nn.Conv2d(4, 2, 1))
    return network


def test_dagnn_files_survive_the_round_trip(tmp_path):
    torch.manual_seed(1)
    original, other = two_convolutions(), two_convolutions()
    scipy.io.savemat(tmp_path / "net.mat", dagnn(original))
    assert read_matconvnet(tmp_path / "net.mat").format == "matconvnet-dagnn"
    other.load_state_dict(convert(tmp_path / "net.mat", other, Conversion()))
    for ours, theirs in zip(other.parameters(), original.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def branches(network):
    """Return the leaves of a network, named as MatConvNet cannot hold slashes or dots."""
    kinds = (nn.Conv2d, nn.Linear, nn.MaxPool2d, nn.AvgPool2d, LocalResponseNorm)
    found = {name: module for name, module in network.named_modules() if isinstance(module, kinds)}
    return {name.replace(".", "__"): (name, module) for name, module in found.items()}


def dagnn_googlenet(network):
    layers, params = [], []
    for name, (_, module) in branches(network).items():
        kind, block, wanted = "dagnn.LRN", {}, []
        if isinstance(module, nn.Conv2d | nn.Linear):
            kind, wanted = "dagnn.Conv", [f"{name}_filter", f"{name}_bias"]
            block = {
                "stride": np.array(getattr(module, "stride", (1, 1))),
                "pad": np.repeat(getattr(module, "padding", (0, 0)), 2),
            }
            bias = module.bias.detach().numpy().reshape(1, -1)
            weight = module.weight.detach().numpy()
            weight = weight.reshape(*weight.shape, *(1,) * (4 - weight.ndim)).transpose(2, 3, 1, 0)
            params += [
                {"name": wanted[0], "value": weight, "learningRate": 1.0},
                {"name": wanted[1], "value": bias, "learningRate": 2.0},
            ]
        elif isinstance(module, LocalResponseNorm):
            block = {"param": np.array([5, module.k, module.alpha / 5, module.beta])}
        else:
            pad = module.padding
            block = {
                "method": "max" if isinstance(module, nn.MaxPool2d) else "avg",
                "poolSize": np.array([module.kernel_size] * 2),
                "stride": np.array([module.stride] * 2),
                "pad": np.array([pad, pad + (module.stride > 1), pad, pad + (module.stride > 1)]),
            }
            kind = "dagnn.Pooling"
        layers.append(
            {
                "name": name,
                "type": kind,
                "inputs": cell(["x"]),
                "outputs": cell([name]),
                "params": cell(wanted),
                "block": block,
            }
        )
    return {"layers": struct_array(layers), "params": struct_array(params), "meta": {}}


def test_a_googlenet_as_dagnn_gives_the_same_outputs(tmp_path):
    torch.manual_seed(1)
    original, other = googlenet(7).eval(), googlenet(7).eval()
    scipy.io.savemat(tmp_path / "net.mat", dagnn_googlenet(original))
    conversion = Conversion(rename={new: old for new, (old, _) in branches(original).items()})
    image = torch.rand(1, 3, 224, 224) * 255 - 120
    with torch.inference_mode():
        expected = original(image)
        assert (other(image) - expected).abs().max() > 1e-3
        other.load_state_dict(convert(tmp_path / "net.mat", other, conversion))
        torch.testing.assert_close(other(image), expected, rtol=1e-5, atol=1e-5)
    other.pool5 = nn.Sequential(OrderedDict({"7x7_s1": nn.MaxPool2d(7, 1)}))
    with pytest.raises(DataError, match="method is average in the file and max in the network"):
        convert(tmp_path / "net.mat", other, conversion)


def test_dagnn_parameters_that_are_not_there_are_named(tmp_path):
    content = dagnn(two_convolutions())
    content["params"] = content["params"][:, :3]
    scipy.io.savemat(tmp_path / "net.mat", content)
    with pytest.raises(DataError, match="layer 'conv2': the parameters conv2b are not in the file"):
        read_matconvnet(tmp_path / "net.mat")


def test_another_geometry_is_refused(tmp_path):
    path = write_simplenn(tmp_path / "net.mat", vgg_f(5, n_fc=8))
    with pytest.raises(DataError, match="layer 'conv1'"):
        convert(path, vgg_m(5, n_fc=8), Conversion())
    torch.manual_seed(1)
    other = vgg_f(5, n_fc=8)
    other.norm1.k = 1.0
    with pytest.raises(DataError, match=r"layer 'norm1': k is 2\.0 in the file and 1\.0 in"):
        convert(path, other, Conversion())


def test_damaged_and_foreign_files_are_refused(tmp_path):
    whole = write_simplenn(tmp_path / "net.mat", two_convolutions()).read_bytes()
    path = tmp_path / "cut.mat"
    for size in (0, 3, 130, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:size])
        with pytest.raises(DataError, match=r"cut\.mat"):
            convert(path, two_convolutions(), Conversion())
    scipy.io.savemat(path, {"x": np.arange(3)})
    with pytest.raises(DataError, match=r"no MatConvNet network \(variables: x\)"):
        read_matconvnet(path)
