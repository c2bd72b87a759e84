"""What a network may be shown: the box of valid pixels in its own input space."""

import numpy as np
import torch

from selectivity.networks import Preprocessing
from selectivity.synthesis.parts import Box


def valid_box(
    preprocessing: Preprocessing, image: np.ndarray, device: torch.device | None = None
) -> Box:
    """Return what black and white images of the shape of `image` become before the network sees them."""
    black, white = (
        preprocessing([np.full_like(image, value)])[0].contiguous() for value in (0, 255)
    )
    box = Box(torch.minimum(black, white), torch.maximum(black, white), preprocessing.channels)
    return box if device is None else box.to(device)
