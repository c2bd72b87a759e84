"""The training loop."""

import hashlib
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from tqdm import tqdm

from selectivity.errors import ConfigError
from selectivity.initialization import initialize
from selectivity.networks.preprocessing import Preprocessing
from selectivity.training.augmentation import augment
from selectivity.training.batch_norm import fold_batch_norm, with_batch_norm
from selectivity.training.checkpoints import load_checkpoint, save_checkpoint
from selectivity.training.data import LabeledImages
from selectivity.training.schedules import RECIPES
from selectivity.training.settings import TrainingSettings

log = logging.getLogger(__name__)

History = list[dict[str, float]]

_EVALUATION_BATCH = 256
_EVALUATED_IMAGES = 2400  # for the learning curve; the accuracy after training is of all images


def train(
    network: nn.Module,
    data: LabeledImages,
    validation: LabeledImages,
    settings: TrainingSettings,
    preprocessing: Preprocessing,
    seed: int,
    checkpoint: Path | None = None,
) -> History:
    """Initialize `network` and train it in place; return one record an epoch.

    With `checkpoint` and ``settings.checkpoint``, a killed training goes on where the file left it,
    to the same weights as an undisturbed one.
    """
    _check_device(settings.device)
    with reproducible(settings.threads):
        initialize(network, seed)
        learner = with_batch_norm(network) if settings.batch_norm == "fold" else network
        _place(learner.requires_grad_(True), settings.device, torch.channels_last)
        run = _Run(learner, data, settings, preprocessing, seed)
        history = run.resume(checkpoint)
        for epoch in range(len(history), settings.epochs):
            record = {"epoch": epoch + 1, "loss": run.epoch(epoch)}
            for name, images in (("train", data), ("validation", validation)):
                sample = images.sample(_EVALUATED_IMAGES)
                record[f"{name}_accuracy"] = accuracy_of(
                    learner, sample, preprocessing, settings.device
                )
            history.append(record)
            log.info("%s", ", ".join(f"{key} {value:.4g}" for key, value in record.items()))
            if settings.checkpoint and (epoch + 1) % settings.checkpoint == 0:
                run.save(checkpoint, history)
        if isinstance(learner, nn.Sequential) and learner is not network:
            fold_batch_norm(learner)
        _place(network.requires_grad_(False).eval(), "cpu", torch.contiguous_format)
    return history


@contextmanager
def reproducible(threads: int) -> Iterator[None]:
    """Compute with fixed threads and deterministic algorithms; restore torch's settings afterwards."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # asked for by deterministic CUDA
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    try:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True)
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])


@torch.no_grad()
def accuracy_of(
    network: nn.Module,
    data: LabeledImages,
    preprocessing: Preprocessing,
    device: str = "cpu",
) -> float:
    """Return the share of images whose largest output is their label's."""
    was_training = network.training
    network.eval()
    n_right = 0
    for start in range(0, len(data), _EVALUATION_BATCH):
        rows = slice(start, start + _EVALUATION_BATCH)
        output = network(preprocessing(data.images[rows].numpy()).to(device))
        n_right += int((output.argmax(1).cpu() == data.labels[rows]).sum())
    network.train(was_training)
    return n_right / len(data)


@dataclass
class _Run:
    learner: nn.Module
    data: LabeledImages
    settings: TrainingSettings
    preprocessing: Preprocessing
    seed: int

    def __post_init__(self) -> None:
        settings = self.settings
        self.recipe = RECIPES[settings.recipe]
        self.optimizer = self.recipe.optimizer(
            self.learner.parameters(),
            settings.learning_rate,
            settings.weight_decay,
            settings.momentum,
        )
        content = hashlib.sha256(json.dumps(asdict(settings), sort_keys=True).encode())
        content.update(f"{self.seed} {self.learner} {self.preprocessing}".encode())
        content.update(self.data.images.numpy().tobytes())
        content.update(self.data.labels.numpy().tobytes())
        self.key = content.hexdigest()

    def resume(self, checkpoint: Path | None) -> History:
        if checkpoint is None or not self.settings.checkpoint:
            return []
        history = load_checkpoint(checkpoint, self.learner, self.optimizer, self.key)
        if history:
            log.info("going on after epoch %d of %s", len(history), checkpoint)
        return history

    def save(self, checkpoint: Path | None, history: History) -> None:
        if checkpoint is not None:
            save_checkpoint(checkpoint, self.learner, self.optimizer, history, self.key)

    def epoch(self, epoch: int) -> float:
        """Show every image once; return the mean loss."""
        settings = self.settings
        order_seed, dropout_seed = _seeds(self.seed, epoch)
        generator = torch.Generator().manual_seed(order_seed)
        batches = torch.randperm(len(self.data), generator=generator).split(settings.batch_size)
        if len(batches) > 1 and len(batches[-1]) < settings.batch_size:
            batches = batches[:-1]  # a rest of one image has no variance to normalize by
        loss = 0.0
        self.learner.train()
        devices = [] if settings.device == "cpu" else [torch.device(settings.device)]
        with torch.random.fork_rng(devices=devices):  # dropout knows global generators only
            torch.manual_seed(dropout_seed)
            bar = tqdm(batches, f"epoch {epoch + 1}/{settings.epochs}", disable=None)
            for number, batch in enumerate(bar):
                self._set_rate((epoch + number / len(batches)) / settings.epochs)
                loss += self._step(batch, generator)
        return loss / len(batches)

    def _set_rate(self, progress: float) -> None:
        rate = self.settings.learning_rate * self.recipe.schedule(progress, self.settings.warmup)
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def _step(self, batch: torch.Tensor, generator: torch.Generator) -> float:
        settings = self.settings
        images = self.data.images[batch]
        images = augment(images, settings.augmentation, generator, settings.shift)
        labels = self.data.labels[batch].to(settings.device)
        output = self.learner(self.preprocessing(images.numpy()).to(settings.device))
        loss = functional.cross_entropy(output, labels, label_smoothing=settings.label_smoothing)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()


def _check_device(device: str) -> None:
    if device != "cpu" and not torch.cuda.is_available():
        raise ConfigError(
            f"train.device is '{device}', but torch finds no GPU here; train where there is one, or with device: cpu "
            "(slower, and other last bits)"
        )


def _place(network: nn.Module, device: str, memory: torch.memory_format) -> None:
    network.to(device)
    network.to(memory_format=memory)  # type: ignore[call-overload]  # missing in torch's stubs


def _seeds(seed: int, epoch: int) -> tuple[int, int]:
    """Return seeds for the order and changes of the images, and for dropout, of one epoch."""
    order, dropout = np.random.SeedSequence([seed, epoch]).generate_state(2).tolist()
    return order, dropout
