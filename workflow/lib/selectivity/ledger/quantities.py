"""Our numbers in the terms of the papers: which column, which statistic over which units, percent or fraction."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from selectivity.claims.evidence import Evidence, NotApplicableError, Table, correlation, pool
from selectivity.errors import ConfigError
from selectivity.ledger.published import Published

SYNTHETIC = "synthetic"


@dataclass(frozen=True)
class Quantity:
    """How one published quantity is computed; the keys are those of `config/quantities.yaml`."""

    column: str = ""
    other: str = ""
    table: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    statistic: str = ""
    across: str = ""
    above: float = float("nan")
    at_least: float = float("nan")
    percent: bool = False
    setting: str = ""


@dataclass(frozen=True)
class Correction:
    """A printed number that is read otherwise than printed."""

    match: Mapping[str, str]
    remark: str
    use: Mapping = field(default_factory=dict)
    unit: str = ""

    def fits(self, row: Published) -> bool:
        """Return whether the correction is meant for `row`."""
        return all(getattr(row, name) == value for name, value in self.match.items())


@dataclass(frozen=True)
class Quantities:
    """The content of `config/quantities.yaml`."""

    layers: Mapping[str, list[str]]
    quantities: Mapping[str, Quantity]
    corrections: tuple[Correction, ...]

    def reading(self, row: Published) -> tuple[Published, Quantity, str]:
        """Return the row as it is to be read, how to compute it, and a remark where that differs from the print."""
        quantity = self.quantities.get(row.quantity)
        if quantity is None:
            raise ConfigError(
                f"config/quantities.yaml has no entry for the published quantity {row.quantity}"
            )
        for correction in self.corrections:
            if correction.fits(row):
                row = replace(row, unit=correction.unit) if correction.unit else row
                return (
                    row,
                    Quantity(**correction.use) if correction.use else quantity,
                    correction.remark,
                )
        return row, quantity, ""


def quantities_from(content: Mapping) -> Quantities:
    """Return the parsed `quantities.yaml`; unknown keys fail."""
    return Quantities(
        content["layers"],
        {name: Quantity(**entry) for name, entry in content["quantities"].items()},
        tuple(Correction(**entry) for entry in content["corrections"]),
    )


def _passing(values: np.ndarray, quantity: Quantity) -> np.ndarray:
    return values >= quantity.at_least if np.isnan(quantity.above) else values > quantity.above


def _column_statistic(reduce: Callable[[np.ndarray], float]) -> Callable[[Table, Quantity], float]:
    return lambda units, quantity: float(reduce(units.values(quantity.column)))


def _ratio_of_means(units: Table, quantity: Quantity) -> float:
    below = units.mean(quantity.other)
    return units.mean(quantity.column) / below if below else float("inf")


_STATISTICS: dict[str, Callable[[Table, Quantity], float]] = {
    "mean": _column_statistic(np.mean),
    "median": _column_statistic(np.median),
    "max": _column_statistic(np.max),
    "min": _column_statistic(np.min),
    "sum": _column_statistic(np.sum),
    "count": lambda units, q: float(_passing(units.values(q.column), q).sum()),
    "share": lambda units, q: float(_passing(units.values(q.column), q).mean()),
    "n_units": lambda units, q: float(len(units)),
    "pearson": lambda units, q: correlation(units, q.column, q.other),
    "ratio": _ratio_of_means,
}
STATISTICS = ("unit", *_STATISTICS)


def compute(row: Published, quantity: Quantity, layers: Iterable[str], evidence: Evidence) -> float:
    """Return our value of a published quantity in the printed unit (percent or fraction).

    `layers` are the roles or names of the layers whose units count. Raises `NotApplicableError` with the reason if the
    value cannot be computed from `evidence`.
    """
    tables = _tables(row, quantity, layers, evidence)
    if row.unit:
        value = _unit_value(tables, quantity, row)
    elif not quantity.statistic and quantity.table:
        value = _single_value(tables, quantity)
    else:
        value = _statistic(tables, quantity)
    if np.isnan(value):
        raise NotApplicableError(f"{row.quantity} is undefined here")
    return 100 * value if quantity.percent else value


def _tables(
    row: Published, quantity: Quantity, layers: Iterable[str], evidence: Evidence
) -> list[Table]:
    if row.network == SYNTHETIC:
        return [evidence.table(SYNTHETIC)]
    names = [evidence.roles.get(name, name) for name in layers]
    if quantity.table:
        table = evidence.table(quantity.table)
        for name, value in quantity.where.items():
            table = table.where(table.column(name) == value)
        if "layer" not in table.columns or not row.layer:
            return [table]
        found = [table.where(table.column("layer") == name) for name in names]
        found = [part for part in found if len(part)]
    else:
        found = [evidence.layers[name] for name in names if name in evidence.layers]
    if len(found) < len(names):
        raise NotApplicableError(
            f"{evidence.network} has no layer in the place of {' + '.join(names)}"
        )
    return found


def _unit_value(tables: list[Table], quantity: Quantity, row: Published) -> float:
    units = pool(tables)
    wanted = row.unit[-1] if row.network == SYNTHETIC else row.unit_index
    rows = np.flatnonzero(units.column("unit") == wanted)
    if rows.size != 1:
        raise NotApplicableError(f"{units.name} has no unit {row.unit}")
    return float(units.column(quantity.column)[rows[0]])


def _single_value(tables: list[Table], quantity: Quantity) -> float:
    values = pool(tables).values(quantity.column)
    if values.size == 1:
        return float(values[0])
    if not quantity.across:
        raise NotApplicableError(
            f"{quantity.column} has {values.size} values where the paper prints one"
        )
    return float(values.max() if quantity.across == "max" else values.min())


def _statistic(tables: list[Table], quantity: Quantity) -> float:
    if not quantity.statistic:
        raise NotApplicableError("the paper prints the value of one unit without its number")
    statistic = _STATISTICS[quantity.statistic]
    if not quantity.across:
        return statistic(pool(tables), quantity)
    values = [statistic(table, quantity) for table in tables]
    return max(values) if quantity.across == "max" else min(values)
