"""The named variants: other readings of the papers, and what their released code computes."""

# Name -> what differs from the default. "BUG" marks behavior of released code that no paper describes.
VARIANTS = {
    "recall_p95_first": "recall at the first rank whose precision is at most .95, not the largest recall "
    "with a precision of at least .95. BUG: a perfect unit, whose precision never falls, scores 0",
    "topimage_class": "the class of the most active image instead of the best class",
    "ranks2to101": "ranks 2 to k + 1 instead of 1 to k",
    "topimage_ranks2to101": "the class of the most active image over ranks 2 to k + 1, as in gale2019's code",
    "rank": "exactly k images, ties cut in the order in which images are stored (by class). BUG: zeros that "
    "fill the top k come from the first classes",
    "ccmas2_without_best": "the best class is removed from the data before the second is evaluated. "
    "BUG: the class is named by its place in the shortened list, one too low after the best class",
    "shifted": "the unit's smallest activation is subtracted first",
    "relu": "negative activations are set to 0 first",
    "morcos": "the mean of the other classes' means instead of the mean over all other images",
    "pooled": "the mean over all other images instead of the mean of the other classes' means",
    "informedness_code": "one threshold per rank, ties cut in stored order. BUG: false positives are divided "
    "by all images instead of the images outside the class",
    "candidates10": "only ten candidate classes: the first ten met from rank 100 up. BUG: the modal class can "
    "be missing",
    "informedness_code_candidates10": "informedness_code restricted to candidates10, as in gale2020's code",
    "localist_disjoint": "disjoint activations suffice: a class may also lie below all others (gale2019's text)",
    "localist_code": "touching sets and OFF units count. BUG: a later class that is silent, like another, "
    "resets the flag of a perfect unit",
    "run_length": "length of the top run of one class, ties cut in stored order",
    "ap_rank": "average precision over ranks, ties cut in stored order",
    "ap_100": "average precision over ranks, cut off after 100 images and not rescaled",
    "ddof0": "standard deviation with n instead of n - 1",
}
