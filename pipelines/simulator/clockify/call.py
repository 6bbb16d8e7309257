"""One request to Clockify as an endpoint sees it, and what an endpoint may answer.

Here: lookups every endpoint needs, and the parsing of plain parameters. Not here: HTTP (``routes``).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.datastructures import QueryParams

from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.clockify import errors
from pipelines.simulator.clockify.index import EntryIndex, IndexCache
from pipelines.simulator.model import ClockifyData, Record, World
from pipelines.sources.instants import parse_instant


@dataclass(frozen=True)
class Page:
    """One page of a list that sends ``last-page``, and ``total-count`` where *total* is given."""

    rows: list[Record]
    is_last: bool
    total: int | None = None


@dataclass(frozen=True)
class Reply:
    """A JSON value that is no list of records, with its status and headers."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


#: A record, a whole list, a page of a list, or anything else.
Answer = Record | list[Record] | Page | Reply


@dataclass(frozen=True)
class Call:
    """One request: the world it is about, the ids in its path, its parameters, its JSON body."""

    world: World
    behaviour: Behaviour
    indexes: IndexCache
    path: dict[str, str]
    query: QueryParams
    body: Any = None

    @property
    def data(self) -> ClockifyData:
        return self.world.clockify

    @property
    def index(self) -> EntryIndex:
        return self.indexes.of(self.world)

    @property
    def account(self) -> Record:
        """The user whose key is presented: the first of the workspace."""
        return self.data.users[0]

    def zone_of(self, user: Record) -> str:
        """The zone of *user*: own setting, else the workspace's lock zone, else UTC."""
        own = (user.get("settings") or {}).get("timeZone")
        return own or self.data.workspace["workspaceSettings"].get("lockTimeZone") or "UTC"

    def integer(self, name: str, default: int) -> int:
        text = self.query.get(name, str(default))
        try:
            return int(text)
        except ValueError:
            raise errors.not_convertible(name, text) from None

    def boolean(self, name: str) -> bool | None:
        """Parameter *name* as a boolean word, or ``None`` where it is left out."""
        text = self.query.get(name)
        if text is None:
            return None
        if text.lower() not in ("true", "false"):
            raise errors.not_convertible(name, text)
        return text.lower() == "true"

    def choice(self, name: str, choices: Collection[str], default: str) -> str:
        value = self.query.get(name, default)
        if value not in choices:
            raise errors.not_convertible(name, value)
        return value

    def values(self, name: str) -> set[str]:
        """All values of a parameter that may repeat or hold a comma-separated list."""
        joined = ",".join(self.query.getlist(name))
        return {value for value in joined.split(",") if value}

    def instant(self, name: str) -> datetime | None:
        """Parameter *name*, an instant with a time of day and ``Z`` or an offset."""
        text = self.query.get(name)
        if text is None:
            return None
        try:
            if "T" not in text:
                raise ValueError(text)
            return parse_instant(text)
        except ValueError:
            raise errors.not_convertible(name, text) from None


def by_id(records: list[Record], record_id: str, what: str) -> Record:
    """The record with *record_id*; 400 that names *what* (such as ``Project``) when there is none."""
    for record in records:
        if record["id"] == record_id:
            return record
    raise errors.not_of_workspace(what)
