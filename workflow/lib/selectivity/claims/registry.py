"""The claims and their tests: `evaluate` turns a claim and the evidence into a finding."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from selectivity.claims import (
    correlations,
    distributions,
    false_alarms,
    hidden_layers,
    neuron_features,
    output_layers,
    substitution,
    synthetic_units,
)
from selectivity.claims.evidence import Evidence, NotApplicableError
from selectivity.errors import ConfigError, nearest

HOLDS, FAILS, NOT_APPLICABLE = "holds", "does not hold", "not applicable"

# Whether the claim holds, the numbers that decide, and the reason as one sentence without a full stop.
Outcome = tuple[bool, dict[str, float], str]
Test = Callable[[Evidence, Mapping[str, float]], Outcome]


@dataclass(frozen=True)
class Claim:
    """A claim of the papers: what is said, and the data of its test."""

    id: str
    source: tuple[str, ...]
    topic: str
    statement: str
    test: str
    thresholds: Mapping[str, float] = field(default_factory=dict)
    scope: str = "network"
    remark: str = ""


@dataclass(frozen=True)
class Finding:
    """What a claim comes to on one network."""

    claim: Claim
    network: str
    verdict: str
    numbers: Mapping[str, float]
    reason: str


def merge(*modules: Mapping[str, Test]) -> dict[str, Test]:
    """Return the tests of all modules by claim id; an id may be tested once only."""
    tests: dict[str, Test] = {}
    for module in modules:
        twice = sorted(tests.keys() & module.keys())
        if twice:
            raise ValueError(f"claims with more than one test: {', '.join(twice)}")
        tests.update(module)
    return dict(sorted(tests.items()))


TESTS = merge(
    hidden_layers.TESTS,
    output_layers.TESTS,
    distributions.TESTS,
    synthetic_units.TESTS,
    false_alarms.TESTS,
    correlations.TESTS,
    neuron_features.TESTS,
    substitution.TESTS,
)


def claims_from(entries: Iterable[Mapping], tests: Mapping[str, Test] = TESTS) -> list[Claim]:
    """Return the claims of a parsed `claims.yaml`, each with a test, in the order of their ids."""
    claims = [Claim(**{**entry, "source": tuple(entry["source"])}) for entry in entries]
    for claim in claims:
        if claim.id not in tests:
            raise ConfigError(f"claim {claim.id} has no test{nearest(claim.id, tests)}")
    return sorted(claims, key=lambda claim: claim.id)


def evaluate(claim: Claim, evidence: Evidence, tests: Mapping[str, Test] = TESTS) -> Finding:
    """Return the verdict on `claim`; what the evidence lacks makes it not applicable."""
    try:
        holds, numbers, reason = tests[claim.id](evidence, claim.thresholds)
    except NotApplicableError as lack:
        return Finding(claim, evidence.network, NOT_APPLICABLE, {}, str(lack))
    return Finding(claim, evidence.network, HOLDS if holds else FAILS, numbers, reason)
