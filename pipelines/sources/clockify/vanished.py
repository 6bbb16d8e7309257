"""Asks Clockify where time entries are that a person's list lacks: an entry may have moved to another day, or be deleted.

Here: the three ways to ask, cheapest first, and which answer says what. Not here: what becomes of the entries
(``pyairbyte.session``, the warehouse). Importing this module imports the CDK.

* ``POST time-entries/batch`` names entries by id. The request also names an entry that exists for
  certain. Only when that one comes is the absence of the others evidence.
* ``GET entities/deleted`` names what was deleted within 30 days, where the plan has that feed.
* ``GET time-entries/{id}`` asks for one entry. Clockify says 400 with code 501 of one that is not there.

A way that is refused is not tried again in the same read. No more than 20 entries are requested one
by one: they only confirm a list, and the requests are needed for the next lists.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import Any

from pipelines.project.texts.addresses import with_path
from pipelines.pyairbyte.instants import read_instant
from pipelines.pyairbyte.session import Sought
from pipelines.pyairbyte.unreadable import set_aside, text_of
from pipelines.sources.cdk.requester import ApiRequester
from pipelines.sources.cdk.single import SingleRequests, json_of
from pipelines.sources.cdk.transformations import snake_case
from pipelines.sources.cdk.transport import Wording
from pipelines.sources.clockify.changes import REACH, instant_of_feed

_IDS_AT_ONCE = 200
_MOST_ONE_BY_ONE = 20
#: Codes in Clockify's bodies: a record that is not there, and a path that is not.
_NOT_THERE, _NO_PATH = 501, 3000


@dataclass
class TimeEntriesRequester(ApiRequester):
    """The requester of time entries: the read can ask it for single entries, too."""

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:  # type: ignore[override]
        super().__post_init__(parameters)
        self._session.seek_with(
            self.name,
            self._session.shared(
                "vanished time entries", lambda: VanishedEntries(self.config, self.name)
            ).seek,
        )


@dataclass
class _Search:
    """What is to be found, and what was found so far."""

    missing: set[str]
    records: list[dict[str, Any]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)

    def found(self, record: dict[str, Any]) -> None:
        self.missing.discard(str(record["id"]))
        self.records.append(record)

    def is_gone(self, keys: Set[str]) -> None:
        self.gone |= keys & self.missing
        self.missing -= keys


class VanishedEntries:
    """Asks for entries under a connector config; one search at a time. Its requests count for ``stream``."""

    def __init__(self, config: Mapping[str, Any], stream: str) -> None:
        base = with_path(str(config.get("api_url") or "https://api.clockify.me"), "/api/v1")
        self._base = f"{base}/workspaces/{config['workspace_id']}"
        self._requests = SingleRequests(
            config,
            stream,
            {"X-Api-Key": str(config["api_key"])},
            Wording("Clockify", "CLOCKIFY_REQUESTS_PER_HOUR"),
        )
        earliest = config.get("earliest_start_date")
        self._earliest = read_instant(earliest) if earliest else None
        self._refused: set[str] = set()
        self._one_by_one_left = _MOST_ONE_BY_ONE
        self._lock = threading.Lock()

    def seek(self, missing: Set[str], seen: Set[str]) -> Sought:
        """Where the ``missing`` entries are, as far as Clockify says; ``seen`` are some that exist."""
        search = _Search(set(missing))
        with self._lock:
            for way in (self._by_ids, self._by_feed, self._one_by_one):
                if search.missing and way.__name__ not in self._refused:
                    try:
                        way(search, seen)
                    except _Refused:
                        self._refused.add(way.__name__)
        records = list(self._placed(search))
        return Sought(records, frozenset(search.gone))

    def _by_ids(self, search: _Search, seen: Set[str]) -> None:
        known = min(seen, default=None)
        ids = iter(sorted(search.missing))
        while asked := set(islice(ids, _IDS_AT_ONCE)):
            rows = self._ask(
                "POST",
                "/time-entries/batch",
                json={
                    "timeEntryIds": sorted(asked | ({known} if known else set())),
                    "hydrated": False,
                },
            )
            if not isinstance(rows, list):
                raise _Refused
            by_id = {row["id"]: row for row in rows if isinstance(row, dict) and row.get("id")}
            for key in asked & by_id.keys():
                search.found(by_id[key])
            if known in by_id:
                search.is_gone(asked)

    def _by_feed(self, search: _Search, _: Set[str]) -> None:
        now = datetime.now(timezone.utc)
        rows = self._ask(
            "GET",
            "/entities/deleted",
            params={
                "type": "TIME_ENTRY",
                "start": instant_of_feed(now - REACH + timedelta(minutes=1)),
                "end": instant_of_feed(now + timedelta(minutes=1)),
                "page": 0,
                "limit": _IDS_AT_ONCE,
            },
        )
        rows = rows.get("response") if isinstance(rows, dict) else rows
        if not isinstance(rows, list):
            raise _Refused
        search.is_gone({str(row.get("id")) for row in rows if isinstance(row, dict)})

    def _one_by_one(self, search: _Search, _: Set[str]) -> None:
        for key in sorted(search.missing)[: self._one_by_one_left]:
            self._one_by_one_left -= 1
            record = self._ask("GET", f"/time-entries/{key}")
            if record is None:
                search.is_gone({key})
            elif isinstance(record, dict) and record.get("id") == key:
                search.found(record)
            else:
                raise _Refused

    def _ask(self, method: str, path: str, **what: Any) -> Any:
        """The answer's body, ``None`` for an entry that Clockify says is not there; raises where there is no answer."""
        response = self._requests.ask(method, f"{self._base}{path}", **what)
        if response is None:
            raise _Refused
        body = json_of(response)
        if response.status_code == 200:
            return body
        code = body.get("code") if isinstance(body, dict) else None
        if (response.status_code, code) == (400, _NOT_THERE):
            return None
        if response.status_code == 404 and isinstance(code, int) and code != _NO_PATH:
            return None
        raise _Refused

    def _placed(self, search: _Search) -> Iterator[dict[str, Any]]:
        """The records as the lists have them. One that lies before all that is read is gone from here, too."""
        for record in search.records:
            row = {snake_case(key): value for key, value in record.items()}
            interval = record.get("timeInterval")
            start = interval.get("start") if isinstance(interval, Mapping) else None
            moment = read_instant(start) if isinstance(start, str) else None
            if moment is None:
                yield {**row, **set_aside("timeInterval.start is no instant", text_of(record))}
            elif self._earliest and moment < self._earliest:
                search.gone.add(str(record["id"]))
            else:
                yield row


class _Refused(Exception):
    """An answer that says nothing."""
