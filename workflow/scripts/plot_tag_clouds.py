"""The classes behind units, as tag clouds: by class selectivity, and units high in both indices (figures 10, 11)."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectivity.csv_files import save_csv
from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import read_classes, read_index
from selectivity.figures.neuron_features_clouds import both_examples, class_examples, plot_clouds
from selectivity.figures.neuron_features_data import LayerFiles, layer_files, open_layers
from selectivity.figures.style import SHEET_DPI, house_style, save_figure
from selectivity.networks import Preprocessing
from selectivity.neuron_features.showing import decoder, mean_color
from selectivity.parquet import read_table
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    layers: dict[str, LayerFiles],
    receptive_fields: Path,
    index: Path,
    source: ImageSource,
    preprocessing: dict[str, Any],
    frequencies: dict[str, Path],
    classes: Path,
    dpi: int,
    folder: Path,
) -> None:
    """Draw the figures of one network."""
    images, _ = read_index(index)
    how = Preprocessing.from_config(preprocessing)
    decode = decoder(open_images(images, source), images, how)
    with house_style(), open_layers(layers, receptive_fields, decode, mean_color(how)) as opened:
        shares = {name: read_table(path)[0] for name, path in frequencies.items()}
        names = read_classes(classes)
        gamma = {"class_selectivity_index": "class index"}
        both = gamma | {"color_selectivity": "color index"}
        by_class = {layer.name: class_examples(layer) for layer in opened}
        in_both = {layer.name: both_examples(layer) for layer in opened}
        drawn = {
            "units_by_class": plot_clouds(opened, shares, names, by_class, gamma),
            "color_and_class": plot_clouds(opened, shares, names, in_both, both),
        }
        for name, (figure, numbers) in drawn.items():
            save_figure(figure, folder / name, round(SHEET_DPI * dpi))
            save_csv(numbers, folder / f"{name}.csv")


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            layers=layer_files(snakemake.params.layers, snakemake.input),
            receptive_fields=Path(snakemake.input.receptive_fields),
            index=Path(snakemake.input.index),
            source=ImageSource(Path(snakemake.input.images), snakemake.params.folder),
            preprocessing=snakemake.params.preprocessing,
            frequencies=dict(
                zip(snakemake.params.layers, map(Path, snakemake.input.frequencies), strict=True)
            ),
            classes=Path(snakemake.input.classes),
            dpi=snakemake.params.dpi,
            folder=Path(snakemake.output[0]).parent,
        )
