"""Networks: built from a constructor, filled with checked weights, fed by their own preprocessing."""

from selectivity.networks.build import build_network, count_units, module_names
from selectivity.networks.preprocessing import Preprocessing
from selectivity.networks.weights import load_weights

__all__ = ["Preprocessing", "build_network", "count_units", "load_weights", "module_names"]
