"""One registry of measures, from which the contract tests, the README's tables and the viewer's help are made."""

from collections.abc import Sequence
from dataclasses import replace

from selectivity.measures.contracts import INVARIANCES, Measure
from selectivity.measures.definitions import MEASURES
from selectivity.measures.definitions_gap import GAPS
from selectivity.measures.settings import MeasureSettings
from selectivity.measures.variant_names import VARIANTS

__all__ = [
    "GAPS",
    "INVARIANCES",
    "MEASURES",
    "Measure",
    "gaps_markdown",
    "help_of",
    "measures_for",
    "measures_markdown",
    "variants_markdown",
]


def measures_for(settings: MeasureSettings) -> list[Measure]:
    """Return the contracts of all columns of a study, in the order of the registry, every k filled in."""
    found = []
    for measure in MEASURES:
        if "{k}" not in measure.column:
            found.append(measure)
            continue
        for k in settings.top_k:
            texts = {
                name: getattr(measure, name).replace("{k}", str(k))
                for name in ("column", "title", "formula", "values")
            }
            found.append(replace(measure, **texts))
    return found + list(GAPS if settings.gap is not None else ())


def measures_markdown() -> str:
    """Return the table of measures for the README."""
    return _markdown(MEASURES)


def gaps_markdown() -> str:
    """Return the table of the k-means/gap suite for the README."""
    return _markdown(GAPS)


def _markdown(measures: Sequence[Measure]) -> str:
    lines = ["| column | measure | formula | range | source |", "|---|---|---|---|---|"]
    for measure in measures:
        column = f"`{measure.column}`" + (
            " (+`_class`, `_class_size`)" if measure.has_class else ""
        )
        formula = measure.formula.replace("|", "\\|")
        lines.append(
            f"| {column} | {measure.title} | {formula} | {measure.values} | {measure.source} |"
        )
    return "\n".join(lines).replace("{k}", "k") + "\n"


def variants_markdown() -> str:
    """Return the table of named variants for the README."""
    lines = ["| variant | from | what differs |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {variant.origin} | {variant.meaning} |" for name, variant in VARIANTS.items()
    ]
    return "\n".join(lines) + "\n"


def help_of(measure: Measure) -> str:
    """Return what a viewer shows beside a column."""
    sentences = [f"{measure.title}: {measure.formula}.", f"Range {measure.values}."]
    if measure.direction != "none":
        sentences.append(f"{measure.direction.capitalize()} is more selective.")
    sentences.append(f"Ties: {measure.ties}. Constant units: {measure.constant}.")
    if measure.source:
        sentences.append(f"Source: {measure.source}.")
    return " ".join(sentences)
