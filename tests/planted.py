"""A network whose filters are known, and pictures that show what they look for."""

import numpy as np
import torch
from torch import nn

SIDE, MARK = 24, 6
RED, EDGE, GRATING, CLASS, DEAD = range(5)
MEAN = (0.5, 0.5, 0.5)


class Planted(nn.Module):
    """A red blob, a yellow-blue edge, a gray grating, a detector of magenta and a dead unit; then a second layer."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 5, 4, 2, 1)
        self.conv2 = nn.Conv2d(5, 4, 3, 1, 1)
        self.out = nn.Linear(4, 3)
        w = torch.zeros(5, 3, 4, 4)
        w[RED, 0], w[RED, 1:] = 1, -1
        w[EDGE, :2, :, :2], w[EDGE, 2, :, :2] = 1, -1
        w[EDGE, :2, :, 2:], w[EDGE, 2, :, 2:] = -1, 1
        w[GRATING, :, :, ::2], w[GRATING, :, :, 1::2] = 1, -1
        w[CLASS, 0], w[CLASS, 1], w[CLASS, 2] = 0.5, -1, 0.5
        with torch.no_grad():
            self.conv1.weight.copy_(w)
            self.conv1.bias.zero_()
            self.conv1.bias[CLASS], self.conv1.bias[DEAD] = -8, -100
            nn.init.normal_(self.conv2.weight, generator=torch.Generator().manual_seed(1))
            nn.init.normal_(self.out.weight, generator=torch.Generator().manual_seed(2))

    def forward(self, x):
        x = self.conv2(torch.relu(self.conv1(x)))
        return self.out(x.relu().amax((2, 3)))


def pictures():
    """Gray images with one mark each, at places of their own: red, edge, grating or magenta (class 3)."""
    generator = np.random.default_rng(0)
    images = np.full((80, SIDE, SIDE, 3), 128, np.uint8)
    labels = np.repeat(np.arange(4), 20)
    for i, image in enumerate(images):
        top, left = 2 * generator.integers(0, (SIDE - MARK) // 2, 2) + 1
        mark = image[top : top + MARK, left : left + MARK]
        if labels[i] == 0:
            mark[:] = (255, 0, 0)
        elif labels[i] == 1:
            mark[:, :2], mark[:, 2:4] = (255, 255, 0), (0, 0, 255)
        elif labels[i] == 2:
            mark[:, ::2], mark[:, 1::2] = 255, 0
        else:
            mark[:] = (255, 0, 255)
    return images, labels


def planted_network() -> Planted:
    """Return the network: a constructor for studies of tests."""
    return Planted().eval()
