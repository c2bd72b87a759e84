"""What a worker needs to measure units: the classes of the images and its working memory."""

from typing import NamedTuple

import numpy as np

from selectivity.measures.classwise import ClassScores, empty_scores
from selectivity.measures.sorting import DIGIT_BITS, N_DIGITS, first_digit_bits


class Classes(NamedTuple):
    """The classes of a layer's images, which are stored class by class."""

    sizes: np.ndarray  # int64
    offsets: np.ndarray  # uint64; unsigned indices spare the kernels a test per access
    smallest: int  # size from which a class may win a class-wise maximum
    n_filled: int  # classes that have images


class Scratch(NamedTuple):
    """Working memory of one worker: 20 bytes an image, kept between units."""

    packed: np.ndarray
    ranked: np.ndarray
    counts: np.ndarray
    ends: np.ndarray
    selected: np.ndarray
    filled: np.ndarray
    excess: np.ndarray
    above: np.ndarray
    tied: np.ndarray
    scores: ClassScores


def new_scratch(n_images: int, n_classes: int) -> Scratch:
    """Return the working memory of one worker."""
    return Scratch(
        packed=np.zeros(n_images + 1, np.uint64),
        ranked=np.zeros(n_images + 1, np.uint64),
        counts=np.zeros((N_DIGITS, 1 << DIGIT_BITS), np.uint32),
        ends=np.zeros(1 << first_digit_bits(n_classes), np.uint32),
        selected=np.zeros(n_images, np.uint32),
        filled=np.zeros(n_classes, np.uint64),
        excess=np.zeros(n_classes, np.int64),
        above=np.zeros(n_classes, np.int64),
        tied=np.zeros(n_classes, np.int64),
        scores=empty_scores(n_classes),
    )
