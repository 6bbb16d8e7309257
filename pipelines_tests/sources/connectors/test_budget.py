"""The ledger of requests: a moving hour and second, shares, patience, several processes; and every request is in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from pipelines.simulator.server import SimulatorServer
from pipelines.sources.budget import BudgetSpent, LedgerBroken, RequestBudget
from pipelines_tests.support.processes import process
from pipelines_tests.support.reading import check, read

Config = dict[str, Any]


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def budget(tmp_path: Path, time: Time) -> Callable[..., RequestBudget]:
    """Makes budgets on one ledger and clock."""

    def make(account: str = "a", patience: float = 0, **limits: Any) -> RequestBudget:
        return RequestBudget(
            str(tmp_path / "requests.sqlite"),
            account,
            patience=patience,
            clock=time.clock,
            sleep=time.sleep,
            **limits,
        )

    return make


def ask(budget: RequestBudget, times: int = 1) -> None:
    for _ in range(times):
        with budget.request():
            pass


def test_the_hour_moves(budget: Callable[..., RequestBudget], time: Time) -> None:
    ask(budget(per_hour=3), 2)
    time.now += 1800
    ask(budget(per_hour=3))
    with pytest.raises(BudgetSpent, match="3 of 3 requests of this hour are used") as spent:
        ask(budget(per_hour=3))
    assert spent.value.free_at == datetime.fromtimestamp(1_000_000 + 3600, timezone.utc)
    time.now += 1800
    ask(budget(per_hour=3), 2)
    assert budget(per_hour=3).left() == 0


def test_a_ledger_that_is_broken_is_told(
    budget: Callable[..., RequestBudget], tmp_path: Path
) -> None:
    (tmp_path / "requests.sqlite").write_bytes(b"no database at all " * 1000)
    with pytest.raises(LedgerBroken, match=r"requests\.sqlite \(.*not a database\): move"):
        ask(budget(per_hour=3))


def test_accounts_are_counted_apart(budget: Callable[..., RequestBudget]) -> None:
    ask(budget("a", per_hour=2), 2)
    ask(budget("b", per_hour=2), 2)


def test_a_reader_with_a_share_leaves_the_rest_to_others(
    budget: Callable[..., RequestBudget],
) -> None:
    with pytest.raises(
        BudgetSpent, match="2 of the 2 requests of this hour are used that are not left"
    ):
        ask(budget(per_hour=4, reader="days", share=2), 3)
    ask(budget(per_hour=4, reader="streams", share=2), 2)


def test_a_short_wait_is_waited_out_but_not_an_hour(
    budget: Callable[..., RequestBudget], time: Time
) -> None:
    ask(budget(per_hour=1))
    time.now += 3590
    patient = budget(per_hour=1, patience=20)
    ask(patient)
    with pytest.raises(BudgetSpent):
        ask(patient)
    time.now += 3600
    with pytest.raises(BudgetSpent):
        ask(patient)


def test_the_second_is_always_waited_for(budget: Callable[..., RequestBudget], time: Time) -> None:
    started = time.now
    ask(budget(per_second=4), 9)
    assert 2 <= time.now - started < 2.1


def test_a_request_counts_from_its_answer(budget: Callable[..., RequestBudget], time: Time) -> None:
    with budget(per_hour=1).request():
        time.now += 50
    time.now += 3590
    assert budget(per_hour=1).left() == 0


def test_what_a_wrong_clock_wrote_shuts_nobody_out(
    budget: Callable[..., RequestBudget], time: Time
) -> None:
    time.now += 1e9
    ask(budget(per_hour=1))
    time.now -= 1e9
    ask(budget(per_hour=1))


def take_all(ledger: str, taken: str) -> None:
    """Ask until nothing is left, a line per request."""
    budget = RequestBudget(ledger, "a", per_hour=30, patience=0)
    with open(taken, "a") as file:
        while True:
            try:
                with budget.request():
                    print("one", file=file, flush=True)
            except BudgetSpent:
                return


@pytest.mark.slow
def test_processes_share_the_hour(tmp_path: Path) -> None:
    ledger, taken = str(tmp_path / "requests.sqlite"), tmp_path / "taken"
    with (
        process(take_all, ledger, str(taken)) as first,
        process(take_all, ledger, str(taken)) as second,
    ):
        first.join(300)
        second.join(300)
    assert (first.exitcode, second.exitcode) == (0, 0)
    assert len(taken.read_text().splitlines()) == 30


def test_every_request_is_counted_and_no_secret_is_written(
    server: SimulatorServer, clockify: Config, tmp_path: Path
) -> None:
    """The check, the pages, and what is tried again."""
    server.add_fault("/users", status=500, times=2)
    ledger = tmp_path / "requests.sqlite"
    config = {**clockify, "requests_per_hour": 1000, "request_ledger": str(ledger)}
    assert check("clockify", config) is None
    read("clockify", config, ["time_entries"])
    with sqlite3.connect(ledger) as connection:
        (counted,) = connection.execute("SELECT count(*) FROM requests").fetchone()
    assert counted == server.requests.total
    assert clockify["api_key"].encode() not in ledger.read_bytes()


def test_streams_come_to_their_end_in_their_order(clockify: Config) -> None:
    """With four requests for five streams of one page, the last one alone is told that there are no more."""
    streams = ["holidays", "tags", "clients", "user_groups", "custom_fields"]
    reading = read(
        "clockify",
        {**clockify, "requests_per_hour": 4, "request_patience_seconds": 0},
        streams,
    )
    assert set(reading.errors) == {"custom_fields"}
    assert "Clockify: 4 of 4 requests" in reading.errors["custom_fields"]
    assert "CLOCKIFY_REQUESTS_PER_HOUR" in reading.errors["custom_fields"]
