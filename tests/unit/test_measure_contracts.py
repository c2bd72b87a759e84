"""The registry's contracts: what must not change a measure does not, and what is not promised does."""

import re

import numpy as np
import pytest

from selectivity.measures import MeasureSettings, measure_units
from selectivity.measures.columns import core_columns
from selectivity.measures.registry import (
    GAPS,
    INVARIANCES,
    MEASURES,
    gaps_markdown,
    help_of,
    measures_for,
    measures_markdown,
    variants_markdown,
)
from selectivity.measures.variant_names import VARIANTS

SETTINGS = MeasureSettings(top_k=(10, 20), gap={})
CONTRACTS = {measure.column: measure for measure in measures_for(SETTINGS)}
# What these rectified units do not have (negative means, zeros in the top k), or what happens to stay.
STILL = {"is_constant", "n_zero_10", "n_zero_20", "n_top_cluster_classes"} | {
    name for name in CONTRACTS if name.startswith("ccmas") and "_is_" in name
}
N_CLASSES = 6
SIZES = np.array([31, 18, 25, 12, 20, 14])


@pytest.fixture(scope="module")
def block():
    """Rectified units on a coarse grid (many ties), some of them detectors; every top 20 is active."""
    rng = np.random.default_rng(4)
    labels = np.repeat(np.arange(N_CLASSES), SIZES)
    drive = rng.gamma(0.5, 1.5, (60, N_CLASSES))
    values = np.maximum(rng.normal(size=(60, len(labels))) + drive[:, labels] - 0.4, 0)
    for unit in range(6):
        values[unit] = np.where(labels == unit, 8 + values[unit], values[unit] / 4)
    return np.round(values * 64).astype(np.float32) / 64


@pytest.fixture(scope="module")
def plain(block):
    return measure_units(block, SIZES, SETTINGS)


def changed(block, sizes, plain):
    """Return the columns that differ from the plain ones by more than rounding."""
    other = measure_units(np.ascontiguousarray(block, np.float32), sizes, SETTINGS)
    return {
        name
        for name, column in plain.items()
        if not np.allclose(
            column.astype(float), other[name].astype(float), rtol=1e-9, atol=1e-12, equal_nan=True
        )
    }


def transformed(block, invariance):
    if invariance == "scaling":
        return block * 4, SIZES
    if invariance == "monotone":
        return block**3 + block, SIZES
    if invariance == "duplication":
        return np.repeat(block, 2, axis=1), SIZES * 2
    return np.pad(block, ((0, 0), (0, 30))), np.append(SIZES, 30)


@pytest.mark.parametrize("invariance", INVARIANCES)
def test_invariances_hold_where_they_are_promised_and_only_there(block, plain, invariance):
    promised = set()
    for name, measure in CONTRACTS.items():
        if invariance in measure.invariances:
            promised |= {name, f"{name}_class"} & set(plain)
            if invariance != "duplication":
                promised |= {f"{name}_class_size"} & set(plain)
    moved = changed(*transformed(block, invariance), plain)
    assert not moved & promised
    of_classes = ("_class", "_class_size")
    values = {name for name in plain if not name.endswith(of_classes) or name in CONTRACTS}
    assert moved & values == values - promised - STILL


def test_the_order_of_images_changes_nothing(block, plain):
    rng = np.random.default_rng(0)
    starts = np.concatenate([[0], np.cumsum(SIZES)])
    order = np.concatenate(
        [start + rng.permutation(size) for start, size in zip(starts, SIZES, strict=False)]
    )
    assert not changed(block[:, order], SIZES, plain)


def test_the_numbering_of_classes_only_renames_them(block, plain):
    order = np.array([3, 0, 5, 1, 4, 2])
    starts = np.concatenate([[0], np.cumsum(SIZES)])
    images = np.concatenate([np.arange(starts[c], starts[c + 1]) for c in order])
    other = measure_units(np.ascontiguousarray(block[:, images]), SIZES[order], SETTINGS)
    renamed = 0
    same = {
        f"{rate}_{k}": order[other[f"precision_{k}_class"]] == plain[f"precision_{k}_class"]
        for rate in ("recall", "specificity", "informedness")
        for k in SETTINGS.top_k
    }
    for name, column in plain.items():
        if name.endswith("_class_size"):
            assert (other[name] == column).mean() > 0.9, name
        elif name.endswith("_class"):
            agree = order[other[name]] == column
            assert agree.mean() > 0.9, name  # classes that tie go to the lowest index
            renamed += int((other[name] != column).sum())
        else:
            rows = same.get(
                name, slice(None)
            )  # where classes tie for the top k, the rates are those of another
            ours, theirs = column[rows].astype(float), other[name][rows].astype(float)
            np.testing.assert_allclose(theirs, ours, rtol=1e-12, err_msg=name)
    assert renamed > 0


def test_an_empty_class_changes_nothing(block, plain):
    assert not changed(block, np.append(SIZES, 0), plain)


def test_values_lie_in_the_range_of_the_contract(plain):
    checked = set()
    for name, measure in CONTRACTS.items():
        found = re.fullmatch(r"([\[(])(-?\d), ([\d.]+)([\])])( for a >= 0.*)?", measure.values)
        values = plain[name][np.isfinite(plain[name].astype(float))]
        if found:
            low, high = float(found[2]), float(found[3])
            assert (values > low if found[1] == "(" else values >= low).all(), name
            assert (values < high if found[4] == ")" else values <= high).all(), name
            checked.add(name)
    assert {
        "ccmas",
        "precision_10",
        "n_classes_20",
        "informedness_10",
        "gap_selectivity",
    } <= checked


def columns_of(measure):
    extra = [f"{measure.column}_class", f"{measure.column}_class_size"]
    return [measure.column, *(extra if measure.has_class else [])]


def is_undefined(name, value):
    if name.endswith("_class_size"):
        return value == 0
    return value == -1 if name.endswith("_class") else np.isnan(value)


@pytest.mark.parametrize("value", [0.0, 2.5, -3.0])
def test_silent_and_constant_units_have_the_values_of_the_contract(value):
    block = np.full((1, SIZES.sum()), value, np.float32)
    row = {name: column[0] for name, column in measure_units(block, SIZES, SETTINGS).items()}
    plain_values = {"true": True, "false": False, "0": 0, "N": SIZES.sum(), "0 or 1": value > 0}
    for measure in CONTRACTS.values():
        for name in columns_of(measure):
            if measure.constant.startswith("undefined"):
                assert is_undefined(name, row[name]), name
            else:
                assert row[name] == plain_values[measure.constant], name


def test_units_of_one_class_have_what_needs_no_other():
    values = np.array([[0, 0, 1, 2, 2, 3, 5, 5, 6, 9]], np.float32)
    row = {k: v[0] for k, v in measure_units(values, np.array([0, 10]), SETTINGS).items()}
    seen = set()
    for measure in CONTRACTS.values():
        for name in columns_of(measure):
            if measure.needs in ("", "two images", "two different activations"):
                assert not is_undefined(name, row[name]), name
            elif measure.constant.startswith("undefined"):
                assert is_undefined(name, row[name]), name
        seen.add(measure.needs)
    assert {"", "two classes"} <= seen


def test_detectors_lie_at_the_selective_end(plain):
    detectors, rest = slice(0, 6), slice(6, None)
    assert plain["localist"][detectors].all()
    for name, measure in CONTRACTS.items():
        ours, others = plain[name][detectors].astype(float), plain[name][rest].astype(float)
        if measure.direction == "higher":
            assert ours.mean() > others.mean(), name
        elif measure.direction == "lower":
            assert ours.mean() < others.mean(), name


def test_the_registry_covers_every_column():
    columns = []
    for measure in measures_for(SETTINGS):
        class_columns = [f"{measure.column}_class", f"{measure.column}_class_size"]
        columns += [measure.column, *(class_columns if measure.has_class else [])]
    assert sorted(columns) == sorted(core_columns(SETTINGS))
    for measure in (*MEASURES, *GAPS):
        assert set(measure.invariances) <= set(INVARIANCES)
        assert measure.direction in ("higher", "lower", "none")


def test_tables_and_help_name_everything():
    assert gaps_markdown().count("\n") == len(GAPS) + 2
    table = measures_markdown()
    assert table.count("\n") == len(MEASURES) + 2 and "{k}" not in table
    assert variants_markdown().count("\n") == len(VARIANTS) + 2
    assert "precision@10" in help_of(CONTRACTS["precision_10"])
