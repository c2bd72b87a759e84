"""What a study can choose about the measures."""

from dataclasses import dataclass

from selectivity.errors import ConfigError, nearest
from selectivity.measures.variant_names import VARIANTS


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
    """

    top_k: tuple[int, ...] = (60, 100)
    min_class_size: int = 1
    variants: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "top_k", tuple(int(k) for k in self.top_k))
        object.__setattr__(self, "variants", tuple(self.variants))
        if not self.top_k or min(self.top_k) < 1 or len(set(self.top_k)) < len(self.top_k):
            raise ConfigError(
                f"top_k must list different counts of at least 1, not {list(self.top_k)}"
            )
        if self.min_class_size < 1:
            raise ConfigError(f"min_class_size must be at least 1, not {self.min_class_size}")
        for variant in self.variants:
            if variant not in VARIANTS:
                raise ConfigError(f"unknown variant '{variant}'{nearest(variant, VARIANTS)}")
