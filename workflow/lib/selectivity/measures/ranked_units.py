"""One unit as the variants see it: values, ranking, class scores and the default row."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from selectivity.measures.classwise import ClassScores, best_average, best_class, score_classes
from selectivity.measures.rankwise import RankScores, label_ranks, score_ranks
from selectivity.measures.topk import count_top
from selectivity.measures.units import rank_unit
from selectivity.measures.workspace import Classes, Scratch


@dataclass(frozen=True)
class RankedUnit:
    """A unit that is not constant, in at least two classes.

    `scratch` still holds its ranking: a `RankedUnit` is valid until the next one is made from the same scratch.
    """

    values: np.ndarray
    classes: Classes
    scratch: Scratch
    n_ranked: int
    labels: np.ndarray  # class at each rank, ties in stored order
    number: int  # of the unit in its layer
    base: int  # of the keys of the ranking

    @classmethod
    def rank(
        cls, values: np.ndarray, classes: Classes, scratch: Scratch, number: int = 0
    ) -> "RankedUnit":
        """Rank a unit in `scratch`."""
        n_ranked, base = rank_unit(values, values.view(np.uint32), classes, scratch)
        score_classes(
            classes.sizes,
            classes.offsets,
            n_ranked,
            scratch.filled,
            scratch.excess,
            scratch.selected,
            scratch.scores,
        )
        labels = np.empty(len(values), np.int64)
        label_ranks(scratch.ranked, n_ranked, classes.offsets, scratch.filled, labels)
        return cls(values, classes, scratch, n_ranked, labels, number, base)

    @property
    def scores(self) -> ClassScores:
        """Scores of each class over distinct thresholds."""
        return self.scratch.scores

    @property
    def n_images(self) -> int:
        """Number of images."""
        return len(self.values)

    @property
    def present(self) -> np.ndarray:
        """Classes that have images."""
        return np.flatnonzero(self.classes.sizes)

    def others(self, label: int, without: int = -1) -> np.ndarray:
        """Return the mask of classes that have images, except `label` and `without`."""
        mask = self.classes.sizes > 0
        mask[[c for c in (label, without) if c >= 0]] = False
        return mask

    @property
    def top_class(self) -> int:
        """The class of the most active image, the lowest index among ties."""
        return int(self.labels[0])

    @cached_property
    def rank_scores(self) -> RankScores:
        """Scores of each class with one threshold per rank."""
        sizes = self.classes.sizes
        counts = [np.zeros(len(sizes), np.int64) for _ in range(4)]
        sums = [np.zeros(len(sizes)) for _ in range(2)]
        scores = RankScores(*counts[:3], *sums)
        score_ranks(self.labels, sizes, counts[3], scores)
        return scores

    def class_sums(self, values: np.ndarray) -> np.ndarray:
        """Sum `values`, stored as the unit's images are, over each class."""
        sums = np.zeros(len(self.classes.sizes))
        starts = self.classes.offsets[self.present].astype(np.int64)
        sums[self.present] = np.add.reduceat(values, starts, dtype=np.float64)
        return sums

    def class_range(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the smallest and largest activation of each class that has images, in class order."""
        starts = self.classes.offsets[self.present].astype(np.int64)
        values = self.values.astype(np.float64)
        return np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)

    def expected_counts(self, k: int) -> np.ndarray:
        """Return each class's expected count among the k most active images."""
        above, tied = self.scratch.above, self.scratch.tied
        places, n_tied = count_top(
            k,
            self.scratch.ranked,
            self.n_ranked,
            self.classes.sizes,
            self.scratch.filled,
            self.classes.offsets,
            above,
            tied,
        )
        return above + places * tied / n_tied

    def best(self, values: np.ndarray, without: int = -1) -> int:
        """Return the eligible class of the largest value, the lowest index among equals."""
        return int(best_class(values, self.classes.sizes, self.classes.smallest, without))

    def best_average(self, values: np.ndarray) -> int:
        """Return the eligible class of the largest value, for values that carry rounding errors."""
        return int(best_average(values, self.classes.sizes, self.classes.smallest))
