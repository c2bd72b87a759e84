"""How sure a unit's measures are: a bootstrap over images, drawn anew within each class."""

from dataclasses import dataclass

import numpy as np

from selectivity.measures.engine import measure_units
from selectivity.measures.settings import MeasureSettings
from selectivity.sharding import BLOCK_UNITS

LOW, HIGH = 0.025, 0.975


@dataclass(frozen=True)
class Bootstrap:
    """Number of samples, and a seed of whole numbers that identifies the layer."""

    samples: int
    seed: tuple[int, ...]

    def drawn_images(self, class_sizes: np.ndarray, unit: int, sample: int) -> np.ndarray:
        """Return the images of one sample, class by class, as many of each class as there are."""
        generator = np.random.default_rng([*self.seed, unit, sample])
        offsets = np.concatenate([[0], np.cumsum(class_sizes)[:-1]])
        draws = generator.random(int(class_sizes.sum()))
        sizes = np.repeat(class_sizes, class_sizes)
        return np.repeat(offsets, class_sizes) + np.minimum(draws * sizes, sizes - 1).astype(int)


def bootstrap_unit(
    values: np.ndarray,
    class_sizes: np.ndarray,
    unit: int,
    settings: MeasureSettings,
    bootstrap: Bootstrap,
) -> dict[str, np.ndarray]:
    """Return each fractional measure of one unit in every sample."""
    parts = []
    for start in range(0, bootstrap.samples, BLOCK_UNITS):
        stop = min(start + BLOCK_UNITS, bootstrap.samples)
        drawn = [bootstrap.drawn_images(class_sizes, unit, sample) for sample in range(start, stop)]
        parts.append(measure_units(values[np.stack(drawn)], class_sizes, settings))
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {name: column for name, column in columns.items() if column.dtype == np.float64}


def bootstrap_rows(
    values: np.ndarray,
    class_sizes: np.ndarray,
    unit: int,
    settings: MeasureSettings,
    bootstrap: Bootstrap,
) -> list[dict[str, object]]:
    """Return one row a measure: its value, standard error and 95 % percentile interval."""
    observed = measure_units(values[None], class_sizes, settings)
    rows: list[dict[str, object]] = []
    for name, column in bootstrap_unit(values, class_sizes, unit, settings, bootstrap).items():
        finite = column[np.isfinite(column)]
        enough = len(finite) > 1
        rows.append(
            {
                "unit": unit,
                "measure": name,
                "value": float(observed[name][0]),
                "n_samples": len(finite),
                "standard_error": float(finite.std(ddof=1)) if enough else np.nan,
                "q025": float(np.quantile(finite, LOW)) if enough else np.nan,
                "q975": float(np.quantile(finite, HIGH)) if enough else np.nan,
            }
        )
    return rows
