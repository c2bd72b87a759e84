"""Gradient ascent of one batch of images, each toward its own unit, in one forward and one backward pass a step."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from selectivity.errors import ConfigError
from selectivity.synthesis.cutting import LayerCut
from selectivity.synthesis.objectives import OBJECTIVES, unit_scalars
from selectivity.synthesis.parts import (
    OPTIMIZERS,
    PARAMETERIZATIONS,
    PENALTIES,
    Box,
    blurred,
)
from selectivity.synthesis.seeds import Identity
from selectivity.synthesis.settings import SynthesisSettings

N_STRONGEST = 3
Item = tuple[int, int]
"""A unit and a restart: what one image is made for."""


@dataclass
class BatchState:
    """Everything that an interrupted batch needs to go on, bit for bit."""

    items: list[Item]
    step: int
    parameters: Tensor
    optimizer: dict[str, Tensor]
    best_image: Tensor
    best_objective: Tensor  # (batch,)
    best_step: Tensor  # (batch,)
    activation: Tensor  # (batch, steps + 1): of the unit, before its ReLU
    objective: Tensor  # (batch, steps + 1): less the penalties
    snapshot_activation: Tensor  # (batch, snapshots): of the unit, as measured
    snapshot_others: Tensor  # (batch, snapshots): mean of the other units
    snapshot_higher: Tensor  # (batch, snapshots): units with a larger activation
    snapshot_strongest: Tensor  # (batch, snapshots, 3): the units with the largest activation


class Ascent:
    """The ascent of images of one layer under one set of settings."""

    def __init__(
        self,
        cut: LayerCut,
        settings: SynthesisSettings,
        identity: Identity,
        shape: tuple[int, int, int],
        box: Box,
    ) -> None:
        if settings.parameterization != "pixels" and settings.blur:
            raise ConfigError("synthesis.blur works on pixels; a spectrum has no use for it")
        self.cut, self.settings, self.identity = cut, settings, identity
        self.box = box.laid_out()
        self.device = box.low.device
        self.parameterization = PARAMETERIZATIONS[settings.parameterization](shape, box)
        self.optimizer = OPTIMIZERS[settings.optimizer](settings.learning_rate)
        self.shifts = identity.shifts(settings.steps + 1, settings.jitter)
        self.penalties = [
            (function, weight)
            for name, function in PENALTIES.items()
            if (weight := getattr(settings, name))
        ]
        blank = torch.zeros(shape, device=self.device).expand(settings.batch, *shape)
        self.rectified = cut.rectified(self.box.clamp_(blank.clone()))
        self.rectifies_others = self.rectified and settings.others == "post"

    def start(self, items: Sequence[Item]) -> BatchState:
        """Return the state at the starting noise; free places are filled with copies of the first item."""
        batch, settings = self.settings.batch, self.settings
        places = self.places(items)
        if not items or len(set(places)) < len(items):
            raise ValueError(
                f"two of the items {list(items)} want the same place in a batch of {batch}"
            )
        shape = self.parameterization.parameter_shape
        noise = np.empty((batch, *shape), dtype=np.float32)
        noise[:] = self.identity.noise(*items[0], shape)
        for place, item in zip(places, items, strict=True):
            noise[place] = self.identity.noise(*item, shape)
        parameters = self._laid_out(torch.from_numpy(noise * settings.start).to(self.device))
        parameters = self._projected(parameters, step=0)
        curve = torch.zeros(batch, settings.steps + 1, device=self.device)
        snapshots = torch.zeros(batch, len(settings.snapshots), device=self.device)
        return BatchState(
            items=list(items),
            step=0,
            parameters=parameters,
            optimizer=self.optimizer.start(parameters),
            best_image=self.parameterization.images(parameters).clone(),
            best_objective=torch.full((batch,), -torch.inf, device=self.device),
            best_step=torch.zeros(batch, dtype=torch.int64, device=self.device),
            activation=curve,
            objective=curve.clone(),
            snapshot_activation=snapshots,
            snapshot_others=snapshots.clone(),
            snapshot_higher=snapshots.to(torch.int64),
            snapshot_strongest=snapshots.to(torch.int64)[:, :, None].repeat(1, 1, N_STRONGEST),
        )

    def places(self, items: Sequence[Item]) -> list[int]:
        """Return the place of each item in its batch: fixed by its unit, since kernels may round by place."""
        return [unit % self.settings.batch for unit, _ in items]

    def advance(self, state: BatchState) -> None:
        """Judge the present images and, but for the last time, move them one step."""
        is_last = state.step == self.settings.steps
        parameters = state.parameters.detach().requires_grad_(not is_last)
        images = self.parameterization.images(parameters)
        objective, activation = self._objective(images, state)
        self._keep_best(state, images.detach(), objective.detach(), activation.detach())
        if state.step in self.settings.snapshots:
            self._snapshot(state)
        if not is_last:
            (gradient,) = torch.autograd.grad(objective.sum(), parameters)
            with torch.no_grad():
                moved = parameters.detach()
                self.optimizer.ascend(moved, gradient, state.optimizer, state.step + 1)
                state.parameters = self._projected(moved, state.step + 1)
        state.step += 1

    def is_done(self, state: BatchState) -> bool:
        """Tell whether the images have been judged after their last step."""
        return state.step > self.settings.steps

    def _objective(self, images: Tensor, state: BatchState) -> tuple[Tensor, Tensor]:
        down, across = (int(shift) for shift in self.shifts[state.step])
        shown = torch.roll(images, (down, across), (2, 3)) if down or across else images
        values = self.cut(shown.contiguous(memory_format=torch.channels_last))
        units = self._units(state)
        objective, activation = OBJECTIVES[self.settings.objective](
            values, units, self.settings.scalar, self.rectifies_others
        )
        for penalty, weight in self.penalties:
            objective = objective - weight * penalty(images)
        return objective, activation

    def _units(self, state: BatchState) -> Tensor:
        units = [state.items[0][0]] * self.settings.batch
        for place, (unit, _) in zip(self.places(state.items), state.items, strict=True):
            units[place] = unit
        return torch.tensor(units, device=self.device)

    def _keep_best(
        self, state: BatchState, images: Tensor, objective: Tensor, activation: Tensor
    ) -> None:
        state.objective[:, state.step] = objective
        state.activation[:, state.step] = activation
        better = objective > state.best_objective
        if better.all():
            state.best_image.copy_(images)
        else:
            state.best_image[better] = images[better]
        state.best_objective = torch.where(better, objective, state.best_objective)
        state.best_step[better] = state.step

    @torch.no_grad()
    def _snapshot(self, state: BatchState) -> None:
        """Measure the whole layer on the best images so far, unshifted, after the ReLU where there is one."""
        column = self.settings.snapshots.index(state.step)
        values = self.cut(state.best_image.contiguous(memory_format=torch.channels_last))
        values = values.clamp_min(0) if self.rectified else values
        scalars = unit_scalars(values, self.settings.scalar)
        own = scalars.gather(1, self._units(state)[:, None])
        n_others = max(scalars.shape[1] - 1, 1)
        state.snapshot_activation[:, column] = own[:, 0]
        state.snapshot_others[:, column] = (scalars.sum(1) - own[:, 0]) / n_others
        state.snapshot_higher[:, column] = (scalars > own).sum(1)
        order = torch.sort(scalars, dim=1, descending=True, stable=True).indices[:, :N_STRONGEST]
        state.snapshot_strongest[:, column] = -1  # a layer may have fewer units
        state.snapshot_strongest[:, column, : order.shape[1]] = order

    def _laid_out(self, parameters: Tensor) -> Tensor:
        if parameters.ndim == 4:
            return parameters.contiguous(memory_format=torch.channels_last)
        return parameters.contiguous()

    def _projected(self, parameters: Tensor, step: int) -> Tensor:
        """Apply the blur when it is due, then the box; a spectrum is always inside."""
        if self.settings.parameterization != "pixels":
            return parameters
        if self.settings.blur and step and step % self.settings.blur_every == 0:
            parameters = blurred(parameters, self.settings.blur)
        parameters = self._laid_out(parameters)
        return self.box.clamp_(parameters) if self.settings.clamp else parameters
