"""The named variants: other readings of the papers, and what their released code computes."""

from typing import NamedTuple


class Variant(NamedTuple):
    """A variant's origin, ``paper`` (another reading of a text) or ``code`` (the released code), and its meaning.

    `needs_gap` marks variants of the k-means/gap suite, which a study has to ask for.
    """

    origin: str
    meaning: str
    needs_gap: bool = False


# "BUG" marks behavior of released code that no paper describes.
VARIANTS = {
    "recall_p95_first": Variant(
        "code",
        "recall at the first rank whose precision is at most .95, not the largest recall "
        "with a precision of at least .95. BUG: a perfect unit, whose precision never falls, scores 0",
    ),
    "topimage_class": Variant(
        "paper",
        "the class of the most active image instead of the best class",
    ),
    "modal100_class": Variant(
        "paper",
        "the most frequent class among the 100 most active images above zero instead of the class of the "
        "largest recall",
    ),
    "ranks2to101": Variant(
        "paper",
        "ranks 2 to k + 1 instead of 1 to k",
    ),
    "topimage_ranks2to101": Variant(
        "code",
        "the class of the most active image over ranks 2 to k + 1, as in gale2019's code for units with "
        "more than k images in the upper part of their range",
    ),
    "topimage_upper_part": Variant(
        "code",
        "the class of the most active image over ranks 2 to k + 1 within the upper part of the unit's range, as "
        "gale2019's code has it. BUG: the count is divided by k however few images lie there",
    ),
    "rank": Variant(
        "code",
        "exactly k images, ties cut in the order in which images are stored (by class). BUG: zeros that "
        "fill the top k come from the first classes",
    ),
    "ccmas2_without_best": Variant(
        "code",
        "the best class is removed from the data before the second is evaluated. "
        "BUG: the class is named by its place in the shortened list, one too low after the best class",
    ),
    "shifted": Variant(
        "paper",
        "the unit's smallest activation is subtracted first",
    ),
    "relu": Variant(
        "paper",
        "negative activations are set to 0 first",
    ),
    "morcos": Variant(
        "paper",
        "the mean of the other classes' means instead of the mean over all other images",
    ),
    "pooled": Variant(
        "paper",
        "the mean over all other images instead of the mean of the other classes' means",
    ),
    "informedness_code": Variant(
        "code",
        "one threshold per rank, ties cut in stored order. BUG: false positives are divided "
        "by all images instead of the images outside the class",
    ),
    "candidates10": Variant(
        "code",
        "only ten candidate classes: the first ten met from rank 100 up. BUG: the modal class can "
        "be missing",
    ),
    "informedness_code_candidates10": Variant(
        "code",
        "informedness_code restricted to candidates10, as in gale2020's code",
    ),
    "localist_disjoint": Variant(
        "paper",
        "disjoint activations suffice: a class may also lie below all others (gale2019's text)",
    ),
    "localist_code": Variant(
        "code",
        "touching sets and OFF units count. BUG: a later class that is silent, like another, "
        "resets the flag of a perfect unit",
    ),
    "run_length": Variant(
        "code",
        "length of the top run of one class, ties cut in stored order",
    ),
    "ap_rank": Variant(
        "code",
        "average precision over ranks, ties cut in stored order",
    ),
    "ap_100": Variant(
        "code",
        "average precision over ranks, cut off after 100 images and not rescaled",
    ),
    "ddof0": Variant(
        "paper",
        "standard deviation with n instead of n - 1",
    ),
    "kmeans_pp_seeded": Variant(
        "code",
        "k-means++ with Lloyd's iterations from seeded random starts instead of the best partition. BUGS: units "
        "of one cluster, and units whose biggest gap is not unique, have no values; the structured region begins "
        "off by the unit's minimum; the top class is counted in the top cluster as the number of classes "
        "there; the second gap of three clusters is 0; the range of the second CCMAS class is that of a class "
        "beside it; where the upper part is one class, its last image is not looked at",
        needs_gap=True,
    ),
}
