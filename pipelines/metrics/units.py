"""The unit of a column, and what may be added up of it.

Columns follow rules of naming (see ``model``): hours unless the name says otherwise, money as DECIMAL with a currency beside
it, ``_pct`` for percent. So both follow from name and type; where they do not, the column says it itself
(``Column.adds``). What is in doubt must not be added. Not here: which rows overlap (``MetricTable.overlaps``).
"""

from __future__ import annotations

import re
from typing import Literal

from pipelines.metrics.model import Adds, Column, MetricTable

Unit = Literal[
    "h", "s", "days", "weeks", "points", "%", "count", "currency", "currency/h", "UTC", "day"
]

_WHOLE = {"BIGINT", "INTEGER", "HUGEINT", "SMALLINT"}
_NUMBERS = {*_WHOLE, "DOUBLE"}
#: Whole numbers that name something, or say where it stands.
_NAMES = re.compile(
    r"(^|_)(id|number|seq|rank|percentile|horizon|outcome|seed|trials|window_days|percentile_vs_history)$"
)
#: What is of a distribution, of a moment, of a sum so far, or of one thing only.
_OF_NO_SUM = re.compile(
    r"(^|_)(mean|median|p\d+|min|max|lower|upper|limit|longest|oldest|age|per|rate|velocity|volatility|forecast|"
    r"projected|actual|cumulative|account|balance|remaining|estimate|calibration|score|confidence|weight|strength|"
    r"length|sle|left|right|difference|run|wip|in_state|scope|open|unestimated|contributors|full)(_|$)"
)


def unit_of(column: Column) -> Unit | None:
    """The unit of the column's values; None for names, texts and truth values."""
    name, kind = column.name, column.type.upper()
    if kind.startswith("TIMESTAMP"):
        return "UTC"
    if kind == "DATE":
        return "day"
    if kind.startswith("DECIMAL"):
        return "currency/h" if _is_rate(name) else "currency"
    if kind not in _NUMBERS or _NAMES.search(name):
        return None
    if name.endswith("_pct"):
        return "%"
    for unit, words in _WORDS.items():
        if re.search(rf"(^|_)({words})(_|$)", name):
            return unit
    return "count" if kind in _WHOLE else None


_WORDS: dict[Unit, str] = {
    "h": "hours",
    "s": "seconds",
    "points": "points|velocity",
    "days": "days",
    "weeks": "weeks",
}


def adds_in(table: MetricTable, column: Column) -> Adds:
    """Over which rows of ``table`` its column may be added up; what names a row never may."""
    if column.adds is not None:
        return column.adds
    unit = unit_of(column)
    if table.overlaps or column.name in table.grain or unit not in _SUMMABLE:
        return "never"
    if _OF_NO_SUM.search(column.name):
        return "never"
    return _SUMMABLE[unit]


_SUMMABLE: dict[Unit | None, Adds] = {
    "h": "always",
    "s": "always",
    "count": "always",
    "currency": "within a currency",
    "points": "within a project",
}


def _is_rate(name: str) -> bool:
    return re.search(r"(^|_)rate(_|$)", name) is not None
