"""Every network of the registry can be built, and its layers are there."""

from pathlib import Path

import pytest
import torch

from selectivity.config import read_yaml
from selectivity.errors import ConfigError
from selectivity.hooks import record_layers
from selectivity.networks import Preprocessing, build_network
from selectivity.networks.build import check_layers
from selectivity.networks.listing import find_entry, format_table, input_side, list_layers, main

REGISTRY = Path(__file__).parents[2] / "config" / "networks.yaml"
NETWORKS = read_yaml(REGISTRY)["networks"]
UNITS = {
    "caffenet": {"conv5": 256, "fc6": 4096, "fc7": 4096, "fc8": 1000, "prob": 1000},
    "googlenet_imagenet": {"inception_4e": 832, "prob": 1000},
    "googlenet_places365": {"inception_4e": 832, "prob": 365},
    "vgg16_places365": {"conv5_3": 512, "prob": 365},
    "vgg_m": {"conv1": 96, "conv2": 256, "conv3": 512, "conv4": 512, "conv5": 512},
    "mlp_cifar10": {"fc1": 128, "fc2": 512, "fc3": 2048, "fc4": 2048},
    "shallow_conv_cifar10": {"conv1": 64, "conv2": 64, "conv3": 128, "conv4": 128, "fc5": 512},
    "vgg16_cifar10": {"conv1_1": 64, "conv5_3": 512},
    "squeezenet1_0": {"fire2": 128, "fire9": 512, "output": 1000},
    "resnet50": {"layer4": 2048},
}  # the numbers that papers print


@pytest.mark.parametrize("name", NETWORKS)
def test_every_entry_can_be_built_and_shown_an_image(name):
    entry = NETWORKS[name]
    Preprocessing.from_config(entry.get("preprocessing"))
    side = input_side(entry.get("preprocessing"))
    with torch.device("meta"):
        network = build_network(entry["constructor"], entry.get("arguments"))
        check_layers(network, entry["layers"])
        with record_layers(network, entry["layers"]) as recorder, torch.inference_mode():
            network(torch.zeros(2, 3, side, side))
    units = {layer: output.shape[1] for layer, output in recorder.outputs.items()}
    assert set(units) == set(entry["layers"])
    assert units | UNITS.get(name, {}) == units


def test_layers_that_a_relu_follows_are_recorded_after_it():
    for name in ("caffenet", "vgg16_cifar10", "squeezenet1_0", "googlenet_imagenet"):
        entry = NETWORKS[name]
        with torch.device("meta"):
            network = build_network(entry["constructor"], entry.get("arguments"))
            side = input_side(entry["preprocessing"])
            with record_layers(network, entry["layers"]) as recorder, torch.inference_mode():
                network(torch.zeros(1, 3, side, side))
        signed = {layer for layer in entry["layers"] if recorder.is_signed(layer)}
        assert signed <= {"fc8", "output", "loss3", "classifier"}, name


def test_the_listing_shows_layers_paths_and_units():
    rows = list_layers(NETWORKS["shallow_conv_cifar10"])
    assert ("conv3", "conv3", "Conv2d", "128", "16 x 16") in rows
    assert ("classifier", "output", "", "10", "") in rows
    assert format_table(rows).splitlines()[0].split()[:2] == ["layer", "module"]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_entry_can_be_listed_with_all_its_layers(name):
    with torch.device("meta"):
        rows = list_layers(NETWORKS[name])
    assert {row[0] for row in rows} - {""} == set(NETWORKS[name]["layers"])
    assert all(int(row[3]) > 0 for row in rows)


def test_the_listing_takes_a_constructor_and_a_size(capsys):
    main(["selectivity.networks.cifar_nets:mlp", "--side", "32"])
    assert "2048" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="takes no images of 31 x 31"):
        main(["selectivity.networks.cifar_nets:mlp", "--side", "31"])


def test_unknown_names_bring_the_nearest(tmp_path):
    with pytest.raises(ConfigError, match="did you mean 'caffenet'"):
        find_entry("cafenet", REGISTRY)
