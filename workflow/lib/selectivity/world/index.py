"""The index of the picture world: which image belongs to which class and split."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from selectivity.world.composition import SceneSettings, label_of
from selectivity.world.vocabulary import CLASSES, PARENTS


def image_index(train_images: int, test_images: int) -> pd.DataFrame:
    """Return one row an image: the first ids are for training, the others for the test."""
    image = np.arange(train_images + test_images, dtype=np.int64)
    label = np.array([label_of(i) for i in image.tolist()], np.int32)
    table = pd.DataFrame(
        {
            "image": image,
            "path": "",
            "label": label,
            "class": [CLASSES[i] for i in label.tolist()],
            "split": np.where(image < train_images, "train", "test"),
        }
    )
    return table.sort_values(["split", "label", "image"], kind="stable", ignore_index=True)


def class_table() -> pd.DataFrame:
    """Return one row a class, with its place in the ontology and the network output that names it."""
    return pd.DataFrame(
        {
            "label": np.arange(len(CLASSES)),
            "class": CLASSES,
            "name": CLASSES,
            "parents": [PARENTS[name] for name in CLASSES],
            "output": np.arange(len(CLASSES)),
        }
    )


def world_provenance(seed: int, settings: SceneSettings) -> dict[str, Any]:
    """Return what fixes every picture of a world."""
    return {"world": asdict(settings), "seed": seed}
