"""Images like ImageNet's, as JPEG files in memory, for the benchmark of extraction."""

import io

import numpy as np
from PIL import Image

from selectivity.datasets.decoding import decode_image


def photographs(n_images: int, columns: int = 500, rows: int = 375) -> list[bytes]:
    """Return JPEG files of the size and detail of ImageNet's: 500 x 375, about 100 kB."""
    files = []
    for i in range(n_images):
        rng = np.random.default_rng([7, i])
        coarse = Image.fromarray(rng.integers(0, 256, (24, 32, 3), dtype=np.uint8))
        pixels = np.asarray(coarse.resize((columns, rows), Image.Resampling.BICUBIC)).astype(
            np.int16
        )
        pixels = np.clip(pixels + rng.normal(0, 12, pixels.shape), 0, 255).astype(np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG", quality=90)
        files.append(buffer.getvalue())
    return files


class Photographs:
    """The images of a dataset, as JPEG files in memory."""

    def __init__(self, n_images: int, columns: int = 500, rows: int = 375) -> None:
        self.n_images = n_images
        self.files = photographs(min(n_images, 64), columns, rows)

    def __len__(self) -> int:
        return self.n_images

    def __getitem__(self, row: int) -> np.ndarray:
        return decode_image(self.files[row % len(self.files)], str(row))

    def load(self, rows: np.ndarray) -> list[np.ndarray]:
        """Decode some images."""
        return [self[int(row)] for row in rows]
