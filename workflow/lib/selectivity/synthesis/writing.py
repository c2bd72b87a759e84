"""Put the finished batches of a shard together as one file."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from selectivity.errors import DataError
from selectivity.files import atomic
from selectivity.synthesis.parts import Box
from selectivity.synthesis.settings import SynthesisSettings
from selectivity.synthesis.store import write_rows
from selectivity.synthesis.work import WorkFolder


def write_images(
    output: Path,
    work: WorkFolder,
    batches: Mapping[str, Sequence[str]],
    recipes: Mapping[str, SynthesisSettings],
    items: Sequence[tuple[int, int]],
    provenance: Mapping[str, Any],
    heads: Mapping[str, Any],
    box: Box,
) -> None:
    """Put the finished batches of `work` together as one file, one batch in memory at a time."""
    row_of = {item: row for row, item in enumerate(items)}
    with atomic(output) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["provenance"] = json.dumps(dict(provenance), sort_keys=True)
        for name, value in heads.items():
            file.attrs[name] = value
        file["low"], file["high"] = box.low.cpu().numpy(), box.high.cpu().numpy()
        for column, name in enumerate(("unit", "restart")):
            file[name] = np.array([item[column] for item in items], dtype=np.int64)
        for recipe, names in batches.items():
            group = file.create_group(recipe)
            settings = recipes[recipe]
            group.attrs["settings"] = json.dumps(settings.as_dict(), sort_keys=True)
            group["snapshot_step"] = np.array(settings.snapshots, dtype=np.int64)
            for name in names:
                arrays = work.finished(name)
                if arrays is None:
                    raise DataError(f"{work.folder}: batch {name} has vanished")
                pairs = zip(arrays["unit"].tolist(), arrays["restart"].tolist(), strict=True)
                rows = [row_of[pair] for pair in pairs]
                write_rows(group, arrays, rows, len(items))
