"""The papers' directional claims as tests of a network's units: evidence in, verdict, numbers and reason out.

`evidence` holds what a claim may look at, `registry` names the test of each claim; the other modules are the tests,
grouped by what they need. NumPy only. Another stage adds its claims as a module with a `TESTS` mapping and one line
in `registry`; its tables reach the tests as `Evidence.tables`.
"""
