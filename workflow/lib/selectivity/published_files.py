"""Which published files a study needs, and what is made of them before they are used: decided before any job.

``dataset.asset`` and a network's ``asset`` name files of ``config/assets.csv``. An image archive that can be read in
place (folder, zip, tar) is; a compressed one is repacked once as a zip. Weights that no user gave and no training
makes are converted once to safetensors.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from selectivity.assets import AssetStore
from selectivity.errors import ConfigError

Config = dict[str, Any]

READ_IN_PLACE = (".zip", ".tar", ".csv")
LEGACY = (".caffemodel", ".mat")  # formats that only a conversion can read


def find_images(dataset: Config, name: str, store: AssetStore) -> None:
    """Set ``images`` of a dataset that is an asset, and ``archive`` where that must be repacked first."""
    path = store.path(dataset["asset"])
    if Path(path).is_dir() or Path(path).suffix.lower() in READ_IN_PLACE:
        dataset["images"] = path
    else:
        dataset["archive"] = path
        dataset["images"] = f"resources/datasets/{name}/images.zip"


def weights_asset(entry: Mapping[str, Any]) -> str | None:
    """Return the asset that a network's weights come from, if the study gives no file and does not train it."""
    given = any(key in entry for key in ("weights", "train", "activations"))
    return None if given else entry.get("asset")


def find_weights(name: str, entry: Config, store: AssetStore) -> None:
    """Set ``source``, the file to convert, of a network whose weights must be converted first."""
    asset = weights_asset(entry)
    if asset is not None:
        entry["source"] = store.path(asset)
    elif Path(entry.get("weights", "")).suffix.lower() in LEGACY:
        entry["source"] = entry.pop("weights")
    elif not any(key in entry for key in ("weights", "train", "activations")):
        raise ConfigError(
            f"network '{name}' has no weights: give a file ('weights'), an id of config/assets.csv ('asset'), or how "
            "to train it ('train')"
        )


def check_available(study: Mapping[str, Any], store: AssetStore) -> None:
    """Raise one `ConfigError` with all published files that are not here and cannot be fetched."""
    wanted = [study.get("dataset", {}).get("asset")]
    wanted += [weights_asset(entry) for entry in study["networks"].values()]
    messages = [store.missing(name) for name in dict.fromkeys(wanted) if name]
    found = [message for message in messages if message]
    if found:
        raise ConfigError("\n".join(found))
