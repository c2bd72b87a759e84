"""How often a network is right, by class: apart from the predictions, which are dear and must not rerun for a table."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from selectivity.predictions import TOP


def accuracy_table(
    predictions: pd.DataFrame, classes: pd.DataFrame, output_names: Mapping[int, str] | None = None
) -> pd.DataFrame:
    """Return one row a class and a last row for all: images, top-1 and top-5 accuracy, most frequent error.

    `output_names` names outputs of the network that stand for no class of the dataset.
    """
    outputs = classes["output"].to_numpy()[predictions["label"].to_numpy()]
    in_top = np.stack([predictions[f"top{k + 1}"] == outputs for k in range(TOP)]).any(axis=0)
    table = pd.DataFrame(
        {"label": predictions["label"], "top1": predictions["correct"], "top5": in_top}
    )
    sums = table.groupby("label").agg(
        n_images=("top1", "size"), n_top1=("top1", "sum"), n_top5=("top5", "sum")
    )
    sums = sums.reindex(classes["label"], fill_value=0).reset_index(drop=True)
    rows = pd.concat([classes[["label", "class", "name"]], sums], axis=1)
    total = {"label": -1, "class": "all", "name": "all classes", **sums.sum().to_dict()}
    rows = pd.concat([rows, pd.DataFrame([total])], ignore_index=True)
    for k in (1, 5):
        rows[f"accuracy_top{k}"] = rows.pop(f"n_top{k}") / rows["n_images"]
    names = {**(output_names or {}), **dict(zip(classes["output"], classes["name"], strict=True))}
    rows["most_frequent_error"] = [*_most_frequent_errors(predictions, classes, names), ""]
    return rows


def _most_frequent_errors(
    predictions: pd.DataFrame, classes: pd.DataFrame, names: Mapping[int, str]
) -> list[str]:
    """Name, for each class, the answer that its wrongly classified images got most often."""
    wrong = predictions[~predictions["correct"]]
    counts = wrong.groupby(["label", "predicted"]).size().reset_index(name="n")
    most = counts.sort_values(["label", "n", "predicted"], ascending=[True, False, True])
    first = most.drop_duplicates("label").set_index("label")["predicted"].to_dict()
    answers = {label: names.get(output, f"output {output}") for label, output in first.items()}
    return [answers.get(label, "") for label in classes["label"]]
