"""What color contributes: responses to gray versions of the images (7.10, 7.11)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from selectivity.datasets import Images
from selectivity.neuron_features.fields import ReceptiveField

# ITU-R 601 luma, and the mean of red, green and blue
WEIGHTS = {"luma": np.array([0.299, 0.587, 0.114]), "intensity": np.full(3, 1 / 3)}


def to_gray(images: np.ndarray, kind: str = "luma") -> np.ndarray:
    """Return 8-bit images with the gray value in all three channels."""
    gray = np.round(images @ WEIGHTS[kind]).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=-1)


class GrayImages:
    """The images of a dataset in gray."""

    def __init__(self, images: Images, kind: str) -> None:
        self.images, self.kind = images, kind

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, row: int) -> np.ndarray:
        return to_gray(self.images[row], self.kind)

    def load(self, rows: Sequence[int] | np.ndarray) -> list[np.ndarray]:
        """Return several images."""
        return [to_gray(image, self.kind) for image in self.images.load(rows)]


def rows_of(index: pd.DataFrame, images: np.ndarray) -> np.ndarray:
    """Return the rows of a dataset's index that hold these image ids, in their order."""
    ids = index["image"].to_numpy()
    order = np.argsort(ids, kind="stable")
    return order[np.searchsorted(ids, images, sorter=order)]


def error_rates(predictions: pd.DataFrame, classes: pd.DataFrame) -> dict[str, float]:
    """Return the shares of images that are wrong at the first guess and within the first five."""
    outputs = classes["output"].to_numpy()[predictions["label"].to_numpy()]
    guesses = predictions[[f"top{k}" for k in range(1, 6)]].to_numpy()
    hits = guesses == outputs[:, None]
    return {"top1_error": float((~hits[:, 0]).mean()), "top5_error": float((~hits.any(1)).mean())}


def gray_activations(
    wanted: pd.DataFrame, images: np.ndarray, maps: np.ndarray, field: ReceptiveField
) -> np.ndarray:
    """Return the activation of each row of `wanted` (unit, image, position) in the maps of the gray images."""
    places = np.searchsorted(images, wanted["image"].to_numpy())
    units = wanted["unit"].to_numpy()
    if maps.ndim == 2:
        return maps[places, units]
    rows, columns = np.divmod(wanted["position"].to_numpy(), field.columns.length)
    return maps[places, units, rows, columns]


def ablation_columns(wanted: pd.DataFrame, gray: np.ndarray, n_units: int) -> dict[str, np.ndarray]:
    """Return the color ablation index: how much of the activation is lost when the images turn gray.

    The later index of the authors' group (CVC-CIC/nefesi, ``get_color_selectivity_index_new``), not the angle of
    rafegas2017: 1 - sum of gray activations / sum of activations, read at the same positions; ``clipped`` is the mean
    over the images of 1 - ratio, the ratio within [0, 1]. After the ReLU the index is at most 1; before it, it passes 1
    where gray images inhibit the unit. The gray is luma over the whole
    image, the later of two kinds in that code.
    """
    frame = wanted[["unit", "activation"]].assign(gray=np.asarray(gray, np.float64))
    frame["ratio"] = (frame["gray"] / frame["activation"]).clip(0, 1)
    sums = frame.groupby("unit")[["activation", "gray"]].sum()
    alive = frame.groupby("unit")["activation"].max() > 0
    index = (1 - sums["gray"] / sums["activation"]).where(alive)
    clipped = (1 - frame.groupby("unit")["ratio"].mean()).where(alive)
    units = np.arange(n_units)
    return {
        "color_ablation": index.reindex(units).to_numpy(),
        "color_ablation__clipped": clipped.reindex(units).to_numpy(),
    }
