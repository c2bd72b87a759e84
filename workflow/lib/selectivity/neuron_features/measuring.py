"""The table of a layer: one row a unit with the indices of rafegas2017, which joins the table of units."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd

from selectivity.neuron_features.classes import class_selectivity, least_class_selectivity
from selectivity.neuron_features.color import VARIANTS, Colors, color_selectivity
from selectivity.neuron_features.settings import FromSection
from selectivity.neuron_features.spectrum import peak_frequency
from selectivity.neuron_features.store import FeatureStore

COLOR_THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)


@dataclass(frozen=True)
class IndexSettings(FromSection):
    """Which indices of color and class are computed."""

    class_threshold: float = 1.0
    class_images: int = 100
    min_activation: float = 0.7
    color_variants: tuple[str, ...] = VARIANTS
    hue_sign: str = "mean_chroma"


def curve_table(curves: np.ndarray) -> dict[str, np.ndarray]:
    """Return the area under the ranked curves (units, ranks): the mean normalized activation (7.4)."""
    known = np.isfinite(curves)
    n_known = np.maximum(known.sum(1), 1)
    alive = known.any(1)
    area = np.where(known, curves, 0).sum(1, dtype=np.float64) / n_known
    clipped = np.where(known, np.maximum(curves, 0), 0).sum(1, dtype=np.float64) / n_known
    return {
        "curve_auc": np.where(alive, area, np.nan),
        "curve_auc__clipped": np.where(alive, clipped, np.nan),
    }


def color_table(
    store: FeatureStore, settings: IndexSettings, threads: int = 1
) -> dict[str, np.ndarray]:
    """Return color selectivity index, hue and spectrum of every neuron feature, with the variants asked for."""
    blocks = list(store.blocks(1 << 26))
    names = ("", *settings.color_variants)
    parts: list[dict[str, np.ndarray]] = []
    with ThreadPoolExecutor(threads) as pool:
        for start, stop in blocks:
            features, spread = store.features(start, stop), store.deviations(start, stop)
            waiting = {
                name: pool.submit(color_selectivity, features, spread, name, settings.hue_sign)
                for name in names
            }
            part = {"nf_peak_frequency": peak_frequency(features)}
            for name, future in waiting.items():
                part |= _color_columns(name, future.result())
            parts.append(part)
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def _color_columns(variant: str, colors: Colors) -> dict[str, np.ndarray]:
    suffix = f"__{variant}" if variant else ""
    columns = {f"color_selectivity{suffix}": colors.index, f"hue{suffix}": colors.hue}
    return columns if variant else columns | {"nf_is_uniform": colors.is_uniform}


def class_tables(
    top: pd.DataFrame, n_classes: int, settings: IndexSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return class columns by unit and one row a unit and class, from the sample "top" of the units' images."""
    top = top[(top["sample"] == "top") & (top["rank"] < settings.class_images)]
    top = top.sort_values(["unit", "rank"])
    units, starts = np.unique(top["unit"].to_numpy(), return_index=True)
    edges = np.append(starts, len(top)).tolist()
    labels, activations = top["label"].to_numpy(), top["activation"].to_numpy()
    strong = (top["normalized_activation"] >= settings.min_activation).to_numpy()
    by_unit, by_class = [], []
    for unit, first, last in zip(units.tolist(), edges[:-1], edges[1:], strict=True):
        mine = slice(first, last)
        columns, classes = _classes_of(
            labels[mine], activations[mine], strong[mine], n_classes, settings
        )
        by_unit.append(columns)
        by_class.append({"unit": np.full(len(classes["label"]), unit, np.int32), **classes})
    joined = {key: np.concatenate([part[key] for part in by_class]) for key in by_class[0]}
    return pd.DataFrame(by_unit, index=units), pd.DataFrame(joined)


def _classes_of(
    labels: np.ndarray,
    activations: np.ndarray,
    strong: np.ndarray,
    n_classes: int,
    settings: IndexSettings,
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Return the class columns of one unit and its classes with frequency and images."""
    threshold = settings.class_threshold
    result = class_selectivity(labels, activations, n_classes, threshold)
    fewer = class_selectivity(labels[strong], activations[strong], n_classes, threshold)
    columns = {
        "class_selectivity_index": result.index,
        "class_selectivity_index_class": int(result.classes[0]) if result.n_classes else -1,
        "class_selectivity_index_least": least_class_selectivity(len(labels), n_classes),
        "n_selective_classes": result.n_classes,
        "class_selectivity_index__nf_images": fewer.index,
    }
    classes = {
        "rank": np.arange(result.n_classes, dtype=np.int32),
        "label": result.classes.astype(np.int32),
        "frequency": result.frequencies,
        "n_images": np.bincount(labels, minlength=n_classes)[result.classes].astype(np.int32),
    }
    return columns, classes


def relative_auc(table: pd.DataFrame) -> np.ndarray:
    """Return the areas under the curves over the largest of all layers of a network (7.4)."""
    return (table["curve_auc"] / table.groupby("network")["curve_auc"].transform("max")).to_numpy()


def with_layer_columns(units: pd.DataFrame, fields: pd.DataFrame) -> pd.DataFrame:
    """Return the units of all layers with the size of their receptive fields and relative areas."""
    units = units.copy()
    sizes = fields.set_index(["network", "layer"])[["size_rows", "size_columns"]].max(axis=1)
    keys = pd.MultiIndex.from_frame(units[["network", "layer"]])
    units.insert(3, "receptive_field", sizes.reindex(keys).to_numpy())
    place = list(units.columns).index("curve_auc") + 1
    units.insert(place, "curve_auc_relative", relative_auc(units))
    return units


def color_shares(units: pd.DataFrame) -> pd.DataFrame:
    """Return the share of color-selective units of each layer for thresholds from .1 to .6, for each form of the index.

    The paper gives shares but no threshold (7.6). Units without an index are left out of the share; `n_units` counts
    the others.
    """
    forms = [name for name in map(str, units) if name.split("__")[0] == "color_selectivity"]
    records = []
    for (network, layer), mine in units.groupby(["network", "layer"], sort=False):
        for form in forms:
            values = mine[form].dropna().to_numpy()
            for threshold in COLOR_THRESHOLDS:
                share = float((values >= threshold).mean()) if len(values) else np.nan
                records.append((network, layer, form, threshold, share, len(values)))
    columns = ["network", "layer", "index", "threshold", "share", "n_units"]
    return pd.DataFrame(records, columns=columns)


def index_table(
    identity: Mapping[str, str],
    store: FeatureStore,
    columns: Sequence[Mapping[str, np.ndarray]],
    classes: pd.DataFrame,
) -> pd.DataFrame:
    """Return the table of a layer: identity, features, then the given columns and those of the classes by unit."""
    unit = np.arange(store.n_units, dtype=np.int32)
    table = pd.DataFrame({**identity, "unit": unit})
    table["is_dead"] = store.is_dead
    table["activation_max"] = store.activation_max
    table["n_nf_images"] = store.n_images
    table["nf_sharpness"] = store.sharpness
    for group in columns:
        for name, values in group.items():
            table[name] = values
    table = table.join(classes, on="unit")
    for name in ("class_selectivity_index_class", "n_selective_classes"):
        missing = -1 if name.endswith("_class") else 0
        table[name] = table[name].fillna(missing).astype(np.int32)
    return table
