"""Neuron features and the color and class selectivity of single units, after Rafegas, Vanrell and Alexandre (2017)."""
