"""Jitterplots of units that should detect a group of classes (gale2020 figure 5)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.activations import open_activations
from selectivity.class_groups import group_labels
from selectivity.csv_files import save_csv
from selectivity.datasets.index import read_classes
from selectivity.figures.group_units import GroupUnit, choose_units, group_points, plot_group_units
from selectivity.figures.style import house_style, save_figure
from selectivity.parquet import read_table
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    activations: Mapping[str, Path],
    groups: Mapping[str, Path],
    classes: Path,
    network: str,
    named: Mapping[str, Sequence[str]],
    wanted: Mapping[str, Sequence[int]],
    k: int,
    seed: int,
    dpi: int,
    stem: Path,
    points: Path,
) -> None:
    """Draw the chosen units of each layer; `activations` and `groups` are files by layer, in the order of depth."""
    table = pd.concat([read_table(path)[0] for path in groups.values()], ignore_index=True)
    names = read_classes(classes)
    # In the order of the study, which gives the classes their colors and markers.
    labels = {
        group: [group_labels(names, {group: [name]})[group][0] for name in members]
        for group, members in named.items()
    }
    chosen = choose_units(table, wanted, k)
    units = []
    for row in chosen.to_dict("records"):
        layer, unit, group = str(row["layer"]), int(row["unit"]), str(row["group"])
        with open_activations(activations[layer], {"network": network, "layer": layer}) as store:
            values = store.read_units(unit, unit + 1)[0]
            shown = {label: str(names["name"].iloc[label]) for label in labels[group]}
            units.append(
                GroupUnit(group, layer, unit, values, store.labels, store.images, row, shown)
            )
    with house_style():
        figure = plot_group_units(units, k, seed)
    save_figure(figure, stem, dpi)
    save_csv(chosen, stem.with_name(f"{stem.name}.csv"))
    drawn = [group_points(unit) for unit in units]
    save_csv(pd.concat(drawn) if drawn else pd.DataFrame(columns=["group"]), points)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        layers = snakemake.params.layers
        files = [Path(path) for path in snakemake.input.activations]
        tables = [Path(path) for path in snakemake.input.groups]
        main(
            activations=dict(zip(layers, files, strict=True)),
            groups=dict(zip(layers, tables, strict=True)),
            classes=Path(snakemake.input.classes),
            network=snakemake.wildcards.network,
            named=snakemake.params.groups,
            wanted=snakemake.params.wanted,
            k=snakemake.params.k,
            seed=snakemake.params.seed,
            dpi=snakemake.params.dpi,
            stem=Path(snakemake.output.png).with_suffix(""),
            points=Path(snakemake.output.points),
        )
