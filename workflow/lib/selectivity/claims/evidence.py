"""What a claim may look at: the units of one network by layer, the roles of the layers, and named tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from selectivity.claims.roles import HIDDEN_ROLES

# Measure columns in the words of the papers, for reasons and numbers; others speak for themselves.
WORDS = {
    "top_class_selectivity": "top-class selectivity",
    "precision_60": "precision over 60",
    "precision_100": "precision over 100",
    "ccmas": "CCMAS",
    "ccmas_2": "CCMAS_2",
    "recall_at_95_precision": "recall at 95 % precision",
    "max_informedness": "maximum informedness",
    "n_classes_100": "classes in the top 100",
}


def in_words(column: str) -> str:
    """Return the papers' name of a measure column."""
    return WORDS.get(column, column.replace("_", " "))


class NotApplicableError(Exception):
    """The network or the study lacks what the claim speaks of; the message says what."""


@dataclass(frozen=True)
class Table:
    """Columns of equal length under one name; a missing or empty column makes a claim not applicable."""

    name: str
    columns: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def column(self, name: str) -> np.ndarray:
        """Return a column as it is."""
        if name not in self.columns:
            raise NotApplicableError(f"{self.name} has no column {name}")
        return np.asarray(self.columns[name])

    def values(self, name: str) -> np.ndarray:
        """Return a column as float64 without the units where it is undefined."""
        column = self.column(name).astype(np.float64)
        defined = column[~np.isnan(column)]
        if not defined.size:
            raise NotApplicableError(f"{name} is undefined for all units of {self.name}")
        return defined

    def mean(self, name: str) -> float:
        """Return the mean over the units where the column is defined."""
        return float(self.values(name).mean())

    def standard_error(self, name: str) -> float:
        """Return the standard error of that mean (ddof 1); NaN for a single unit."""
        values = self.values(name)
        return float(values.std(ddof=1) / np.sqrt(values.size)) if values.size > 1 else float("nan")

    def best(self, name: str) -> int:
        """Return the row with the highest defined value; the first of several."""
        self.values(name)
        return int(np.nanargmax(self.column(name).astype(np.float64)))

    def where(self, mask: np.ndarray) -> "Table":
        """Return the rows where `mask` is true."""
        return Table(self.name, {name: np.asarray(c)[mask] for name, c in self.columns.items()})


@dataclass(frozen=True)
class Evidence:
    """All that the study knows about one network; `layers` in order of depth."""

    network: str
    layers: Mapping[str, Table] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    output_layers: frozenset[str] = frozenset()
    tables: Mapping[str, Table] = field(default_factory=dict)

    def has_role(self, role: str) -> bool:
        """Return whether some layer plays `role`."""
        return self.roles.get(role) in self.layers

    def role(self, role: str) -> Table:
        """Return the units of the layer that plays `role`."""
        if not self.has_role(role):
            raise NotApplicableError(f"no layer of {self.network} plays the role of {role}")
        return self.layers[self.roles[role]]

    def any_of(self, *roles: str) -> list[Table]:
        """Return the layers that play any of `roles`; at least one."""
        found = [self.role(role) for role in roles if self.has_role(role)]
        if not found:
            raise NotApplicableError(
                f"no layer of {self.network} plays the role of {' or '.join(roles)}"
            )
        return found

    def hidden(self) -> list[Table]:
        """Return the hidden layers: those that play conv5, fc6, fc7, else all that are not outputs."""
        found = [self.role(role) for role in HIDDEN_ROLES if self.has_role(role)]
        others = [units for name, units in self.layers.items() if name not in self.output_layers]
        found = found or others
        if not found:
            raise NotApplicableError(f"{self.network} has no hidden layer in this study")
        return found

    def table(self, name: str) -> Table:
        """Return a named table of another stage."""
        if name not in self.tables:
            raise NotApplicableError(f"this study has no table {name}")
        return self.tables[name]


def pool(layers: Iterable[Table]) -> Table:
    """Return the units of several layers as one table, with the columns that all of them have."""
    layers = list(layers)
    shared = [name for name in layers[0].columns if all(name in t.columns for t in layers)]
    columns = {
        name: np.concatenate([np.asarray(t.columns[name]) for t in layers]) for name in shared
    }
    return Table(" + ".join(table.name for table in layers), columns)


def correlation(units: Table, first: str, second: str) -> float:
    """Return Pearson's r over the units where both columns are defined; NaN below three units or without spread."""
    a, b = (units.column(name).astype(np.float64) for name in (first, second))
    both = ~(np.isnan(a) | np.isnan(b))
    a, b = a[both], b[both]
    if a.size < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
