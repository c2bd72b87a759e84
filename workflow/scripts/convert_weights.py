"""Convert published weights (Caffe, MatConvNet, torch) to safetensors, every layer checked."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from selectivity.assets import Asset
from selectivity.errors import DataError
from selectivity.files import sha256_of
from selectivity.legacy.convert import Conversion, Fold, convert, read_facts
from selectivity.networks import build_network
from selectivity.stage import stage_log
from selectivity.training.saving import save_network

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    source: Path,
    asset: Asset | None,
    network: Mapping[str, Any],
    conversion: Conversion,
    provenance: Mapping[str, Any],
    weights: Path,
    record: Path,
) -> None:
    """Write the network's weights, and beside them where they come from."""
    sha256 = checked(source, asset)
    module = build_network(network["constructor"], network["arguments"])
    module.load_state_dict(convert(source, module, conversion))
    origin = {"file": source.name, "sha256": sha256, **read_facts(source)}
    if asset:
        origin |= {"asset": asset.id, "license": asset.license, "note": asset.note}
    save_network(
        module, weights, record, {**provenance, "origin": origin, "torch": torch.__version__}
    )


def checked(source: Path, asset: Asset | None) -> str:
    """Return the sha256 of the weights, which must be those of `asset`."""
    if asset is None:
        return sha256_of(source)
    try:
        return asset.check(source)
    except DataError as error:
        raise DataError(
            f"{error}: this is not the published file '{asset.id}'; weights of another origin are given as `weights` "
            "of the network in the study file"
        ) from None


def conversion_from(section: Mapping[str, Any]) -> Conversion:
    """Return the conversion that a network's section ``convert`` asks for."""
    fold = section.get("fold")
    return Conversion(
        rename=section.get("rename", {}),
        ignore=section.get("ignore", []),
        fold=Fold(**{**fold, "mean": tuple(fold.get("mean", ()))}) if fold else None,
    )


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            source=Path(snakemake.input.source),
            asset=Asset.from_dict(snakemake.params.asset) if snakemake.params.asset else None,
            network=snakemake.params.network,
            conversion=conversion_from(snakemake.params.conversion),
            provenance={**snakemake.params.provenance, "code": snakemake.params.code},
            weights=Path(snakemake.output.weights),
            record=Path(snakemake.output.record),
        )
