"""Pictures in few colours are smaller and look the same."""

from __future__ import annotations

import io

import numpy as np
import vl_convert
from PIL import Image

from pipelines.outputs.charts.few_colours import in_few_colours

SHAPE = '<circle r="90" cx="99" cy="99" fill="{}"/>'
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200">'
    '<defs><linearGradient id="many"><stop stop-color="#d55e00"/><stop offset="1" stop-color="#0072b2"/></linearGradient></defs>'
    '<rect width="300" height="200" fill="#fff"/>{}</svg>'
)


def drawn(fill: str) -> bytes:
    return vl_convert.svg_to_png(DRAWING.format(SHAPE.format(fill)), scale=2)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int)


def test_a_picture_of_few_colours_is_the_same_to_the_pixel_in_fewer_bytes() -> None:
    original = drawn("#d55e00")
    smaller = in_few_colours(original)
    assert len(smaller) < len(original) / 2
    assert (pixels(smaller) == pixels(original)).all()


def test_a_picture_of_many_colours_keeps_each_pixel_within_what_an_eye_can_tell() -> None:
    original = drawn("url(#many)")
    assert len(np.unique(pixels(original).reshape(-1, 3), axis=0)) > 300
    smaller = in_few_colours(original)
    assert len(smaller) < len(original) / 2
    assert np.abs(pixels(smaller) - pixels(original)).max() <= 8
    assert len(np.unique(pixels(smaller).reshape(-1, 3), axis=0)) <= 256
