"""What the study decides about a training."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from selectivity.errors import ConfigError, nearest
from selectivity.training.augmentation import AUGMENTATIONS
from selectivity.training.schedules import RECIPES


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained.

    Attributes
    ----------
    recipe
        Optimizer and schedule: "adamw_onecycle" or "sgd_cosine".
    learning_rate, warmup
        Peak rate, and the share of training after which it is reached.
    momentum, weight_decay
        Of the optimizer (AdamW: its first beta).
    augmentation, shift
        Random changes of the images by name ("flip", "shift", "crop"), and how many pixels they move.
    batch_norm
        "none", or "fold": normalize during training, then fold it into the weights.
    threads, device
        Where and with how many threads to compute. Both change the last bits, so they are the study's.
    checkpoint
        Epochs between two checkpoints from which a killed training goes on; 0 for none.
    """

    epochs: int = 8
    batch_size: int = 64
    recipe: str = "adamw_onecycle"
    learning_rate: float = 3e-3
    warmup: float = 0.2
    momentum: float = 0.9
    weight_decay: float = 1e-4
    label_smoothing: float = 0.0
    augmentation: Sequence[str] = ("flip", "shift")
    shift: int = 4
    batch_norm: str = "fold"
    threads: int = 1
    device: str = "cpu"
    checkpoint: int = 0

    def __post_init__(self) -> None:
        _check("recipe", self.recipe, RECIPES)
        _check("batch_norm", self.batch_norm, ("none", "fold"))
        for name in self.augmentation:
            _check("augmentation", name, AUGMENTATIONS)


def _check(key: str, value: str, valid: Iterable[str]) -> None:
    if value not in valid:
        raise ConfigError(f"train.{key}: there is no '{value}'{nearest(value, valid)}")
