"""The contracts of all measures, in the notation of the papers and in the order of the table."""

from selectivity.measures.contracts import Measure
from selectivity.measures.definitions_scores import SCORES
from selectivity.measures.definitions_top import TOP

MEASURES: tuple[Measure, ...] = (*TOP, *SCORES)
