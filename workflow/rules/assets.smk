"""Published files -> what the study reads: downloads, images that can be read in place, converted weights."""

from selectivity.published_files import weights_asset

ASSETS = PLAN.assets
ARCHIVE = STUDY.get("dataset", {}).get("archive")
CONVERTED = [network for network in NETWORKS if "source" in PLAN.network(network)]
# Of a network, the asset that its weights are made of; none where the user gave a legacy file.
CONVERTED_ASSETS = {
    network: weights_asset(PLAN.network(network)) for network in CONVERTED
}


rule fetch_asset:
    """Fetch a published file, or take the copy that the user put into resources/downloads."""
    output:
        asset=ensure("resources/assets/{asset_file}", sha256=ASSETS.expected_sha256),
    log:
        "logs/fetch_asset/{asset_file}.log",
    wildcard_constraints:
        asset_file=pattern(asset.file for asset in ASSETS.assets.values()),
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    resources:
        downloads=str(ASSETS.downloads),
        lock=str(ASSETS.lock),
        offline=str(ASSETS.offline),
    params:
        asset=lambda wildcards: ASSETS.of_file(wildcards.asset_file).as_dict(),
        code=code_hash("fetch_asset.py"),
    script:
        "../scripts/fetch_asset.py"


if ARCHIVE:

    rule repack_images:
        """Repack a published archive of images as a zip that is read in place."""
        input:
            archive=ARCHIVE,
        output:
            images=STUDY["dataset"]["images"],
        log:
            f"{LOGS}/repack_images.log",
        benchmark:
            f"{BENCHMARKS}/repack_images.tsv"
        conda:
            "../../envs/torch.yaml"
        params:
            asset=ASSETS.asset(STUDY["dataset"]["asset"]).as_dict(),
            code=code_hash("repack_images.py"),
        script:
            "../scripts/repack_images.py"


rule convert_weights:
    """Convert published weights to safetensors."""
    input:
        source=lambda wildcards: PLAN.network(wildcards.network)["source"],
    output:
        weights=f"{RESULTS}/networks/{{network}}.safetensors",
        record=f"{RESULTS}/networks/{{network}}.json",
    log:
        f"{LOGS}/convert_weights/{{network}}.log",
    benchmark:
        f"{BENCHMARKS}/convert_weights/{{network}}.tsv"
    wildcard_constraints:
        network=pattern(CONVERTED),
    conda:
        "../../envs/torch.yaml"
    resources:
        mem_mb=4000,
    params:
        asset=lambda wildcards: (
            ASSETS.asset(CONVERTED_ASSETS[wildcards.network]).as_dict()
            if CONVERTED_ASSETS[wildcards.network]
            else None
        ),
        network=lambda wildcards: {
            "constructor": PLAN.network(wildcards.network)["constructor"],
            "arguments": PLAN.network(wildcards.network).get("arguments", {}),
        },
        conversion=lambda wildcards: PLAN.network(wildcards.network).get("convert", {}),
        provenance=lambda wildcards: {
            "study": NAME,
            "network": wildcards.network,
            **{
                key: PLAN.network(wildcards.network).get(key, {})
                for key in ("constructor", "arguments", "preprocessing", "convert")
            },
        },
        code=code_hash("convert_weights.py"),
    script:
        "../scripts/convert_weights.py"
