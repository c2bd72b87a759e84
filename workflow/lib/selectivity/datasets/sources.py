"""Where the image files of a dataset lie: a folder of class folders, a zip or tar of them, or a CSV that lists them."""

import os
import threading
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

import pandas as pd

from selectivity.datasets.tars import TarImages
from selectivity.errors import DataError, nearest

SUFFIXES = frozenset(
    [
        ".jpg",
        ".jpeg",
        ".jpe",
        ".png",
        ".bmp",
        ".ppm",
        ".pgm",
        ".pnm",
        ".tif",
        ".tiff",
        ".webp",
        ".gif",
    ]
)  # what torchvision's ImageFolder takes, and .gif

Kind = Literal["folder", "zip", "tar", "csv", "world"]


class Entry(NamedTuple):
    """One image file of a dataset: its path as the index stores it, its class and its split."""

    path: str
    class_name: str
    split: str


class Listing(NamedTuple):
    """The image files of a source, sorted by class and path; all class names; how many other files lie there."""

    entries: list[Entry]
    classes: list[str]
    n_ignored: int


class Reader(Protocol):
    """Reads the bytes of image files; any number of threads may call it."""

    def read(self, path: str) -> bytes:
        """Return the content of a file."""
        ...


@dataclass(frozen=True)
class ImageSource:
    """The place of a dataset's images.

    Attributes
    ----------
    images
        A folder, a ``.zip``, a ``.tar``, a ``.csv`` or the HDF5 file of the generated world.
    folder
        The sub-folder of a folder, zip or tar that holds the class folders.
    """

    images: Path
    folder: str = ""

    @property
    def kind(self) -> Kind:
        """Which of the five forms the images have, by the suffix of their path."""
        kinds: dict[str, Kind] = {".zip": "zip", ".tar": "tar", ".csv": "csv"}
        kinds |= {".h5": "world", ".hdf5": "world"}
        suffix = Path(self.images).suffix.lower()
        if Path(self.images).is_dir():
            return "folder"
        if suffix not in kinds:
            raise DataError(
                f"{self.images}: expected an existing folder, a .zip, .tar, .csv or .h5 file of images"
            )
        if not Path(self.images).is_file():
            raise DataError(f"{self.images} does not exist")
        return kinds[suffix]

    def list_files(self) -> Listing:
        """List the image files with their classes."""
        match self.kind:
            case "folder":
                return _by_class_folder(_walk(self._root()), str(self._root()))
            case "zip":
                return _by_class_folder(self._members(), self._name())
            case "tar":
                names = TarImages(Path(self.images), self._prefix()).names()
                return _by_class_folder(names, self._name())
            case "csv":
                return _from_csv(Path(self.images))
            case "world":
                raise DataError(f"{self.images}: a generated world holds no image files")

    def open(self) -> Reader:
        """Return what reads the files."""
        match self.kind:
            case "zip":
                return _ZipReader(Path(self.images), f"{self._prefix()}")
            case "tar":
                return TarImages(Path(self.images), self._prefix())
            case "csv":
                return _FolderReader(Path(self.images).parent)
            case _:
                return _FolderReader(self._root())

    def _root(self) -> Path:
        root = Path(self.images, self.folder)
        if not root.is_dir():
            found = [path.name for path in Path(self.images).iterdir() if path.is_dir()]
            raise DataError(
                f"{self.images} has no folder '{self.folder}'{nearest(self.folder, found)}"
            )
        return root

    def _prefix(self) -> str:
        stripped = self.folder.strip("/")
        return f"{stripped}/" if stripped not in ("", ".") else ""

    def _name(self) -> str:
        return f"{self.images}:{self._prefix()}" if self._prefix() else str(self.images)

    def _members(self) -> list[str]:
        with _open_zip(Path(self.images)) as archive:
            names = archive.namelist()
        prefix = self._prefix()
        inside = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
        if not inside:
            found = {part for name in names for part in [name.rpartition("/")[0]] if part}
            found |= {name.split("/")[0] for name in names if "/" in name}
            raise DataError(
                f"{self.images} has no folder '{self.folder}'{nearest(self.folder, found)}"
            )
        doubled = sorted(name for name, count in Counter(inside).items() if count > 1)
        if doubled:
            raise DataError(f"{self.images}: the file '{doubled[0]}' stands twice in the zip")
        return inside


class _FolderReader:
    """Reads files below a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str) -> bytes:
        try:
            return Path(self._root, path).read_bytes()
        except OSError as error:
            raise DataError(f"{self._root / path}: {error.strerror or error}") from None


class _ZipReader:
    """Reads members of a zip, through one open archive a thread."""

    def __init__(self, archive: Path, prefix: str) -> None:
        self._archive, self._prefix = archive, prefix
        self._local = threading.local()

    def read(self, path: str) -> bytes:
        if not hasattr(self._local, "zip"):
            self._local.zip = _open_zip(self._archive)
        try:
            return self._local.zip.read(self._prefix + path)
        except KeyError:
            raise DataError(f"{self._archive} holds no file '{self._prefix}{path}'") from None
        except (zipfile.BadZipFile, RuntimeError, OSError, EOFError) as error:
            raise DataError(f"{self._archive}:{self._prefix}{path}: {error}") from None
        except Exception as error:  # zlib, bz2 and lzma each raise their own
            raise DataError(f"{self._archive}:{self._prefix}{path}: damaged ({error})") from None


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise DataError(f"{path} is not a readable zip file: {error}") from None


def _walk(root: Path) -> list[str]:
    """List files and folders (with a closing slash) below `root`, links followed."""
    found = []
    for parent, folders, files in os.walk(root, followlinks=True):
        relative = Path(parent).relative_to(root)
        found += [f"{(relative / name).as_posix()}/" for name in folders]
        found += [(relative / name).as_posix() for name in files]
    return found


def _by_class_folder(names: list[str], where: str) -> Listing:
    """Sort files into the classes that their first folder names."""
    visible = [name for name in names if not _is_hidden(name)]
    classes = sorted({name.split("/")[0] for name in visible if "/" in name})
    files = [name for name in visible if not name.endswith("/")]
    images = [name for name in files if Path(name).suffix.lower() in SUFFIXES]
    entries = sorted(
        (Entry(name, name.split("/")[0], "test") for name in images if "/" in name),
        key=lambda entry: (entry.class_name, entry.path),
    )
    if not entries and images:
        raise DataError(
            f"{where} holds {len(images)} images but no class folders; put the images of each class into a folder of "
            "its own, or list them in a CSV with columns path and label"
        )
    if not entries:
        shown = f"; its folders: {', '.join(classes[:10])}" if classes else ""
        raise DataError(
            f"{where} holds no images{shown} (image files end in {', '.join(sorted(SUFFIXES))})"
        )
    return Listing(entries, classes, len(files) - len(entries))


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _from_csv(path: Path) -> Listing:
    """Read the CSV form: columns path and label, perhaps split."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (ValueError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not a readable CSV file: {error}") from None
    for column in ("path", "label"):
        if column not in table:
            raise DataError(f"{path} has no column '{column}'{nearest(column, table.columns)}")
    if table.empty:
        raise DataError(f"{path} lists no images")
    splits = table["split"] if "split" in table else pd.Series("test", index=table.index)
    _check_csv(path, table, splits)
    entries = [Entry(*row) for row in zip(table["path"], table["label"], splits, strict=True)]
    classes = sort_classes(set(table["label"]))
    order = {name: i for i, name in enumerate(classes)}
    entries.sort(key=lambda entry: (order[entry.class_name], entry.path))
    return Listing(entries, classes, 0)


def _check_csv(path: Path, table: pd.DataFrame, splits: pd.Series) -> None:
    """Refuse rows that name no image, no class or an unknown split, and images that stand twice."""
    for column in ("path", "label"):
        empty = table.index[table[column].str.strip() == ""]
        if len(empty):
            raise DataError(f"{path}, line {empty[0] + 2}: the {column} is empty")
    doubled = table.index[table["path"].duplicated()]
    if len(doubled):
        name = table["path"][doubled[0]]
        raise DataError(f"{path}, line {doubled[0] + 2}: the image '{name}' is listed twice")
    wrong = table.index[~splits.isin(["train", "test"])]
    if len(wrong):
        raise DataError(
            f"{path}, line {wrong[0] + 2}: split is '{splits[wrong[0]]}', expected train or test"
        )


def sort_classes(names: set[str]) -> list[str]:
    """Sort class names; when all are whole numbers, by number."""
    if all(name.isdecimal() for name in names):
        return sorted(names, key=int)
    return sorted(names)
