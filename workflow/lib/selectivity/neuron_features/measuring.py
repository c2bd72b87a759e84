"""The table of a layer: one row a unit with the indices of rafegas2017, which joins the table of units."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd

from selectivity.neuron_features.classes import class_selectivity
from selectivity.neuron_features.color import VARIANTS, Colors, color_selectivity
from selectivity.neuron_features.settings import FromSection
from selectivity.neuron_features.spectrum import peak_frequency
from selectivity.neuron_features.store import FeatureStore


@dataclass(frozen=True)
class IndexSettings(FromSection):
    """Which indices of color and class are computed."""

    class_threshold: float = 1.0
    class_images: int = 100
    min_activation: float = 0.7
    color_variants: tuple[str, ...] = VARIANTS


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
            waiting = {n: pool.submit(color_selectivity, features, spread, n) for n in names}
            part = {"nf_peak_frequency": peak_frequency(features)}
            for name, future in waiting.items():
                part |= _color_columns(name, future.result())
            parts.append(part)
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def _color_columns(variant: str, colors: Colors) -> dict[str, np.ndarray]:
    suffix = f"__{variant}" if variant else ""
    columns = {f"color_selectivity{suffix}": colors.index, f"hue{suffix}": colors.hue}
    return columns if variant else columns | {"nf_is_uniform": colors.is_uniform}


def class_rows(
    top: pd.DataFrame, n_classes: int, settings: IndexSettings
) -> Iterator[tuple[int, dict[str, float], pd.DataFrame]]:
    """Yield each unit's class columns and the table of its classes, from the sample "top" of its images."""
    top = top[(top["sample"] == "top") & (top["rank"] < settings.class_images)]
    for unit in np.unique(top["unit"].to_numpy()).tolist():
        images = top[top["unit"] == unit]
        labels, activations = images["label"].to_numpy(), images["activation"].to_numpy()
        result = class_selectivity(labels, activations, n_classes, settings.class_threshold)
        strong = (images["normalized_activation"] >= settings.min_activation).to_numpy()
        fewer = class_selectivity(
            labels[strong], activations[strong], n_classes, settings.class_threshold
        )
        columns = {
            "class_selectivity_index": result.index,
            "class_selectivity_index_class": int(result.classes[0]) if result.n_classes else -1,
            "n_selective_classes": result.n_classes,
            "class_selectivity_index__nf_images": fewer.index,
        }
        counts = np.bincount(labels, minlength=n_classes)
        classes = pd.DataFrame(
            {
                "unit": np.int32(unit),
                "rank": np.arange(result.n_classes, dtype=np.int32),
                "label": result.classes.astype(np.int32),
                "frequency": result.frequencies,
                "n_images": counts[result.classes].astype(np.int32),
            }
        )
        yield unit, columns, classes


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
