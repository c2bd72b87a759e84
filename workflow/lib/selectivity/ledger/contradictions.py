"""Printed numbers that bound each other: some agree, some contradict."""

import math
from itertools import combinations

from selectivity.ledger.check import Check, Printed, must_equal
from selectivity.ledger.published import ABOVE, BELOW, EXACT

# ImageNet 2012 has at most this many training images a class.
LARGEST_CLASS = 1300
N_GAMMA_IMAGES = 100


def _monarchs(printed: Printed) -> tuple[float, float]:
    """Return the smallest and largest number of Monarch images that 72 = 5.8 % allows."""
    at_zero = printed.value(quantity="class_images_at_zero_n")
    share = printed.row(quantity="class_images_at_zero_pct")
    low, high = share.value - share.tolerance, share.value + share.tolerance
    return 100 * at_zero / high, 100 * at_zero / low


def class_size(printed: Printed) -> list[Check]:
    """Check that the count and the share of Monarch images at zero give a possible class size."""
    low, high = _monarchs(printed)
    row = printed.row(quantity="class_images_at_zero_pct")
    counts = f"{math.ceil(low)} to {math.floor(high)}"
    reason = f"72 images are 5.8 % of {counts} images; no class has more than {LARGEST_CLASS}"
    middle = (low + high) / 2
    ok = math.ceil(low) <= min(math.floor(high), LARGEST_CLASS)
    return [Check(row, "images of the class", middle, ok, reason, str(LARGEST_CLASS), BELOW)]


def top_run(printed: Printed) -> list[Check]:
    """Check that the recall of fc7.255 allows no longer run of Monarchs than its precision over 100 does."""
    recall = printed.row(quantity="recall_at_precision1", unit="255")
    precision = printed.row(quantity="precision100_pct", layer="fc7", unit="255")
    shortest = math.ceil((recall.value - recall.tolerance) * _monarchs(printed)[0])
    reason = f"a recall of {recall.printed} is a run of at least {shortest} images"
    reason += f"; precision over 100 allows {precision.printed}"
    ok = shortest <= precision.value
    return [Check(precision, "run of the top class", shortest, ok, reason, relation=BELOW)]


def false_discovery_bound(printed: Printed) -> list[Check]:
    """Check that with a recall of at most 1, informedness bounds the share of false alarms among the selected."""
    informedness = printed.value(quantity="max_informedness")
    n = sum(_monarchs(printed)) / 2
    others = printed.value(quantity="n_images_correct") - n
    false_alarms = (1 - informedness) * others
    bound = false_alarms / (false_alarms + n)
    reason = (
        f"J = {informedness} leaves at most {false_alarms:.0f} false alarms beside {n:.0f} hits"
    )
    most = printed.row(quantity="false_alarm_pct", unit="3290")
    least = printed.row(quantity="false_alarm_min")
    return [
        Check(
            most,
            "largest possible false discovery rate",
            100 * bound,
            100 * bound > most.value,
            reason,
        ),
        Check(
            least,
            "largest possible false discovery rate",
            bound,
            bound >= least.value,
            reason,
            relation=BELOW,
        ),
    ]


def class_index_bounds(printed: Printed) -> list[Check]:
    """Check that fewer than 40 (20) classes among 100 images mean a class index above .6 (.8)."""
    checks = []
    for quantity, threshold in (("n_classes_bound_at_0.6", 0.6), ("n_classes_bound_high", 0.8)):
        row = printed.row(quantity=quantity)
        index = (N_GAMMA_IMAGES - row.value) / (N_GAMMA_IMAGES - 1)
        reason = f"({N_GAMMA_IMAGES} - {row.value:g}) / {N_GAMMA_IMAGES - 1}"
        ok = index > threshold
        checks.append(
            Check(row, "class index at the bound", index, ok, reason, str(threshold), ABOVE)
        )
    return checks


def counts_of_figure_3(printed: Printed) -> list[Check]:
    """Check that positive and zero activations of fc6.1199 are all images."""
    parts = [
        printed.value(quantity=f"n_activations_{place}") for place in ("above_zero", "at_zero")
    ]
    row = printed.row(source="gale2020", quantity="n_images_correct")
    reason = f"{parts[0]:.0f} above zero and {parts[1]:.0f} at zero miss {row.value - sum(parts):.0f} images"
    return [must_equal(row, "activations of fc6.1199", sum(parts), reason)]


def repeated_values(printed: Printed) -> list[Check]:
    """Check that a number printed twice is the same number at the coarser precision."""
    unit = {"quantity": "ccmas", "layer": "fc6", "unit": "1199"}
    first = printed.row(source="gale2020", locus="sec3.1", **unit)
    second = printed.row(source="gale2020", locus="sec4", **unit)
    checks = [
        must_equal(
            second,
            "CCMAS of fc6.1199 elsewhere",
            first.value,
            f"section 3.1 prints {first.printed}",
        )
    ]
    for layer in ("conv5", "fc6", "fc7"):
        coarse = printed.row(source="gale2019", locus="results", quantity="ccmas_mean", layer=layer)
        fine = printed.row(locus="results/ccmas2", quantity="ccmas_mean", layer=layer)
        checks.append(
            must_equal(
                coarse, "mean CCMAS elsewhere", fine.value, f"printed as {fine.printed} elsewhere"
            )
        )
    precise = printed.row(source="gale2019", quantity="precision60_pct", unit="1199")
    checks.append(must_equal(precise, "59 of 60 images", 100 * 59 / 60, "100 x 59 / 60"))
    return checks


def contradicting_sentences(printed: Printed) -> list[Check]:
    """Check sentences that another sentence of the same paper contradicts."""
    tenth = printed.row(quantity="localist_units_pct")
    none = printed.value(
        source="gale2019", locus="results", quantity="n_localist_units", layer="prob"
    )
    bound = printed.row(
        source="gale2019", locus="discussion", quantity="top_class_selectivity_mean_pct"
    )
    fc8 = printed.value(source="gale2019", quantity="top_class_selectivity_mean_pct", layer="fc8")
    percent = printed.row(locus="results/ccmas2", unit="0", quantity="top_class_selectivity_pct")
    smallest = 100 / LARGEST_CLASS
    return [
        must_equal(tenth, "localist units of prob elsewhere", none, "another sentence counts none"),
        must_equal(
            bound, "mean of fc8 elsewhere", fc8, "the sentence names fc8; fc7 must be meant"
        ),
        Check(
            percent,
            "smallest percentage above zero",
            smallest,
            percent.value >= smallest,
            f"one image of {LARGEST_CLASS}; the printed number must be a fraction",
        ),
    ]


def bus_tables(printed: Printed) -> list[Check]:
    """Check that the tables bear out what the text says of the bus units."""
    rows = [
        row for row in printed.find(quantity="precision100_bus") if row.locus.startswith("table")
    ]
    highest = max(row.value for row in rows)
    reason = f"the largest precision of the tables is {highest}"
    detectors = float(sum(row.value >= 0.75 for row in rows))
    others = printed.row(quantity="non_bus_in_top100_min")
    return [
        must_equal(
            printed.row(quantity="precision100_bus_max"), "largest precision", highest, reason
        ),
        must_equal(
            printed.row(quantity="n_units_precision_ge_0.75"), "detectors", detectors, reason
        ),
        Check(
            others,
            "other images in the top 100",
            100 - 100 * highest,
            100 - 100 * highest >= others.value,
            reason,
            relation=ABOVE,
        ),
    ]


def identical_rows(printed: Printed) -> list[Check]:
    """Check that no two units of a table agree in every printed number."""
    checks = []
    for locus in ("tableA3", "tableA4", "tableA5"):
        units: dict[str, list[str]] = {}
        for row in printed.find(locus=locus):
            units.setdefault(row.unit, []).append(row.printed)
        twins = [f"{a} and {b}" for a, b in combinations(units, 2) if units[a] == units[b]]
        reason = (
            f"units {', '.join(twins)} are printed with the same numbers"
            if twins
            else f"{len(units)} different rows"
        )
        row = printed.find(locus=locus)[0]
        name = "pairs of units with identical numbers"
        checks.append(Check(row, name, len(twins), not twins, reason, "0", EXACT))
    return checks


def correlation_significance(printed: Printed) -> list[Check]:
    """Check that the weakest correlation has the printed p over the pooled units of three layers."""
    units = sum(
        printed.value(source="gale2020", quantity="n_units_analysed", layer=layer)
        for layer in ("conv5", "fc6", "fc7")
    )
    weakest = min(abs(row.value) for row in printed.find(locus="tableA2") if "__" in row.quantity)
    p = math.erfc(math.atanh(weakest) * math.sqrt(units - 3) / math.sqrt(2))
    row = printed.row(quantity="pearson_p_value")
    return [
        must_equal(row, "p of the weakest correlation", p, f"r = {weakest} over {units:.0f} units")
    ]


CHECKS = (
    class_size,
    top_run,
    false_discovery_bound,
    class_index_bounds,
    counts_of_figure_3,
    repeated_values,
    contradicting_sentences,
    bus_tables,
    identical_rows,
    correlation_significance,
)
