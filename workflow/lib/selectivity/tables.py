"""Tables that a reader opens: the best units of each layer (gale2020 table A1) and layer summaries."""

import html
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from selectivity.files import atomic

# What the page of layer summaries shows; the CSV holds every measure.
MAIN_MEASURES = (
    "ccmas",
    "top_class_selectivity",
    "recall_at_95_precision",
    "max_informedness",
    "informedness_false_discovery_rate",
)
_NO_MEASURES = ("network", "layer", "unit", "n_images", "is_constant", "localist")

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1d2430; margin: 2.5rem auto; max-width: 72rem;
  padding: 0 1.5rem }
h1 { font-size: 1.35rem; font-weight: 600; margin: 0 0 .3rem } p { color: #6b7280; margin: 0 0 1.5rem }
div { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th { text-align: left; font-weight: 500; color: #6b7280; border-bottom: 1px solid #9aa1ac }
th, td { padding: .35rem 1.4rem .35rem 0; white-space: nowrap } td { border-bottom: 1px solid #e8eaee }
.n { text-align: right }
""".strip()


def best_units(
    measures: pd.DataFrame, k: int, class_names: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """Return for each network and layer the unit of highest CCMAS and the one of highest precision.

    `measures` has one row a unit, layers in the order of depth; of equal scores the first wins.
    `class_names` are those of each network.
    """
    precision = f"precision_{k}"
    rows = []
    layers = measures.groupby(["network", "layer"], sort=False, observed=True)
    for (network, layer), units in layers:
        for chosen_by in ("ccmas", precision):
            scores = units[chosen_by].to_numpy(dtype=np.float64)
            if not np.isfinite(scores).any():
                continue
            best = units.iloc[int(np.nanargmax(scores))]
            row = {"network": network, "layer": layer, "best_by": chosen_by}
            row["unit"] = int(best["unit"])
            for score in ("ccmas", precision):
                row[score] = float(best[score])
                row[f"{score}_class"] = _name(
                    class_names[str(network)], int(best[f"{score}_class"])
                )
            rows.append(row)
    names = ("ccmas", "ccmas_class", precision, f"{precision}_class")
    return pd.DataFrame(rows, columns=["network", "layer", "best_by", "unit", *names])


def layer_summary(measures: pd.DataFrame) -> pd.DataFrame:
    """Return one row a network, layer and measure: mean, standard error, median and maximum.

    Undefined values (NaN) are left out and counted. `share_not_positive` is the mean over units of
    the share of activations at or below zero: the zeros of a rectified layer.
    """
    names = [name for name in measures.columns if _is_measure(measures, name)]
    rows = []
    for (network, layer), units in measures.groupby(
        ["network", "layer"], sort=False, observed=True
    ):
        facts = {
            "network": network,
            "layer": layer,
            "n_units": len(units),
            "n_constant": int(units["is_constant"].sum()),
            "n_localist": int((units["localist"] == 1).sum()),
            "share_not_positive": float(1 - units["proportion_positive"].mean()),
        }
        rows += [{**facts, "measure": name, **_summary(units[name])} for name in names]
    return pd.DataFrame(rows)


def main_summary(summary: pd.DataFrame) -> pd.DataFrame:
    """Return one row a layer with the means of the main measures, for reading."""
    ranked = [name for name in summary["measure"].unique() if _is_precision(name)]
    names = [*ranked, *MAIN_MEASURES]
    chosen = summary[summary["measure"].isin(names)]
    facts = ["network", "layer", "n_units", "n_constant", "n_localist", "share_not_positive"]
    wide = chosen.pivot_table(
        index=facts, columns="measure", values="mean", sort=False, dropna=False
    )
    present = chosen[facts].drop_duplicates()
    return present.merge(wide.reindex(columns=names).reset_index(), on=facts, how="left")


def save_page(frame: pd.DataFrame, path: Path, title: str, note: str) -> None:
    """Write a table as one self-contained HTML page; all text in it is escaped."""
    numeric = [pd.api.types.is_numeric_dtype(frame[name]) for name in frame.columns]
    look = [' class="n"' if is_number else "" for is_number in numeric]
    names = (str(name).replace("_", " ") for name in frame.columns)
    head = "".join(f"<th{c}>{html.escape(n)}</th>" for c, n in zip(look, names, strict=True))
    rows = (
        "<tr>"
        + "".join(f"<td{c}>{_cell(v)}</td>" for c, v in zip(look, row, strict=True))
        + "</tr>"
        for row in frame.itertuples(index=False)
    )
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{_STYLE}\n</style>\n"
        f"<h1>{html.escape(title)}</h1>\n<p>{html.escape(note)}</p>\n"
        f"<div><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n"
        + "\n".join(rows)
        + "\n</tbody>\n</table></div>\n</html>\n"
    )
    with atomic(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _is_precision(name: str) -> bool:
    return name.startswith("precision_") and name.removeprefix("precision_").isdigit()


def _is_measure(measures: pd.DataFrame, name: str) -> bool:
    numeric = pd.api.types.is_numeric_dtype(measures[name])
    is_class = name.split("__")[0].endswith(("_class", "_class_size"))
    return numeric and not is_class and name not in _NO_MEASURES


def _summary(column: pd.Series) -> dict[str, float]:
    values = column.to_numpy(dtype=np.float64)
    values = values[np.isfinite(values)]
    n = len(values)
    if n == 0:
        return {
            "n_defined": 0,
            **dict.fromkeys(("mean", "standard_error", "median", "max"), np.nan),
        }
    return {
        "n_defined": n,
        "mean": float(values.mean()),
        "standard_error": float(values.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan,
        "median": float(np.median(values)),
        "max": float(values.max()),
    }


def _name(class_names: Sequence[str], label: int) -> str:
    return class_names[label] if 0 <= label < len(class_names) else ""


def _cell(value: object) -> str:
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:.3g}"
    return html.escape(str(value))
