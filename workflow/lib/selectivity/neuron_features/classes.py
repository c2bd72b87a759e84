"""Class selectivity index of a unit's highest images, and the share of each class in them (rafegas2017 4.3)."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClassSelectivity:
    """The index of one unit with the classes behind it, in descending order of frequency."""

    index: float
    n_classes: int
    classes: np.ndarray
    frequencies: np.ndarray


def class_frequencies(labels: np.ndarray, activations: np.ndarray, n_classes: int) -> np.ndarray:
    """Return f_c, the share of each class in the activation of the images (equation 3).

    Negative activations count as 0: they occur where fewer images than asked for excite the unit.
    All zeros where nothing excites it.
    """
    weights = np.maximum(np.asarray(activations, np.float64), 0.0)
    total = weights.sum()
    if not total > 0:
        return np.zeros(n_classes)
    return np.bincount(labels, weights=weights, minlength=n_classes) / total


def least_class_selectivity(n_images: int, n_classes: int) -> float:
    """Return the lowest index that `n_images` of `n_classes` classes can have: that of all classes among them.

    With 1,000 classes it is 0 for 100 images, with ten .91: there it tells little. NaN for a single image.
    """
    return (n_images - min(n_images, n_classes)) / (n_images - 1) if n_images > 1 else np.nan


def class_selectivity(
    labels: np.ndarray, activations: np.ndarray, n_classes: int, threshold: float = 1.0
) -> ClassSelectivity:
    """Return gamma = (N - M) / (N - 1) (equation 4) of the N images given, the unit's highest.

    M is the smallest number of classes whose frequencies reach `threshold`. With a threshold of 1
    it is the number of classes in the images. NaN for a single image and for a unit that nothing
    excites.
    """
    frequencies = class_frequencies(labels, activations, n_classes)
    # ties by class index: the order within a tie does not change M
    order = np.argsort(-frequencies, kind="stable")
    order = order[frequencies[order] > 0]
    n = len(labels)
    if not len(order):
        return ClassSelectivity(np.nan, 0, order, frequencies[order])
    reached = np.cumsum(frequencies[order]) >= threshold - 1e-9
    m = int(np.argmax(reached)) + 1
    index = (n - m) / (n - 1) if n > 1 else np.nan
    return ClassSelectivity(index, m, order[:m], frequencies[order[:m]])
