"""Records that cannot be placed: they travel with the others and are set aside, so that the others go on.

A record is set aside by a mark inside it, set by a connector's components or the conformer. The
mark has the reason, and what came where the record is no object. The record keeps what is known of
it, such as its key or its parent. Here: the mark, and a text of any value. Not here: which records
cannot be placed (``conform``, the connector), and where they end up (the destination).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson

#: Key of the mark in a record, and the column in which the reason and the raw text are staged.
UNREADABLE = "_unreadable"
_RAW = "_raw"

#: Characters of a record that are kept as its raw text.
MOST_CHARACTERS = 1_000_000

# orjson writes no deeper values.
_DEEPEST = 250
_INT64, _UINT64 = -(2**63), 2**64


class TooDeep(Exception):
    """A value is nested too deep to be stored."""


def set_aside(reason: str, raw: str | None = None, **known: Any) -> dict[str, Any]:
    """A record in the place of one that is no object, or that cannot be told from others: ``raw`` is what came."""
    return {**known, UNREADABLE: reason, **({} if raw is None else {_RAW: raw})}


def mark(record: dict[str, Any], reason: str) -> None:
    """Set ``record`` aside, unless it is already."""
    record.setdefault(UNREADABLE, reason)


def reason_of(record: Mapping[str, Any]) -> str | None:
    """Why the record was set aside; ``None`` for all others."""
    found: str | None = record.get(UNREADABLE)
    return found


def staged(record: Mapping[str, Any], reason: str) -> dict[str, str]:
    """The value of the staged column: the reason, and the record's own text."""
    raw = record.get(_RAW)
    if raw is None:
        raw = text_of({k: v for k, v in record.items() if k not in (UNREADABLE, _RAW)})
    return {"reason": reason, "raw": raw[:MOST_CHARACTERS]}


def text_of(value: Any) -> str:
    """``value`` as JSON, however deep and whatever is in it; half characters as their escapes."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return "".join(_parts(value))


def _parts(value: Any) -> list[str]:
    """The parts of the JSON text. Without recursion: some values are nested too deep for it."""

    class Text(str):
        """A part that is finished."""

    parts: list[str] = []
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Text):
            parts.append(item)
        elif isinstance(item, Mapping):
            inner: list[Any] = [Text("{")]
            for number, (key, each) in enumerate(item.items()):
                inner += [Text(f"{', ' if number else ''}{json.dumps(str(key))}: "), each]
            stack += reversed([*inner, Text("}")])
        elif isinstance(item, list | tuple):
            inner = [Text("[")]
            for number, each in enumerate(item):
                inner += [*([Text(", ")] if number else []), each]
            stack += reversed([*inner, Text("]")])
        else:
            parts.append(json.dumps(item, default=str))
    return parts


def storable(value: Any, losses: list[str], depth: int = 0) -> Any:
    """``value`` with what JSON can hold: half characters replaced by U+FFFD, numbers of any size kept to the digit.

    Texts that were changed are added to ``losses``. Raises ``TooDeep``.
    """
    if depth > _DEEPEST:
        raise TooDeep
    if isinstance(value, str):
        whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if whole != value:
            losses.append(value)
        return whole
    if isinstance(value, int) and not _INT64 <= value < _UINT64:
        return orjson.Fragment(str(value).encode())
    if isinstance(value, Mapping):
        return {
            storable(str(key), losses, depth + 1): storable(each, losses, depth + 1)
            for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [storable(each, losses, depth + 1) for each in value]
    return value
