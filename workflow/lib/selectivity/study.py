"""What a study asks for: its networks, layers, images and stages, checked and with every path found."""

import re
import sys
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from selectivity.assets import AssetStore
from selectivity.class_groups import check_class_names
from selectivity.config import Config, load_site, load_study, read_yaml
from selectivity.datasets.ilsvrc import TABLES, read_class_table
from selectivity.errors import ConfigError, nearest
from selectivity.module_check import check_layers
from selectivity.published_files import check_available, find_images, find_weights

# Sections that compare accuracies.
NEED_CLASSIFIERS = ("preprocessing_variants", "gray_accuracy")


@dataclass(frozen=True)
class Plan:
    """A checked study: what the rules ask about it.

    Attributes
    ----------
    site, study
        The two configurations, defaults filled in.
    study_file
        The file that the study was read from.
    assets
        The published files, and where they lie on this machine.
    """

    site: Config
    study: Config
    study_file: Path
    assets: AssetStore

    @classmethod
    def read(cls, config: Mapping[str, Any], root: Path) -> "Plan":
        """Read and check the site and the study that it names; raise `ConfigError` for the first mistakes."""
        site = load_site(config, root / "workflow" / "schemas")
        study, study_file = load_study(site["study"], root)
        _check_variants(study["measures"], study_file)
        registry = read_yaml(root / "config" / "networks.yaml").get("networks", {})
        study["networks"] = {
            name: _resolved(name, entry or {}, registry)
            for name, entry in study["networks"].items()
        }
        assets = AssetStore.read(
            root / "config" / "assets.csv", local=site["local"], offline=site["offline"]
        )
        plan = cls(site, study, study_file, assets)
        plan._check_sections()
        plan._check_classes(root / "config")
        plan._find_files()
        plan._check_layers(root / ".snakemake" / "modules")
        return plan

    @property
    def networks(self) -> list[str]:
        """Names of the networks, in the order of the study file."""
        return list(self.study["networks"])

    @property
    def dataset(self) -> str:
        """The name of the dataset: its own, or the study's."""
        return self.study.get("dataset", {}).get("name") or self.study["study"]

    @property
    def has_images(self) -> bool:
        """Whether the study shows images to networks (and does not start from recorded activations alone)."""
        return "dataset" in self.study

    @property
    def has_world(self) -> bool:
        """Whether the images are generated."""
        return "world" in self.study.get("dataset", {})

    def network(self, name: str) -> Config:
        """Return the study's entry of a network."""
        return self.study["networks"][name]

    def is_recorded(self, network: str) -> bool:
        """Tell whether the activations of a network were recorded elsewhere."""
        return "activations" in self.network(network)

    def is_trained_here(self, network: str) -> bool:
        """Tell whether the workflow trains the network."""
        return "train" in self.network(network)

    def names_classes(self, network: str) -> bool:
        """Tell whether the outputs of a network are the classes of the dataset."""
        return self.network(network).get("names_classes", True)

    @property
    def classifiers(self) -> list[str]:
        """Names of the networks that are shown images whose classes their outputs are."""
        return [
            name
            for name in self.networks
            if not self.is_recorded(name) and self.names_classes(name)
        ]

    def layers_of(self, network: str) -> list[str]:
        """Return the layers of a network, in the order of the study file: the order of depth."""
        entry = self.network(network)
        return list(entry["activations"] if self.is_recorded(network) else entry["layers"])

    def all_layers(self) -> list[str]:
        """Return the distinct layer names of all networks."""
        return list(
            dict.fromkeys(layer for name in self.networks for layer in self.layers_of(name))
        )

    def path(self, value: str) -> Path:
        """Find a file that the study names: from the working directory or beside the study file."""
        candidates = [Path(value).expanduser(), self.study_file.parent / value]
        for candidate in candidates:
            if candidate.exists():
                return candidate
        places = " and ".join(str(candidate) for candidate in dict.fromkeys(candidates))
        raise ConfigError(f"{self.study_file}: '{value}' does not exist (looked for {places})")

    def _check_sections(self) -> None:
        """Refuse sections about accuracy where no network classifies the images, and a layer that no network has."""
        layers = self.all_layers()
        for layer in self.study["measures"]["bootstrap"]["units"]:
            if layer not in layers:
                raise ConfigError(
                    f"{self.study_file}: measures.bootstrap.units: no network has a layer '{layer}'"
                    f"{nearest(layer, layers)}"
                )
        for section in NEED_CLASSIFIERS:
            if section in self.study and not self.classifiers:
                raise ConfigError(
                    f"{self.study_file}: the section '{section}' needs a network that classifies the images; here all "
                    "are recorded or name other classes (names_classes: false)"
                )

    def _check_classes(self, config: Path) -> None:
        """Refuse names of classes that a published table of classes, known before any job, does not have."""
        table = self.study.get("dataset", {}).get("classes")
        if table is not None:
            classes = read_class_table(config / TABLES[table]).reset_index(drop=True)
            renamed = classes.rename(columns={"wnid": "class", "output": "label"})
            check_class_names(self.study, renamed)

    def _check_layers(self, cache: Path) -> None:
        """Refuse layers that a network does not have; a constructor may lie beside the study file."""
        folder = str(self.study_file.parent.resolve())
        if folder not in sys.path:
            sys.path.append(folder)
        for name in self.networks:
            if not self.is_recorded(name):
                check_layers(name, self.network(name), cache)

    def _find_files(self) -> None:
        """Replace every path in the study by the place where the file was found."""
        check_available(self.study, self.assets)
        self._find_images()
        for name in self.networks:
            entry = self.network(name)
            if self.is_recorded(name):
                entry["labels"] = str(self.path(entry["labels"]))
                entry["activations"] = {
                    key: str(self.path(file)) for key, file in entry["activations"].items()
                }
            elif not self.has_images:
                raise ConfigError(
                    f"{self.study_file}: network '{name}' is to be shown images, but the study has no section "
                    "'dataset'; add one, or give recorded activations (keys 'activations' and 'labels')"
                )
            else:
                if "weights" in entry:
                    entry["weights"] = str(self.path(entry["weights"]))
                find_weights(name, entry, self.assets)
                if (
                    not self.names_classes(name)
                    and self.study["activations"]["images"] == "correct"
                ):
                    raise ConfigError(
                        f"network '{name}' names other classes than the dataset's (names_classes: false), so none of "
                        "its answers is correct; set activations.images: all"
                    )

    def _find_images(self) -> None:
        """Find the images of the dataset, and refuse folders that they do not have."""
        dataset = self.study.get("dataset", {})
        if "asset" in dataset:
            find_images(dataset, self.dataset, self.assets)
        elif "images" in dataset:
            dataset["images"] = str(self.path(dataset["images"]))
        if "images" in dataset and Path(dataset["images"]).exists():
            for inner in list(dataset["split_folders"].values()) or [""]:
                folder = PurePosixPath(dataset["folder"], inner).as_posix()
                _check_folder(Path(dataset["images"]), "" if folder == "." else folder)


def pattern(names: Iterable[str]) -> str:
    """Return the regular expression that matches these names and nothing else."""
    return "|".join(re.escape(name) for name in names) or "(?!)"


def _check_variants(measures: Mapping[str, Any], study_file: Path) -> None:
    """Refuse a variant of measures that the study leaves out."""
    if "kmeans_pp_seeded" in measures["variants"] and measures["gap"] is None:
        raise ConfigError(
            f"{study_file}: measures.variants has 'kmeans_pp_seeded', a variant of the k-means/gap suite, but the "
            "study leaves the suite out; add 'gap: {}' to measures"
        )


def _resolved(name: str, entry: Config, registry: Mapping[str, Config]) -> Config:
    """Complete a network's entry from the registry; the study's own keys win."""
    if "activations" in entry:
        return entry
    if "constructor" in entry and "registry" not in entry:
        return entry
    key = entry.get("registry", name)
    if key not in registry:
        raise ConfigError(
            f"network '{name}' has no 'constructor' and no 'activations', and config/networks.yaml has no network "
            f"'{key}'{nearest(key, registry)}"
        )
    return {**registry[key], **{k: value for k, value in entry.items() if k != "registry"}}


def _check_folder(images: Path, folder: str) -> None:
    """Refuse a sub-folder that the image folder or zip does not hold."""
    if not folder or not (images.is_dir() or images.suffix.lower() == ".zip"):
        return
    if images.is_dir():
        found = sorted(path.name for path in images.iterdir() if path.is_dir())
        exists = (images / folder).is_dir()
    else:
        with zipfile.ZipFile(images) as archive:
            names = archive.namelist()
        found = sorted({entry.split("/")[0] for entry in names if "/" in entry})
        exists = any(entry.startswith(f"{folder.strip('/')}/") for entry in names)
    if not exists:
        raise ConfigError(
            f"dataset.folder: {images} has no folder '{folder}'{nearest(folder, found)}"
        )
