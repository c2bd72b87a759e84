"""The contract of every measure: what it is, where it is defined, and what must not change it."""

from dataclasses import dataclass

# What a measure may be invariant to. The order of images and the numbering of classes must change no measure.
INVARIANCES = {
    "scaling": "activations times a positive number",
    "monotone": "a strictly increasing function of the activations that keeps their sign",
    "duplication": "showing every image twice",
    "silent class": "adding a class to which the unit does not respond",
}
RANKS = ("scaling", "monotone", "duplication")
UNDEFINED = "undefined (NaN, class -1 of size 0)"


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
        Whether ``<column>_class`` names the class of the value, and ``<column>_class_size`` its number of images.
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
    invariances: tuple[str, ...] = RANKS
    has_class: bool = False
    ties: str = "enter together; of equal classes the lowest index"
    constant: str = UNDEFINED
