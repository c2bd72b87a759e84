"""The work folder of a shard: finished batches and the state of the one under way, so that a stopped job goes on."""

import json
import logging
import shutil
import time
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch

from selectivity.files import atomic
from selectivity.synthesis.ascent import BatchState

log = logging.getLogger(__name__)

Arrays = dict[str, np.ndarray]


class WorkFolder:
    """Files beside the output, each written whole; work done under another key is thrown away."""

    def __init__(self, output: Path, key: Mapping[str, Any], every_seconds: float = 60.0) -> None:
        self.folder = output.with_name(f".{output.stem}.work")
        self.key = json.dumps(key, sort_keys=True)
        self.every_seconds = every_seconds
        self._saved_at = time.monotonic()
        if self.folder.exists() and not self._is_ours():
            log.info("the settings have changed: unfinished work is dropped")
            self.remove()
        if not self.folder.exists():
            self.folder.mkdir(parents=True)
            with atomic(self.folder / "key.json") as path:
                path.write_text(self.key)
        files = [path.name for path in self.folder.glob("[!.]*.h5")]
        if n_finished := sum(not name.endswith(".state.h5") for name in files):
            log.info("%d batches were finished before", n_finished)

    def _is_ours(self) -> bool:
        file = self.folder / "key.json"
        return file.is_file() and file.read_text() == self.key

    def finished(self, name: str) -> Arrays | None:
        """Return the arrays of a finished batch."""
        path = self.folder / f"{name}.h5"
        if not path.is_file():
            return None
        with h5py.File(path, "r") as file:
            return {key: dataset[...] for key, dataset in file.items()}

    def finish(self, name: str, arrays: Arrays) -> None:
        """Keep a finished batch and forget its state."""
        with atomic(self.folder / f"{name}.h5") as path, h5py.File(path, "w") as file:
            for key, array in arrays.items():
                file[key] = array
        self._state(name).unlink(missing_ok=True)

    def save_if_due(self, name: str, state: BatchState) -> None:
        """Save the state of the batch under way when the last time is long enough ago."""
        if time.monotonic() - self._saved_at >= self.every_seconds:
            self.save(name, state)

    def save(self, name: str, state: BatchState) -> None:
        """Save the state of the batch under way."""
        with atomic(self._state(name)) as path, h5py.File(path, "w") as file:
            for field in fields(BatchState):
                value = getattr(state, field.name)
                if field.name == "optimizer":
                    group = file.create_group("optimizer")
                    for key, tensor in value.items():
                        group[key] = tensor.cpu().numpy()
                elif isinstance(value, torch.Tensor):
                    file[field.name] = value.detach().cpu().numpy()
                else:
                    file[field.name] = np.asarray(value)
        self._saved_at = time.monotonic()

    def resume(self, name: str, blank: BatchState) -> BatchState:
        """Return the saved state of a batch, laid out in memory as `blank`; without one, `blank` itself."""
        path = self._state(name)
        if not path.is_file():
            return blank
        with h5py.File(path, "r") as file:
            for field in fields(BatchState):
                value = getattr(blank, field.name)
                if field.name == "optimizer":
                    for key, tensor in value.items():
                        tensor.copy_(torch.from_numpy(file["optimizer"][key][...]))
                elif isinstance(value, torch.Tensor):
                    value.copy_(torch.from_numpy(file[field.name][...]))
            blank.step = int(file["step"][()])
        log.info("%s goes on at step %d", name, blank.step)
        return blank

    def remove(self) -> None:
        """Delete the folder: the output is whole."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _state(self, name: str) -> Path:
        return self.folder / f"{name}.state.h5"
