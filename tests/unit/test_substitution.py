"""Representative Substitution and class selectivity against counts by hand, and the claims on made-up tables."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from selectivity.claims.evidence import Evidence, NotApplicableError, Table
from selectivity.claims.substitution import TESTS
from selectivity.errors import ConfigError
from selectivity.substitution import (
    class_selectivity,
    has_failed,
    recipe_table,
    representative_substitution,
)
from selectivity.substitution_tables import (
    layer_summary,
    layer_table,
    mark_setting,
    sensitivity,
    settings_of,
)
from selectivity.synthesis.ascent import Ascent
from selectivity.synthesis.cutting import LayerCut
from selectivity.synthesis.engine import items_of, make_batch
from selectivity.synthesis.parts import Box
from selectivity.synthesis.seeds import Identity
from selectivity.synthesis.settings import SynthesisSettings


def test_rs_of_a_hand_made_layer_is_the_count_by_hand():
    """Units 0 to 2 read the first pixel with gain 1, 2 and 3; unit 3 reads the second; unit 4 is dead.

    The best image of unit 0 lights the first pixel, which excites units 1 and 2 more: 2 of 5. Unit 1 is beaten by
    unit 2 alone, unit 2 by none. On unit 3's image the first pixel stays as dark as it began, so none beats it.
    """
    layer = nn.Linear(48, 5)
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[0, 0], layer.weight[1, 0], layer.weight[2, 0] = 1.0, 2.0, 3.0
        layer.weight[3, 1] = 5.0
        layer.bias.zero_()
        layer.bias[4] = -1.0
    network = nn.Sequential(nn.Flatten(), layer, nn.ReLU())
    shape = (3, 4, 4)
    box = Box(torch.full(shape, -1.0), torch.full(shape, 1.0))
    settings = SynthesisSettings(steps=30, snapshots=(30,), start=0.01, batch=8)
    ascent = Ascent(LayerCut(network, "1"), settings, Identity(0, "n", "l"), shape, box)
    result = make_batch(ascent, items_of(range(5), 1))
    result["snapshot_step"] = np.array(settings.snapshots)
    table = recipe_table(result["unit"], 5, result)
    assert table["step"].unique().tolist() == [30]
    assert table["rs"].tolist()[:4] == [2 / 5, 1 / 5, 0, 0]
    assert table["rs__n_minus_1"].tolist()[:4] == [2 / 4, 1 / 4, 0, 0]
    assert table["am_failed"].tolist() == [False, False, False, False, True]
    # The dead unit's image is the noise it began with: RS is the share of units that the noise excites.
    noise = result["image"][4].ravel()[:2]
    assert table["rs"][4] == ((noise[0] > 0) * 3 + (noise[1] > 0)) / 5
    assert result["snapshot_strongest"][0, -1].tolist() == [2, 1, 0]


def test_ties_do_not_count_and_restarts_give_the_median():
    curves = {
        "snapshot_step": np.array([0, 10]),
        "snapshot_higher": np.array([[9, 4], [9, 0], [9, 1], [9, 7]]),
        "snapshot_activation": np.array([[1.0, 2.0], [1.0, 4.0], [1.0, 3.0], [5.0, 5.0]]),
        "snapshot_others": np.zeros((4, 2)),
    }
    table = recipe_table(np.array([2, 2, 2, 6]), 10, curves)
    assert table["unit"].tolist() == [2, 6]
    assert table["rs"].tolist() == [0.1, 0.7]
    assert table["activation"].tolist() == [3.0, 5.0]
    assert table["n_restarts"].tolist() == [3, 1]
    assert table["am_failed"].tolist() == [False, True]


def test_denominators_and_failure():
    assert representative_substitution(np.array([3]), 4).tolist() == [0.75]
    assert representative_substitution(np.array([3]), 4, "n_minus_1").tolist() == [1.0]
    with pytest.raises(ConfigError, match="n_minus_1"):
        representative_substitution(np.array([1]), 4, "n_minus")
    failed = has_failed(np.array([0.0, 2.0, 2.0]), np.array([0.0, 2.0, 1.0]))
    assert failed.tolist() == [True, True, False]


def test_class_selectivity_by_hand():
    means = np.array([[4.0, 1.0, 1.0], [0.0, 0.0, 2.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    sizes = np.array([10, 30, 10])
    index, best = class_selectivity(means, sizes)
    np.testing.assert_allclose(index[:2], [3 / 5, 1.0], atol=1e-6)
    assert np.isnan(index[2:]).all()
    assert best.tolist() == [0, 2, -1, -1]
    means = np.array([[4.0, 1.0, 3.0]])
    pooled, _ = class_selectivity(means, sizes, "pooled")
    others = (30 * 1 + 10 * 3) / 40
    np.testing.assert_allclose(pooled, [(4 - others) / (4 + others)], atol=1e-6)
    plain, _ = class_selectivity(means, sizes)
    np.testing.assert_allclose(plain, [(4 - 2) / (4 + 2)], atol=1e-6)


def test_units_with_negative_class_means_have_no_index():
    index, best = class_selectivity(np.array([[3.0, -1.0, 0.5], [2.0, 1.0, 1.0]]), np.ones(3))
    assert np.isnan(index[0])
    assert index[1] == pytest.approx(1 / 3)
    assert best.tolist() == [0, 0]


def test_empty_classes_take_no_part():
    index, best = class_selectivity(np.array([[9.0, 3.0, 1.0]]), np.array([0, 5, 5]))
    np.testing.assert_allclose(index, [0.5], atol=1e-6)
    assert best.tolist() == [1]
    index, best = class_selectivity(np.array([[9.0, 3.0]]), np.array([0, 5]))
    assert np.isnan(index).all()
    assert best.tolist() == [-1]


def frame_of(layers, network="net", n_classes=10):
    """A long table; `layers` gives (name, kind, selectivity, RS of IAM, RS of AM)."""
    parts = []
    for depth, (name, kind, selectivity, iam, am) in enumerate(layers, start=1):
        for objective, rs in (("iam", iam), ("am", am)):
            part = {
                "class_selectivity": np.asarray(selectivity, float),
                "rs": np.asarray(rs, float),
            }
            part |= {"network": network, "layer": name, "depth": depth, "kind": kind}
            part |= {"objective": objective, "is_default": True, "n_classes": n_classes}
            part |= {"scalar": "mean", "step": 100}
            parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


def as_table(frame):
    return Table("substitution", {name: frame[name].to_numpy() for name in frame})


def table_of(layers, **options):
    return as_table(frame_of(layers, **options))


def judge(claim, table, network="net", **thresholds):
    return TESTS[claim](Evidence(network, tables={"substitution": table}), thresholds)


RISING = np.linspace(0, 0.9, 20)


def with_rho(sign_or_noise, seed=0):
    """RS that goes with selectivity perfectly (1), inversely (-1), or in between."""
    noise = np.random.default_rng(seed).random(20)
    return (sign_or_noise * RISING + (1 - abs(sign_or_noise)) * noise + 1) / 2


def conv_layers(rhos, am_shift=0.1, dense=(0.9, 0.0)):
    layers = [
        (f"conv{i}", "conv", RISING, with_rho(rho, i), with_rho(rho, i) + am_shift)
        for i, rho in enumerate(rhos, start=1)
    ]
    layers.append(("fc", "dense", np.full(20, dense[0]), np.full(20, dense[1]), np.full(20, 0.1)))
    return layers


def conv_net(*arguments, **options):
    return table_of(conv_layers(*arguments, **options))


def test_claims_hold_on_a_network_as_the_paper_describes_it():
    table = conv_net([1.0, 0.8, 0.7, 0.3])
    assert judge("C58", table, p=0.05)[0]
    assert judge("C59", table, share=0.1)[0]
    assert judge("C60", table)[0]
    assert judge("C62", table)[0]
    assert judge("C63", table)[0]


def test_claims_fail_on_the_opposite():
    table = conv_net([-0.9, -0.7, -0.8, -0.2], am_shift=-0.1, dense=(0.1, 0.3))
    assert not judge("C58", table, p=0.05)[0]
    assert not judge("C59", table, share=0.1)[0]
    assert not judge("C60", table)[0]
    assert not judge("C62", table)[0]
    assert not judge("C63", table)[0]


def test_the_scatter_is_dense_below_left():
    low = np.r_[np.full(12, 0.1), np.full(8, 0.9)] + np.linspace(0, 0.01, 20)
    layers = [(f"conv{i}", "conv", low, low, np.roll(low, i)) for i in (1, 2, 3)]
    holds, numbers, _ = judge("C61", table_of(layers))
    expected = True
    for i in (1, 3):
        selectivity, rs = low, np.roll(low, i)
        below = ((selectivity < np.median(low)) & (rs < np.median(low))).sum()
        above = ((selectivity > np.median(low)) & (rs > np.median(low))).sum()
        assert (numbers[f"conv{i} low"], numbers[f"conv{i} high"]) == (below, above)
        expected &= below > above
    assert holds == expected
    sparse = [(f"conv{i}", "conv", low, low, low) for i in (1, 2, 3)]
    holds, numbers, _ = judge("C61", table_of(sparse))
    assert numbers["conv1 low"] == numbers["conv1 high"] == 10
    assert not holds
    silent = [(f"conv{i}", "conv", low, low, low * 0) for i in (1, 2, 3)]
    with pytest.raises(NotApplicableError, match="share the lowest RS, 0"):
        judge("C61", table_of(silent))


def test_shallow_and_deep_layers():
    falling = conv_net(np.linspace(1, -0.2, 12))
    assert judge("C64", falling)[0]
    assert not judge("C64", conv_net(np.linspace(-0.2, 1, 12)))[0]
    with pytest.raises(NotApplicableError, match="no images of convolutional layer 9 "):
        judge("C64", conv_net([1, 1, 1]))


def test_layers_keep_their_number_when_others_have_no_images():
    whole = frame_of(conv_layers(np.linspace(1, -0.2, 12)))
    few = as_table(whole[whole["depth"].isin([1, 3, 9, 11])])
    assert judge("C64", few) == judge("C64", as_table(whole))
    assert judge("C58", few, p=0.05) == judge("C58", as_table(whole), p=0.05)
    with pytest.raises(NotApplicableError, match="no images of convolutional layer 3 "):
        judge("C58", as_table(whole[whole["depth"] != 3]), p=0.05)
    thinned = judge("C63", few)[1]["slope"]
    assert thinned == pytest.approx(judge("C63", as_table(whole))[1]["slope"], abs=0.05)


def test_the_mlp_is_compared_with_the_convolutional_networks_of_the_study():
    flat = np.full(20, 0.4) + np.linspace(0, 0.01, 20)
    layers = [(f"h{i}", "dense", RISING, flat, flat) for i in (1, 2, 3)]
    mlp, conv = frame_of(layers, network="mlp"), frame_of(conv_layers([1.0, 1.0, 1.0]))
    marked = mark_setting(pd.concat([mlp, conv], ignore_index=True), "mean", 100)
    by_network = {n: as_table(part) for n, part in marked.groupby("network")}
    own = by_network["mlp"].column("convolutional_iqr")[0]
    iqr = [np.subtract(*np.quantile(with_rho(1.0, i), [0.75, 0.25])) for i in (1, 2, 3)]
    assert own == pytest.approx(np.mean(iqr))
    assert judge("C65", by_network["mlp"], network="mlp", ratio=0.25)[0]
    assert not judge("C65", by_network["mlp"], network="mlp", ratio=0.001)[0]
    with pytest.raises(NotApplicableError, match="has convolutional"):
        judge("C65", by_network["net"], ratio=0.25)
    with pytest.raises(NotApplicableError, match="compare"):
        judge("C65", as_table(mark_setting(mlp, "mean", 100)), network="mlp", ratio=0.25)


def test_irregular_on_imagenet():
    limits = {"n_classes": 1000, "n_layers": 13, "turns": 2, "rho": 0.2}
    rhos = [0.6, 0.1, 0.7, 0.1, 0.6, 0.1, 0.7, 0.0, 0.5, 0.1, 0.4, 0.2, 0.1]
    table = conv_net(rhos)
    with pytest.raises(NotApplicableError, match="10 classes"):
        judge("C66", table, **limits)
    columns = {**table.columns, "n_classes": np.full(len(table), 1000)}
    assert judge("C66", Table("substitution", columns), **limits)[0]
    even = conv_net(np.linspace(1, 0.5, 13))
    columns = {**even.columns, "n_classes": np.full(len(even), 1000)}
    assert not judge("C66", Table("substitution", columns), **limits)[0]


def test_too_few_units_are_not_judged():
    few = table_of([(f"conv{i}", "conv", RISING[:4], RISING[:4], RISING[:4]) for i in (1, 2, 3)])
    with pytest.raises(NotApplicableError, match="4 units"):
        judge("C58", few, p=0.05)
    constant = table_of([(f"conv{i}", "conv", RISING, RISING * 0, RISING) for i in (1, 2, 3)])
    with pytest.raises(NotApplicableError, match="undefined"):
        judge("C58", constant, p=0.05)


def two_recipes(n_units=6, steps=(0, 20, 100)):
    generator = np.random.default_rng(5)
    shape = (n_units, len(steps))
    return {
        recipe: {
            "snapshot_step": np.array(steps),
            "snapshot_higher": generator.integers(0, n_units, shape),
            "snapshot_activation": generator.random(shape).cumsum(1),
            "snapshot_others": generator.random(shape),
        }
        for recipe in ("am_mean", "iam_mean", "iam_max")
    }


def test_the_table_of_a_layer_joins_images_and_class_means():
    recipes = two_recipes()
    means = np.random.default_rng(1).random((10, 3))  # the layer has ten units, six have images
    table = layer_table(np.array([0, 2, 4, 6, 8, 9]), 10, recipes, means, np.array([4, 4, 4]))
    assert len(table) == 3 * 6 * 2
    row = table.query("objective == 'iam' and scalar == 'max' and unit == 9 and step == 20")
    assert row["rs"].item() == recipes["iam_max"]["snapshot_higher"][5, 1] / 10
    index, best = class_selectivity(means, np.array([4, 4, 4]))
    assert row["class_selectivity"].item() == index[9]
    assert row["class_selectivity_class"].item() == best[9]
    # equal class sizes: both variants of the index are the same
    np.testing.assert_allclose(table["class_selectivity"], table["class_selectivity__pooled"])


def test_claims_are_judged_at_every_setting():
    base = frame_of(conv_layers([1.0, 0.8, 0.7]))
    weak = base.assign(step=20, rs=1 - base["rs"])
    both = pd.concat([weak, base], ignore_index=True)
    other = both[both["kind"] == "conv"].assign(scalar="max")
    table = pd.concat([both, other], ignore_index=True)
    assert settings_of(table) == [("mean", 20), ("mean", 100), ("max", 20), ("max", 100)]

    def check(marked):
        chosen = marked[marked["is_default"]]
        assert set(chosen.groupby(["layer", "objective"]).size()) == {20}
        evidence = Evidence("net", tables={"substitution": as_table(marked)})
        yield {"claim": "C58", "verdict": TESTS["C58"](evidence, {"p": 0.05})[0]}

    verdicts = sensitivity(table, check)
    assert verdicts["verdict"].tolist() == [False, True, False, True]


def test_the_summary_of_a_layer():
    table = frame_of([("conv1", "conv", RISING, with_rho(1.0), with_rho(-1.0))])
    table = table.assign(am_failed=False, n_units=20)
    summary = layer_summary(table).set_index("objective")
    assert summary["rho"].to_dict() == pytest.approx({"iam": 1.0, "am": -1.0})
    assert summary.loc["iam", "median_rs"] == pytest.approx(np.median(with_rho(1.0)))
    assert summary.loc["iam", "n_made"] == 20
