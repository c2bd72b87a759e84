"""The index of a dataset: one row an image, one row a class, and a fingerprint of it all, pixels included."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from tqdm import tqdm

from selectivity.datasets.decoding import decode_image
from selectivity.datasets.ilsvrc import class_settings
from selectivity.datasets.selection import Selection, list_images
from selectivity.datasets.sources import Entry, ImageSource, Listing, Reader, sort_classes
from selectivity.errors import ConfigError, DataError, nearest
from selectivity.files import atomic
from selectivity.parallel import bounded_map
from selectivity.parquet import read_table, write_table

log = logging.getLogger(__name__)

COLUMNS = ("image", "path", "label", "class", "split")


@dataclass(frozen=True)
class IndexSettings:
    """How images become an index.

    Attributes
    ----------
    outputs
        Class to output index of the network; empty: the position of the class among the sorted class names.
    names
        Class to a readable name; what is not named keeps its own.
    parents
        Class to its place in an ontology, "root/.../parent".
    on_bad_file
        What to do about files that are no images: "stop" with a list of them, or "skip" them.
    """

    outputs: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    on_bad_file: Literal["stop", "skip"] = "stop"


@dataclass(frozen=True)
class Index:
    """The images and classes of a dataset.

    Attributes
    ----------
    images
        Columns image, path, label, class, split; sorted by (split, label, image).
    classes
        Columns label, class, name, parents, output.
    bad_files
        Columns path, class, problem: what was skipped.
    fingerprint
        A hash of all file contents, classes and splits.
    """

    images: pd.DataFrame
    classes: pd.DataFrame
    bad_files: pd.DataFrame
    fingerprint: str


class _Checked(NamedTuple):
    entry: Entry
    digest: str
    problem: str


def index_files(
    source: ImageSource,
    settings: IndexSettings,
    workers: int = 1,
    selection: Selection | None = None,
    facts: pd.DataFrame | None = None,
) -> Index:
    """Index the image files of a folder, zip, tar or CSV; each is decoded once, so that no later stage meets a bad one.

    `selection` says which of them; `facts` is a class table such as that of ILSVRC, whose outputs, names and parents
    hold where `settings` name none.
    """
    listing = list_images(source, selection or Selection())
    if facts is not None:
        known = class_settings(listing.classes, facts)
        settings = replace(settings, **{k: v for k, v in known.items() if not getattr(settings, k)})
    if listing.n_ignored:
        log.info("%d files are not images by their suffix and are ignored", listing.n_ignored)
    classes = class_table(listing.classes, settings, numbered=source.kind == "csv")
    checked = _check_files(listing, source.open(), workers)
    good, bad = _without_bad_files(checked, settings.on_bad_file)
    _report(listing, good)
    labels = {name: label for label, name in enumerate(classes["class"])}
    images = pd.DataFrame(
        {
            "image": np.arange(len(good), dtype=np.int64),
            "path": [item.entry.path for item in good],
            "label": np.array([labels[item.entry.class_name] for item in good], np.int32),
            "class": [item.entry.class_name for item in good],
            "split": [item.entry.split for item in good],
        }
    )
    lines = ("\0".join((*item.entry, item.digest)) for item in good)
    return Index(_sorted(images), classes, bad, _fingerprint(lines))


def index_labels(path: Path, settings: IndexSettings) -> Index:
    """Index recorded images by a CSV with a column label: row i is image i."""
    if not Path(path).is_file():
        raise DataError(f"labels file {path} does not exist")
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (ValueError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not a readable CSV file: {error}") from None
    if "label" not in table:
        raise DataError(f"{path} has no column 'label'{nearest('label', table.columns)}")
    if table.empty:
        raise DataError(f"{path} lists no images")
    empty = table.index[table["label"].str.strip() == ""]
    if len(empty):
        raise DataError(f"{path}, line {empty[0] + 2}: the label is empty")
    names = set(table["label"])
    ordered = sort_classes(names)
    if all(
        name.isdecimal() for name in names
    ):  # indices: a class that no image shows keeps its number
        ordered = [str(i) for i in range(max(map(int, names)) + 1)]
        table["label"] = table["label"].map(lambda name: str(int(name)))
    classes = class_table(ordered, settings, numbered=True)
    labels = {name: label for label, name in enumerate(ordered)}
    images = pd.DataFrame(
        {
            "image": np.arange(len(table), dtype=np.int64),
            "path": "",
            "label": table["label"].map(labels).astype(np.int32),
            "class": table["label"],
            "split": "test",
        }
    )
    return Index(_sorted(images), classes, _bad_table([]), _fingerprint(table["label"]))


def class_table(names: list[str], settings: IndexSettings, numbered: bool = False) -> pd.DataFrame:
    """Return the class table; ``output`` is the network's output that stands for the class.

    With `numbered`, classes that are whole numbers are output indices themselves.
    """
    for key in ("outputs", "names", "parents"):
        unknown = sorted(set(getattr(settings, key)) - set(names))
        if unknown:
            raise ConfigError(
                f"dataset.{key}: there is no class '{unknown[0]}'{nearest(unknown[0], names)}"
            )
    if settings.outputs:
        missing = [name for name in names if name not in settings.outputs]
        if missing:
            raise ConfigError(
                f"dataset.outputs names no output for {len(missing)} of {len(names)} classes, the first is "
                f"'{missing[0]}'"
            )
        outputs = [settings.outputs[name] for name in names]
    elif numbered and all(name.isdecimal() for name in names):
        outputs = [int(name) for name in names]
    else:
        outputs = list(range(len(names)))
    return pd.DataFrame(
        {
            "label": np.arange(len(names), dtype=np.int32),
            "class": names,
            "name": [settings.names.get(name, name) for name in names],
            "parents": [settings.parents.get(name, "") for name in names],
            "output": np.array(outputs, dtype=np.int64),
        }
    )


def write_index(index: Index, folder: Path, provenance: Mapping[str, Any]) -> None:
    """Write index.parquet, classes.csv and bad_files.csv into `folder`."""
    described = {**provenance, "dataset_fingerprint": index.fingerprint}
    write_table(index.images, folder / "index.parquet", described)
    for name, table in (("classes", index.classes), ("bad_files", index.bad_files)):
        with atomic(folder / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")


def read_index(path: Path) -> tuple[pd.DataFrame, str]:
    """Return the images of an index file and the fingerprint of its dataset."""
    images, provenance = read_table(path)
    missing = [column for column in COLUMNS if column not in images]
    if missing:
        raise DataError(f"{path} has no column '{missing[0]}': it is not an index of images")
    return images, provenance["dataset_fingerprint"]


def read_classes(path: Path) -> pd.DataFrame:
    """Return the class table; names such as "NA" and "001" stay text."""
    text = {"class": str, "name": str, "parents": str}
    return pd.read_csv(path, dtype=text, keep_default_na=False)


def _check_files(listing: Listing, reader: Reader, workers: int) -> list[_Checked]:
    def check(entry: Entry) -> _Checked:
        digest = ""
        try:
            data = reader.read(entry.path)
            digest = hashlib.sha256(data).hexdigest()
            decode_image(data, entry.path)
        except DataError as error:
            return _Checked(entry, digest, str(error))
        return _Checked(entry, digest, "")

    results = bounded_map(check, listing.entries, workers, ahead=16)
    total = len(listing.entries)
    return list(tqdm(results, "images checked", total, disable=None, unit="image"))


def _without_bad_files(
    checked: list[_Checked], on_bad_file: str
) -> tuple[list[_Checked], pd.DataFrame]:
    """Split off the files that cannot be used; stop when there are any and the study does not skip them."""
    good = [item for item in checked if not item.problem]
    bad = [item for item in checked if item.problem]
    for item in bad:
        log.warning("%s", item.problem)
    if bad and on_bad_file == "stop":
        first = "\n".join(f"  {item.problem}" for item in bad[:10])
        raise DataError(
            f"{len(bad)} of {len(checked)} image files cannot be used:\n{first}\n"
            + ("  ... (all are listed in the log)\n" if len(bad) > 10 else "")
            + "mend or remove them, or set dataset.on_bad_file: skip"
        )
    if not good:
        raise DataError(f"none of the {len(checked)} image files can be used")
    return good, _bad_table(bad)


def _bad_table(bad: list[_Checked]) -> pd.DataFrame:
    rows = [(item.entry.path, item.entry.class_name, item.problem) for item in bad]
    return pd.DataFrame(rows, columns=["path", "class", "problem"], dtype=str)


def _report(listing: Listing, good: list[_Checked]) -> None:
    counts = dict.fromkeys(listing.classes, 0)
    digests: dict[str, str] = {}
    copies = 0
    for item in good:
        counts[item.entry.class_name] += 1
        copies += digests.setdefault(item.digest, item.entry.path) != item.entry.path
    log.info("%d images of %d classes", len(good), len(counts))
    empty = [name for name, count in counts.items() if not count]
    if empty:
        log.warning("%d classes have no images, the first is '%s'", len(empty), empty[0])
    if copies:
        log.warning("%d images are byte-identical copies of others; they are kept", copies)


def _sorted(images: pd.DataFrame) -> pd.DataFrame:
    return images.sort_values(["split", "label", "image"], kind="stable", ignore_index=True)


def _fingerprint(lines: Any) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()
