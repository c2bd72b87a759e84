"""Which layers are drawn: everything by default, output layers apart, wrong names refused."""

from types import SimpleNamespace

import pytest

from selectivity.errors import ConfigError
from selectivity.figures.choice import check_figures, check_group_units, drawn_layers

ALEXNET = ["conv5", "fc6", "fc7", "fc8", "prob"]


def test_by_default_all_but_the_outputs_are_hidden():
    entry = {"layers": {name: name for name in ALEXNET} | {"prob": "softmax"}}
    drawn = drawn_layers("net", entry, ALEXNET, {})
    assert drawn.layers == ALEXNET
    assert drawn.hidden == drawn.jittered == ["conv5", "fc6", "fc7"]
    assert drawn.stages == {"output": "fc8", "softmax": "prob"}


def test_outputs_are_found_by_path_and_by_role():
    layers = {"fire9": "features.12", "logits": "output", "p": "softmax"}
    drawn = drawn_layers("net", {"layers": layers}, list(layers), {})
    assert drawn.hidden == ["fire9"]
    assert drawn.stages == {"output": "logits", "softmax": "p"}
    entry = {"layers": {"a": "x", "b": "y"}, "roles": {"fc8": "b"}}
    drawn = drawn_layers("net", entry, ["a", "b"], {})
    assert drawn.hidden == ["a"]
    assert drawn.stages == {"output": "b"}


def test_a_network_of_outputs_only_shows_them():
    drawn = drawn_layers("net", {}, ["fc8"], {"layers": None})
    assert drawn.hidden == ["fc8"]


def test_the_study_chooses_in_any_order():
    figures = {"layers": ["fc7", "conv5"], "jitter_layers": ["fc6"]}
    drawn = drawn_layers("net", {}, ALEXNET, figures)
    assert drawn.hidden == ["conv5", "fc7"]
    assert drawn.jittered == ["fc6"]
    other = drawn_layers("net", {}, ["block1"], figures)
    assert other.hidden == other.jittered == ["block1"]


def test_a_layer_of_no_network_is_refused():
    check_figures({"layers": ["fc6"], "jitter_layers": None}, ALEXNET)
    with pytest.raises(ConfigError, match=r"figures\.jitter_layers: .*'fc9'; did you mean 'fc"):
        check_figures({"jitter_layers": ["fc9"]}, ALEXNET)


def test_units_of_groups_need_a_network_and_a_layer():
    def plan(units):
        study = {"figures": {"group_units": units}}
        return SimpleNamespace(study=study, networks=["caffenet"], layers_of=lambda _: ALEXNET)

    check_group_units(plan({}))
    check_group_units(plan({"caffenet": {"fc6": [3]}}))
    with pytest.raises(ConfigError, match="no network 'cafenet'; did you mean 'caffenet'"):
        check_group_units(plan({"cafenet": {"fc6": [3]}}))
    with pytest.raises(ConfigError, match=r"caffenet has no layer 'fc9'; did you mean 'fc"):
        check_group_units(plan({"caffenet": {"fc9": [3]}}))
