"""Settings of the neuron features, as they stand in a study's section `neuron_features`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from selectivity.errors import ConfigError, nearest

BORDERS = ("mean_pad", "zero_pad", "masked", "skip_border")
DIVISORS = ("n", "sum_w")


class FromSection:
    """Builds a settings class from the part of a study section that it knows."""

    @classmethod
    def from_section(cls, section: Mapping[str, Any]) -> Self:
        """Return the settings; keys of other stages are passed over."""
        known = {field.name for field in fields(cls)}  # type: ignore[arg-type]
        given = {key: value for key, value in section.items() if key in known}
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})


def _check(name: str, value: str, valid: tuple[str, ...]) -> None:
    if value not in valid:
        raise ConfigError(f"neuron_features: {name}: {value!r}{nearest(value, valid)}")


@dataclass(frozen=True)
class RankingSettings(FromSection):
    """How many images of each unit are kept, and for which samples."""

    relu: str = "pre"
    max_images: int = 100
    n_ranks: int = 400
    n_quantiles: int = 10
    n_random: int = 10
    n_wrong_class: int = 10

    def __post_init__(self) -> None:
        _check("relu", self.relu, ("pre", "post"))


@dataclass(frozen=True)
class FeatureSettings(FromSection):
    """How the crops of a unit's images become its neuron feature (rafegas2017 equation 1, footnote 1)."""

    max_images: int = 100
    min_activation: float = 0.7
    border: str = "mean_pad"
    divisor: str = "n"

    def __post_init__(self) -> None:
        _check("border", self.border, BORDERS)
        _check("divisor", self.divisor, DIVISORS)
        if not 1 <= self.max_images <= 3000:
            raise ConfigError(f"neuron_features: max_images: {self.max_images} is not in 1..3000")
