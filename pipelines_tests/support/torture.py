"""A company that is edited, and a project that reads it in every kind of trouble; a seed tells one story from another.

Here: the troubles, and what must hold after each sync and at the end. Not here: the edits (``history``) and how many
seeds are tried (``e2e.test_torture``, ``make torture``).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.simulator.world import TINY, generate
from pipelines.sources.registry import CONNECTORS
from pipelines_tests.support.history import History
from pipelines_tests.support.processes import Installation, materialize, process
from pipelines_tests.support.project import Project, running_project

NOW = datetime(2026, 3, 18, 15, tzinfo=timezone.utc)
DAYS = ("2026-03-01", "2026-03-18")
STREAMS = [
    f"{source}/{props.name}"
    for source, connector in CONNECTORS.items()
    for props in connector.streams
]
#: Each story has these, and so many of the others: what takes time is the number of streams, not of rows.
_ALWAYS = ("pivotal_tracker/projects", "pivotal_tracker/stories", "clockify/time_entries")
_FURTHER = 9
#: Paths of which a request may go wrong.
PATHS = (
    "/users",
    "/clients",
    "/tags",
    "/projects",
    "/user-groups",
    "/holidays",
    "/custom-fields",
    "/time-off",
    "/approval-requests",
    "/time-entries",
    "/stories",
    "/labels",
    "/epics",
    "/releases",
    "/memberships",
    "/iterations",
    "/activity",
    "/story_transitions",
)
#: A log is never shortened, whatever the source forgets.
LOGS = ("pivotal_tracker/activity",)
#: What a list is replaced with.
_LIES: dict[str, Callable[[Any], Any]] = {
    "is empty": lambda _: [],
    "is an object": lambda _: {},
    "is nothing": lambda _: None,
    "lacks its last row": lambda rows: rows[:-1] if isinstance(rows, list) else rows,
    "is cut in half": lambda rows: rows[: len(rows) // 2] if isinstance(rows, list) else rows,
    "has null for a row": lambda rows: [*rows, None] if isinstance(rows, list) else rows,
}
_PLAUSIBLE = ("lacks its last row", "is cut in half")
#: Longer than a sync takes, so that not every kill comes too late.
_LONGEST_LIFE_SECONDS = 4.0


class Torture:
    """A project and a company of one seed."""

    def __init__(self, project: Project, seed: int) -> None:
        self.project = project
        self.random = random.Random(seed)
        self.history = History(project.world, seed)
        further = self.random.sample([each for each in STREAMS if each not in _ALWAYS], k=_FURTHER)
        self.streams = [each for each in STREAMS if each in {*_ALWAYS, *further}]
        self._has_lied = False
        #: What was done, to be read when it fails.
        self.told: list[str] = []

    def run(self) -> None:
        """First a whole read, then three to six syncs in trouble, then two in peace; raises where something is wrong."""
        self._tell(f"first read of {', '.join(self.streams)}")
        self._materialize(*self.streams, days=DAYS)
        for _ in range(self.random.randint(3, 6)):
            for _ in range(self.random.randint(0, 12)):
                self.history.step()
            self._sync_in_trouble()
        # What a read missed that had reasons to be believed is removed by the next one.
        for _ in range(2):
            self._tell("whole read in peace")
            result = self._materialize(*self.streams, days=DAYS, full_refresh=True)
            assert result.success, self.story
        self._assert_equal_to_a_fresh_read()

    @property
    def story(self) -> str:
        return " | ".join(self.told)

    def _sync_in_trouble(self) -> None:
        before = self._keys()
        trouble = self.random.choice(self._troubles)
        with trouble():
            pass
        self.project.server.clear_faults()
        self.project.server.change_behaviour(plan="paid", tracker_page_max=1000)
        after = self._keys()
        there = self._truth()
        for address, keys in before.items():
            lost = (keys & there[address]) - after[address]
            assert not lost, f"{address} lost {sorted(map(str, lost))[:5]}: {self.story}"

    @property
    def _troubles(self) -> list[Callable[[], Any]]:
        return [
            self._peace,
            self._fault,
            self._fault,
            self._fault,
            self._lie,
            self._lie,
            self._small_plan,
            self._small_pages,
            self._no_credentials,
            self._killed,
            self._two_at_once,
            self._hidden_project,
        ]

    def _sync(self) -> None:
        """What a schedule, a person or a backfill may do."""
        kind = self.random.choice(["sync", "sync", "sweep", "backfill", "some streams"])
        first = self.random.randint(1, 18)
        days = {
            "sync": ("2026-03-10", DAYS[1]),
            "backfill": (f"2026-03-{first:02}", f"2026-03-{self.random.randint(first, 18):02}"),
        }.get(kind, DAYS)
        streams = (
            self.random.sample(self.streams, k=self.random.randint(1, 6))
            if kind == "some streams"
            else self.streams
        )
        self._tell(f"{kind} {days[0]} to {days[1]}, {len(streams)} streams")
        self._materialize(*streams, days=days, full_refresh=kind == "sweep")

    def _materialize(self, *streams: str, **details: Any) -> dg.ExecuteInProcessResult:
        return self.project.materialize(*streams, checks=False, **details)

    @contextmanager
    def _peace(self) -> Iterator[None]:
        self._sync()
        yield

    @contextmanager
    def _fault(self) -> Iterator[None]:
        path = self.random.choice(PATHS)
        kind = self.random.choice(
            ["status", "status", "reset", "truncated", "invalid_json", "html"]
        )
        details: dict[str, Any] = {
            "times": self.random.choice([1, 2, 7, None]),
            "after": self.random.randint(0, 3),
        }
        if kind == "status":
            details["status"] = self.random.choice([400, 402, 403, 404, 409, 429, 500, 503])
        if kind == "html":
            details["status"] = self.random.choice([200, 403, 502])
        self._tell(f"{path} {kind} {details}")
        self.project.server.add_fault(path, kind, **details)
        self._sync()
        yield

    @contextmanager
    def _lie(self) -> Iterator[None]:
        """Lists that are not the whole truth, of one sync only: what two reads in a row miss is believed to be gone."""
        if not self._has_lied:
            self._has_lied = True
            name, change = self.random.choice(list(_LIES.items()))
            path, times = self.random.choice(PATHS), self.random.choice([1, 2, None])
            if name in _PLAUSIBLE:
                # Told the same way all the time, nothing shows that it is a lie.
                times = 1
            self._tell(f"{path} {name}, {times} times")
            self.project.server.add_fault(path, "answer", status=200, change=change, times=times)
        self._sync()
        yield

    @contextmanager
    def _small_plan(self) -> Iterator[None]:
        self._tell("the free plan")
        self.project.server.change_behaviour(plan="free")
        self._sync()
        yield

    @contextmanager
    def _small_pages(self) -> Iterator[None]:
        self._tell("small pages")
        self.project.server.change_behaviour(tracker_page_max=self.random.choice([1, 3, 10]))
        self._sync()
        yield

    @contextmanager
    def _no_credentials(self) -> Iterator[None]:
        api = self.random.choice(["tracker", "clockify"])
        after = self.random.randint(0, 15)
        self._tell(f"credentials of {api} revoked after {after} requests")
        self.project.server.revoke_credentials(api, after)
        self._sync()
        yield

    @contextmanager
    def _killed(self) -> Iterator[None]:
        seconds = self.random.uniform(0.1, _LONGEST_LIFE_SECONDS)
        self._tell(f"killed after {seconds:.1f} s")
        with process(materialize, Installation.of(self.project), self.streams, DAYS) as run:
            run.join(seconds)
        yield

    @contextmanager
    def _two_at_once(self) -> Iterator[None]:
        self._tell("two at once")
        elsewhere = Installation.of(self.project, DAGSTER_HOME=str(self.project.folder / "other"))
        with process(materialize, elsewhere, self.streams, DAYS) as run:
            self._sync()
            run.join(300)
        yield

    @contextmanager
    def _hidden_project(self) -> Iterator[None]:
        """The token does not see a project for one sync; its rows may go, and come back."""
        tracker = self.project.world.tracker
        hidden = self.random.choice(tracker.projects)
        self._tell(f"project {hidden['id']} is hidden")
        position = tracker.projects.index(hidden)
        tracker.projects.remove(hidden)
        try:
            self._sync()
        finally:
            tracker.projects.insert(position, hidden)
        yield

    def _keys(self) -> dict[str, set[Any]]:
        # An entry that was moved may be gone until its new day is read.
        columns = {**dict.fromkeys(_LISTS, "id"), _ENTRIES: _ENTRY_AND_START}
        columns = {address: key for address, key in columns.items() if address in self.streams}
        with self.project.reading() as con:
            return {
                address: {
                    key
                    for (key,) in con.execute(f"SELECT {column} FROM {_table(address)}").fetchall()
                }
                for address, column in columns.items()
            }

    def _truth(self) -> dict[str, set[Any]]:
        """The ids that the source shows now; of what lies below a hidden project none."""
        world = self.project.world
        truth = {}
        for address, name in _LISTS.items():
            api, _, collection = name.partition(".")
            records = getattr(getattr(world, api), collection)
            truth[address] = {record["id"] for record in records}
        truth[_ENTRIES] = {
            f"{entry['id']} {entry['timeInterval']['start']}"
            for entry in world.clockify.time_entries
        }
        if any("is hidden" in told for told in self.told[-2:]):
            for address in [address for address in truth if address.startswith("pivotal_tracker")]:
                truth[address] = set()
        return truth

    def _assert_equal_to_a_fresh_read(self) -> None:
        project = self.project
        fresh = Project(project.folder / "fresh", project.server, project.instance)
        fresh.folder.mkdir()
        assert fresh.materialize(*self.streams, days=DAYS, checks=False).success, self.story
        contents, right_contents = self._contents(project), self._contents(fresh)
        for address in self.streams:
            ours, theirs = contents[address], right_contents[address]
            if address in LOGS:
                assert set(map(str, theirs)) <= set(map(str, ours)), f"{address}: {self.story}"
            else:
                assert ours == theirs, f"{address}: {_difference(ours, theirs)}: {self.story}"

    def _contents(self, project: Project) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of each stream, but for when they were read."""
        columns = "* EXCLUDE (_extra, _extracted_at, _first_seen_at)"
        with project.reading() as con:
            return {
                address: con.execute(
                    f"SELECT {columns} FROM {_table(address)} ORDER BY ALL"
                ).fetchall()
                for address in self.streams
            }

    def _tell(self, what: str) -> None:
        self.told.append(what)


_ENTRIES = "clockify/time_entries"
_ENTRY_AND_START = "id || ' ' || (time_interval ->> 'start')"
#: Lists of the company by the table that shows them.
_LISTS = {
    "clockify/users": "clockify.users",
    "clockify/clients": "clockify.clients",
    "clockify/tags": "clockify.tags",
    "clockify/projects": "clockify.projects",
    "clockify/user_groups": "clockify.user_groups",
    "clockify/holidays": "clockify.holidays",
    "clockify/time_entries": "clockify.time_entries",
    "pivotal_tracker/projects": "tracker.projects",
    "pivotal_tracker/stories": "tracker.stories",
    "pivotal_tracker/labels": "tracker.labels",
    "pivotal_tracker/epics": "tracker.epics",
    "pivotal_tracker/project_memberships": "tracker.memberships",
}


def _difference(ours: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]]) -> str:
    """A few rows that only one of them has."""
    sides = [set(map(str, ours)), set(map(str, theirs))]
    return "; ".join(
        f"only {name} {sorted(here - there)[:3]}"
        for name, here, there in (("ours", *sides), ("a fresh read", *reversed(sides)))
    )


def _table(address: str) -> str:
    return address.replace("/", ".")


def torture(folder: Path, seed: int) -> None:
    """One story in ``folder``; raises with all that was done where something is wrong."""
    with running_project(folder, generate(now=NOW, size=TINY)) as project:
        Torture(project, seed).run()
