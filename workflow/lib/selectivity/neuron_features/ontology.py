"""Sum class frequencies over an ontology: how much of a unit's activation falls under each hypernym."""

from collections.abc import Collection, Mapping

import pandas as pd

SEPARATOR = ";"


def paths_of(parents: str) -> list[tuple[str, ...]]:
    """Return the paths from the root to a class's parents: ``"natural/animal"``; several are set apart by ``;``."""
    paths = [
        tuple(part.strip() for part in path.split("/")) for path in str(parents).split(SEPARATOR)
    ]
    return [tuple(node for node in path if node) for path in paths if path != ("",)]


def ancestors(parents: str) -> dict[str, int]:
    """Return every ancestor of a class and its depth (1 below the root).

    A class with several parents has each ancestor once, at its smallest depth.
    """
    found: dict[str, int] = {}
    for path in paths_of(parents):
        for depth, node in enumerate(path, start=1):
            found[node] = min(depth, found.get(node, depth))
    return found


def common_ancestors(classes: pd.DataFrame) -> frozenset[str]:
    """Return the nodes above every class of a table that has parents: they tell nothing apart."""
    above = [
        set(ancestors(parents))
        for parents in classes["parents"]
        if isinstance(parents, str) and parents
    ]
    return frozenset(set.intersection(*above)) if above else frozenset()


def ontology_weights(
    frequencies: Mapping[int, float], classes: pd.DataFrame, root: Collection[str] = ()
) -> pd.DataFrame:
    """Return node, weight, depth and kind (leaf or hypernym) for class frequencies by label.

    `classes` is a data set's class table (label, name, parents). A leaf that bears the name of a
    hypernym stays a row of its own. Nodes named in `root` are left out, as they hold every class.
    """
    table = classes.set_index("label")
    leaves, nodes = [], {}  # type: ignore[var-annotated]
    for label, frequency in frequencies.items():
        parents = table.at[label, "parents"]
        above = ancestors(parents) if isinstance(parents, str) else {}
        name = str(table.at[label, "name"])
        leaves.append((name, frequency, 1 + max(above.values(), default=0), "leaf"))
        for node, depth in above.items():
            if node not in root:
                weight, least = nodes.get(node, (0.0, depth))
                nodes[node] = (weight + frequency, min(least, depth))
    rows = leaves + [(node, weight, depth, "hypernym") for node, (weight, depth) in nodes.items()]
    weights = pd.DataFrame(rows, columns=["node", "weight", "depth", "kind"])
    return weights.sort_values(
        ["kind", "weight", "node"], ascending=[True, False, True], ignore_index=True
    )
