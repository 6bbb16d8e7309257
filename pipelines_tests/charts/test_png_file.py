"""Recompressed pictures are smaller and the same."""

from __future__ import annotations

import struct
import zlib

from pipelines.charts.png_file import recompressed


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """Type and data of each chunk; the check sums must be right."""
    found, position = [], 8
    while position < len(png):
        length, kind = struct.unpack_from(">I4s", png, position)
        data = png[position + 8 : position + 8 + length]
        (check,) = struct.unpack_from(">I", png, position + 8 + length)
        assert check == zlib.crc32(kind + data)
        found.append((kind, data))
        position += 12 + length
    return found


def pixels(png: bytes) -> bytes:
    return zlib.decompress(b"".join(data for kind, data in chunks(png) if kind == b"IDAT"))


def test_pixels_and_order_stay_and_bytes_shrink() -> None:
    import vl_convert

    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><circle r="90" cx="99" cy="99"/></svg>'
    original = vl_convert.svg_to_png(svg)
    smaller = recompressed(original)
    assert smaller[:8] == original[:8]
    assert pixels(smaller) == pixels(original)
    assert len(smaller) < len(original)
    assert [kind for kind, _ in chunks(smaller)] == [kind for kind, _ in chunks(original)]
