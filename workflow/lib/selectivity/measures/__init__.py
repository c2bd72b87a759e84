"""Measures of single-unit selectivity, exact and aware of ties, for all classes from one sort of a unit."""

from selectivity.measures.engine import measure_units
from selectivity.measures.settings import MeasureSettings

__all__ = ["MeasureSettings", "measure_units"]
