"""What a study can choose about the measures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from selectivity.errors import ConfigError, nearest
from selectivity.measures.variant_names import VARIANTS


@dataclass(frozen=True)
class GapSettings:
    """Settings of the k-means/gap suite.

    Attributes
    ----------
    images
        Most images of the upper part; where the upper half of the range of activations holds more, these are clustered.
    clusters
        Most clusters of the upper part.
    structured_clusters
        Most clusters of the region above the biggest gap.
    """

    images: int = 1000
    clusters: int = 20
    structured_clusters: int = 10

    def __post_init__(self) -> None:
        for name in ("images", "clusters", "structured_clusters"):
            if getattr(self, name) < 2:
                raise ConfigError(f"gap.{name} must be at least 2, not {getattr(self, name)}")


@dataclass(frozen=True)
class MeasureSettings:
    """Settings of the measures of one study.

    Attributes
    ----------
    top_k
        The k of precision@k and of the number of classes among the k most active images.
    min_class_size
        Classes with fewer images cannot win a class-wise maximum (they stay among the other images).
    variants
        Named variants of the definitions, each computed beside the default as ``<column>__<variant>``.
    gap
        Settings of the k-means/gap suite, given as keys and values or as `GapSettings`; None leaves it out.
    seed
        Whole numbers that identify study and layer, for variants that draw random numbers.
    """

    top_k: tuple[int, ...] = (60, 100)
    min_class_size: int = 1
    variants: tuple[str, ...] = ()
    gap: GapSettings | None = None
    seed: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        object.__setattr__(self, "top_k", tuple(int(k) for k in self.top_k))
        object.__setattr__(self, "variants", tuple(self.variants))
        object.__setattr__(self, "seed", tuple(self.seed))
        if isinstance(self.gap, Mapping):
            given: Mapping[str, Any] = self.gap
            object.__setattr__(self, "gap", GapSettings(**given))
        if not self.top_k or min(self.top_k) < 1 or len(set(self.top_k)) < len(self.top_k):
            raise ConfigError(
                f"top_k must list different counts of at least 1, not {list(self.top_k)}"
            )
        if self.min_class_size < 1:
            raise ConfigError(f"min_class_size must be at least 1, not {self.min_class_size}")
        for variant in self.variants:
            if variant not in VARIANTS:
                raise ConfigError(f"unknown variant '{variant}'{nearest(variant, VARIANTS)}")
            if VARIANTS[variant].needs_gap and self.gap is None:
                raise ConfigError(f"variant '{variant}' needs the section 'gap: {{}}'")
