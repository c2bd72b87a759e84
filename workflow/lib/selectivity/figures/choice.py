"""What is drawn for a study: which layers of which network, from which files; knows no matplotlib."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from selectivity.claims.roles import describe_network
from selectivity.errors import ConfigError, nearest
from selectivity.study import Plan

# Stage of the output: its role in the papers' networks, its reserved module path.
STAGES = {"output": ("fc8", "output"), "softmax": ("prob", "softmax")}
PER_NETWORK = ("measures_by_layer", "selectivity_by_layer", "correlations")


@dataclass(frozen=True)
class Drawn:
    """The layers that the figures of one network show.

    Attributes
    ----------
    layers
        All layers, in the order of depth.
    hidden
        The layers of the nine-panel box plots: all but the outputs, or those that the study names.
    jittered
        The layers whose most precise unit is drawn.
    stages
        The layers before and after the softmax, by "output" and "softmax", where the network has them.
    """

    layers: list[str]
    hidden: list[str]
    jittered: list[str]
    stages: dict[str, str]


def drawn_layers(
    network: str, entry: Mapping[str, Any], layers: Sequence[str], figures: Mapping[str, Any]
) -> Drawn:
    """Return what to draw of a network: `entry` is its entry in the study, `figures` that section."""
    described = describe_network(network, entry, layers)
    inner = [layer for layer in layers if layer not in described["outputs"]] or list(layers)
    hidden = _named(figures.get("layers"), layers) or inner
    return Drawn(
        layers=list(layers),
        hidden=hidden,
        jittered=_named(figures.get("jitter_layers"), layers) or hidden,
        stages=_stages(described["roles"], entry.get("layers") or {}),
    )


def check_figures(figures: Mapping[str, Any], all_layers: Sequence[str]) -> None:
    """Refuse a layer in the section `figures` that no network has."""
    for key in ("layers", "jitter_layers"):
        for layer in figures.get(key) or []:
            if layer not in all_layers:
                raise ConfigError(
                    f"figures.{key}: no network has a layer '{layer}'{nearest(layer, all_layers)}"
                )


def check_group_units(plan: Plan) -> None:
    """Refuse a network or layer in `figures.group_units` that the study does not have."""
    for network, layers in plan.study["figures"]["group_units"].items():
        if network not in plan.networks:
            raise ConfigError(
                f"figures.group_units: no network '{network}'{nearest(network, plan.networks)}"
            )
        for layer in layers:
            known = plan.layers_of(network)
            if layer not in known:
                raise ConfigError(
                    f"figures.group_units: {network} has no layer '{layer}'{nearest(layer, known)}"
                )


def _named(names: Sequence[str] | None, layers: Sequence[str]) -> list[str]:
    """Return the layers that are named, in the order of depth."""
    return [layer for layer in layers if layer in (names or [])]


def _stages(roles: Mapping[str, str], paths: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for stage, (role, path) in STAGES.items():
        by_path = [layer for layer, place in paths.items() if place == path]
        layer = roles.get(role) or next(iter(by_path), None)
        if layer:
            found[stage] = layer
    return found


@dataclass(frozen=True)
class FigurePlan:
    """The figures of a study, for the rules; its methods are their input and params functions.

    Attributes
    ----------
    plan
        The checked study.
    results
        The folder of the study's results.
    dataset
        The folder of its dataset.
    """

    plan: Plan
    results: str
    dataset: str

    def __post_init__(self) -> None:
        check_figures(self.plan.study["figures"], self.plan.all_layers())
        check_group_units(self.plan)

    def drawn(self, network: str) -> Drawn:
        """Return the layers that the figures of a network show."""
        entry = self.plan.network(network)
        return drawn_layers(
            network, entry, self.plan.layers_of(network), self.plan.study["figures"]
        )

    def layers(self, wildcards: Any) -> list[str]:
        """Return all layers of a network."""
        return self.drawn(wildcards.network).layers

    def hidden(self, wildcards: Any) -> list[str]:
        """Return the hidden layers of a network."""
        return self.drawn(wildcards.network).hidden

    def grouped(self, wildcards: Any) -> list[str]:
        """Return the layers of a network whose units are drawn with groups of classes: hidden and named ones."""
        named = self.plan.study["figures"]["group_units"].get(wildcards.network, {})
        hidden = self.hidden(wildcards)
        return [layer for layer in self.layers(wildcards) if layer in hidden or layer in named]

    def group_tables(self, wildcards: Any) -> list[str]:
        """Return the scores for groups of the layers of `grouped`."""
        folder = f"{self.results}/groups/{wildcards.network}"
        return [f"{folder}/{layer}.parquet" for layer in self.grouped(wildcards)]

    def group_activations(self, wildcards: Any) -> list[str]:
        """Return the activations of the layers of `grouped`."""
        folder = f"{self.results}/activations/{wildcards.network}"
        return [f"{folder}/{layer}.h5" for layer in self.grouped(wildcards)]

    def stages(self, wildcards: Any) -> dict[str, str]:
        """Return the output layers of a network by stage."""
        return self.drawn(wildcards.network).stages

    def measures(self, wildcards: Any) -> list[str]:
        """Return the tables of measures of all layers of a network."""
        return [self._measures(wildcards.network, layer) for layer in self.layers(wildcards)]

    def last_stage_measures(self, wildcards: Any) -> str:
        """Return the table of measures of the last output layer of a network."""
        return self._measures(wildcards.network, list(self.stages(wildcards).values())[-1])

    def stage_activations(self, wildcards: Any) -> list[str]:
        """Return the activations of the output layers of a network."""
        folder = f"{self.results}/activations/{wildcards.network}"
        return [f"{folder}/{layer}.h5" for layer in self.stages(wildcards).values()]

    def all_measures(self) -> list[str]:
        """Return the tables of measures of all layers of all networks, in the order of the study."""
        return [
            self._measures(network, layer)
            for network in self.plan.networks
            for layer in self.plan.layers_of(network)
        ]

    def classes(self, wildcards: Any) -> str:
        """Return the class table of the images that a network was shown."""
        return self._classes(wildcards.network)

    def all_classes(self) -> list[str]:
        """Return the class table of each network, in the order of the study."""
        return [self._classes(network) for network in self.plan.networks]

    def pictures(self, wildcards: Any) -> dict[str, str]:
        """Return index and images behind a network's activations; nothing where they were recorded."""
        if self.plan.is_recorded(wildcards.network):
            return {}
        images = self.plan.study["dataset"].get("images", f"{self.dataset}/images.h5")
        return {"index": f"{self.dataset}/index.parquet", "images": images}

    def folder(self) -> str:
        """Return the sub-folder of the images that holds the class folders."""
        return self.plan.study.get("dataset", {}).get("folder") or ""

    def targets(self) -> list[str]:
        """Return one file of each figure that the study allows."""
        figures = f"{self.results}/figures"
        found = [f"{figures}/synthetic_units.png"]
        for network in self.plan.networks:
            drawn = self.drawn(network)
            found += [f"{figures}/{network}/{name}.png" for name in PER_NETWORK]
            if self.plan.study["measures"]["gap"] is not None:
                found.append(f"{figures}/{network}/gaps_by_layer.png")
            found += [
                f"{figures}/{network}/jitter_precise_unit/{layer}.png" for layer in drawn.jittered
            ]
            if drawn.stages:
                found.append(f"{figures}/{network}/jitter_output_unit.png")
            if self.plan.study["measures"]["groups"]:
                found.append(f"{figures}/{network}/jitter_groups.png")
        return found

    def _measures(self, network: str, layer: str) -> str:
        return f"{self.results}/measures/{network}/{layer}.parquet"

    def _classes(self, network: str) -> str:
        folder = f"{self.dataset}/{network}" if self.plan.is_recorded(network) else self.dataset
        return f"{folder}/classes.csv"
