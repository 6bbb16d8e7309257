"""JSON files of other tools: one document or a record a line, in any Unicode encoding.

Here: values, and what could not be read as a note. Not here: what they mean (``dumps``).
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from pipelines.sources.pivotal_tracker.archive.notes import Notes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NEXT_ITEM = re.compile(r"[\s,]*")
#: Deeper nesting is damage, and more than others can read.
_DEEPEST = 200


def values_in(path: Path, shown: str, notes: Notes) -> Iterator[Any]:
    """The values in a file. What is no JSON is noted, and left out."""
    try:
        content = path.read_bytes()
    except OSError as error:
        notes.add(shown, f"cannot be read ({error.strerror}) and was left out")
        return
    content = _utf8(content, shown, notes)
    if not content.strip():
        notes.add(shown, "is empty")
        return
    try:
        yield _value(content)
        return
    except ValueError as error:
        problem = _place(error)
    read = 0
    broken: list[int] = []
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            try:
                value = _value(line)
            except ValueError:
                broken.append(number)
                continue
            # A bracket or a text on a line of its own belongs to one document that is broken.
            if isinstance(value, dict | list):
                read += 1
                yield value
            else:
                broken.append(number)
    if not read:
        items = list(_items_of_cut_list(content.decode()))
        rest = "what follows" if items else "it"
        notes.add(shown, f"is not JSON ({problem}), and {rest} was left out")
        yield from items
    elif broken:
        notes.add(shown, "is not JSON and was left out", broken[0], times=len(broken))


def _items_of_cut_list(text: str) -> Iterator[Any]:
    """The items of a list up to where it is broken."""
    decoder = json.JSONDecoder(strict=False)
    place = text.find("[") + 1 if text.lstrip().startswith("[") else 0
    while place:
        place = _NEXT_ITEM.match(text, place).end()  # type: ignore[union-attr]
        try:
            item, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return
        if not _is_deep(item):
            yield _fit(item)


def _utf8(content: bytes, shown: str, notes: Notes) -> bytes:
    """The content as UTF-8; bytes that are no text are replaced, one character each."""
    codec = next((codec for mark, codec in _MARKS if content.startswith(mark)), None)
    if codec is None and b"\0" in content[:2]:
        codec = "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
    if codec is None:
        try:
            content.decode()
        except UnicodeDecodeError:
            codec = "utf-8"
        else:
            return content
    text = content.decode(codec, "replace")
    replaced = text.count("\ufffd") - content.count(b"\xef\xbf\xbd")
    if replaced > 0:
        notes.add(shown, "bytes that are no text were replaced by \ufffd", times=replaced)
    return text.encode("utf-8", "replace")


def _value(content: bytes) -> Any:
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        try:
            # It reads NaN, halves of emoji, large numbers and control characters, which the other
            # cannot read.
            value = _fit(json.loads(content, strict=False))
        except (RecursionError, ValueError):
            raise error from None
    if _is_deep(value):
        raise ValueError("nested too deeply")
    return value


def _is_deep(value: Any, depth: int = 0) -> bool:
    if depth > _DEEPEST:
        return True
    if isinstance(value, dict):
        return any(
            _is_deep(item, depth + 1) for item in value.values() if isinstance(item, dict | list)
        )
    if isinstance(value, list):
        return any(_is_deep(item, depth + 1) for item in value if isinstance(item, dict | list))
    return False


def _fit(value: Any) -> Any:
    """A value that can be written again: no NaN, no half of a character, no number without end."""
    if isinstance(value, dict):
        return {str(_fit(name)): _fit(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_fit(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, float) and not -1e300 < value < 1e300:
        return None
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return None
    return value


def _place(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}: {error.msg}"
    return str(error)
