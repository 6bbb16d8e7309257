"""What can be read of JSON that is partly broken, row by row.

Here: half characters (an escape of one half of an emoji), numbers that need more than 64 bits, rows
that are nested too deep or are no JSON. Not here: an answer that was cut off, or that is no JSON at
all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from pipelines.pyairbyte.unreadable import set_aside

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_OPENING, _CLOSING = frozenset(b"[{"), frozenset(b"]}")
# An integer of so many digits may be more than orjson keeps exactly. Ids in texts may have as many, so it counts what
# stands before them. All digits are made one here, and all of what may stand before a number, so that a single search
# finds them: this is done with every answer.
_MANY_DIGITS = b"0" * 19
_LONG_INTEGER = b":" + _MANY_DIGITS
_SHAPES = bytes.maketrans(b"123456789" + b",[- \t\n\r", b"0" * 9 + b":" * 7)


def parsed(body: bytes) -> Any:
    """The JSON value of ``body``; rows of a list that cannot be read are set aside in their place.

    Raises ``ValueError`` when the body as a whole is no JSON, or none of its rows is.
    """
    if _may_have_long_integers(body):
        return _leniently(body)
    try:
        return orjson.loads(body)
    except ValueError:
        return _leniently(body)


def _may_have_long_integers(body: bytes) -> bool:
    shapes = body.translate(_SHAPES)
    return shapes.startswith(_MANY_DIGITS) or _LONG_INTEGER in shapes


def _leniently(body: bytes) -> Any:
    """Python's own parser takes more, and tells nothing of rows; a list that it refuses is read row by row."""
    try:
        return json.loads(body)
    except (RecursionError, ValueError) as failure:
        broken = failure if isinstance(failure, ValueError) else ValueError(str(failure))
    if body.lstrip()[:1] == b"{":
        return _object_with_a_list(body, broken)
    return _rows(body, broken)


def _object_with_a_list(body: bytes, broken: ValueError) -> dict[str, Any]:
    """An object with a list that can be read in part only."""
    found: dict[str, Any] = {}
    for part in _elements(body, broken):
        key, _, value = part.partition(b":")
        name = json.loads(key)
        try:
            found[name] = json.loads(value)
        except (RecursionError, ValueError):
            found[name] = _rows(value, broken)
    return found


def _rows(body: bytes, broken: ValueError) -> list[Any]:
    rows: list[Any] = []
    readable = 0
    for text in _elements(body, broken):
        try:
            rows.append(json.loads(text))
            readable += 1
        except (RecursionError, ValueError):
            # What comes deeper than Python can follow may still be right, but no table can hold it.
            rows.append(set_aside("is no JSON or nested too deep", text.decode(errors="replace")))
    if not readable:
        raise broken
    return rows


def _elements(body: bytes, broken: ValueError) -> Iterator[bytes]:
    """The texts between the commas of the outermost list or object; raises ``broken`` where brackets do not match."""
    text = body.strip()
    depth = 0
    begin = 1
    for token in _TOKEN.finditer(text):
        character = text[token.start()]
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
            if depth == 0:
                if token.end() != len(text):
                    raise broken
                if text[begin : token.start()].strip():
                    yield text[begin : token.start()].strip()
                return
        elif character == ord(",") and depth == 1:
            yield text[begin : token.start()].strip()
            begin = token.end()
        if depth == 0:
            raise broken
    raise broken
