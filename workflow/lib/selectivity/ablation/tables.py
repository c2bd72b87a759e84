"""Tables of an ablation: its curves, and what each unit is worth."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from selectivity.ablation.removal import Counts, Removal


def curve_table(removals: Sequence[Removal], counts: Counts) -> pd.DataFrame:
    """Return one row a removal and number of units removed, with the accuracy left."""
    parts = []
    for removal, curve in zip(removals, counts.curves, strict=True):
        parts.append(
            pd.DataFrame(
                {
                    "order": removal.order,
                    "repeat": removal.repeat,
                    "fill": removal.fill,
                    "n_removed": np.arange(len(curve)),
                    "unit": [-1, *removal.units],
                    "accuracy": curve.sum(1) / counts.images.sum(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def unit_table(counts: Counts, units: pd.DataFrame) -> pd.DataFrame:
    """Return one row a unit and fill: the accuracy lost without the unit, over all images and over its own class.

    `units` has one row a unit, in order, with the columns class_selectivity, class_selectivity_class and rs.
    """
    parts = []
    own = units["class_selectivity_class"].to_numpy(np.int64)
    sizes = np.maximum(counts.images, 1)
    rows = np.arange(len(units))
    for fill, correct in counts.single.items():
        lost = counts.intact[None] - correct  # (n_units, n_classes)
        share = lost / sizes
        others = lost.sum(1) - np.where(own >= 0, lost[rows, own], 0)
        n_others = counts.images.sum() - np.where(own >= 0, counts.images[own], 0)
        parts.append(
            pd.DataFrame(
                {
                    "unit": rows,
                    "fill": fill,
                    "class": own,
                    "class_selectivity": units["class_selectivity"].to_numpy(),
                    "rs": units["rs"].to_numpy(),
                    "drop": lost.sum(1) / counts.images.sum(),
                    "own_class_drop": np.where(own >= 0, share[rows, own], np.nan),
                    "other_classes_drop": others / np.maximum(n_others, 1),
                    "largest_class_drop": share.max(1),
                    "most_affected_class": share.argmax(1),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
