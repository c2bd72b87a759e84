"""Classes that a study names, alone or in groups, found in the dataset's table of classes."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from selectivity.errors import ConfigError, nearest


def group_labels(
    classes: pd.DataFrame, groups: Mapping[str, Sequence[str]]
) -> dict[str, list[int]]:
    """Return the labels of each group; `classes` has the columns label, class and name.

    A class is named by its folder or id, by its readable name, or by one of the synonyms between commas.
    """
    labels: dict[str, int] = {}
    for row in classes.to_dict("records"):
        for synonym in str(row["name"]).split(","):
            labels.setdefault(synonym.strip(), int(row["label"]))
    for row in classes.to_dict("records"):
        labels[str(row["name"])] = int(row["label"])
        labels[str(row["class"])] = int(row["label"])
    found = {}
    for group, names in groups.items():
        for name in names:
            if str(name) not in labels:
                raise ConfigError(
                    f"measures.groups.{group}: there is no class '{name}'{nearest(name, labels)}"
                )
        found[group] = sorted({labels[str(name)] for name in names})
    return found


def check_class_names(study: Mapping[str, Any], classes: pd.DataFrame) -> None:
    """Refuse classes in `measures.groups` and `figures.output_class` that the table of classes does not have."""
    group_labels(classes, study["measures"]["groups"])
    wanted = study["figures"]["output_class"]
    names = [*classes["class"], *classes["name"]]
    if wanted is not None and wanted not in names:
        raise ConfigError(
            f"figures.output_class: there is no class '{wanted}'{nearest(wanted, names)}"
        )
