"""Odd image files decode as Pillow decodes them, or are refused with the reason."""

import io

import numpy as np
import pytest
from PIL import Image

from images import encoded, picture
from selectivity.datasets.decoding import decode_image
from selectivity.errors import DataError

PICTURE = Image.fromarray(picture(1))


def rotated_by_exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(PICTURE, exif=exif)


FILES = {
    "jpeg": encoded(PICTURE),
    "progressive": encoded(PICTURE, progressive=True),
    "gray_jpeg": encoded(PICTURE.convert("L")),
    "cmyk_jpeg": encoded(PICTURE.convert("CMYK")),
    "png": encoded(PICTURE, "PNG"),
    "palette_png": encoded(PICTURE.convert("P"), "PNG"),
    "transparent_png": encoded(PICTURE.convert("RGBA"), "PNG"),
    "bilevel_png": encoded(PICTURE.convert("1"), "PNG"),
    "gif_named_jpg": encoded(PICTURE.convert("P"), "GIF"),
    "webp": encoded(PICTURE, "WEBP", lossless=True),
    "tiff": encoded(PICTURE, "TIFF"),
    "exif_rotation": rotated_by_exif(),
    "one_pixel": encoded(PICTURE.resize((1, 1))),
}


@pytest.mark.parametrize("name", FILES)
def test_pixels_are_those_of_pillow(name):
    expected = np.asarray(Image.open(io.BytesIO(FILES[name])).convert("RGB"))
    pixels = decode_image(FILES[name], name)
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, expected)


def test_an_exif_rotation_is_left_alone():
    assert decode_image(FILES["exif_rotation"], "x").shape == decode_image(FILES["jpeg"], "x").shape


def test_sixteen_bit_gray_keeps_its_high_byte():
    deep = np.linspace(0, 65535, 64 * 64).astype(np.uint16).reshape(64, 64)
    pixels = decode_image(encoded(Image.fromarray(deep), "PNG"), "deep.png")
    np.testing.assert_array_equal(pixels, np.repeat((deep >> 8).astype(np.uint8)[..., None], 3, 2))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"not an image at all", "not an image"),
        (FILES["jpeg"][: len(FILES["jpeg"]) // 2], "cannot be decoded"),
        (FILES["jpeg"][:-2], "cannot be decoded"),
        (FILES["png"][:60], "cannot be decoded"),
        (FILES["png"][:-30], "cannot be decoded"),
        (FILES["gif_named_jpg"][:20], "photo"),
    ],
)
def test_a_file_that_is_no_whole_image_is_refused_by_name(data, words):
    with pytest.raises(DataError, match=words) as caught:
        decode_image(data, "photo_7.jpg")
    assert "photo_7.jpg" in str(caught.value)
