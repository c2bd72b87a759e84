"""What the sections of a study name is checked before any job."""

import pytest

from selectivity.errors import ConfigError
from selectivity.section_layers import check_sections, chosen_layers, wanted_units


class Plan:
    """A study of two networks, one of them recorded elsewhere."""

    networks = ("net", "recorded")

    def __init__(self, **sections):
        self.study = sections

    def network(self, name):
        return {"layers": {"conv1": "conv1", "fc7": "fc7", "fc8": "output", "prob": "softmax"}}

    def is_recorded(self, network):
        return network == "recorded"

    def layers_of(self, network):
        return list(self.network(network)["layers"])


def of(section, layers, network="net"):
    return chosen_layers(Plan(**{section: {"layers": {network: layers}}}), section)


def test_layers_come_in_the_order_of_depth():
    assert of("synthesis", ["fc8", "conv1"]) == {"net": ["conv1", "fc8"]}
    assert chosen_layers(Plan(), "synthesis") == {}


@pytest.mark.parametrize(
    ("section", "layers", "network", "message"),
    [
        ("synthesis", ["conv2"], "net", "no layer 'conv2'; did you mean 'conv1'"),
        ("synthesis", ["prob"], "net", "'prob' is the network's softmax"),
        ("ablation", ["fc8"], "net", "'fc8' is the network's output"),
        ("ablation", ["fc7"], "nets", "no network 'nets'.*'net'"),
        ("synthesis", ["fc7"], "recorded", "are recorded"),
        ("neuron_features", ["conv_1"], "net", "no layer 'conv_1'; did you mean 'conv1'"),
        ("neuron_features", ["conv1"], "recorded", "are recorded"),
    ],
)
def test_what_cannot_be_run_is_refused(section, layers, network, message):
    with pytest.raises(ConfigError, match=message):
        of(section, layers, network)


def test_units_are_counted_or_named():
    named = {"units": {"conv1": [3, 5]}}
    assert wanted_units(named, "conv1", is_ablated=False) == [3, 5]
    assert wanted_units(named, "fc7", is_ablated=False) is None
    assert wanted_units(named, "conv1", is_ablated=True) is None
    assert wanted_units({"units": 24}, "conv1", is_ablated=False) == 24
    synthesis = {"snapshots": [20], "steps": 60, "layers": {"net": ["conv1"]}}
    check_sections(Plan(synthesis={**synthesis, "units": {"conv1": [3]}}))
    with pytest.raises(ConfigError, match="no images of layer 'conv2' are made; did you mean"):
        check_sections(Plan(synthesis={**synthesis, "units": {"conv2": [3]}}))


def test_sections_must_fit_together():
    synthesis = {"snapshots": [20, 60], "steps": 60, "layers": {"net": ["conv1"]}}
    check_sections(Plan())
    check_sections(Plan(synthesis=synthesis, substitution={"step": 20, "scatter_layers": {}}))
    with pytest.raises(ConfigError, match="needs the section 'synthesis'"):
        check_sections(Plan(substitution={}))
    with pytest.raises(ConfigError, match="60 lies beyond the 50 steps"):
        check_sections(Plan(synthesis={**synthesis, "steps": 50}))
    with pytest.raises(ConfigError, match="30 is not among"):
        check_sections(Plan(synthesis=synthesis, substitution={"step": 30}))
    with pytest.raises(ConfigError, match="no images of 'nte' are made; did you mean 'net'"):
        scattered = {"scatter_layers": {"nte": ["conv1"]}}
        check_sections(Plan(synthesis=synthesis, substitution=scattered))


@pytest.mark.parametrize(
    ("features", "activations", "message"),
    [
        ({}, {"spatial": "mean"}, "activations.spatial is 'mean'; set it to max"),
        ({}, {"pre_relu": False}, "before the ReLU are recorded; set activations.pre_relu: true"),
        ({"relu": "post"}, {"relu": "pre"}, "after the ReLU are recorded; set activations.relu"),
        ({"class_images": 200}, {}, "200 is more than the 100 images"),
    ],
)
def test_neuron_features_need_what_they_rank_by(features, activations, message):
    fits = {"relu": "pre", "max_images": 100, "class_images": 100}
    recorded = {"spatial": "max", "relu": "post", "pre_relu": True}
    check_sections(Plan(neuron_features=fits, activations=recorded))
    for key in ("pre", "post"):
        given = {"relu": key, "pre_relu": False}
        check_sections(Plan(neuron_features=fits | {"relu": key}, activations=recorded | given))
    with pytest.raises(ConfigError, match=message):
        check_sections(Plan(neuron_features=fits | features, activations=recorded | activations))
