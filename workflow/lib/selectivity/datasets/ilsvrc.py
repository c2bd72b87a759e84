"""The classes of ILSVRC 2012: which output is which synset, its name, and its place in WordNet.

``config/ilsvrc2012_classes.csv`` holds these facts. Outputs and synsets are those of Caffe's
``synset_words.txt`` (as in the repository Evolving-AI-Lab/ppgn at f0dbbad): synset ids in sorted order.
Hypernyms are the is-a relations of WordNet 3.0 that ImageNet publishes (``wordnet.is_a.txt`` and
``words.txt``, as in innerlee/ImagenetSampling at 6587242). Columns:

``output``, ``wnid``, ``name``
    Index of the network's output; synset id; its first word, made unique.
``synset``
    All words of the synset.
``parents``
    The longest chain of hypernyms, from the root, joined by ``/``.
``ancestors``
    All hypernyms over all chains (a synset may have several parents), nearest to the root first,
    joined by ``|``.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from selectivity.errors import DataError, nearest

TABLES = {"ilsvrc2012": "ilsvrc2012_classes.csv"}


def read_class_table(path: Path) -> pd.DataFrame:
    """Return the class table by synset id."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False).astype({"output": int})
    return table.set_index("wnid", drop=False)


def class_settings(classes: Iterable[str], table: pd.DataFrame) -> dict[str, Any]:
    """Return what an index needs to know of these classes, which are synset ids: outputs, names, parents."""
    names = list(classes)
    unknown = [name for name in names if name not in table.index]
    if unknown:
        raise DataError(
            f"dataset.classes: the folder '{unknown[0]}' is no synset of ILSVRC 2012{nearest(unknown[0], table.index)}"
        )
    rows = table.loc[names]
    return {
        "outputs": dict(zip(names, rows["output"].tolist(), strict=True)),
        "names": dict(zip(names, rows["name"], strict=True)),
        "parents": dict(zip(names, rows["parents"], strict=True)),
    }
