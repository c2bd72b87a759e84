"""What a network answers: top-5 outputs of each image, and which answers are correct."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from selectivity.errors import ConfigError, DataError

TOP = 5


def select_split(index: pd.DataFrame, split: str) -> np.ndarray:
    """Return the rows of `index` that belong to "train", "test" or "all", sorted by class."""
    rows = np.arange(len(index)) if split == "all" else np.flatnonzero(index["split"] == split)
    if not len(rows):
        found = ", ".join(sorted(index["split"].unique()))
        raise DataError(f"the dataset has no images of split '{split}' (it has {found})")
    labels = index["label"].to_numpy()[rows]
    return rows[np.lexsort((index["image"].to_numpy()[rows], labels))]


def top_outputs(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the five largest outputs of each image, and the softmax probability of the first.

    Of equal outputs the lower index comes first; a network of fewer outputs leaves -1.
    """
    scores = np.asarray(scores, dtype=np.float64)  # (n_images, n_outputs)
    if not np.isfinite(scores).all():
        raise DataError("the network's output is not finite (NaN or infinity); check its weights")
    order = np.argsort(-scores, axis=1, kind="stable")[:, :TOP]
    best = np.full((len(scores), TOP), -1, dtype=np.int64)
    best[:, : order.shape[1]] = order
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return best, 1.0 / shifted.sum(axis=1)  # the largest output has exp(0) = 1


def prediction_table(
    images: pd.DataFrame, classes: pd.DataFrame, scores: Sequence[np.ndarray]
) -> pd.DataFrame:
    """Return image, label, predicted, correct, top1..top5, probability for the rows of `images`.

    Parameters
    ----------
    images
        Rows of the dataset's index.
    classes
        The class table, whose column output says which output stands for a class.
    scores
        The network's outputs for these images, in batches.
    """
    tops = [top_outputs(batch) for batch in scores]
    best = np.concatenate([top for top, _ in tops])
    n_outputs = scores[0].shape[1]
    outputs = classes["output"].to_numpy()
    if outputs.max() >= n_outputs:
        wrong = classes.iloc[int(outputs.argmax())]
        raise ConfigError(
            f"dataset.outputs: class '{wrong['class']}' is output {wrong['output']}, but the network has outputs "
            f"0..{n_outputs - 1}"
        )
    return pd.DataFrame(
        {
            "image": images["image"].to_numpy(),
            "label": images["label"].to_numpy(),
            "predicted": best[:, 0],
            "correct": best[:, 0] == outputs[images["label"].to_numpy()],
            **{f"top{k + 1}": best[:, k] for k in range(TOP)},
            "probability": np.concatenate([probability for _, probability in tops]),
        }
    )
