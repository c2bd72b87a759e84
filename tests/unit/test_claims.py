"""Each claim on hand-made evidence: it holds, it does not, it is not applicable."""

from pathlib import Path

import claim_cases
import jsonschema
import numpy as np
import pytest
import yaml

from selectivity.claims.evidence import Evidence, Table, correlation, pool
from selectivity.claims.registry import (
    FAILS,
    HOLDS,
    NOT_APPLICABLE,
    TESTS,
    claims_from,
    evaluate,
    merge,
)
from selectivity.claims.roles import describe_network, resolve_roles
from selectivity.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = yaml.safe_load((ROOT / "config" / "claims.yaml").read_text())
CLAIMS = {claim.id: claim for claim in claims_from(ENTRIES)}


def table(name, columns):
    """Return a table of as many units as the longest column; numbers are repeated for all of them."""
    length = max([len(v) for v in columns.values() if isinstance(v, list)], default=3)
    wide = {k: np.array(v if isinstance(v, list) else [v] * length) for k, v in columns.items()}
    return Table(name, {"unit": np.arange(length), **wide})


def evidence_of(layers):
    tables = {name: table(name, layers[name]) for name in layers if name == "synthetic"}
    units = {name: table(name, columns) for name, columns in layers.items() if name not in tables}
    outputs = frozenset({"fc8", "prob"})
    return Evidence("net", units, resolve_roles(list(units), {}), outputs, tables)


def cases(by_claim, verdict):
    return [
        pytest.param(id_, layers, verdict, id=f"{id_}-{verdict}-{i}".replace(" ", "_"))
        for id_, variants in by_claim.items()
        for i, layers in enumerate(variants)
    ]


ALL_CASES = (
    cases(claim_cases.HOLDS, HOLDS)
    + cases(claim_cases.FAILS, FAILS)
    + cases(claim_cases.LACKS, NOT_APPLICABLE)
)


@pytest.mark.parametrize(("id_", "layers", "verdict"), ALL_CASES)
def test_verdict(id_, layers, verdict):
    finding = evaluate(CLAIMS[id_], evidence_of(layers))
    assert finding.verdict == verdict, finding.reason
    assert finding.reason and not finding.reason.endswith(".")
    assert all(isinstance(number, float) for number in finding.numbers.values())
    assert bool(finding.numbers) == (verdict != NOT_APPLICABLE)


def test_every_claim_of_the_first_thirty_is_listed_tested_and_has_cases():
    ids = {f"C{number:02d}" for number in range(1, 31)}
    assert ids <= set(CLAIMS) <= set(TESTS)
    for by_claim in (claim_cases.HOLDS, claim_cases.FAILS, claim_cases.LACKS):
        assert ids <= set(by_claim)


def test_claims_file_matches_its_schema():
    schema = yaml.safe_load((ROOT / "workflow/schemas/claims.schema.yaml").read_text())
    jsonschema.Draft202012Validator(schema).validate(ENTRIES)
    ids = [entry["id"] for entry in ENTRIES]
    assert ids == sorted(set(ids))


def test_all_thresholds_are_used():
    """A threshold that no test reads would be data that pretends to decide."""

    class Recorder(dict):
        def __getitem__(self, key):
            read.add(key)
            return super().__getitem__(key)

    for id_ in claim_cases.HOLDS:
        claim = CLAIMS[id_]
        read: set[str] = set()
        for layers in claim_cases.HOLDS[id_]:
            TESTS[id_](evidence_of(layers), Recorder(claim.thresholds))
        assert read == set(claim.thresholds), id_


def test_a_claim_without_a_test_is_refused():
    with pytest.raises(ConfigError, match="C99"):
        claims_from([{"id": "C99", "source": [], "topic": "", "statement": "", "test": ""}])


def test_two_tests_of_one_claim_are_refused():
    with pytest.raises(ValueError, match="C01"):
        merge({"C01": TESTS["C01"]}, {"C01": TESTS["C02"]})


def test_roles_by_name_and_as_given():
    assert resolve_roles(["conv5", "fire9", "fc8"], {"conv5": "fire9"}) == {
        "conv5": "fire9",
        "fc8": "fc8",
    }


def test_a_role_of_an_unknown_layer_is_refused():
    entry = {"layers": {"fire9": "features.12"}, "roles": {"conv5": "fire8"}}
    with pytest.raises(ConfigError, match=r"'net': role conv5: .*did you mean 'fire9'"):
        describe_network("net", entry, ["fire9"])


def test_outputs_are_layers_in_output_roles_or_at_output_paths():
    entry = {"layers": {"a": "features.1", "b": "output", "c": "classifier"}, "roles": {"fc8": "c"}}
    described = describe_network("net", entry, list(entry["layers"]))
    assert described["outputs"] == ["b", "c"]
    assert described["published_as"] == {}


def test_hidden_layers_without_roles_are_all_but_the_outputs():
    layers = {name: table(name, {"ccmas": 0.1}) for name in ("first", "second", "last")}
    evidence = Evidence("net", layers, {"fc8": "last"}, frozenset({"last"}))
    assert [units.name for units in evidence.hidden()] == ["first", "second"]


def test_hidden_layers_are_those_in_roles_only():
    layers = {name: table(name, {"ccmas": 0.1}) for name in ("conv1", "conv5", "fc8")}
    assert [u.name for u in Evidence("net", layers, {"conv5": "conv5"}).hidden()] == ["conv5"]


def test_undefined_units_are_left_out():
    units = table("fc6", {"x": [1.0, np.nan, 3.0], "y": [2.0, 5.0, np.nan]})
    assert units.mean("x") == 2
    assert units.standard_error("x") == pytest.approx(1.0)
    assert units.best("y") == 1
    assert np.isnan(correlation(units, "x", "y"))


def test_pooled_units_keep_shared_columns():
    pooled = pool([table("a", {"x": [1.0], "y": [2.0]}), table("b", {"x": [3.0, 4.0]})])
    assert pooled.name == "a + b"
    assert list(pooled.column("x")) == [1, 3, 4]
    assert "y" not in pooled.columns


def test_scopes_of_the_synthetic_claims():
    assert {id_ for id_, claim in CLAIMS.items() if claim.scope == "synthetic"} == {"C19", "C20"}
