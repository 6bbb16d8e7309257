"""Recompressed pictures are smaller and look the same, to a browser's decoder of PNG too."""

from __future__ import annotations

import base64
import struct
import zlib

import vl_convert

from pipelines.outputs.charts.png_file import recompressed

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200">{}</svg>'
OPAQUE = DRAWING.format(
    '<rect width="300" height="200" fill="#fff"/><circle r="90" cx="99" cy="99" fill="#d55e00"/>'
)
TRANSPARENT = DRAWING.format('<circle r="90" cx="99" cy="99"/>')


def chunks(png: bytes) -> list[bytes]:
    """Types of the chunks; their check sums must be right."""
    found, position = [], 8
    while position < len(png):
        length, kind = struct.unpack_from(">I4s", png, position)
        data = png[position + 8 : position + 8 + length]
        assert struct.unpack_from(">I", png, position + 8 + length) == (zlib.crc32(kind + data),)
        found.append(kind)
        position += 12 + length
    return found


def decoded(png: bytes) -> bytes:
    """The picture read and written again by vl-convert, so that equal pictures have equal bytes."""
    address = "data:image/png;base64," + base64.b64encode(png).decode()
    return vl_convert.svg_to_png(
        DRAWING.format(f'<image width="300" height="200" href="{address}"/>')
    )


def test_an_opaque_picture_looks_the_same_in_fewer_bytes() -> None:
    original = vl_convert.svg_to_png(OPAQUE)
    smaller = recompressed(original)
    assert len(smaller) < len(original)
    assert chunks(smaller) == chunks(original)
    assert decoded(smaller) == decoded(original)
    assert decoded(smaller) != decoded(vl_convert.svg_to_png(TRANSPARENT))


def test_a_transparent_picture_comes_back_unchanged() -> None:
    original = vl_convert.svg_to_png(TRANSPARENT)
    assert recompressed(original) == original
