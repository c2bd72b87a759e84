"""Sums, ratios and standard errors that follow from other printed numbers."""

import math

from selectivity.ledger.check import Check, Printed, must_equal
from selectivity.ledger.published import BELOW, EXACT

# Means printed to one decimal and CCMAS to two leave this much room.
CCMAS_TOLERANCE = 0.0075


def bus_ccmas(printed: Printed) -> list[Check]:
    """Check that the CCMAS of each bus unit follows from its two printed means."""
    checks = []
    for row in printed.find(quantity="ccmas_bus"):
        same = {n: getattr(row, n) for n in ("locus", "network", "layer", "unit")}
        inside = printed.value(quantity="mean_bus", **same)
        outside = printed.value(quantity="mean_not_bus", **same)
        ours = (inside - outside) / (inside + outside)
        reason = f"({inside:g} - {outside:g}) / ({inside:g} + {outside:g})"
        ok = abs(ours - row.value) <= CCMAS_TOLERANCE
        checks.append(Check(row, "CCMAS from the printed means", ours, ok, reason))
    return checks


def experiment_counts(printed: Printed) -> list[Check]:
    """Check that panels, lists, participants and judgements of the experiment add up."""

    def count(quantity: str, layer: str = "", source: str = "gale2019") -> float:
        return printed.value(source=source, quantity=quantity, layer=layer)

    def appendix(quantity: str, layer: str = "") -> float:
        return printed.value(source="gale2020", locus="appA", quantity=quantity, layer=layer)

    lists, people = count("n_lists"), count("n_participants")
    panels = [count("n_panels", layer) for layer in ("conv5", "fc6", "fc8")]
    five, six = appendix("lists_with_5_participants"), appendix("lists_with_6_participants")
    per_list = {layer: appendix("panels_per_list", layer) for layer in ("conv5", "fc6")}
    total = printed.row(source="gale2019", quantity="n_panels_total")
    checks = [
        must_equal(total, "panels in all", sum(panels), "{:g} + {:g} + {:g}".format(*panels)),
        must_equal(
            printed.row(quantity="n_lists"), "lists in all", five + six, f"{five:g} + {six:g}"
        ),
        must_equal(
            printed.row(quantity="n_participants"),
            "participants in all",
            5 * five + 6 * six,
            f"5 x {five:g} + 6 x {six:g}",
        ),
    ]
    for layer, each in per_list.items():
        shown = printed.row(source="gale2019", quantity="n_panels", layer=layer)
        checks.append(must_equal(shown, "panels", lists * each, f"{lists:g} lists of {each:g}"))
        judged = printed.row(quantity="n_judgements", layer=layer)
        reason = f"{people:g} people judged {each:g} each"
        checks.append(must_equal(judged, "judgements", people * each, reason))
    for letter, extra in (("a", 15), ("b", 16)):
        length = printed.row(quantity=f"list_length_{letter}")
        ours = per_list["conv5"] + per_list["fc6"] + extra
        reason = f"{per_list['conv5']:g} + {per_list['fc6']:g} + {extra}"
        checks.append(must_equal(length, "panels on a list", ours, reason))
    return checks


def fc8_judgements(printed: Printed) -> list[Check]:
    """Check that the judgements of fc8 leave a possible number of lists with 16 panels to six people."""
    row = printed.row(quantity="n_judgements", layer="fc8")
    people = printed.value(source="gale2019", quantity="n_participants")
    lists = printed.value(source="gale2019", quantity="n_lists")
    long_lists = printed.value(source="gale2019", quantity="n_panels", layer="fc8") - 15 * lists
    six = row.value - 15 * people - 5 * long_lists
    most = printed.row(quantity="lists_with_6_participants")
    reason = f"{row.value:g} - 15 x {people:g} - 5 x {long_lists:g} of the lists with six people have 16 panels"
    ok = 0 <= six <= most.value
    return [Check(row, "lists of six people with 16 panels", six, ok, reason, most.printed, BELOW)]


def standard_errors(printed: Printed) -> list[Check]:
    """Check that the errors of the shares in table 1 are those of proportions."""
    kinds = (("yes_responses_pct", "n_judgements"), ("units_ge80_yes_pct", "n_panels"))
    checks = []
    for share, size in kinds:
        for row in printed.find(quantity=share, locus="table1"):
            n = printed.value(quantity=size, layer=row.layer, source="gale2019")
            p = row.value / 100
            ours = 100 * math.sqrt(p * (1 - p) / n)
            ok = abs(ours - float(row.stderr)) <= 0.05
            reason = f"100 sqrt(p (1 - p) / n) with p = {p:.3f} and n = {n:g}"
            name = f"standard error of {share}"
            checks.append(Check(row, name, ours, ok, reason, row.stderr, EXACT))
    return checks


CHECKS = (bus_ccmas, experiment_counts, fc8_judgements, standard_errors)
