"""PNG files made smaller without changing what is seen: a drawing has few colours, and a picture may number them.

vl-convert writes for speed: four bytes a pixel, lightly compressed. Not here: drawing.
"""

from __future__ import annotations

import io

#: As many as a PNG can number: more than most drawings have, shades at edges included.
MOST_COLOURS = 256


def in_few_colours(png: bytes, colours: int = MOST_COLOURS) -> bytes:
    """The same opaque picture in at most so many colours; one that has no more of them stays as it is, to the pixel."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    # The other methods lose the colour of a thin line.
    few = picture.quantize(colours, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    written = io.BytesIO()
    few.save(written, "PNG", optimize=True)
    return written.getvalue()
