"""Write the reference tables of the pages from their one source: ``python -m selectivity.config_reference``.

The keys of the configuration are described in the schemas, the measures in the registry; ``config/README.md`` and
``README.md`` carry what this module makes of them between two markers, and a test keeps them equal.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from selectivity.measures.registry import gaps_markdown, measures_markdown, variants_markdown

BEGIN = "<!-- {part}: made by `make reference`; do not edit -->"
END = "<!-- end of {part} -->"


def reference(schemas: Path) -> str:
    """Return Markdown tables of all keys of the site and study files, with type, default and description."""
    parts = []
    for name, title in (("site", "config/config.yaml"), ("study", "config/studies/<study>.yaml")):
        rows = "\n".join(_rows(_load(schemas, f"{name}.schema.yaml"), schemas, ""))
        parts.append(
            f"### {title}\n\n| key | value | default | meaning |\n|---|---|---|---|\n{rows}\n"
        )
    return "\n".join(parts)


def updated(text: str, part: str, content: str) -> str:
    """Return `text` with what stands between the markers of `part` made anew."""
    begin, end = BEGIN.format(part=part), END.format(part=part)
    head, rest = text.split(begin)
    return f"{head}{begin}\n\n{content}\n{end}{rest.split(end)[1]}"


def pages(root: Path) -> dict[Path, str]:
    """Return what each page with a reference table should say."""
    readme, keys = root / "README.md", root / "config" / "README.md"
    text = updated(readme.read_text(encoding="utf-8"), "measures", measures_markdown())
    text = updated(text, "gap measures", gaps_markdown())
    return {
        readme: updated(text, "variants", variants_markdown()),
        keys: updated(
            keys.read_text(encoding="utf-8"), "keys", reference(root / "workflow" / "schemas")
        ),
    }


def _load(schemas: Path, name: str) -> dict[str, Any]:
    return yaml.safe_load((schemas / name).read_text(encoding="utf-8"))


def _rows(schema: dict[str, Any], schemas: Path, place: str) -> Iterator[str]:
    """Yield one table row a property, the sections' own properties behind them."""
    for name, given in schema.get("properties", {}).items():
        inner = {**_load(schemas, given["$ref"]), **given} if "$ref" in given else given
        key = f"{place}{name}"
        yield f"| `{key}` | {_kind(inner)} | {_default(inner)} | {_cell(inner.get('description', ''))} |"
        yield from _rows(inner, schemas, f"{key}.")
        yield from _members(inner, schemas, key)


def _members(schema: dict[str, Any], schemas: Path, key: str) -> Iterator[str]:
    """Yield the rows of what a key holds by free names (networks, groups) or in alternatives."""
    members = schema.get("additionalProperties")
    if not isinstance(members, dict):
        return
    for option in [members, *members.get("anyOf", []), *members.get("oneOf", [])]:
        inner = _load(schemas, option["$ref"]) if "$ref" in option else option
        yield from _rows(inner, schemas, f"{key}.<name>.")


def _default(schema: dict[str, Any]) -> str:
    value = schema.get("default")
    if value in (None, {}, ""):
        return ""
    return f"`{json.dumps(value)}`" if not isinstance(value, str) else f"`{value}`"


def _kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    kind = schema.get("type", "")
    names = {
        "object": "keys",
        "array": "list",
        "string": "text",
        "integer": "whole number",
        "boolean": "true or false",
    }
    kinds = [kind] if isinstance(kind, str) else kind
    return " or ".join(names.get(entry, entry) for entry in kinds if entry != "null")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> None:
    """Update the pages in place."""
    for page, text in pages(Path(__file__).resolve().parents[3]).items():
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
