"""Contracts of the k-means/gap suite, which a study asks for with the section ``gap``.

`source` names the column of the authors' table (``h5_analysis_jitterer.py`` of their released code). The upper part X
are the images above ``min + d (max - min)``: d = .5, or the share of the range at which a_(1000) lies where more than
1,000 images exceed the middle; where 1,000 images or more share the maximum, X are these. K is the number of clusters
of the best partitions of X whose f(K) is smallest, or 1 where no f(K) is at most .85. With at most 20 distinct values
in X each is a cluster of its own, since f(K) is 0 there, as in the released code.
"""

from selectivity.measures.contracts import UNDEFINED, Measure

_NEEDS = "two different activations"
_COUNTS = ("scaling", "silent class")
# Showing every image twice changes no partition as long as no more than 1,000 images lie in the upper half.
_PARTITION = ("scaling", "duplication", "silent class")
_SIZES = ("duplication", "silent class")
_TIES = "enter together, weighted by their number; of equally good partitions the largest lowest clusters"
_EQUAL_GAPS = "of equal gaps the lower; equally good partitions as for n_upper_clusters"
_ONE_CLUSTER = f"{UNDEFINED}; 0 for a unit of one cluster"
_NO_GAP = f"{UNDEFINED}; also for a unit without that gap"
_TOP_CLASS = "enter together; of classes that share the maximum the lowest index"


def _released(column: str) -> str:
    return f"released code of gale2019: {column}"


def _count(
    column: str,
    title: str,
    formula: str,
    source: str,
    ties: str = _TIES,
    constant: str = UNDEFINED,
    invariances: tuple[str, ...] = _COUNTS,
    values: str = "1, 2, ...",
    needs: str = _NEEDS,
) -> Measure:
    return Measure(
        column,
        title,
        formula,
        _released(source),
        values,
        "none",
        needs,
        invariances,
        ties=ties,
        constant=constant,
    )


def _size(
    column: str,
    title: str,
    formula: str,
    source: str,
    ties: str = "enter together",
    constant: str = UNDEFINED,
    needs: str = _NEEDS,
) -> Measure:
    return _count(column, title, formula, source, ties, constant, _SIZES, "activation", needs)


GAPS: tuple[Measure, ...] = (
    _size("upper_threshold", "threshold of the upper part X", "min + d (max - min)", "midX"),
    _count("n_upper_images", "images of the upper part", "#{a in X}", "all_No_images"),
    _count(
        "n_upper_clusters",
        "clusters of the upper part",
        "K of the smallest f(K) = S_K / (alpha_K S_(K-1)), 1 where f > .85",
        "all_K",
        invariances=_PARTITION,
    ),
    _count(
        "n_top_class_in_upper_part",
        "top class in the upper part",
        "#{a of the top class in X}",
        "No_top_class_in_half_range",
        _TOP_CLASS,
    ),
    _count(
        "top_class_extent",
        "extent of the top class",
        "#{a of the top class in X > max of all others}",
        "extent_of_top_class",
        "0 when two classes share the maximum",
        values="0, 1, ...",
        needs="two classes",
    ),
    _count(
        "n_top_cluster_images", "images of the top cluster", "#{a in the top cluster}", "c_0_no"
    ),
    _count(
        "n_top_cluster_classes",
        "classes in the top cluster",
        "#{classes in the top cluster}",
        "c_0_no_class",
        invariances=_PARTITION,
    ),
    _count(
        "n_top_class_in_top_cluster",
        "top class in the top cluster",
        "#{a of the top class in the top cluster}",
        "No_top_in_cluster_0",
        _TOP_CLASS,
    ),
    _size(
        "biggest_gap",
        "biggest gap",
        "max over neighboring clusters of (min of the upper - max of the lower)",
        "biggest_gap",
        _EQUAL_GAPS,
        _ONE_CLUSTER,
    ),
    _count(
        "biggest_gap_code",
        "place of the biggest gap",
        "clusters above it; 1: the top cluster is isolated (weak grandmother unit)",
        "big_gap_code",
        _EQUAL_GAPS,
        _NO_GAP,
        _PARTITION,
    ),
    _size(
        "second_biggest_gap",
        "second biggest gap",
        "max over all gaps but the biggest",
        "second_biggest_gap",
        _EQUAL_GAPS,
        f"{UNDEFINED}; 0 for a unit of one or two clusters",
    ),
    _count(
        "second_biggest_gap_code",
        "place of the second biggest gap",
        "clusters above it",
        "2_Big_gap_code",
        _EQUAL_GAPS,
        _NO_GAP,
        _PARTITION,
    ),
    Measure(
        "gap_selectivity",
        "gap selectivity",
        "biggest gap / max a (for a unit with negative activations max a - min a)",
        _released("gap_selectivity"),
        "[0, .5)",
        "none",
        _NEEDS,
        _PARTITION,
        ties=_EQUAL_GAPS,
        constant=_ONE_CLUSTER,
    ),
    _count(
        "n_structured_images",
        "images of the structured region",
        "#{a above the biggest gap}",
        "struct_no",
        _EQUAL_GAPS,
        _NO_GAP,
    ),
    _count(
        "n_structured_clusters",
        "clusters of the structured region",
        "K of the images above the biggest gap, at most 10; 1 where these are the top cluster",
        "struct_K",
        _EQUAL_GAPS,
        _NO_GAP,
        _PARTITION,
    ),
    _count(
        "n_structured_classes",
        "classes of the structured region",
        "#{classes above the biggest gap}",
        "struct_no_class",
        _EQUAL_GAPS,
        _NO_GAP,
        _PARTITION,
    ),
    _count(
        "n_top_class_in_structured",
        "top class in the structured region",
        "#{a of the top class above the biggest gap}",
        "No_top_class_in_struct",
        _EQUAL_GAPS,
        _NO_GAP,
    ),
    _size(
        "top_class_range",
        "range of the top class",
        "max - min of the top class",
        "range_top",
        _TOP_CLASS,
    ),
    _size(
        "ccmas_class_range",
        "range of the class of CCMAS",
        "max - min of the class of the highest mean",
        "range_mean",
        needs="two classes",
    ),
    _size(
        "ccmas_2_class_range",
        "range of the class of CCMAS_2",
        "max - min of the class of the second highest mean",
        "range_2_mean",
        needs="two classes",
    ),
)
