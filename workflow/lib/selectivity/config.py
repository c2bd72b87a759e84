"""Read and check the site and study configuration before any job: one mistake, one readable message."""

import copy
import re
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from selectivity.errors import ConfigError, nearest

Config = dict[str, Any]

NAME = "^[A-Za-z0-9][A-Za-z0-9_-]*$"  # what the schemas ask of names that become parts of paths


def load_site(config: Mapping[str, Any], schemas: Path) -> Config:
    """Check the site configuration, fill in its defaults and return it."""
    # `--config offline=true` reaches Snakemake as text; only True and False become truth values there.
    truths = {"true": True, "false": False}
    plain = {
        key: truths.get(value, value) if isinstance(value, str) else value
        for key, value in config.items()
    }
    return validated(plain, "site", schemas, where="config/config.yaml or --config")


def load_study(name: str, root: Path) -> tuple[Config, Path]:
    """Find, read and check a study file.

    Parameters
    ----------
    name
        The name of a study in ``config/studies`` or the path of a YAML file.
    root
        The root of the project.

    Returns
    -------
    The study with all defaults filled in, and the path of its file.

    Raises
    ------
    ConfigError
        When there is no such study, or its file is not what the schema asks for.
    """
    path = find_study(str(name), root)
    study = validated(read_yaml(path), "study", root / "workflow" / "schemas", where=str(path))
    return study, path


def find_study(name: str, root: Path) -> Path:
    """Return the file of the study called `name`, which may itself be a path."""
    folder = root / "config" / "studies"
    if name.endswith((".yaml", ".yml")):
        path = Path(name)
        if path.is_file():
            return path
        raise ConfigError(f"study file {name} does not exist (looked in {Path.cwd()})")
    path = folder / f"{name}.yaml"
    if path.is_file():
        return path
    known = [file.stem for file in folder.glob("*.yaml")]
    raise ConfigError(
        f"there is no study '{name}' in config/studies{nearest(name, known)} "
        "(a study of your own is given by the path of its .yaml file)"
    )


def read_yaml(path: Path) -> Config:
    """Read a YAML mapping; keys that stand twice and broken syntax are errors that name the place."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
    except (yaml.YAMLError, ValueError) as error:  # the latter for bytes and dates that are none
        raise ConfigError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: expected keys and values, found {_kind(content)}")
    return content


class _UniqueKeyLoader(yaml.SafeLoader):
    """A safe loader that refuses a key that stands twice: YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping, each key once."""
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":  # "<<", which takes in another mapping
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.constructor.ConstructorError(
                    None, None, f"a key cannot be {_kind(key)}", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key}' stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def validated(config: Config, schema: str, schemas: Path, where: str) -> Config:
    """Return `config` with the schema's defaults filled in; raise one `ConfigError` naming the first mistakes."""
    registry = _registry(schemas)
    validator_class = _with_defaults(jsonschema.Draft202012Validator)
    filled = copy.deepcopy(config)
    validator = validator_class({"$ref": f"{schema}.schema.yaml"}, registry=registry)
    errors = sorted(
        validator.iter_errors(filled), key=lambda error: [str(part) for part in error.absolute_path]
    )
    if errors:
        leaves = [leaf for error in errors for leaf in _leaves(error)]
        messages = list(dict.fromkeys(_message(leaf) for leaf in leaves))
        raise ConfigError("\n".join(f"{where}: {message}" for message in messages[:5]))
    return filled


def _registry(schemas: Path) -> Registry:
    """Return the registry in which schema files refer to each other by file name."""
    resources = [
        (path.name, DRAFT202012.create_resource(yaml.safe_load(path.read_text(encoding="utf-8"))))
        for path in sorted(schemas.glob("*.schema.yaml"))
    ]
    return Registry().with_resources(resources)


def _with_defaults(base: Any) -> Any:
    """Extend a validator class so that it writes a property's default into the instance that lacks it."""
    check_properties = base.VALIDATORS["properties"]

    def fill_then_check(
        validator: Any, properties: Any, instance: Any, schema: Any
    ) -> Iterator[Any]:
        if isinstance(instance, dict):
            for name, subschema in properties.items():
                if isinstance(subschema, dict) and "default" in subschema:
                    instance.setdefault(name, copy.deepcopy(subschema["default"]))
        yield from check_properties(validator, properties, instance, schema)

    return jsonschema.validators.extend(base, {"properties": fill_then_check})


def _leaves(error: jsonschema.ValidationError) -> list[jsonschema.ValidationError]:
    """Return the errors that a reader can act on: for alternatives, those of the one that was meant."""
    if not error.context or error.validator not in ("anyOf", "oneOf"):
        return [error]
    alternatives: dict[Any, list[jsonschema.ValidationError]] = {}
    for inner in error.context:
        alternatives.setdefault(inner.schema_path[0], []).append(inner)
    # An alternative of another kind altogether (keys given where it wants nothing) was not meant.
    meant = [errors for errors in alternatives.values() if not any(map(_is_of_other_kind, errors))]
    best = min(meant or alternatives.values(), key=len)
    return [leaf for inner in best for leaf in _leaves(inner)]


def _is_of_other_kind(error: jsonschema.ValidationError) -> bool:
    return error.validator == "type" and not error.relative_path


def _message(error: jsonschema.ValidationError) -> str:
    """Say what was found, what was expected and, for names, which valid name is nearest."""
    place = ".".join(str(part) for part in error.absolute_path) or "top level"
    match error.validator:
        case "additionalProperties":
            valid = list(error.schema.get("properties", {}))
            patterns = list(error.schema.get("patternProperties", {}))
            unknown = [
                key
                for key in error.instance
                if key not in valid and not any(re.search(p, str(key)) for p in patterns)
            ]
            return "; ".join(
                f"unknown key '{key}' at {place}{nearest(key, valid)}" for key in unknown
            )
        case "required":
            missing = [key for key in error.validator_value if key not in error.instance]
            return f"missing key {', '.join(map(repr, missing))} at {place}"
        case "enum":
            return (
                f"{place}: found {error.instance!r}{nearest(error.instance, error.validator_value)}"
            )
        case "type":
            return (
                f"{place}: expected {_types(error.validator_value)}, found {_kind(error.instance)}"
            )
        case "pattern" if error.validator_value != NAME and "description" in error.schema:
            return f"{place}: found {error.instance!r}; {error.schema['description']}"
        case "propertyNames" | "pattern":
            return (
                f"{place}: the name {error.instance!r} is not usable; use letters, digits, '_' and '-', "
                "beginning with a letter or digit"
            )
        case _:
            return f"{place}: {error.message}"


def _types(expected: str | list[str]) -> str:
    words = {
        "object": "keys and values",
        "array": "a list",
        "string": "text",
        "integer": "a whole number",
    }
    words |= {"number": "a number", "boolean": "true or false", "null": "nothing"}
    names = [expected] if isinstance(expected, str) else expected
    return " or ".join(words[name] for name in names)


def _kind(value: Any) -> str:
    """Describe a YAML value for a message."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case dict():
            return "keys and values"
        case list():
            return "a list"
        case _:
            return f"{type(value).__name__} {value!r}".replace("str ", "the text ", 1)
