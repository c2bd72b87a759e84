"""Show pictures of the generated world beside their object, part, color and texture masks."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import hdf5plugin  # noqa: F401  (the masks are compressed with Zstandard)
import numpy as np

from selectivity.csv_files import save_csv
from selectivity.datasets.index import read_index
from selectivity.figures.style import house_style, save_figure
from selectivity.figures.world import choose_examples, mask_numbers, mask_panel
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

# Each panel takes, of this many examples of a class, the one that shows the thing largest.
N_CANDIDATES = 12


def main(*, images: Path, index: Path, names: Sequence[str], dpi: int, stem: Path) -> None:
    """Draw one picture of each class in `names`; the CSV counts the pixels of each concept."""
    candidates = choose_examples(read_index(index)[0], N_CANDIDATES)
    pictures, ids = {}, {}
    with h5py.File(images, "r") as file:
        vocabularies = json.loads(file.attrs["vocabularies"])
        channels = {name: vocabularies[name] for name in json.loads(file.attrs["mask_channels"])}
        for name in names:
            rows = np.sort(candidates.loc[candidates["class"] == name, "image"].to_numpy())
            masks = file["masks"][rows]
            thing = channels["object"].index(name)
            largest = int((masks[:, 0] == thing).sum(axis=(1, 2)).argmax())
            ids[name] = int(rows[largest])
            pictures[name] = (file["images"][ids[name]], masks[largest])
    with house_style():
        figure = mask_panel(pictures, channels)
    save_figure(figure, stem, dpi=dpi)
    save_csv(mask_numbers(ids, pictures, channels), stem.with_suffix(".csv"))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            images=Path(snakemake.input.images),
            index=Path(snakemake.input.index),
            names=snakemake.params.names,
            dpi=snakemake.params.dpi,
            stem=Path(snakemake.output.png).with_suffix(""),
        )
