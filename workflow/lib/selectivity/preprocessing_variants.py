"""How much the preparation of the images changes accuracy and measures: the same photographs, prepared otherwise.

The papers do not settle how photographs became the input of the networks (definitions 1.3); each
candidate is a named variant. Sizes are those of the network at hand: 227 for CaffeNet.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from selectivity.datasets import Images
from selectivity.errors import ConfigError
from selectivity.extraction import Extraction
from selectivity.measures import MeasureSettings, measure_units
from selectivity.networks import Preprocessing
from selectivity.predictions import TOP, prediction_table

AUTHORS_SIDE = 277
AUTHORS_QUALITY = 75
REFERENCE = "default"  # the preprocessing that the study gives
COMPARED = (
    "mean", "proportion_positive", "ccmas", "class_selectivity", "top_class_selectivity",
    "recall_at_95_precision", "max_informedness", "auc", "average_precision",
)  # fmt: skip

Prepare = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Variant:
    """One way to prepare images: what is done to the pixels first, and what differs in the preprocessing."""

    shape: Mapping[str, Any]
    prepare: Prepare | None = None

    def of(self, preprocessing: Preprocessing) -> Preprocessing:
        """Return `preprocessing` with the shape of this variant; channels, scale, mean and std stay."""
        return replace(preprocessing, **self.shape)


def variants(side: int) -> dict[str, Variant]:
    """Return the variants by name, for a network that sees `side` x `side` pixels."""
    direct = {"resize": (side, side), "interpolation": "bilinear", "antialias": False, "crop": None}
    short = {"resize": 256, "interpolation": "bilinear", "antialias": True, "crop": side}
    return {
        REFERENCE: Variant({}),
        "square227": Variant({"square": True, **direct}),
        "authors_277": Variant({"square": False, **direct}, as_the_authors),
        "squash": Variant({"square": False, **direct}),
        "centercrop256": Variant({"square": False, **short}),
    }


def as_the_authors(image: np.ndarray) -> np.ndarray:
    """Cut the central square, resize it to 277 by the nearest pixel and store it as a JPEG, as gale2020 did."""
    rows, columns = image.shape[:2]
    side = min(rows, columns)
    top, left = (rows - side) // 2, (columns - side) // 2
    square = Image.fromarray(np.ascontiguousarray(image[top : top + side, left : left + side]))
    small = square.resize((AUTHORS_SIDE, AUTHORS_SIDE), Image.Resampling.NEAREST)
    stream = io.BytesIO()
    small.save(stream, "jpeg", quality=AUTHORS_QUALITY)
    return np.array(Image.open(stream).convert("RGB"))


class PreparedImages:
    """Images that are prepared when they are loaded."""

    def __init__(self, images: Images, prepare: Prepare) -> None:
        self._images, self._prepare = images, prepare

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, row: int) -> np.ndarray:
        return self._prepare(self._images[row])

    def load(self, rows: Sequence[int] | np.ndarray) -> list[np.ndarray]:
        """Return several prepared images."""
        return [self._prepare(image) for image in self._images.load(rows)]


@dataclass(frozen=True)
class Shown:
    """What a network did with the images of one variant."""

    predictions: pd.DataFrame
    activations: Mapping[str, np.ndarray]


def show(
    extraction: Extraction, variant: Variant, images: Images, index: pd.DataFrame,
    rows: np.ndarray, classes: pd.DataFrame,
) -> Shown:  # fmt: skip
    """Run the network over `rows` of the images as `variant` prepares them."""
    layers = {layer: path for layer, path in extraction.layers.items() if layer != "output"}
    prepared = replace(
        extraction,
        preprocessing=variant.of(extraction.preprocessing),
        layers={**layers, "output": "output"},
    )
    pictures = PreparedImages(images, variant.prepare) if variant.prepare else images
    outputs: dict[str, list[np.ndarray]] = {layer: [] for layer in prepared.layers}
    for batch in prepared.run(pictures, rows):
        for layer, output in batch.outputs.items():
            outputs[layer].append(output.values)
    predictions = prediction_table(index.iloc[rows], classes, outputs["output"])
    kept = {layer: np.concatenate(outputs[layer]).T for layer in extraction.layers}
    return Shown(predictions, kept)


def accuracy_rows(shown: Mapping[str, Shown], classes: pd.DataFrame) -> pd.DataFrame:
    """Return one row a variant: accuracies, and the share of images classified as with the reference."""
    reference = shown[REFERENCE].predictions
    rows = []
    for name, result in shown.items():
        table = result.predictions
        outputs = classes["output"].to_numpy()[table["label"].to_numpy()]
        in_top = np.any([table[f"top{k + 1}"] == outputs for k in range(TOP)], axis=0)
        rows.append(
            {
                "variant": name,
                "n_images": len(table),
                "accuracy_top1": table["correct"].mean(),
                "accuracy_top5": in_top.mean(),
                "same_answer": (
                    table["predicted"].to_numpy() == reference["predicted"].to_numpy()
                ).mean(),
            }
        )
    return pd.DataFrame(rows)


def measure_rows(
    shown: Mapping[str, Shown], n_classes: int, settings: MeasureSettings, threads: int = 1
) -> pd.DataFrame:
    """Return one row a layer, variant and measure: its mean over units, and how it differs from the reference."""
    labels = shown[REFERENCE].predictions["label"].to_numpy()
    sizes = np.bincount(labels, minlength=n_classes).astype(np.int64)
    measures = [*COMPARED, *(f"precision_{k}" for k in settings.top_k)]
    rows = []
    for layer, reference in shown[REFERENCE].activations.items():
        before = measure_units(np.ascontiguousarray(reference), sizes, settings, threads)
        for name, result in shown.items():
            values = np.ascontiguousarray(result.activations[layer])
            after = measure_units(values, sizes, settings, threads)
            rows += [
                {"layer": layer, "variant": name, "measure": measure}
                | _difference(np.asarray(before[measure], float), np.asarray(after[measure], float))
                for measure in measures
            ]
    return pd.DataFrame(rows)


def _difference(before: np.ndarray, after: np.ndarray) -> dict[str, float]:
    """Compare a measure of the same units: over the units that have it in both."""
    both = np.isfinite(before) & np.isfinite(after)
    a, b = before[both], after[both]
    varies = len(a) > 2 and a.std() > 0 and b.std() > 0
    return {
        "n_units": int(both.sum()),
        "mean": float(b.mean()) if len(b) else np.nan,
        "mean_difference": float((b - a).mean()) if len(b) else np.nan,
        "mean_absolute_difference": float(np.abs(b - a).mean()) if len(b) else np.nan,
        "pearson": float(np.corrcoef(a, b)[0, 1]) if varies else np.nan,
    }


def chosen(names: Sequence[str], side: int) -> dict[str, Variant]:
    """Return the reference and the named variants."""
    known = variants(side)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ConfigError(f"preprocessing_variants: there is no variant '{unknown[0]}'")
    return {name: known[name] for name in dict.fromkeys([REFERENCE, *names])}
