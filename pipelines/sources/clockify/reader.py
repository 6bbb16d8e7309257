"""How time entries are read: all people's lists, or those that a report shows news for.

Clockify lists entries person by person. Its detailed report shows the entries of all people in one
series of pages. It includes removed people, whom no list shows. It lacks some fields of the lists
and all running timers; a list of its own has everybody's running timers. The config's
``time_entries`` says how these are used:

``lists``
    Each person's list is read.
``auto``
    Where the destination has the days already, the report and the running timers are compared with
    what it has. The lists of people with any difference are read, and the days of all others stay
    as they are. So no value depends on the way of reading. Only entries of people who are not
    listed come from the report itself. This holds for windows that begin up to 31 days ago, which
    every plan's reports allow. Longer windows, such as the nightly sweep's, and days that were
    never read are read from lists.
``report``
    New and changed entries are taken from the report. What it lacks stays as it is known, or empty.

A report never removes anything: when it lacks an entry, the list of that entry's person is read.
Where a report is refused, does not come whole or cannot be compared, all lists are read, and one
sentence says why.

Here: which parts are read in which way. Not here: what rows mean (``reported``), their comparison (``sighting``), requests and
pages (the manifest). Importing this module imports the CDK.
"""

# No `from __future__ import annotations` here: the CDK asks for the types of components, and Python 3.10 cannot tell it
# an `InitVar` that is text.

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from airbyte_cdk.sources.declarative.partition_routers import (
    SinglePartitionRouter,
    SubstreamPartitionRouter,
)
from airbyte_cdk.sources.declarative.partition_routers.substream_partition_router import (
    ParentStreamConfig,
)
from airbyte_cdk.sources.types import StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from pipelines.pyairbyte.session import NoAnswer, Part, session_of
from pipelines.sources.cdk.filters import WindowFilter, instant
from pipelines.sources.cdk.reports import periods
from pipelines.sources.clockify.sighting import NotComparable, Sighting, latest_start
from pipelines.sources.clockify.vanished import TimeEntriesRequester

#: So many days every plan's reports reach back, and cover.
REPORT_DAYS = 31
#: For fewer people the look costs as many requests as it saves.
_FEWEST_PEOPLE = 3
_STREAM = "time_entries"
_CHUNK = "chunk"
_SIGHTING = "sighting"


def report_windows(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """First and last moment of the reports that cover the config's window.

    A window that is open at its end is covered as far as entries are known that are dated ahead, such as leave: to a year
    ahead. What comes in later than that is read from lists.
    """
    first = instant(config["start_date"]).date()
    if config.get("end_date"):
        last = instant(config["end_date"]).date() - timedelta(days=1)
        return list(periods(first, last, REPORT_DAYS))
    # Tomorrow may have begun where people are.
    tomorrow = datetime.now(timezone.utc).date() + timedelta(days=1)
    known = session_of(config).rows(_STREAM) or {}
    ahead = min(latest_start(known.values()) or tomorrow, tomorrow + timedelta(days=365))
    reports = (max(tomorrow, ahead) - first).days // REPORT_DAYS + 1
    return list(periods(first, first + timedelta(days=REPORT_DAYS * reports - 1), REPORT_DAYS))


@dataclass
class ReportWindows(SinglePartitionRouter):
    """One slice per report: ``from`` and ``to``."""

    config: Mapping[str, Any]

    def stream_slices(self) -> Iterable[StreamSlice]:
        for begin, end in report_windows(self.config):
            yield StreamSlice(partition={"from": begin, "to": end}, cursor_slice={})


class _NoUse(Exception):
    """The report does not do for this read; the message says why, and is empty where nobody has to know."""


@dataclass
class TimeEntriesRouter(SubstreamPartitionRouter):
    """Slices of time entries: a person's list to be read, or a piece of what the report has shown.

    Of its parents the first are the people, then come running timers, the report's rows and the workspaces.
    """

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:  # type: ignore[override]
        super().__post_init__(parameters)
        self._people, self._timers, self._report, self._workspaces = self.parent_stream_configs
        self._each = SubstreamPartitionRouter([self._people], self.config, parameters)
        self._session = session_of(self.config)
        self._reader = self.config.get("time_entries") or "lists"

    def stream_slices(self) -> Iterator[StreamSlice]:
        """Lists first: what a report has shown meanwhile is no newer."""
        if self._reader == "lists" or not self.config.get("start_date"):
            yield from self._each.stream_slices()
            return
        people = list(self._each.stream_slices())
        try:
            sighting = self._look(people)
        except _NoUse as reason:
            if str(reason):
                self._session.note(
                    _STREAM,
                    f"Clockify's detailed report is of no use to this read, each person's list was read: {reason}.",
                )
            yield from people
            return
        yield from self._seen(sighting, people)

    def _seen(self, sighting: Sighting, people: list[StreamSlice]) -> Iterator[StreamSlice]:
        asked = self._unknown(people) | sighting.missing_of()
        if self._reader == "auto":
            asked |= sighting.differing
        asked &= {str(person["user_id"]) for person in people}
        for person in people:
            if person["user_id"] in asked:
                yield person
            else:
                self._session.vouch(Part(_STREAM, str(person["user_id"])))
        for number in range(sighting.chunks):
            yield StreamSlice(
                partition={_CHUNK: str(number)},
                cursor_slice={},
                # The pieces are of no single person.
                extra_fields={"user_id": _SIGHTING, _SIGHTING: (sighting, frozenset(asked))},
            )

    def _unknown(self, people: list[StreamSlice]) -> set[str]:
        """People who lack earlier days, which are to be read, too."""
        known = self.config.get("known_parents")
        ids = {str(person["user_id"]) for person in people}
        return set() if known is None else ids - set(known)

    def _look(self, people: list[StreamSlice]) -> Sighting:
        known = self._session.rows(_STREAM)
        self._weigh(known, people)
        listed = {str(person["user_id"]) for person in people}
        sighting = Sighting(
            workspace_id=str(self.config["workspace_id"]),
            known=known or {},
            listed=listed | set(self.config.get("parents_read") or ()),
            keeps_all=self._reader == "report",
        )
        try:
            # First, so that a timer that is stopped meanwhile is seen at least once.
            for row in self._rows_of(self._timers):
                if self._is_within(row):
                    sighting.take_running(row)
            self._take_report(sighting)
        except (NoAnswer, NotComparable) as none:
            raise _NoUse(str(none).rstrip(".")) from None
        except AirbyteTracedException as failure:
            if self._session.pauses or self._session.is_abandoned:
                raise
            raise _NoUse(str(failure.message).rstrip(".")) from None
        sighting.finish()
        if sighting.is_alien:
            is_told = sighting.is_surely_alien or self._reader == "report"
            raise _NoUse("it shows no entry as it is known" if is_told else "")
        return sighting

    def _weigh(self, known: Mapping[str, str] | None, people: list[StreamSlice]) -> None:
        """Raises where the lists do better."""
        is_told = self._reader == "report"
        windows = report_windows(self.config)
        if self._session.refusal(Part("users")) is not None:
            raise _NoUse("the people are not all listed" if is_told else "")
        if known is None:
            raise _NoUse("the days have too many entries to be compared" if is_told else "")
        is_long_ago = instant(self.config["start_date"]) < datetime.now(timezone.utc) - timedelta(
            days=REPORT_DAYS
        )
        if not is_told and (not known or is_long_ago or len(people) < _FEWEST_PEOPLE):
            raise _NoUse
        per_hour = self.config.get("requests_per_hour")
        requests = len(windows) + len(known) // 1000 + 2
        if per_hour and (not known or requests > int(per_hour) // 2):
            # Lists go on where they were stopped.
            raise _NoUse(
                f"a budget of {per_hour} requests an hour may end in the midst of it"
                if is_told
                else ""
            )
        if is_long_ago and any(
            row.get("id") == self.config["workspace_id"]
            and row.get("featureSubscriptionType") == "FREE"
            for row in self._rows_of(self._workspaces)
        ):
            raise _NoUse(f"the free plan's reports reach back {REPORT_DAYS} days")

    def _take_report(self, sighting: Sighting) -> None:
        def take(partition: Any) -> None:
            for record in partition.read():
                sighting.take(record.data)

        windows = list(self._report.stream.generate_partitions())
        at_a_time = 1 if self.config.get("requests_per_hour") else self.config.get("num_workers")
        with ThreadPoolExecutor(min(len(windows), int(at_a_time or 8))) as pool:
            taken = [pool.submit(take, window) for window in windows]
            try:
                for one in taken:
                    one.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        self._demand(self._report)

    def _rows_of(self, parent: ParentStreamConfig) -> Iterator[Mapping[str, Any]]:
        for partition in parent.stream.generate_partitions():
            for record in partition.read():
                yield record.data
        if parent is not self._workspaces:
            self._demand(parent)

    def _demand(self, parent: ParentStreamConfig) -> None:
        refusal = self._session.refusal(Part(parent.stream.name))
        if refusal is not None:
            raise _NoUse(refusal.rstrip("."))

    def _is_within(self, row: Mapping[str, Any]) -> bool:
        """Whether a running timer was started within the window."""
        interval = row.get("timeInterval")
        start = interval.get("start") if isinstance(interval, Mapping) else None
        end = self.config.get("end_date")
        try:
            moment = instant(str(start))
        except ValueError:
            return False
        return moment >= instant(self.config["start_date"]) and not (end and moment >= instant(end))


@dataclass
class SeenOrAskedRequester(TimeEntriesRequester):
    """A person's list is asked for; pieces of what was seen are there."""

    def at_hand(self, stream_slice: StreamSlice) -> tuple[list[Any], Part] | None:
        """See ``ApiRequester``."""
        seen = stream_slice.extra_fields.get(_SIGHTING)
        if seen is None:
            return super().at_hand(stream_slice)
        sighting, but_of = seen
        return sighting.rows(int(stream_slice[_CHUNK]), but_of), Part(self.name, _SIGHTING)


@dataclass
class ListedFilter(WindowFilter):
    """Keeps what lists show within the window, and all of what was seen: that was chosen before."""

    def filter_records(
        self,
        records: Iterable[Mapping[str, Any]],
        stream_slice: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Iterator[Mapping[str, Any]]:
        """The records of the window, in their order."""
        if stream_slice is not None and _CHUNK in stream_slice:
            return iter(records)
        return super().filter_records(records, stream_slice, **options)
