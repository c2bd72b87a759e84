"""The contract of every measure: what it is, where it is defined, and what must not change it."""

from dataclasses import dataclass

# What a measure may be invariant to. The order of images and the numbering of classes must change no measure.
INVARIANCES = {
    "scaling": "activations times a positive number",
    "monotone": "a strictly increasing function of the activations that keeps their sign",
    "duplication": "showing every image twice",
    "silent class": "adding a class to which the unit does not respond",
}
_RANKS = ("scaling", "monotone", "duplication")
_ALL = tuple(INVARIANCES)
_UNDEFINED = "undefined (NaN, class -1)"


@dataclass(frozen=True)
class Measure:
    """The contract of one column.

    Attributes
    ----------
    column
        Name in the tables; ``{k}`` stands for each k of the study.
    formula
        In the notation of the papers: n_c images of class c, a >= t selected, TP, FP, mean_c.
    source
        Paper and section that define it.
    values
        Its range.
    direction
        ``higher`` or ``lower`` values are more selective; ``none`` where it says nothing of selectivity.
    needs
        What has to be there for a defined value, besides a unit that is not constant.
    invariances
        Names of `INVARIANCES`.
    has_class
        Whether ``<column>_class`` names the class of the value.
    ties
        What equal activations or classes do.
    constant
        Value of a silent or otherwise constant unit.
    """

    column: str
    title: str
    formula: str
    source: str
    values: str
    direction: str
    needs: str = "two classes"
    invariances: tuple[str, ...] = _RANKS
    has_class: bool = False
    ties: str = "enter together; of equal classes the lowest index"
    constant: str = _UNDEFINED


_TOP_K_TIES = "images tied at the k-th place share the places left, in expectation"

MEASURES: tuple[Measure, ...] = (
    Measure(
        "n_images",
        "images",
        "N",
        "",
        "1, 2, ...",
        "none",
        "",
        ("scaling", "monotone"),
        constant="N",
    ),
    Measure(
        "is_constant",
        "constant unit",
        "max a = min a",
        "",
        "true, false",
        "none",
        "",
        ("scaling", "monotone", "duplication"),
        constant="true",
    ),
    Measure(
        "mean",
        "mean activation",
        "sum a / N",
        "gale2020, figure 3",
        "activation",
        "none",
        "",
        ("duplication",),
    ),
    Measure(
        "standard_error",
        "standard error of the mean",
        "SD / sqrt(N), SD with N - 1",
        "gale2020, figure 3",
        "activation",
        "none",
        "two images",
        (),
    ),
    Measure(
        "proportion_positive",
        "share of images above zero",
        "#{a > 0} / N",
        "gale2020, tables A3-A5",
        "[0, 1]",
        "none",
        "",
        constant="0 or 1",
    ),
    Measure(
        "localist",
        "localist unit",
        "min of a class > max of all other images",
        "gale2019; gale2020, section 2",
        "true, false",
        "higher",
        invariances=_ALL,
        ties="touching classes are not localist",
        constant="false",
    ),
    Measure(
        "localist_gap",
        "gap of the most separate class",
        "max over c of (min of c - max of all others); above 0: localist",
        "gale2019; gale2020, section 2",
        "activation",
        "higher",
        invariances=("duplication", "silent class"),
    ),
    Measure(
        "top_class",
        "class of the most active image",
        "argmax a",
        "gale2019",
        "class",
        "none",
        "",
        _ALL,
        ties="the lowest class of the most active images",
    ),
    Measure(
        "top_class_selectivity",
        "top-class selectivity (recall at precision 1)",
        "#{a of the top class > max of all others} / n_c",
        "gale2019; gale2020, section 2",
        "[0, 1]",
        "higher",
        invariances=_ALL,
        ties="0 when two classes share the maximum",
    ),
    Measure(
        "recall_at_95_precision",
        "recall at 95 % precision",
        "max over c, t of TP / n_c where TP / (TP + FP) >= .95",
        "gale2020, section 2",
        "[0, 1]",
        "higher",
        has_class=True,
        invariances=_ALL,
    ),
    Measure(
        "precision_{k}",
        "precision@{k}",
        "max over c of #{c in the top {k}} / {k}",
        "gale2019 (k = 100); gale2020, section 2 (k = 60); Zhou et al.",
        "(0, 1]",
        "higher",
        "",
        ("scaling", "monotone", "silent class"),
        has_class=True,
        ties=_TOP_K_TIES,
    ),
    Measure(
        "n_classes_{k}",
        "classes in the top {k}",
        "#{classes in the top {k}}",
        "gale2020, figure 2 (k = 100)",
        "[1, {k}]",
        "lower",
        "",
        ("scaling", "monotone", "silent class"),
        ties="expected number of distinct classes (hypergeometric)",
    ),
    Measure(
        "n_tied_{k}",
        "images tied at place {k}",
        "#{a = a_({k})}",
        "",
        "1, 2, ...",
        "none",
        "",
        ("scaling", "monotone", "silent class"),
        ties="what it counts",
    ),
    Measure(
        "ccmas",
        "class-conditional mean activity selectivity",
        "(mean_c - mean_notc) / (mean_c + mean_notc), c of the highest mean, notc pooled over images",
        "gale2019; gale2020, section 2",
        "[0, 1] for a >= 0, else unbounded",
        "higher",
        "a sum of means that is not 0",
        ("scaling", "duplication"),
        has_class=True,
    ),
    Measure(
        "ccmas_2",
        "CCMAS of the second class",
        "CCMAS of the class with the second highest mean",
        "gale2019; gale2020, section 3",
        "[-1, 1] for a >= 0, else unbounded",
        "none",
        "a sum of means that is not 0",
        ("scaling", "duplication"),
        has_class=True,
    ),
    Measure(
        "class_selectivity",
        "class selectivity (Morcos et al.)",
        "(mean_c - m) / (mean_c + m + 1e-7), m the mean of the other class means",
        "substitution2020, equation 1",
        "[0, 1) for a >= 0, else unbounded",
        "higher",
        invariances=("duplication",),
        has_class=True,
    ),
    Measure(
        "max_informedness",
        "maximum informedness",
        "max over c, t of TP / n_c - FP / (N - n_c)",
        "gale2020, section 2",
        "[0, 1]",
        "higher",
        has_class=True,
        ties="of equal thresholds the highest",
    ),
    Measure(
        "informedness_threshold",
        "its threshold",
        "t of maximum informedness (inf: selects nothing)",
        "gale2020, figure 3",
        "activation",
        "none",
        invariances=("duplication",),
    ),
    Measure(
        "informedness_recall",
        "its recall (hit rate)",
        "TP / n_c",
        "gale2020, figure 2h",
        "[0, 1]",
        "higher",
    ),
    Measure(
        "informedness_specificity",
        "its specificity",
        "TN / (N - n_c)",
        "gale2020, figure 2g",
        "[0, 1]",
        "higher",
    ),
    Measure(
        "informedness_false_positive_rate",
        "its false positive rate",
        "FP / (N - n_c)",
        "gale2020, section 2 (text)",
        "[0, 1]",
        "lower",
    ),
    Measure(
        "informedness_false_discovery_rate",
        "its false alarm proportion",
        "FP / (FP + TP)",
        "gale2020, figure 2i",
        "[0, 1]",
        "lower",
        "a finite threshold",
    ),
    Measure(
        "max_f1",
        "maximum F1",
        "max over c, t of 2 TP / (2 TP + FP + FN)",
        "released code of gale2020",
        "(0, 1]",
        "higher",
        has_class=True,
    ),
    Measure(
        "average_precision",
        "average precision",
        "max over c of the sum over t of precision x gain of recall",
        "released code of gale2020",
        "(0, 1]",
        "higher",
        has_class=True,
    ),
    Measure(
        "auc",
        "area under the ROC curve",
        "max over c of P(a_in > a_out) + P(a_in = a_out) / 2",
        "",
        "[0, 1]",
        "higher",
        has_class=True,
    ),
)
