"""A run and a connection that note what a computation asks them: what its rows can depend on besides code.

What is asked depends on nothing but the code and the answers before. So rows are what equal code would make of them now, as
long as the answers to all that was asked are the same. Here: noting and comparing. Not here: where it is kept
(``warehouse.computed``), and what stands for the rows of a table (``warehouse.contents``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, cast

from pipelines.metrics.model import MetricRun

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.settings import MetricSettings

_ANSWERS = frozenset(field.name for field in fields(MetricRun))
_SETTINGS = "settings"
_ADDRESS = re.compile(r'"?(\w+)"?\."?(\w+)"?')
#: A table of whose columns some cannot get out of the brackets.
_IN_PART = re.compile(r"\(\s*SELECT \* EXCLUDE \(([\w, ]+)\)\s+FROM \"?(\w+)\"?\.\"?(\w+)\"?\s*\)")
_WITHOUT = " without "
#: Answers that are moments: rows may hold until a later one.
MOMENTS = frozenset({"as_of", "tracker_as_of"})


class WatchedRun(MetricRun):
    """The same as ``run``; ``asked`` has what was asked of it, with what stands for the answer."""

    def __init__(self, run: MetricRun) -> None:
        super().__init__(**{name: getattr(run, name) for name in _ANSWERS})
        object.__setattr__(self, "_asked", set())

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if name == _SETTINGS:
            return _WatchedSettings(value, super().__getattribute__("_asked"))
        if name in _ANSWERS:
            super().__getattribute__("_asked").add(name)
        return value

    @property
    def asked(self) -> dict[str, str]:
        """What was asked so far, each with what stands for its answer."""
        names = super().__getattribute__("_asked")
        plain = MetricRun(
            **{name: super(WatchedRun, self).__getattribute__(name) for name in _ANSWERS}
        )
        return {name: answer(plain, name) for name in sorted(names)}


class _WatchedSettings:
    """The metric settings; each section that is asked for is noted, and anything else as all of them."""

    def __init__(self, settings: MetricSettings, asked: set[str]) -> None:
        self._settings = settings
        self._asked = asked

    def __getattr__(self, name: str) -> Any:
        is_section = name in type(self._settings).model_fields
        self._asked.add(f"{_SETTINGS}.{name}" if is_section else _SETTINGS)
        return getattr(self._settings, name)


class WatchedConnection:
    """A connection; ``tables`` has the addresses of all tables that the statements name, be they there or not.

    Also of those that a statement only names, as in a view that nobody reads: rather one too many. Of a table that is named
    as ``(SELECT * EXCLUDE (a, b) FROM schema.name)`` only, the other columns are asked: ``schema.name without a b``.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self.tables: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, query: str, parameters: Any = None) -> duckdb.DuckDBPyConnection:
        self.note(query)
        return self._connection.execute(query, parameters)

    def sql(self, query: str, **more: Any) -> duckdb.DuckDBPyRelation:
        self.note(query)
        return self._connection.sql(query, **more)

    def note(self, query: str) -> None:
        """Note the tables that ``query`` names."""
        self.tables |= {
            f"{schema}.{name}{_WITHOUT}{' '.join(sorted(columns.replace(',', ' ').split()))}"
            for columns, schema, name in _IN_PART.findall(query)
        }
        whole = _IN_PART.sub("", query)
        self.tables |= {f"{schema}.{name}" for schema, name in _ADDRESS.findall(whole)}


def parts(asked: str) -> tuple[str, tuple[str, ...]]:
    """The address of a table that was asked, and the columns that were not."""
    address, _, columns = asked.partition(_WITHOUT)
    return address, tuple(columns.split())


def answer(run: MetricRun, name: str) -> str:
    """What stands for the run's answer to ``name``: of a moment its ISO text, of all else a hash."""
    value: Any = run
    for part in name.split("."):
        value = getattr(value, part)
    if name in MOMENTS:
        return cast(datetime, value).astimezone(timezone.utc).isoformat() if value else ""
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


def answers_the_same(
    run: MetricRun, asked: Mapping[str, str], holds_until: datetime | None
) -> bool:
    """Whether ``run`` answers all that was ``asked`` as it was answered then.

    A later moment does, too, as long as it is before ``holds_until``.
    """
    return all(
        (now := answer(run, name)) == then
        or (name in MOMENTS and holds_until is not None and _is_between(then, now, holds_until))
        for name, then in asked.items()
    )


def _is_between(then: str, now: str, end: datetime) -> bool:
    return bool(then and now) and datetime.fromisoformat(then) <= datetime.fromisoformat(now) < end
