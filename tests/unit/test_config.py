"""Every mistake in a configuration ends in one message that says what to do."""

from pathlib import Path

import pytest
import yaml

from selectivity.config import find_study, load_site, read_yaml, validated
from selectivity.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "workflow" / "schemas"


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    (tmp_path / "inner.schema.yaml").write_text(
        yaml.safe_dump(
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "depth": {"type": "integer", "default": 3, "minimum": 1},
                    "kind": {"enum": ["max", "mean"]},
                },
            }
        )
    )
    (tmp_path / "outer.schema.yaml").write_text(
        yaml.safe_dump(
            {
                "type": "object",
                "additionalProperties": False,
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "inner": {"$ref": "inner.schema.yaml", "default": {}},
                    "optional": {"$ref": "inner.schema.yaml"},
                    "either": {"anyOf": [{"type": "null"}, {"$ref": "inner.schema.yaml"}]},
                },
            }
        )
    )
    return tmp_path


def check(config, schemas):
    return validated(config, "outer", schemas, where="file.yaml")


def test_defaults_are_filled_in_at_every_level_and_absent_sections_stay_absent(schemas):
    assert check({"name": "x"}, schemas) == {"name": "x", "inner": {"depth": 3}}


def test_the_given_configuration_is_left_alone(schemas):
    config = {"name": "x"}
    check(config, schemas)
    assert config == {"name": "x"}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"nam": "x", "name": "y"}, r"unknown key 'nam' at top level; did you mean 'name'\?"),
        ({"inner": {}}, "missing key 'name' at top level"),
        ({"name": 3}, "name: expected text, found int 3"),
        (
            {"name": "x", "inner": {"depht": 2}},
            r"unknown key 'depht' at inner; did you mean 'depth'\?",
        ),
        (
            {"name": "x", "inner": {"kind": "maxx"}},
            r"inner.kind: found 'maxx'; did you mean 'max'\?",
        ),
        ({"name": "x", "inner": {"depth": 0}}, "inner.depth: 0 is less than the minimum of 1"),
        (
            {"name": "x", "either": {"depth": "deep"}},
            "either.depth: expected a whole number, found the text 'deep'",
        ),
        ({"name": "x", "either": {"dept": 1}}, "unknown key 'dept' at either"),
        ({"name": "x", "inner": []}, "inner: expected keys and values, found a list"),
    ],
)
def test_mistakes_are_named_with_the_nearest_valid_name(schemas, config, message):
    with pytest.raises(ConfigError, match=message):
        check(config, schemas)


def test_a_key_that_stands_twice_is_refused(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text("seed: 0\nseed: 1\n")
    with pytest.raises(ConfigError, match="the key 'seed' stands twice"):
        read_yaml(path)


def test_a_mapping_may_take_in_another(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text("a: &shared {x: 1, y: 2}\nb: {<<: *shared, y: 3}\n")
    assert read_yaml(path)["b"] == {"x": 1, "y": 3}


@pytest.mark.parametrize(
    "text", ["a: [1, 2", "just text", "\t- x", "", "a: {{name}}", "? [1]\n: 2", "a: 2020-13-45"]
)
def test_broken_yaml_names_the_file(tmp_path, text):
    path = tmp_path / "study.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"study\.yaml"):
        read_yaml(path)


def test_unknown_studies_get_the_nearest_name():
    with pytest.raises(
        ConfigError, match=r"there is no study 'dem' in config/studies; did you mean 'demo'\?"
    ):
        find_study("dem", ROOT)
    with pytest.raises(ConfigError, match=r"no/where\.yaml does not exist"):
        find_study("no/where.yaml", ROOT)


def test_the_site_configuration_is_valid():
    site = load_site(read_yaml(ROOT / "config" / "config.yaml"), SCHEMAS)
    assert site["device"] == "auto"


@pytest.mark.parametrize(("given", "expected"), [("true", True), ("false", False), (True, True)])
def test_truth_values_of_the_command_line_are_understood(given, expected):
    site = {**read_yaml(ROOT / "config" / "config.yaml"), "offline": given}
    assert load_site(site, SCHEMAS)["offline"] is expected
    with pytest.raises(ConfigError, match="offline: expected true or false, found the text 'yes'"):
        load_site({**site, "offline": "yes"}, SCHEMAS)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("device", "gpu", r"device: found 'gpu'; Where networks run, auto .* cpu, cuda"),
        ("study", 3, "study: expected text"),
    ],
)
def test_a_value_of_the_wrong_form_is_answered_with_what_the_key_means(key, value, words):
    site = {**read_yaml(ROOT / "config" / "config.yaml"), key: value}
    with pytest.raises(ConfigError, match=words):
        load_site(site, SCHEMAS)


def properties(schema, place):
    """Yield every property of a schema with its place."""
    for name, value in schema.get("properties", {}).items():
        yield f"{place}.{name}", value
        yield from properties(value, f"{place}.{name}")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from properties(schema[key], f"{place}.{key}")
    for key in ("anyOf", "oneOf", "allOf"):
        for index, value in enumerate(schema.get(key, [])):
            yield from properties(value, f"{place}.{key}{index}")


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.schema.yaml")), ids=lambda path: path.name)
def test_every_key_is_described_and_every_object_closed(path):
    schema = yaml.safe_load(path.read_text())
    undescribed = [
        place
        for place, value in properties(schema, path.stem)
        if "description" not in value and "$ref" not in value
    ]
    assert not undescribed
    for place, value in [(path.stem, schema), *properties(schema, path.stem)]:
        if "properties" in value:
            assert value.get("additionalProperties") is False, f"{place} accepts unknown keys"
