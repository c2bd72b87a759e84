"""Index the images of a folder, a zip or a CSV: ids, labels, classes, and which files are no images."""

from pathlib import Path
from typing import TYPE_CHECKING

from selectivity.datasets import ImageSource
from selectivity.datasets.ilsvrc import read_class_table
from selectivity.datasets.index import IndexSettings, index_files, write_index
from selectivity.datasets.selection import Selection
from selectivity.stage import fix_threads, stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    images: Path,
    folder: str,
    settings: IndexSettings,
    code: str,
    output: Path,
    workers: int,
    selection: Selection | None = None,
    class_table: Path | None = None,
) -> None:
    """Write index.parquet, classes.csv and bad_files.csv into the folder `output`."""
    fix_threads(1)
    source = ImageSource(images, folder)
    facts = read_class_table(class_table) if class_table else None
    index = index_files(source, settings, workers, selection, facts)
    write_index(index, output, {"images": images.name, "folder": folder, "code": code})


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            images=Path(snakemake.input.images),
            folder=snakemake.params.folder,
            selection=Selection(**snakemake.params.selection),
            class_table=Path(snakemake.input.class_table) if snakemake.input.class_table else None,
            settings=IndexSettings(**snakemake.params.settings),
            code=snakemake.params.code,
            output=Path(snakemake.output.index).parent,
            workers=snakemake.threads,
        )
