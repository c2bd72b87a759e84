"""Bytes of an image file to RGB pixels, the same pixels as ``PIL.Image.open(file).convert("RGB")``.

Gray, palette, CMYK and transparent images become RGB as Pillow converts them; of an animation the first frame is
taken; an EXIF rotation is left alone, as torchvision leaves it. The one difference: 16-bit gray keeps its high byte,
where Pillow would clip all but the darkest values to white. What counts is the content of the file, not its suffix.
"""

import functools
import io
import warnings
from types import ModuleType

import numpy as np
from PIL import Image

from selectivity.errors import DataError


def decode_image(data: bytes, name: str) -> np.ndarray:
    """Return the pixels (rows, columns, 3) of an image file as 8-bit RGB.

    Raises
    ------
    DataError
        When the bytes are no image, or an incomplete one; `name` says which file.
    """
    if not data:
        raise DataError(f"{name}: the file is empty (0 bytes)")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as image:
                if image.format == "JPEG" and image.mode in ("RGB", "L"):
                    return _decode_jpeg(data, image)
                return _to_rgb(image)
    except Image.UnidentifiedImageError:
        raise DataError(f"{name}: the file is not an image that Pillow knows") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise DataError(f"{name}: {error}") from None
    except (OSError, RuntimeError, SyntaxError, ValueError, EOFError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{name}: the image cannot be decoded ({reason})") from None


def _decode_jpeg(data: bytes, image: Image.Image) -> np.ndarray:
    """Decode with torchvision where it is installed: bit-identical to Pillow and 1.4 times as fast."""
    io_module = _torchvision_io()
    if io_module is None:
        return _to_rgb(image)
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the buffer is read-only, and only read
        buffer = torch.frombuffer(data, dtype=torch.uint8)
    try:
        pixels = io_module.decode_jpeg(buffer, mode=io_module.ImageReadMode.RGB)
    except RuntimeError:
        return _to_rgb(
            image
        )  # Pillow reads some files that torchvision refuses, and says better what is wrong
    return np.ascontiguousarray(pixels.permute(1, 2, 0).numpy())


@functools.cache
def _torchvision_io() -> ModuleType | None:
    try:
        import torchvision.io
    except ImportError:
        return None
    return torchvision.io


def _to_rgb(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I;16"):
        high_byte = (np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8)
        return np.repeat(high_byte[:, :, None], 3, axis=2)
    return np.array(image.convert("RGB"))
