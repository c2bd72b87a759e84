"""Which of the images that lie there a study uses: splits, the first of each class, a random part."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from selectivity.datasets.sources import Entry, ImageSource, Listing
from selectivity.errors import ConfigError, DataError


@dataclass(frozen=True)
class Selection:
    """What a study uses of a source.

    Attributes
    ----------
    split_folders
        Split (train, test) to the folder that holds its class folders; empty: all is ``test``.
    per_class
        The first images of each class in the order of their paths; gale2020 takes 100.
    subset
        Images drawn at random, of each split, after `per_class`. Whether one is drawn depends on the
        seed and its path alone, so that a larger subset contains a smaller one.
    seed
        The seed of `subset`.
    """

    split_folders: Mapping[str, str] = field(default_factory=dict)
    per_class: int | None = None
    subset: int | None = None
    seed: int = 0


def list_images(source: ImageSource, selection: Selection) -> Listing:
    """List the images of `source` that `selection` keeps."""
    listing = (
        _by_split(source, selection.split_folders)
        if selection.split_folders
        else source.list_files()
    )
    entries = listing.entries
    if selection.per_class is not None:
        entries = _first(entries, selection.per_class)
    if selection.subset is not None:
        entries = _drawn(entries, selection.subset, selection.seed)
    return listing._replace(entries=entries)


def _by_split(source: ImageSource, folders: Mapping[str, str]) -> Listing:
    """List each split's folder; paths stay those below the source's own folder."""
    if source.kind in ("csv", "world"):
        raise ConfigError(
            "dataset.split_folders is for images in folders; a CSV has a column 'split' instead"
        )
    entries: list[Entry] = []
    classes: dict[str, set[str]] = {}
    n_ignored = 0
    for split, folder in folders.items():
        inside = PurePosixPath(source.folder, folder).as_posix()
        listing = replace(source, folder=inside).list_files()
        entries += [
            Entry(f"{PurePosixPath(folder)}/{entry.path}", entry.class_name, split)
            for entry in listing.entries
        ]
        classes[split] = set(listing.classes)
        n_ignored += listing.n_ignored
    every = sorted(set.union(*classes.values()))
    for split, found in classes.items():
        if lacking := sorted(set(every) - found):
            raise DataError(
                f"{source.images}: the split '{split}' has no class '{lacking[0]}', which another split has"
            )
    entries.sort(key=lambda entry: (entry.class_name, entry.path))
    return Listing(entries, every, n_ignored)


def _first(entries: list[Entry], per_class: int) -> list[Entry]:
    """Keep the first images of each class and split; the entries are sorted by class and path."""
    seen: Counter[tuple[str, str]] = Counter()
    kept = []
    for entry in entries:
        key = (entry.split, entry.class_name)
        seen[key] += 1
        if seen[key] <= per_class:
            kept.append(entry)
    return kept


def _drawn(entries: list[Entry], size: int, seed: int) -> list[Entry]:
    """Keep the images of each split whose hashes with the seed are smallest."""
    kept: set[str] = set()
    for split in {entry.split for entry in entries}:
        paths = [entry.path for entry in entries if entry.split == split]
        paths.sort(key=lambda path: hashlib.sha256(f"{seed}\0{path}".encode()).digest())
        kept.update(paths[:size])
    return [entry for entry in entries if entry.path in kept]
