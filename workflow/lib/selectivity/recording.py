"""Fill the activation files of all layers of a network in one pass over the images."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from selectivity.activations import ActivationWriter, create_activations
from selectivity.datasets import Images
from selectivity.errors import DataError
from selectivity.extraction import Batch, Extraction


def keep_correct(images: pd.DataFrame, rows: np.ndarray, predictions: pd.DataFrame) -> np.ndarray:
    """Return those `rows` of the index whose image the network classifies correctly."""
    correct = predictions.set_index("image")["correct"]
    ids = images["image"].to_numpy()[rows]
    if not np.isin(ids, correct.index.to_numpy()).all():
        raise DataError("the predictions do not cover the images to be recorded; predict again")
    kept = rows[correct.loc[ids].to_numpy(dtype=bool)]
    if not len(kept):
        raise DataError(
            f"the network classifies none of the {len(rows)} images correctly; check dataset.outputs, the weights and "
            "the preprocessing, or set activations.images: all"
        )
    return kept


def store_layers(
    extraction: Extraction,
    pictures: Images,
    images: pd.DataFrame,
    rows: np.ndarray,
    n_classes: int,
    outputs: Mapping[str, Path],
    provenance: Mapping[str, Any],
) -> None:
    """Record `rows` of the dataset, sorted by class, into one file a layer.

    Parameters
    ----------
    images
        The index of the dataset, whose rows `pictures` holds.
    outputs
        Layer name -> file.
    provenance
        What all layers share; network, layer and hook point are added.
    """
    selected = images.iloc[rows]
    shared: dict[str, Any] = {
        "images": selected["image"].to_numpy(),
        "labels": selected["label"].to_numpy(),
        "n_classes": n_classes,
    }
    with ExitStack() as stack:
        writers: dict[str, ActivationWriter] = {}
        with tqdm(total=len(rows), desc="images shown", unit="image", disable=None) as progress:
            for batch in extraction.run(pictures, rows):
                if not writers:
                    for layer, path in outputs.items():
                        described = {**provenance, **_layer_provenance(extraction, layer, batch)}
                        options = shared | _form(extraction, layer, batch)
                        context = create_activations(path, provenance=described, **options)
                        writers[layer] = stack.enter_context(context)
                for layer, writer in writers.items():
                    output = batch.outputs[layer]
                    writer.append(output.values, output.positions, output.pre_relu)
                progress.update(len(batch.rows))


def _form(extraction: Extraction, layer: str, batch: Batch) -> dict[str, Any]:
    output = batch.outputs[layer]
    return {
        "n_units": output.values.shape[1],
        "signed": batch.hook_points[layer].signed,
        "map_shape": output.map_shape,
        "pre_relu": extraction.with_pre_relu,
    }


def _layer_provenance(extraction: Extraction, layer: str, batch: Batch) -> dict[str, Any]:
    output = batch.outputs[layer]
    return {
        "layer": layer,
        "module": extraction.layers[layer],
        "hook_point": batch.hook_points[layer].description,
        "signed": batch.hook_points[layer].signed,
        "relu": extraction.relu,
        "spatial": extraction.spatial if output.map_shape else None,
        "preprocessing": extraction.preprocessing.as_dict(),
        "device": extraction.device.type,
        "dtype": "float32",
    }
