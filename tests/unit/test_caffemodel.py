"""Caffe weights: written by the protobuf library, read by ours."""

import pytest
import torch
from torch import nn

pytest.importorskip("google.protobuf", reason="the independent encoder of the test needs protobuf")

from caffe_schema import NetParameter
from selectivity.errors import ConfigError, DataError
from selectivity.legacy.caffemodel import read_caffemodel
from selectivity.legacy.convert import Conversion, Fold, convert
from selectivity.networks.caffe_nets import caffenet, googlenet, ppgn_generator
from selectivity.networks.layers import LocalResponseNorm

V1_TYPES = {
    "Convolution": 4, "InnerProduct": 14, "LRN": 15, "Pooling": 17, "ReLU": 18, "Deconvolution": 39,
}  # fmt: skip


def fill_blob(blob, tensor, old_shape):
    values = tensor.detach().numpy()
    if old_shape:
        shape = (1,) * (4 - values.ndim) + values.shape
        blob.num, blob.channels, blob.height, blob.width = shape
    else:
        blob.shape.dim.extend(values.shape)
    blob.data.extend(values.ravel().tolist())


def write_caffemodel(path, network, *, old_layers=False, old_shape=False, skip=(), extra=()):
    net = NetParameter(name="test")
    for name, module in network.named_modules():
        kind = {
            nn.Conv2d: "Convolution",
            nn.ConvTranspose2d: "Deconvolution",
            nn.Linear: "InnerProduct",
            LocalResponseNorm: "LRN",
            nn.MaxPool2d: "Pooling",
            nn.AvgPool2d: "Pooling",
            nn.ReLU: "ReLU",
            nn.LeakyReLU: "ReLU",
        }.get(type(module))
        if kind is None or name in skip:
            continue
        add_layer(net, name.replace(".", "/"), kind, module, old_layers, old_shape)
    for name in extra:
        add_layer(net, name, "InnerProduct", nn.Linear(2, 2), old_layers, old_shape)
    path.write_bytes(net.SerializeToString())
    return path


def add_layer(net, name, kind, module, old_layers, old_shape):
    if old_layers:
        layer = net.layers.add(name=name, type=V1_TYPES[kind], blobs_lr=[1, 2])
    else:
        layer = net.layer.add(name=name, type=kind)
    if kind in ("Convolution", "Deconvolution"):
        layer.convolution_param.num_output = module.out_channels
        layer.convolution_param.kernel_size.append(module.kernel_size[0])
        layer.convolution_param.stride.append(module.stride[0])
        layer.convolution_param.group = module.groups
        if module.padding[0]:  # Caffe leaves the default out
            layer.convolution_param.pad.append(module.padding[0])
    if kind == "LRN":
        layer.lrn_param.local_size = module.size
        layer.lrn_param.alpha, layer.lrn_param.beta = module.alpha, module.beta
    if kind == "Pooling":
        if isinstance(module, nn.AvgPool2d):
            layer.pooling_param.pool = 1
        layer.pooling_param.kernel_size = module.kernel_size
        layer.pooling_param.stride = module.stride
        layer.pooling_param.pad = module.padding
    if isinstance(module, nn.LeakyReLU):
        layer.relu_param.negative_slope = module.negative_slope
    for tensor in module.parameters():
        fill_blob(layer.blobs.add(), tensor, old_shape)


def small_caffenet(seed):
    torch.manual_seed(seed)
    return caffenet(n_classes=20, n_fc=32).eval()


@pytest.mark.parametrize("old_layers", [False, True], ids=["layer", "layers"])
@pytest.mark.parametrize("old_shape", [False, True], ids=["shape", "num-channels"])
def test_caffenet_survives_the_round_trip(tmp_path, old_layers, old_shape):
    original, other = small_caffenet(1), small_caffenet(2)
    path = write_caffemodel(
        tmp_path / "net.caffemodel", original, old_layers=old_layers, old_shape=old_shape
    )
    image = torch.rand(2, 3, 227, 227) * 255 - 110
    with torch.inference_mode():
        expected = original(image)
        assert (other(image) - expected).abs().max() > 1e-3
        other.load_state_dict(convert(path, other, Conversion()))
        torch.testing.assert_close(other(image), expected, rtol=1e-5, atol=1e-5)


def test_slashes_become_module_paths_and_the_auxiliary_classifiers_are_ignored(tmp_path):
    torch.manual_seed(1)
    original, other = googlenet(5).eval(), googlenet(5).eval()
    path = write_caffemodel(tmp_path / "net.caffemodel", original, extra=["loss1/fc", "loss2/fc"])
    with pytest.raises(DataError, match=r"loss1/fc.*no place"):
        convert(path, other, Conversion())
    other.load_state_dict(convert(path, other, Conversion(ignore=["loss1/*", "loss2/*"])))
    assert_same_weights(original, other)


def test_transposed_convolutions_keep_their_axes(tmp_path):
    torch.manual_seed(1)
    original = nn.Sequential()
    original.add_module("deconv", nn.ConvTranspose2d(3, 5, 4, stride=2, padding=1))
    path = write_caffemodel(tmp_path / "net.caffemodel", original)
    other = nn.Sequential()
    other.add_module("deconv", nn.ConvTranspose2d(3, 5, 4, stride=2, padding=1))
    other.load_state_dict(convert(path, other, Conversion()))
    assert_same_weights(original, other)


def test_the_generator_of_ppgn_makes_an_image_of_256_pixels():
    with torch.device("meta"):
        assert ppgn_generator()(torch.zeros(1, 4096)).shape == (1, 3, 256, 256)


def assert_same_weights(ours, theirs):
    for (name, a), (_, b) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert torch.equal(a, b), name


def test_folding_turns_a_bgr_network_into_an_rgb_one(tmp_path):
    original, other = small_caffenet(1), small_caffenet(2)
    path = write_caffemodel(tmp_path / "net.caffemodel", original)
    mean = torch.tensor([122.7, 116.7, 104.0]).reshape(1, 3, 1, 1)  # RGB
    rgb = torch.rand(1, 3, 227, 227)
    fold = Fold("conv1", channels="bgr", scale=255.0, mean=tuple((mean / 255).ravel().tolist()))
    with torch.inference_mode():
        expected = original((rgb * 255 - mean).flip(1))
        other.load_state_dict(convert(path, other, Conversion(fold=fold)))
        torch.testing.assert_close(other(rgb), expected, rtol=1e-4, atol=1e-4)


def test_a_mean_cannot_be_folded_into_a_padded_convolution(tmp_path):
    network = nn.Sequential()
    network.add_module("conv1", nn.Conv2d(3, 2, 3, padding=1))
    path = write_caffemodel(tmp_path / "net.caffemodel", network)
    with pytest.raises(ConfigError, match="padded"):
        convert(path, network, Conversion(fold=Fold(mean=(0.5, 0.5, 0.5))))


def test_missing_layers_are_named(tmp_path):
    network = small_caffenet(1)
    path = write_caffemodel(tmp_path / "net.caffemodel", network, skip=("conv3", "fc7"))
    with pytest.raises(DataError, match="no weights for the layers conv3, fc7"):
        convert(path, network, Conversion())


def test_renaming_finds_the_place_of_a_layer(tmp_path):
    torch.manual_seed(1)
    theirs, ours = nn.Sequential(), nn.Sequential()
    theirs.add_module("fc8a", nn.Linear(4, 3))
    ours.add_module("fc8", nn.Linear(4, 3))
    path = write_caffemodel(tmp_path / "net.caffemodel", theirs)
    with pytest.raises(DataError, match=r"'fc8a' has weights.*did you mean 'fc8'"):
        convert(path, ours, Conversion())
    state = convert(path, ours, Conversion(rename={"fc8a": "fc8"}))
    assert torch.equal(state["fc8.weight"], theirs.fc8a.weight)


@pytest.mark.parametrize(
    ("theirs", "message"),
    [
        (nn.Conv2d(4, 6, 3, padding=1), "groups is 1.* in the file and 2 in the network"),
        (
            nn.Conv2d(4, 8, 3, padding=1, groups=2),
            "weights: the file has shape .8, 2, 3, 3.*6, 2, 3, 3",
        ),
        (nn.Conv2d(4, 6, 3, padding=1, groups=2, bias=False), "1 arrays, the network needs 2"),
        (nn.Conv2d(4, 6, 3, padding=0, groups=2), "padding is .0, 0. in the file"),
        (nn.Conv2d(4, 6, 3, padding=1, stride=2, groups=2), "stride is .2, 2. in the file"),
    ],
)
def test_wrong_layers_are_named_with_what_is_wrong(tmp_path, theirs, message):
    network, ours = nn.Sequential(), nn.Sequential()
    network.add_module("conv9", theirs)
    ours.add_module("conv9", nn.Conv2d(4, 6, 3, padding=1, groups=2))
    path = write_caffemodel(tmp_path / "net.caffemodel", network)
    with pytest.raises(DataError, match=f"layer 'conv9'.*{message}"):
        convert(path, ours, Conversion())


def test_wrong_normalization_is_refused(tmp_path):
    theirs, ours = nn.Sequential(), nn.Sequential()
    for network, alpha in ((theirs, 1e-4), (ours, 5e-4)):
        network.add_module("fc", nn.Linear(2, 2))
        network.add_module("norm1", LocalResponseNorm(alpha=alpha))
    path = write_caffemodel(tmp_path / "net.caffemodel", theirs)
    with pytest.raises(DataError, match="'norm1': alpha is"):
        convert(path, ours, Conversion())


@pytest.mark.parametrize("old_layers", [False, True])
@pytest.mark.parametrize(
    ("theirs", "ours", "message"),
    [
        (nn.AvgPool2d(3, 2), nn.MaxPool2d(3, 2), "method is average in the file and max in the"),
        (nn.MaxPool2d(3, 2), nn.AvgPool2d(3, 2), "method is max in the file and average in the"),
        (nn.LeakyReLU(0.3), nn.ReLU(), r"negative_slope is 0\.3\d* in the file and 0\.0 in the"),
        (nn.LeakyReLU(0.3), nn.LeakyReLU(0.2), r"negative_slope is 0\.3\d* in the file and 0\.2"),
    ],
)
def test_wrong_layers_without_weights_are_refused(tmp_path, theirs, ours, message, old_layers):
    networks = [nn.Sequential(), nn.Sequential()]
    for network, module in zip(networks, (theirs, ours), strict=True):
        network.add_module("fc", nn.Linear(2, 2))
        network.add_module("here", module)
    path = write_caffemodel(tmp_path / "net.caffemodel", networks[0], old_layers=old_layers)
    with pytest.raises(DataError, match=f"layer 'here': {message}"):
        convert(path, networks[1], Conversion())


def test_a_truncated_file_names_the_layer_it_ends_in(tmp_path):
    network = nn.Sequential()
    for name in ("conv1", "conv2"):
        network.add_module(name, nn.Conv2d(3, 3, 3))
    whole = write_caffemodel(tmp_path / "net.caffemodel", network).read_bytes()
    cut = tmp_path / "cut.caffemodel"
    cut.write_bytes(whole[: len(whole) - 200])
    with pytest.raises(DataError, match=r"truncated.*inside layer 'conv2', after layer 'conv1'"):
        read_caffemodel(cut)


def test_no_cut_of_a_file_passes_unnoticed(tmp_path):
    network = nn.Sequential()
    network.add_module("conv1", nn.Conv2d(1, 2, 2))
    network.add_module("fc", nn.Linear(3, 2))
    whole = write_caffemodel(tmp_path / "net.caffemodel", network, old_layers=True).read_bytes()
    path = tmp_path / "cut.caffemodel"
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(DataError):
            convert(path, network, Conversion())


@pytest.mark.parametrize(
    "content",
    [b"", b'name: "CaffeNet"\nlayer {\n', b"<!DOCTYPE html><html>404</html>", bytes(range(256))],
)
def test_files_that_are_no_caffemodel_are_refused(tmp_path, content):
    path = tmp_path / "net.caffemodel"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"net\.caffemodel"):
        read_caffemodel(path)


def test_values_of_double_precision_and_a_shape_that_they_do_not_fill(tmp_path):
    net = NetParameter()
    blob = net.layer.add(name="fc", type="InnerProduct").blobs.add()
    blob.shape.dim.extend([2, 2])
    blob.double_data.extend([1.0, 2.0, 3.0, 4.0])
    path = tmp_path / "net.caffemodel"
    path.write_bytes(net.SerializeToString())
    (layer,) = read_caffemodel(path).layers
    assert layer.arrays[0].tolist() == [[1, 2], [3, 4]]
    blob.shape.dim.append(3)
    path.write_bytes(net.SerializeToString())
    with pytest.raises(DataError, match=r"layer 'fc', array 0: 4 numbers do not fill"):
        read_caffemodel(path)
