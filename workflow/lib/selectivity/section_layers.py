"""The layers that a section of the study names, checked against its networks before any job."""

from collections.abc import Mapping
from typing import Any, Protocol

from selectivity.errors import ConfigError, nearest

NOT_BY_ITSELF = "softmax"


class StudyPlan(Protocol):
    """What is asked of a checked study."""

    @property
    def study(self) -> dict[str, Any]:
        """Return the study."""
        ...

    @property
    def networks(self) -> list[str]:
        """Return the names of its networks."""
        ...

    def network(self, name: str) -> dict[str, Any]:
        """Return the entry of a network."""
        ...

    def is_recorded(self, network: str) -> bool:
        """Tell whether its activations were recorded elsewhere."""
        ...

    def layers_of(self, network: str) -> list[str]:
        """Return the layers of a network."""
        ...


def chosen_layers(plan: StudyPlan, section: str) -> dict[str, list[str]]:
    """Return the layers of ``<section>.layers`` by network, in the order of depth; none without the section.

    Synthesis, ablation and neuron features run the network itself, and none makes sense for a softmax.
    """
    chosen: dict[str, list[str]] = {}
    for network, layers in plan.study.get(section, {}).get("layers", {}).items():
        where = f"{section}.layers"
        if network not in plan.networks:
            raise ConfigError(
                f"{where}: no network '{network}' in this study{nearest(network, plan.networks)}"
            )
        if plan.is_recorded(network):
            raise ConfigError(
                f"{where}: the activations of '{network}' are recorded, there is no network to run"
            )
        known = plan.layers_of(network)
        paths = plan.network(network)["layers"]
        for layer in layers:
            if layer not in known:
                raise ConfigError(
                    f"{where}: network '{network}' has no layer '{layer}'{nearest(layer, known)}"
                )
            if paths[layer] == NOT_BY_ITSELF or (
                section == "ablation" and paths[layer] == "output"
            ):
                raise ConfigError(
                    f"{where}: '{layer}' is the network's {paths[layer]}; name a layer before it"
                )
        chosen[network] = [layer for layer in known if layer in layers]
    return chosen


def _check_neuron_features(features: dict[str, Any], activations: dict[str, Any]) -> None:
    """Refuse neuron features that rank images by a value which is not recorded."""
    if activations["spatial"] != "max":
        raise ConfigError(
            f"neuron_features: ranks images by the largest value of a map, but activations.spatial is "
            f"'{activations['spatial']}'; set it to max"
        )
    recorded = {activations["relu"]} | ({"pre"} if activations["pre_relu"] else set())
    if features["relu"] not in recorded:
        what, key = {
            "pre": ("before", "activations.pre_relu: true, or neuron_features.relu: post"),
            "post": ("after", "activations.relu: post, or neuron_features.relu: pre"),
        }[features["relu"]]
        raise ConfigError(
            f"neuron_features.relu: no activations {what} the ReLU are recorded; set {key}"
        )
    if features["class_images"] > features["max_images"]:
        raise ConfigError(
            f"neuron_features.class_images: {features['class_images']} is more than the {features['max_images']} "
            "images that neuron_features.max_images keeps of each unit"
        )


def check_sections(plan: StudyPlan) -> None:
    """Refuse a section that needs another one, and settings that do not fit together."""
    study = plan.study
    if "neuron_features" in study:
        _check_neuron_features(study["neuron_features"], study["activations"])
    if "substitution" in study and "synthesis" not in study:
        raise ConfigError("section 'substitution' needs the section 'synthesis'")
    if "synthesis" in study:
        snapshots, steps = study["synthesis"]["snapshots"], study["synthesis"]["steps"]
        if max(snapshots) > steps:
            raise ConfigError(
                f"synthesis.snapshots: {max(snapshots)} lies beyond the {steps} steps of synthesis.steps"
            )
        step = study.get("substitution", {}).get("step")
        if step is not None and step not in snapshots:
            raise ConfigError(
                f"substitution.step: {step} is not among synthesis.snapshots, {snapshots}"
            )
        _check_named_units(study["synthesis"])
    for network in study.get("substitution", {}).get("scatter_layers", {}):
        if network not in study["synthesis"]["layers"]:
            raise ConfigError(
                f"substitution.scatter_layers: no images of '{network}' are made"
                f"{nearest(network, study['synthesis']['layers'])}"
            )


def _check_named_units(synthesis: Mapping[str, Any]) -> None:
    named = synthesis.get("units")
    if not isinstance(named, dict):
        return
    layers = list(
        dict.fromkeys(layer for chosen in synthesis["layers"].values() for layer in chosen)
    )
    for layer in named:
        if layer not in layers:
            raise ConfigError(
                f"synthesis.units: no images of layer '{layer}' are made{nearest(layer, layers)}"
            )


def wanted_units(
    synthesis: Mapping[str, Any], layer: str, is_ablated: bool
) -> int | list[int] | None:
    """Return how many units of a layer get images, or which; None is all of them.

    All units of a layer that is ablated do, since they are put in the order of their RS.
    """
    units = synthesis["units"]
    if is_ablated:
        return None
    return units.get(layer) if isinstance(units, dict) else units
