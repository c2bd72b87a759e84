"""Networks of a few layers and ascents on them, as the tests of synthesis share them."""

import pytest
import torch
from torch import nn

from selectivity.synthesis.ascent import Ascent
from selectivity.synthesis.cutting import LayerCut
from selectivity.synthesis.parts import Box
from selectivity.synthesis.seeds import Identity
from selectivity.synthesis.settings import SynthesisSettings

SHAPE = (3, 8, 8)
WHO = Identity(seed=7, network="small", layer="layer")


def box_of(shape=SHAPE, low=-1.5, high=2.0):
    return Box(torch.full(shape, low), torch.full(shape, high))


@pytest.fixture
def linear():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(192, 12), nn.ReLU(), nn.Linear(12, 4))


@pytest.fixture
def conv():
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv2d(3, 20, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(20, 24, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Linear(24 * 16, 30),
        nn.ReLU(inplace=True),
        nn.Linear(30, 5),
    )


def ascent_of(network, path, box=None, **settings):
    return Ascent(
        LayerCut(network, path), SynthesisSettings(**settings), WHO, SHAPE, box or box_of()
    )
