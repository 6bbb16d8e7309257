"""A look at everybody's time entries says whose lists are read; what is in the table does not depend on how it was read."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from pipelines.defs.quality.reads import told_by_reads
from pipelines.pyairbyte.destination import Window
from pipelines.simulator import mutations
from pipelines.simulator.credentials import CLOCKIFY_KEY
from pipelines.simulator.model import World
from pipelines.simulator.server import SimulatorServer
from pipelines_tests.support import worlds
from pipelines_tests.support.bench import Outcome, ReadingBench

ANN, BOB, CID, DOT, EVE = PEOPLE = [worlds.hex_id(100 + n) for n in range(5)]
REPORT, RUNNING, LISTS = "/reports/detailed", "/in-progress", "/user/.*/time-entries"
KIOSK = worlds.hex_id(7)
NO_USE = "Clockify's detailed report is of no use to this read, each person's list was read"


def now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


def at(days_ago: int, hour: int = 8) -> str:
    return f"{now().date() - timedelta(days=days_ago)}T{hour:02}:00:00Z"


def entry(number: int, person: str, days_ago: int, **values: Any) -> dict[str, Any]:
    field = {"customFieldId": worlds.hex_id(5), "name": "Ticket", "type": "TXT", "value": "A-7"}
    odd = (
        {
            "kioskId": KIOSK,
            "notDeclared": 1,
            "hourlyRate": {"amount": 7200, "currency": "EUR"},
            "costRate": {"amount": 3600, "currency": "USD"},
            "customFieldValues": [{**field, "timeEntryId": worlds.hex_id(number)}],
        }
        if number % 2
        else {}
    )
    return worlds.time_entry(
        number, at(days_ago), at(days_ago, 9), userId=person, **{**odd, **values}
    )


def company() -> World:
    """Five people with entries of 2, 5 and 9 days ago."""
    entries = [
        entry(10 * n + days_ago, person, days_ago)
        for n, person in enumerate(PEOPLE)
        for days_ago in (2, 5, 9)
    ]
    users = [worlds.user(person, email=f"{person[-3:]}@example.com") for person in PEOPLE]
    return worlds.world(now=now(), clockify=worlds.clockify_data(users=users, time_entries=entries))


class Reader(ReadingBench):
    """Reads the look-back again, or more."""

    def look(self, days: int = 14, **config: Any) -> Outcome:
        midnight = now().replace(hour=0, minute=0, second=0)
        window = Window(midnight - timedelta(days), midnight + timedelta(1), open_ended=True)
        outcome = self.read(
            "time_entries", "users", window=window, compared=["time_entries"], **config
        )
        assert not outcome.errors
        return outcome

    def rows(
        self, columns: str = "* EXCLUDE (_extracted_at, _first_seen_at)"
    ) -> list[tuple[Any, ...]]:
        with self.warehouse.connect(read_only=True) as connection:
            return connection.execute(
                f"SELECT {columns} FROM clockify.time_entries ORDER BY id"
            ).fetchall()


def asked(server: SimulatorServer) -> set[str]:
    """The people whose lists were asked for since the last time."""
    people = {
        path.split("/")[-2] for path in server.requests.by_path if path.endswith("/time-entries")
    }
    server.requests.clear()
    return people


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(company()) as running:
        yield running


@pytest.fixture
def make(tmp_path: Path, server: SimulatorServer) -> Callable[[str, str], Reader]:
    def reader(name: str, time_entries: str) -> Reader:
        config = {
            "api_key": CLOCKIFY_KEY,
            "workspace_id": worlds.WORKSPACE_ID,
            "api_url": server.url,
            "retry_seconds": 0.01,
            "earliest_start_date": at(20),
            "time_entries": time_entries,
        }
        return Reader(tmp_path / name, "clockify", config, now() - timedelta(days=20))

    return reader


@pytest.fixture
def auto(make: Callable[[str, str], Reader], server: SimulatorServer) -> Reader:
    """One that has read all days."""
    bench = make("auto", "auto")
    bench.look()
    assert asked(server) == set(PEOPLE)
    return bench


def test_nothing_new_takes_two_requests_and_touches_nothing(
    auto: Reader, server: SimulatorServer
) -> None:
    before = auto.rows("*")
    assert not auto.look().told
    assert server.requests.count(REPORT) == server.requests.count(RUNNING) == 1
    assert server.requests.total == 3, "and the list of people"
    assert asked(server) == set()
    assert auto.rows("*") == before


def test_lists_are_read_of_those_with_news(
    auto: Reader, make: Callable[[str, str], Reader], server: SimulatorServer
) -> None:
    """Created, edited, deleted, moved to before the look-back: one person each. The fifth has no news."""
    world = server.world
    mutations.create_entry(world, ANN, now(), start=at(1), end=at(1, 10))
    mutations.update_entry(world, worlds.hex_id(12), now(), description="edited")
    mutations.delete_entry(world, worlds.hex_id(22), now())
    mutations.update_entry(world, worlds.hex_id(32), now(), start=at(18), end=at(18, 9))
    assert not auto.look().told
    assert asked(server) == {ANN, BOB, CID, DOT}
    lists = make("lists", "lists")
    lists.look(days=20)
    assert auto.rows() == lists.rows()


def test_timers_are_seen_when_they_start_and_when_they_stop(
    auto: Reader, server: SimulatorServer
) -> None:
    timer = mutations.create_entry(server.world, BOB, now(), start=at(0, 0))
    auto.look()
    assert asked(server) == {BOB}
    auto.look()
    assert asked(server) == set(), "it runs on"
    mutations.update_entry(server.world, timer["id"], now(), end=at(0, 1))
    auto.look()
    assert asked(server) == {BOB}
    interval = "time_interval ->> '$.end'"
    assert (at(0, 1),) in auto.rows(interval)


def test_leave_that_is_planned_is_seen_as_far_ahead_as_any_is_known(
    auto: Reader, server: SimulatorServer
) -> None:
    leave = [entry(800 + n, ANN, -20 * n, type="TIME_OFF") for n in (1, 2, 3)]
    server.world.clockify.time_entries += leave[1:]
    auto.look(time_entries="lists")
    assert len(auto.rows()) == 17
    asked(server)
    auto.look()
    assert asked(server) == set()
    server.world.clockify.time_entries.append(leave[0])
    mutations.delete_entry(server.world, leave[2]["id"], now())
    auto.look()
    assert asked(server) == {ANN}
    assert len(auto.rows()) == 17


def test_people_who_were_removed_come_from_the_report_and_are_not_removed_again(
    auto: Reader, server: SimulatorServer
) -> None:
    gone = worlds.hex_id(300)
    server.world.clockify.time_entries.append(entry(901, gone, 3))
    auto.look()
    assert asked(server) == set()
    (row,) = [row for row in auto.rows("id, user_id, kiosk_id, hourly_rate") if row[1] == gone]
    assert row[2] is None, "a report does not tell"
    assert '"amount":7200' in row[3]
    server.world.clockify.time_entries.pop()
    auto.look()
    assert asked(server) == set()
    assert len(auto.rows()) == 16


def test_the_table_is_the_same_whichever_way_it_was_read(
    auto: Reader, make: Callable[[str, str], Reader], server: SimulatorServer
) -> None:
    """A law, on rounds of changes by chance."""
    chance = random.Random(18)
    lists = make("lists", "lists")
    for _ in range(3):
        for _ in range(chance.randrange(3, 8)):
            change_something(server.world, chance)
        auto.look()
        lists.look()
        assert auto.rows() == lists.rows()


def change_something(world: World, chance: random.Random) -> None:
    chosen = chance.choice(world.clockify.time_entries)["id"]
    days_ago = chance.randrange(1, 13)
    whose = chance.choice(PEOPLE)
    rate = {"amount": chance.randrange(3) * 1000, "currency": chance.choice(["EUR", "USD"])}
    edits: list[dict[str, Any]] = [
        {"start": at(days_ago), "end": at(days_ago, 12)},
        {"userId": whose},
        {"hourlyRate": rate},
        {"costRate": rate},
        {"isLocked": chance.random() < 0.5},
        {"tagIds": [worlds.hex_id(days_ago)]},
        {"description": str(days_ago)},
    ]
    kind = chance.choice(["create", "start", "delete", *["edit"] * len(edits)])
    if kind == "edit":
        mutations.update_entry(world, chosen, now(), **chance.choice(edits))
    elif kind == "delete":
        mutations.delete_entry(world, chosen, now())
    else:
        end = at(days_ago, 11) if kind == "create" else None
        mutations.create_entry(world, whose, now(), start=at(days_ago), end=end)


def cut(body: Any) -> Any:
    """A page cut short, the totals as they were."""
    return {**body, "timeentries": body["timeentries"][:-1]}


def bare(body: Any) -> Any:
    rows = [{key: row[key] for key in row if key != "rate"} for row in body["timeentries"]]
    return {**body, "timeentries": rows}


def alien(body: Any) -> Any:
    rows = [{**row, "rate": -1} for row in body["timeentries"]]
    return {**body, "timeentries": rows}


@pytest.mark.parametrize(
    ("path", "fault", "why"),
    [
        (REPORT, {"status": 403}, "answered 403"),
        (REPORT, {"status": 404}, "answered 404"),
        (REPORT, {"status": 503}, "503"),
        (REPORT, {"kind": "html", "status": 200}, "answered 200"),
        (REPORT, {"kind": "answer", "status": 200, "body": '{"code": 501, "message": "No"}'}, "No"),
        (REPORT, {"kind": "answer", "status": 200, "body": '{"totals": []}'}, "else than a list"),
        (REPORT, {"kind": "answer", "status": 200, "change": cut}, "although it counts 15"),
        (REPORT, {"kind": "answer", "status": 200, "change": bare}, "does not show all"),
        (RUNNING, {"status": 403}, "answered 403"),
    ],
)
def test_where_the_look_fails_all_lists_are_read_and_one_sentence_says_why(
    auto: Reader, server: SimulatorServer, path: str, fault: dict[str, Any], why: str
) -> None:
    before = auto.rows("*")
    server.add_fault(path, times=None, **fault)
    outcome = auto.look()
    assert asked(server) == set(PEOPLE)
    assert outcome.told.count(NO_USE) == 1
    assert why in outcome.told
    assert auto.rows("*") == before
    with auto.warehouse.connect() as connection:
        (sentence,) = told_by_reads(connection)
        assert NO_USE in sentence
    server.clear_faults()
    auto.look()
    with auto.warehouse.connect() as connection:
        assert not told_by_reads(connection)


@pytest.mark.parametrize("body", ['{"totals": [null], "timeentries": []}', None])
def test_a_report_that_knows_nothing_or_all_in_another_way_is_not_believed(
    auto: Reader, server: SimulatorServer, body: str | None
) -> None:
    fault = {"body": body} if body else {"change": alien}
    server.add_fault(REPORT, "answer", status=200, times=None, **fault)
    before = auto.rows("*")
    auto.look()
    assert asked(server) == set(PEOPLE)
    assert auto.rows("*") == before


def test_a_report_at_a_host_that_is_not_there(auto: Reader, server: SimulatorServer) -> None:
    outcome = auto.look(reports_url="http://127.0.0.1:9")
    assert asked(server) == set(PEOPLE)
    assert NO_USE in outcome.told
    assert "CLOCKIFY_REPORTS_URL" in outcome.told


def test_lists_are_read_of_long_windows_of_new_people_and_of_whoever_was_never_read(
    auto: Reader, server: SimulatorServer
) -> None:
    auto.look(days=40)
    assert asked(server) == set(PEOPLE)
    new = worlds.hex_id(200)
    server.world.clockify.users.append(worlds.user(new, email="new@example.com"))
    server.world.clockify.time_entries.append(entry(900, new, 12))
    auto.look(days=3)
    assert asked(server) == {new}
    assert (new,) in auto.rows("user_id")


def test_by_report_new_and_changed_entries_come_from_it(
    make: Callable[[str, str], Reader], server: SimulatorServer
) -> None:
    """Lists are read of whom an entry is missing. What a report lacks is empty, and stays as it is known."""
    bench = make("report", "report")
    assert not bench.look().told
    assert asked(server) == set()
    assert len(bench.rows()) == 15
    world = server.world
    mutations.create_entry(world, ANN, now(), start=at(1), end=at(1, 10))
    mutations.update_entry(world, worlds.hex_id(12), now(), description="edited")
    mutations.create_entry(world, EVE, now(), start=at(0, 0))
    bench.look()
    assert asked(server) == set()
    mutations.delete_entry(world, worlds.hex_id(22), now())
    bench.look()
    assert asked(server) == {CID}
    there = sorted((e["id"], e["description"]) for e in world.clockify.time_entries)
    assert bench.rows("id, description") == there


def test_by_report_what_only_lists_tell_stays_as_it_is_known(
    make: Callable[[str, str], Reader], server: SimulatorServer
) -> None:
    bench = make("report", "report")
    bench.look(time_entries="lists")
    before = bench.rows()
    mutations.update_entry(server.world, worlds.hex_id(5), now(), description="edited")
    asked(server)
    bench.look()
    assert asked(server) == set()
    changed = [(old, new) for old, new in zip(before, bench.rows(), strict=True) if old != new]
    ((old, new),) = changed
    assert [(a, b) for a, b in zip(old, new, strict=True) if a != b] == [("", "edited")]


def test_by_report_a_free_plan_is_read_from_lists_where_its_reports_do_not_reach(
    make: Callable[[str, str], Reader], server: SimulatorServer
) -> None:
    server.world.clockify.workspace["featureSubscriptionType"] = "FREE"
    server.change_behaviour(plan="free")
    bench = make("report", "report")
    outcome = bench.look(days=40)
    assert asked(server) == set(PEOPLE)
    assert "reach back 31 days" in outcome.told
    assert not bench.look(days=14).told
    assert asked(server) == set()


def test_by_report_a_long_history_takes_several_windows(
    make: Callable[[str, str], Reader], server: SimulatorServer
) -> None:
    server.world.clockify.time_entries.append(entry(951, ANN, 95))
    bench = make("report", "report")
    bench.look(days=100)
    assert server.requests.count(REPORT) == 4
    assert asked(server) == set()
    assert len(bench.rows()) == 16


def test_a_small_budget_is_not_spent_on_a_look_that_may_not_end(
    make: Callable[[str, str], Reader], server: SimulatorServer
) -> None:
    bench = make("report", "report")
    outcome = bench.look(requests_per_hour=30)
    assert asked(server) == set(PEOPLE)
    assert "30 requests an hour" in outcome.told
