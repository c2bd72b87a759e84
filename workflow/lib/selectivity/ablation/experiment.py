"""All ablations of one layer: in the orders that the study asks for, and each unit by itself."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor

from selectivity.ablation.choice import named_scores
from selectivity.ablation.removal import Removal, count_correct, orders_of
from selectivity.ablation.splitting import SplitNetwork
from selectivity.ablation.tables import curve_table, unit_table


def ablate_layer(
    halves: SplitNetwork,
    batches: Iterable[tuple[Tensor, np.ndarray]],
    outputs: np.ndarray,
    scores: pd.DataFrame,
    means: np.ndarray,
    settings: Mapping[str, Any],
    seed: Sequence[int],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the curves of removal, and what each unit is worth.

    Parameters
    ----------
    batches
        Images and labels; `outputs` is the network's output for each label.
    scores
        Class selectivity, its class and RS of every unit.
    means
        Mean activation of every unit, which the fill ``mean`` clamps to.
    settings
        ``orders``, ``repeats`` and ``fills`` of the section ``ablation``.
    seed
        Of the random orders.
    """
    levels = {"zero": np.zeros(len(means)), "mean": means}
    fills = {name: levels[name] for name in settings["fills"]}
    orders = orders_of(
        named_scores(scores, settings["orders"]), len(means), settings["repeats"], seed
    )
    removals = [Removal(name, r, fill, order) for fill in fills for name, r, order in orders]
    counts = count_correct(halves, batches, len(outputs), len(means), removals, fills, outputs)
    return curve_table(removals, counts), unit_table(counts, scores)
