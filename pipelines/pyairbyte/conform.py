"""Makes every record fit its declared columns without losing anything.

Here: pure functions on one record. What is not declared, or does not fit its declared type, moves
to the record's ``_extra`` object; conversions happen only where nothing is lost. A record without a
usable key, or without the instant that tells its partition, has no place in its table. It is set
aside (see ``unreadable``). Not here: how records are read or stored.

Scalars other than integers and booleans leave as text. So the staging cache stores them exactly as
the source wrote them, and the publisher casts them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from pipelines.pyairbyte.instants import plain_instant
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.pyairbyte.unreadable import UNREADABLE, TooDeep, reason_of, staged, storable, text_of

EXTRA = "_extra"
_EXAMPLE_LENGTH = 80
_INT64 = 2**63
# Longer lines cannot be loaded, and what cannot be loaded fails the whole read.
_LONGEST = 15 * 2**20
# Shapes of records that are remembered; a stream has a handful, unless its records are odd.
_MOST_SHAPES = 1000
# Only years that Python knows: no year before Christ, and none after 9999.
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

_STAGED_TYPES = {
    "BIGINT": "integer",
    "BOOLEAN": "boolean",
    "JSON": "object",
}


class _DoesNotFit(Exception):
    """A value cannot be converted to its declared type without loss."""


@dataclass
class Drift:
    """How a stream's records differed from what is declared: an example by field name."""

    undeclared: dict[str, str] = field(default_factory=dict)
    retyped: dict[str, str] = field(default_factory=dict)
    #: Declared fields that no record of the read carried.
    unseen: set[str] = field(default_factory=set)


def staged_schema(props: AirbyteStreamProps) -> dict[str, Any]:
    """The JSON schema under which a stream's conformed records are staged."""
    properties = {
        column.name: {"type": [_STAGED_TYPES.get(column.type, "string"), "null"]}
        for column in props.columns
    }
    properties |= {name: {"type": ["object", "null"]} for name in (EXTRA, UNREADABLE)}
    return {"type": "object", "properties": properties}


class Conformer:
    """Conforms the records of one stream and remembers the drift it saw."""

    def __init__(self, props: AirbyteStreamProps) -> None:
        self.props = props
        self._converters: dict[str, Callable[[Any], Any]] = {
            column.name: _CONVERTERS.get(column.type, _text) for column in props.columns
        }
        self.drift = Drift(unseen=set(props.column_names))
        #: The columns that have to be looked at, by the names and types of a record's values.
        self._shapes: dict[tuple[Any, ...], tuple[str, ...] | None] = {}

    def __call__(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """``record`` with declared columns only; the rest, if any, under ``_extra``. Or what is known of one set aside."""
        reason = reason_of(record)
        if reason is not None:
            return self._aside(record, reason)
        row = self._conformed(record)
        reason = self._misplaced(record, row)
        return row if reason is None else self._aside(record, reason)

    def key(self, row: Mapping[str, Any]) -> list[Any]:
        """The values of a row's primary key; ``None`` for one that is not usable."""
        return [row.get(name) for name in self.props.primary_key]

    def line(
        self,
        record: Mapping[str, Any],
        row: dict[str, Any],
        own: Mapping[str, Any],
        parent: Any = None,
    ) -> bytes:
        """The ``row`` of a record, which was read for ``parent``, as a line of JSON with ``own`` columns.

        A text with half a character has U+FFFD in its place, and the original as it was escaped in ``_extra``.
        """
        if UNREADABLE in row and parent is not None and self.props.scope:
            row.setdefault(self.props.scope.column, parent)
        row.update(own)
        try:
            line = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
        except TypeError:
            try:
                line = orjson.dumps(self._mended(row), option=orjson.OPT_APPEND_NEWLINE)
            except (TooDeep, TypeError):
                return self._aside_line(record, own, "is nested too deep")
        if len(line) > _LONGEST:
            return self._aside_line(record, own, f"is longer than {_LONGEST // 2**20} MB")
        return line

    def _mended(self, row: Mapping[str, Any]) -> dict[str, Any]:
        mended: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        for name, value in row.items():
            losses: list[str] = []
            mended[name] = storable(value, losses)
            if losses:
                extra[name] = text_of(value)
                self.drift.retyped.setdefault(name, _shortened(text_of(losses[0])))
        if extra:
            mended[EXTRA] = {**dict(mended.get(EXTRA) or {}), **extra}
        return mended

    def _aside_line(self, record: Mapping[str, Any], own: Mapping[str, Any], reason: str) -> bytes:
        row = {**self._aside(record, reason), **own}
        return orjson.dumps(storable(row, []), option=orjson.OPT_APPEND_NEWLINE)

    def _aside(self, record: Mapping[str, Any], reason: str) -> dict[str, Any]:
        """What is known of a record that was set aside: its key and its parents, as far as they are usable."""
        return {UNREADABLE: staged(record, reason), **self._known(record)}

    def _known(self, record: Mapping[str, Any]) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for name in known_columns(self.props):
            value = record.get(name)
            if value is not None:
                try:
                    row[name] = self._converters[name](value)
                except _DoesNotFit:
                    continue
        return row

    def _misplaced(self, record: Mapping[str, Any], row: dict[str, Any]) -> str | None:
        """Why the record has no place in its table, or ``None``. An instant that is readable is made plain in ``row``."""
        missing = [name for name in self.props.primary_key if row.get(name) is None]
        if missing:
            return (
                None
                if self._is_word_for_parent(record, row)
                else f"has no usable {', '.join(missing)}"
            )
        if self.props.day is None:
            return None
        column, _, path = self.props.day.partition(".")
        value = row.get(column)
        if not path:
            return None if value is not None else f"{column} is no instant"
        text = value.get(path) if isinstance(value, Mapping) else None
        plain = plain_instant(text) if isinstance(text, str) else None
        if plain is None:
            return f"{self.props.day} is no instant"
        if plain is not text:
            row[column] = {**dict(value or {}), path: plain}
        return None

    def _is_word_for_parent(self, record: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
        """The record only says that its parent was read and has no children."""
        parent = self.props.replace_by
        if parent is None or row.get(parent) is None:
            return False
        return record.keys() <= {*known_columns(self.props), self.props.cursor}

    def _conformed(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """``record`` as its row; for most values, name and type tell what becomes of them."""
        shape = (*record, *map(type, record.values()))
        if shape not in self._shapes:
            row = self._conformed_one_by_one(record)
            if len(self._shapes) < _MOST_SHAPES:
                self._shapes[shape] = self._to_look_at(record)
            return row
        to_look_at = self._shapes[shape]
        if to_look_at is None:
            return self._conformed_one_by_one(record)
        row = dict(record)
        try:
            for name in to_look_at:
                row[name] = self._converters[name](row[name])
        except _DoesNotFit:
            return self._conformed_one_by_one(record)
        return row

    def _to_look_at(self, record: Mapping[str, Any]) -> tuple[str, ...] | None:
        """The columns that a conversion would change; ``None`` where not all are declared."""
        if not record.keys() <= self._converters.keys():
            return None
        return tuple(
            name
            for name, value in record.items()
            if value is not None
            and (self._converters[name], type(value)) not in _AS_THEY_ARE
            and self._converters[name] is not _json
        )

    def _conformed_one_by_one(self, record: Mapping[str, Any]) -> dict[str, Any]:
        conformed: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        unseen = self.drift.unseen
        for name, value in record.items():
            convert = self._converters.get(name)
            if convert is None:
                extra[name] = value
                self.drift.undeclared.setdefault(name, _example(value))
                continue
            if unseen:
                unseen.discard(name)
            if value is None:
                conformed[name] = None
                continue
            try:
                conformed[name] = convert(value)
            except _DoesNotFit:
                extra[name] = value
                self.drift.retyped.setdefault(name, _example(value))
        if extra:
            conformed[EXTRA] = extra
        return conformed


def known_columns(props: AirbyteStreamProps) -> tuple[str, ...]:
    """The columns that may be known of a record that cannot be placed: its key, and the parents that it belongs to."""
    parents = [props.replace_by] if props.replace_by else []
    if props.scope:
        parents.append(props.scope.column)
    return tuple(dict.fromkeys([*props.primary_key, *parents]))


def _bigint(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _DoesNotFit
    try:
        number = int(value)
    except (ValueError, OverflowError):
        raise _DoesNotFit from None
    lossless = str(number) == value if isinstance(value, str) else number == value
    if not lossless or not -_INT64 <= number < _INT64:
        raise _DoesNotFit
    return number


def _double(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _DoesNotFit
    try:
        number = float(value)
    except (OverflowError, ValueError):
        raise _DoesNotFit from None
    if not math.isfinite(number):
        raise _DoesNotFit
    return value if isinstance(value, str) else repr(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _DoesNotFit
    return value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise _DoesNotFit
    return str(value)


def _json(value: Any) -> Any:
    return value


def _instant(value: Any) -> str:
    plain = plain_instant(value) if isinstance(value, str) else None
    if plain is None:
        raise _DoesNotFit
    return plain


def _date(value: Any) -> str:
    if not isinstance(value, str) or not _DATE.match(value):
        raise _DoesNotFit
    return value


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "BIGINT": _bigint,
    "DOUBLE": _double,
    "BOOLEAN": _boolean,
    "JSON": _json,
    "TIMESTAMPTZ": _instant,
    "DATE": _date,
}


#: Where all values of a type are their own conversion; so is everything as JSON.
_AS_THEY_ARE = {(_text, str), (_boolean, bool)}


def _example(value: Any) -> str:
    return _shortened(text_of(value))


def _shortened(text: str) -> str:
    return text if len(text) <= _EXAMPLE_LENGTH else text[: _EXAMPLE_LENGTH - 1] + "…"
