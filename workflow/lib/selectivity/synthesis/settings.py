"""What is maximized, how, and for how long: the choices that the papers leave open, each with its default."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from selectivity.errors import ConfigError, nearest

OBJECTIVES = ("am", "iam")
SCALARS = ("mean", "max", "center")
OTHERS = ("pre", "post")
OPTIMIZERS = ("adam", "normalized_gradient")
PARAMETERIZATIONS = ("pixels", "fourier", "natural_fourier")


@dataclass(frozen=True)
class SynthesisSettings:
    """How one set of images is made; the defaults are those of substitution2020 where the paper is silent.

    Attributes
    ----------
    objective
        ``am``: the unit itself; ``iam``: the unit minus the mean of the other units of its layer.
    others
        Whether the other units count before (``pre``) or after (``post``) their ReLU in ``iam``. Before it, most is
        gained by silencing further what is silent already, and competitors stay: RS rises instead of falling.
    scalar
        What stands for a unit of a convolutional layer: the mean, maximum or center of its map.
    steps, snapshots
        Updates in all, and those after which the layer's response to the best image so far is measured.
    optimizer, learning_rate
        ``adam``, or ``normalized_gradient``: the gradient divided by its root mean square.
    parameterization
        ``pixels``; ``fourier``: the image as a spectrum, low frequencies first; ``natural_fourier``: in the colors
        of natural images besides.
    start
        Standard deviation of the starting noise, in normalized input space (of the spectrum, where there is one).
    clamp
        Whether each update ends inside the box of valid pixels.
    l2, total_variation
        Weights of the penalties: half the sum of squares, and the sum of differences between neighbors.
    jitter
        The image is shifted by up to this many pixels in each direction before each forward pass.
    blur, blur_every
        Standard deviation in pixels of a Gaussian that smooths the image after every so many updates; 0 is none.
    batch
        Images per pass. Part of the settings since kernels may round differently at another size; shorter
        batches are filled up to it, so that an image never depends on its company.
    """

    objective: str = "am"
    others: str = "post"
    scalar: str = "mean"
    steps: int = 100
    snapshots: tuple[int, ...] = (20, 50, 100)
    optimizer: str = "adam"
    learning_rate: float = 0.1
    parameterization: str = "pixels"
    start: float = 0.1
    clamp: bool = True
    l2: float = 0.0
    total_variation: float = 0.0
    jitter: int = 0
    blur: float = 0.0
    blur_every: int = 4
    batch: int = 16

    def __post_init__(self) -> None:
        object.__setattr__(self, "snapshots", tuple(sorted({0, *self.snapshots})))
        for key, valid in (
            ("objective", OBJECTIVES),
            ("others", OTHERS),
            ("scalar", SCALARS),
            ("optimizer", OPTIMIZERS),
            ("parameterization", PARAMETERIZATIONS),
        ):
            value = getattr(self, key)
            if value not in valid:
                raise ConfigError(f"synthesis.{key}: found {value!r}{nearest(value, valid)}")
        if self.snapshots[-1] > self.steps:
            raise ConfigError(
                f"synthesis.snapshots: {self.snapshots[-1]} lies beyond the {self.steps} steps"
            )

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as plain values, for files and comparisons."""
        return {**asdict(self), "snapshots": list(self.snapshots)}


def recipes_of(section: Mapping[str, Any], is_map: bool = True) -> dict[str, SynthesisSettings]:
    """Return the settings of each kind of image that a study's section ``synthesis`` asks for, by name.

    A kind is an objective and a scalar, ``iam_mean``; a layer without maps has one scalar, the first.
    """
    scalars = section["scalars"] if is_map else section["scalars"][:1]
    names = {field.name for field in fields(SynthesisSettings)}
    common = {key: value for key, value in section.items() if key in names}
    common["snapshots"] = tuple(s for s in section["snapshots"])
    return {
        f"{objective}_{scalar}": SynthesisSettings(
            **{**common, "objective": objective, "scalar": scalar}
        )
        for objective in section["objectives"]
        for scalar in scalars
    }
