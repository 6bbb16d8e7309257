"""Values that are legal in their column and absurd, put at random into the raw tables of a company.

Here: the values, and where they go. Not here: what must hold afterwards.
"""

from __future__ import annotations

import json
import random
from typing import Any

import duckdb

from pipelines.sources.registry import CONNECTORS

_INSTANTS = (
    "0001-01-01 00:00:00+00",
    "1753-01-01 00:00:00+00",
    "1970-01-01 00:00:00+00",
    "2262-05-01 00:00:00+00",
    "9999-12-31 23:59:59+00",
    "294000-01-01 00:00:00+00",
    "infinity",
    "-infinity",
)
_WHOLE = (0, 1, -1, 2**62, -(2**62), 2**63 - 1)
_REAL = (0.0, -1.0, 1e-300, 1e18, 1e300, -1e300, float("nan"), float("inf"), float("-inf"))
_TEXTS = (
    "",
    "x\x0by",
    "\u202e=1+1",
    "9" * 400,
    "99999999999999999999",
    "-0",
    "null",
    "NaN",
    "Infinity",
    "1e300",
    "P1Y",
    "PT999999999999H",
    "PT1e9S",
    "PT-5H",
    "2026-13-45T99:99:99Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "+12026-01-01T00:00:00Z",
    "2016-12-31T23:59:60Z",
    "Mars/Phobos",
    "XXX",
)
_NESTED = (None, *_WHOLE, 1.5, 1e300, -1e300, *_TEXTS, {}, [], {"a": 1}, [None], True)
#: This share of the columns gets a value or two in each world.
_SHARE = 0.12

STREAMS = {
    f"{source}.{stream.name}": stream
    for source, connector in CONNECTORS.items()
    for stream in connector.streams
}


def make_absurd(con: duckdb.DuckDBPyConnection, seed: int) -> list[str]:
    """Replace values of the raw tables, but for their keys; returns what was replaced with what, one text each."""
    chance = random.Random(seed)
    told = []
    for address, stream in STREAMS.items():
        for column in stream.columns:
            if column.name in stream.primary_key or chance.random() > _SHARE:
                continue
            rows = con.execute(
                f'SELECT rowid, "{column.name}" FROM {address} ORDER BY rowid'
            ).fetchall()
            for row, old in chance.sample(rows, k=min(len(rows), chance.choice([1, 1, 2]))):
                value = _absurd(chance, column.type, old)
                con.execute(
                    f'UPDATE {address} SET "{column.name}" = CAST(? AS {column.type}) WHERE rowid = ?',
                    [value, row],
                )
                told.append(f"{address}.{column.name} = {str(value)[:80]!r}")
    return told


def _absurd(chance: random.Random, kind: str, old: Any) -> Any:
    if chance.random() < 0.1:
        return None
    if kind == "JSON":
        return json.dumps(_with_an_absurd_leaf(chance, json.loads(old) if old else None))
    values: dict[str, tuple[Any, ...]] = {
        "BIGINT": _WHOLE,
        "DOUBLE": _REAL,
        "BOOLEAN": (True, False),
        "VARCHAR": _TEXTS,
    }
    return chance.choice(values.get(kind, _INSTANTS))


def _with_an_absurd_leaf(chance: random.Random, value: Any) -> Any:
    if value and chance.random() < 0.85:
        if isinstance(value, dict):
            name = chance.choice(list(value))
            return {**value, name: _with_an_absurd_leaf(chance, value[name])}
        if isinstance(value, list):
            place = chance.randrange(len(value))
            return [
                *value[:place],
                _with_an_absurd_leaf(chance, value[place]),
                *value[place + 1 :],
            ]
    return chance.choice(_NESTED)
