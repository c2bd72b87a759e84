"""The literal measures of rafegas2017, definitions.md section 7."""

from fractions import Fraction
from math import nan


def top_images(a, images, k):
    """Return the k images of the highest values, the lowest id among equals."""
    ranked = sorted(zip(a, images, strict=True), key=lambda pair: (-pair[0], pair[1]))
    return [image for _, image in ranked[:k]]


def quantile_images(a, images, n):
    """Return the images at n evenly spaced ranks from the lowest value to the highest, the lowest id among equals."""
    ranked = sorted(zip(a, images, strict=True))
    n = min(n, len(ranked))
    ranks = {round(i * (len(ranked) - 1) / (n - 1)) if n > 1 else 0 for i in range(n)}
    return [ranked[rank][1] for rank in sorted(ranks)]


def class_selectivity_index(a, y, threshold):
    """Return gamma of equations 3 and 4; negative activations count as 0."""
    weights = [max(Fraction(float(v)), Fraction(0)) for v in a]
    if len(a) < 2 or not sum(weights):
        return nan
    shares = sorted(
        (
            sum(w for w, c in zip(weights, y, strict=True) if c == label) / sum(weights)
            for label in set(y)
        ),
        reverse=True,
    )
    shares = [share for share in shares if share]
    m = next(
        m
        for m in range(1, len(shares) + 1)
        if sum(shares[:m]) >= threshold - Fraction(1, 10**9) or m == len(shares)
    )
    return float(Fraction(len(a) - m, len(a) - 1))
