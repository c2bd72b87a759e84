"""The images of a dataset in memory, for training."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from selectivity.datasets.images import open_images
from selectivity.datasets.sources import ImageSource
from selectivity.errors import DataError


@dataclass(frozen=True)
class LabeledImages:
    """Images (n, rows, columns, 3) of 8 bits, and the network's output that names each."""

    images: torch.Tensor
    labels: torch.Tensor

    @classmethod
    def from_arrays(cls, images: np.ndarray, labels: np.ndarray) -> "LabeledImages":
        """Wrap NumPy arrays."""
        return cls(torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64)))

    def __len__(self) -> int:
        return len(self.labels)

    def sample(self, n: int) -> "LabeledImages":
        """Return at most `n` images, evenly spaced."""
        rows = torch.linspace(0, len(self) - 1, min(n, len(self))).round().long()
        return LabeledImages(self.images[rows], self.labels[rows])


def load_split(
    index: pd.DataFrame, source: ImageSource, outputs: Mapping[int, int], split: str
) -> LabeledImages:
    """Read all images of a split, which must be of one size; `outputs` are label to output index."""
    rows = np.flatnonzero(index["split"] == split)
    if not len(rows):
        raise DataError(f"the dataset has no images of split '{split}' to train or to test with")
    images = open_images(index, source).load(rows)
    sizes = {image.shape for image in images}
    if len(sizes) > 1:
        raise DataError(f"images to train with are of different sizes, for example {sizes.pop()}")
    labels = index["label"].iloc[rows].map(outputs).to_numpy()
    return LabeledImages.from_arrays(np.stack(images), labels)
