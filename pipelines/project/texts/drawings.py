"""Texts of others inside drawings: SVG is XML, and XML cannot hold every character.

Not here: what is drawn.
"""

from __future__ import annotations

import math
import re
from typing import Any

# XML 1.0, section 2.2: every other character makes a document that no parser takes.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def for_xml(text: str) -> str:
    """``text`` with a space for each character that XML, and so SVG, cannot hold, such as a vertical tab."""
    return _NOT_XML.sub(" ", text)


def for_drawing(value: Any) -> Any:
    """A JSON value as a chart can be drawn from it: its texts become parts of an SVG, and it has finite numbers only.

    The renderer ends the whole process over such a character.
    """
    if isinstance(value, str):
        return for_xml(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {for_drawing(key): for_drawing(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [for_drawing(each) for each in value]
    return value
