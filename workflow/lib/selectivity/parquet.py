"""Tables on disk: Parquet with the provenance of the file as JSON in its metadata."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from selectivity.errors import DataError
from selectivity.files import atomic

_KEY = b"provenance"


def write_table(table: pd.DataFrame, path: Path, provenance: Mapping[str, Any]) -> None:
    """Write `table` without its pandas index; equal content gives equal bytes."""
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    metadata = {_KEY: json.dumps(dict(provenance), sort_keys=True).encode()}
    with atomic(path) as temporary:
        pq.write_table(arrow.replace_schema_metadata(metadata), temporary, compression="zstd")


def read_table(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return a table and its provenance."""
    if not Path(path).is_file():
        raise DataError(f"{path} does not exist")
    try:
        arrow = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"{path} is not a readable Parquet file: {error}") from None
    metadata = arrow.schema.metadata or {}
    return arrow.replace_schema_metadata(None).to_pandas(), json.loads(metadata.get(_KEY, b"{}"))
