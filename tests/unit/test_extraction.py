"""The same bits for any batch size and number of workers; maps become numbers as defined."""

import numpy as np
import pytest
import torch
from torch import nn

from selectivity.errors import ConfigError, DataError
from selectivity.extraction import Extraction, choose_device, reduce_map
from selectivity.networks import Preprocessing

LAYERS = {"conv": "0", "conv2": "3", "fc": "6", "out": "output", "prob": "softmax"}


def network() -> nn.Module:
    """Return a network whose plain forward pass gives other bits for other batch sizes."""
    torch.manual_seed(3)
    layers = [nn.Conv2d(3, 16, 3), nn.ReLU(True), nn.MaxPool2d(2), nn.Conv2d(16, 24, 3), nn.ReLU()]
    return nn.Sequential(
        *layers, nn.Flatten(), nn.Linear(24 * 9, 64), nn.ReLU(True), nn.Linear(64, 10)
    )


class Pictures:
    """Random images, made when asked for."""

    def __init__(self, n_images: int, side: int = 12) -> None:
        self.n_images, self.side = n_images, side

    def __len__(self) -> int:
        return self.n_images

    def __getitem__(self, row: int) -> np.ndarray:
        generator = np.random.default_rng([4, row])
        return generator.integers(0, 256, (self.side, self.side, 3), dtype=np.uint8)

    def load(self, rows) -> list[np.ndarray]:
        return [self[int(row)] for row in rows]


def recorded(rows, **settings) -> dict[str, np.ndarray]:
    extraction = Extraction(network(), Preprocessing(), LAYERS, **settings)
    batches = list(extraction.run(Pictures(200), rows))
    assert np.concatenate([batch.rows for batch in batches]).tolist() == list(rows)
    found = {
        layer: np.concatenate([batch.outputs[layer].values for batch in batches])
        for layer in LAYERS
    }
    for layer in ("conv", "conv2"):
        positions = [batch.outputs[layer].positions for batch in batches]
        found[f"{layer}_position"] = np.concatenate(positions)
    return found


def test_values_are_those_of_the_network():
    found = recorded(range(70))
    net = network().eval()
    pixels = Preprocessing()([Pictures(200)[row] for row in range(70)])
    with torch.inference_mode():
        maps = net[:2](pixels)
        output = net(pixels)
    np.testing.assert_allclose(found["conv"], maps.amax((2, 3)), atol=1e-6)
    np.testing.assert_allclose(found["out"], output, atol=1e-5)
    np.testing.assert_allclose(found["prob"], output.softmax(1), atol=1e-6)
    at = np.take_along_axis(maps.flatten(2).numpy(), found["conv_position"][..., None], 2)[..., 0]
    np.testing.assert_allclose(found["conv"], at, atol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 5, 64, 100])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_batch_size_and_workers_change_no_bit(batch_size, workers):
    expected = recorded(range(10, 141))
    found = recorded(range(10, 141), batch_size=batch_size, workers=workers)
    for layer, values in expected.items():
        assert values.tobytes() == found[layer].tobytes(), layer


def test_torch_threads_change_no_bit():
    expected = recorded(range(40))
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        found = recorded(range(40), workers=2)
    finally:
        torch.set_num_threads(before)
    assert all(expected[layer].tobytes() == found[layer].tobytes() for layer in expected)


def test_the_first_of_equal_maxima_and_the_mean():
    maps = torch.zeros(1, 2, 3, 4)
    maps[0, 0, 1, 1] = maps[0, 0, 1, 2] = maps[0, 0, 2, 0] = 5
    found = reduce_map(maps.to(memory_format=torch.channels_last), "max")
    assert found.values.tolist() == [[5.0, 0.0]]
    assert found.positions.tolist() == [[5, 0]]  # row 1, column 1; the first place of a silent map
    assert found.map_shape == (3, 4)
    negative = reduce_map(maps - 9, "max", rectify=True)
    assert negative.values.tolist() == [[0.0, 0.0]]
    assert negative.positions.tolist() == [[0, 0]]
    assert reduce_map(maps - 2, "mean", rectify=True).values.tolist() == [[0.75, 0.0]]
    mean = reduce_map(maps, "mean")
    assert mean.values[0].tolist() == [1.25, 0.0]
    assert mean.positions.tolist() == [[5, 0]]


def test_a_map_of_one_place_is_a_plain_number():
    found = reduce_map(torch.ones(2, 3, 1, 1), "max")
    assert found.values.shape == (2, 3)
    assert found.positions is None
    assert found.map_shape is None


def test_values_before_the_relu_come_beside_those_after_it():
    extraction = Extraction(network(), Preprocessing(), LAYERS, with_pre_relu=True)
    pre = Extraction(network(), Preprocessing(), LAYERS, relu="pre")
    both, before = next(extraction.run(Pictures(9), range(9))), next(pre.run(Pictures(9), range(9)))
    assert (before.outputs["fc"].values < 0).any()
    for layer in LAYERS:
        output = both.outputs[layer]
        assert output.pre_relu.tobytes() == before.outputs[layer].values.tobytes()
        if layer in ("conv", "conv2", "fc"):
            np.testing.assert_array_equal(output.values, np.maximum(output.pre_relu, 0))
        # where all is silent after the ReLU, the place is that of the maximum before it
        np.testing.assert_array_equal(output.positions, before.outputs[layer].positions)


def test_images_that_do_not_fit_are_an_error_that_names_the_preprocessing():
    extraction = Extraction(network(), Preprocessing(), LAYERS)
    with pytest.raises(ConfigError, match=r"shape \(3, 30, 30\).*preprocessing"):
        next(extraction.run(Pictures(3, side=30), range(3)))

    class Mixed(Pictures):
        def __getitem__(self, row: int) -> np.ndarray:
            return np.zeros((12 + row, 12, 3), np.uint8)

    for batch_size in (1, 64):
        mixed = Extraction(network(), Preprocessing(), LAYERS, batch_size=batch_size)
        with pytest.raises(DataError, match="different sizes"):
            next(mixed.run(Mixed(3), range(3)))


def test_a_gpu_that_is_not_there_is_an_error():
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    assert choose_device("auto").type == "cpu"
    with pytest.raises(ConfigError, match="no GPU"):
        choose_device("cuda")
