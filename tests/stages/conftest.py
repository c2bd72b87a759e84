"""The fixture that the tests of neuron features share; other tests have a place of their own."""

from planted_study import place

__all__ = ["place"]
