"""The three made-up units on which the measures disagree (gale2019 figure 5, gale2020 figure A5)."""

import numpy as np

N_CLASSES = 10
N_IMAGES_PER_CLASS = 100
LETTERS = ("a", "b", "c")

# The mean level .78 of unit (c) follows from its printed CCMAS of .06: .1 / (2 x .78 + .1).
LOW, HIGH, OFFSET = 0.73, 0.83, 0.1


def class_sizes() -> np.ndarray:
    """Return the number of images of each class."""
    return np.full(N_CLASSES, N_IMAGES_PER_CLASS, dtype=np.int64)


def synthetic_activations(seed: int) -> np.ndarray:
    """Return the activations (3 units, 1000 images, class by class); class 0 is the favored one.

    (a) silent but for one image of the class; (b) silent but for the class, which is at .9 to 1; (c) active for all
    images, and .1 more for those of the class.
    """
    random = np.random.default_rng([seed, 5])
    n = N_IMAGES_PER_CLASS
    activations = np.zeros((len(LETTERS), N_CLASSES * n), dtype=np.float32)
    activations[0, 0] = 1
    activations[1, :n] = random.uniform(0.9, 1, n)
    activations[2] = random.uniform(LOW, HIGH, N_CLASSES * n)
    # The class begins where the others end, so that it is separated whatever is drawn.
    activations[2, :n] = np.nextafter(np.float32(LOW + OFFSET), np.float32(1)) + random.uniform(
        0, HIGH - LOW, n
    )
    return activations
