"""Makes every record fit its declared columns without losing anything.

Here: pure functions on one record. What is not declared, or does not fit its declared type, moves to the record's
``_extra`` object; conversions happen only where nothing is lost. Not here: how records are read or stored.

Scalars other than integers and booleans leave as text, so that the staging cache stores them exactly as the source
wrote them; the publisher casts them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.pyairbyte.props import AirbyteStreamProps

EXTRA = "_extra"
_EXAMPLE_LENGTH = 80
_INT64 = 2**63

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
    properties[EXTRA] = {"type": ["object", "null"]}
    return {"type": "object", "properties": properties}


class Conformer:
    """Conforms the records of one stream and remembers the drift it saw."""

    def __init__(self, props: AirbyteStreamProps) -> None:
        self.props = props
        self._converters: dict[str, Callable[[Any], Any]] = {
            column.name: _CONVERTERS.get(column.type, _text) for column in props.columns
        }
        self.drift = Drift(unseen=set(props.column_names))

    def __call__(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """``record`` with declared columns only; the rest, if any, under ``_extra``."""
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
        float(value)
    except ValueError:
        raise _DoesNotFit from None
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


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "BIGINT": _bigint,
    "DOUBLE": _double,
    "BOOLEAN": _boolean,
    "JSON": _json,
}


def _example(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _EXAMPLE_LENGTH else text[: _EXAMPLE_LENGTH - 1] + "…"
