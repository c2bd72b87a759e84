"""Features of the first layer sorted by color, and units of each layer from gray to colorful (figures 5 and 6)."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectivity.csv_files import save_csv
from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import read_index
from selectivity.figures.neuron_features_data import LayerFiles, layer_files, open_layers
from selectivity.figures.neuron_features_examples import plot_by_color, plot_sorted_by_color
from selectivity.figures.style import SHEET_DPI, house_style, save_figure
from selectivity.networks import Preprocessing
from selectivity.neuron_features.showing import decoder, mean_color
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
    dpi: int,
    folder: Path,
) -> None:
    """Draw the figures of one network."""
    images, _ = read_index(index)
    how = Preprocessing.from_config(preprocessing)
    decode = decoder(open_images(images, source), images, how)
    with house_style(), open_layers(layers, receptive_fields, decode, mean_color(how)) as opened:
        drawn = {
            "first_layer_by_color": plot_sorted_by_color(opened[0]),
            "units_by_color": plot_by_color(opened),
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
            dpi=snakemake.params.dpi,
            folder=Path(snakemake.output[0]).parent,
        )
