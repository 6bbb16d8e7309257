"""What is computed again and what is not, on two small tables; then that no table is ever other than computed whole."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.metrics import up_to_date
from pipelines.metrics.catalog import COMPUTED
from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.up_to_date import UpToDate
from pipelines.simulator.world import TINY, generate
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.computed import computed_tables
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.raw_tables import ensure_raw_tables
from pipelines.warehouse.state import ensure_state_tables
from pipelines_tests.support.generated_tables import put

#: What the forecasts are made of, and they.
FORECAST_CHAIN = (
    "iterations",
    "story_states",
    "story_facts",
    "throughput_weekly",
    "forecast_distribution",
    "forecast",
    "forecast_backtest",
)
NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
RUN = MetricRun(as_of=NOW, settings=MetricSettings())
HOUR = timedelta(hours=1)


def table(
    name: str,
    inputs: tuple[str, ...],
    compute: Callable[[duckdb.DuckDBPyConnection, MetricRun], duckdb.DuckDBPyRelation],
    **more: Any,
) -> MetricTable:
    return MetricTable(
        schema="effort",
        name=name,
        grain=("n",),
        definition="A test.",
        columns=(Column("n", "BIGINT", "A number."),),
        inputs=inputs,
        compute=compute,
        **more,
    )


TENS = table(
    "tens",
    ("clockify.tags",),
    lambda con, _: con.sql("SELECT count(*) // 10 AS n FROM clockify.tags"),
)
HUNDREDS = table(
    "hundreds", ("effort.tens",), lambda con, _: con.sql("SELECT n // 10 AS n FROM effort.tens")
)


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with Warehouse(str(tmp_path / "w.duckdb")).connect() as connection:
        for schema, connector in CONNECTORS.items():
            ensure_raw_tables(connection, schema, connector.streams)
        ensure_state_tables(connection)
        yield connection


def add(con: duckdb.DuckDBPyConnection, number: int) -> None:
    con.execute(f"INSERT INTO clockify.tags (id) SELECT range FROM range({number})")


def computed(
    con: duckdb.DuckDBPyConnection,
    *tables: MetricTable,
    run: MetricRun = RUN,
    anew: bool = False,
) -> list[str]:
    """Bring ``tables`` up to date in a turn of their own; returns those that were computed."""
    turn = UpToDate(con)
    return [each.name for each in tables if turn.bring(each, run, anew=anew).is_computed]


def test_what_did_not_change_is_not_computed(con: duckdb.DuckDBPyConnection) -> None:
    assert computed(con, TENS, HUNDREDS) == ["tens", "hundreds"]
    assert computed(con, TENS, HUNDREDS, run=replace(RUN, as_of=NOW + HOUR)) == []
    assert computed(con, TENS, HUNDREDS, anew=True) == ["tens", "hundreds"]
    assert computed(con, TENS, HUNDREDS) == []


def test_a_table_that_comes_out_as_it_was_leads_to_nothing(con: duckdb.DuckDBPyConnection) -> None:
    add(con, 20)
    computed(con, TENS, HUNDREDS)
    add(con, 1)
    assert computed(con, TENS, HUNDREDS) == ["tens"]
    add(con, 90)
    assert computed(con, TENS, HUNDREDS) == ["tens", "hundreds"]
    assert con.execute("FROM effort.hundreds").fetchall() == [(1,)]


def test_since_when_it_is_what_it_is(con: duckdb.DuckDBPyConnection) -> None:
    first = UpToDate(con).bring(TENS, RUN)
    add(con, 1)
    same = UpToDate(con).bring(TENS, RUN)
    assert (same.is_computed, same.unchanged_since) == (True, first.unchanged_since)
    add(con, 10)
    other = UpToDate(con).bring(TENS, RUN)
    assert (other.rows, other.unchanged_since > first.unchanged_since) == (1, True)
    assert other.contents != same.contents


def test_a_table_that_was_not_there_and_is_not_declared(con: duckdb.DuckDBPyConnection) -> None:
    """A statement may name tables that no declaration has, and one may ask whether a table is there."""
    from pipelines.metrics.tables_there import exists

    def compute(con: duckdb.DuckDBPyConnection, _: MetricRun) -> duckdb.DuckDBPyRelation:
        con.execute("CREATE TEMP VIEW deleted AS FROM clockify.tags_deleted")
        more = "effort.tens" if exists(con, "effort.tens") else "(SELECT 0 AS n)"
        return con.sql(f"SELECT (SELECT count(*) FROM deleted) + n AS n FROM {more}")

    mixed = table("mixed", (), compute)
    assert computed(con, mixed) == ["mixed"]
    assert computed(con, mixed) == []
    con.execute("INSERT INTO clockify.tags_deleted (id) VALUES ('gone')")
    assert computed(con, mixed) == ["mixed"]
    assert computed(con, TENS, mixed) == ["tens", "mixed"]


def test_a_table_is_computed_for_the_settings_that_it_asks_for_only(
    con: duckdb.DuckDBPyConnection,
) -> None:
    def compute(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
        return con.sql(f"SELECT {run.settings.forecast.seed} AS n")

    seeded = table("seeded", (), compute)
    forecast, people = (
        replace(RUN, settings=MetricSettings.model_validate(values))
        for values in ({"forecast": {"seed": 7}}, {"people": {"a@x.example": "b@x.example"}})
    )
    assert computed(con, seeded) == ["seeded"]
    assert computed(con, seeded, run=people) == []
    assert computed(con, seeded, run=forecast) == ["seeded"]


def test_a_moment_counts_where_it_is_asked_for_and_until_what_the_table_tells(
    con: duckdb.DuckDBPyConnection,
) -> None:
    def compute(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
        return con.sql(f"SELECT {run.as_of.day} AS n")

    at_once = table("at_once", (), compute)
    daily = table(
        "daily", (), compute, holds_until=lambda _, run: run.as_of.replace(hour=0) + 24 * HOUR
    )
    both = (at_once, daily)
    assert computed(con, *both) == ["at_once", "daily"]
    assert computed(con, *both) == []
    assert computed(con, *both, run=replace(RUN, as_of=NOW + HOUR)) == ["at_once"]
    assert computed(con, *both, run=replace(RUN, as_of=NOW + 12 * HOUR)) == ["at_once", "daily"]
    assert computed(con, *both, run=replace(RUN, as_of=NOW)) == ["at_once", "daily"]


def test_columns_that_cannot_be_asked_do_not_matter(con: duckdb.DuckDBPyConnection) -> None:
    """Of tags without their names, another name leads to nothing; a row more does, and so does a whole tag beside."""
    unnamed = "(SELECT * EXCLUDE (name, archived) FROM clockify.tags)"
    part = table(
        "part", ("clockify.tags",), lambda con, _: con.sql(f"SELECT count(id) AS n FROM {unnamed}")
    )
    both = table(
        "both",
        ("clockify.tags",),
        lambda con, _: con.sql(
            f"SELECT count(*) AS n FROM {unnamed} JOIN clockify.tags USING (id)"
        ),
    )
    add(con, 3)
    assert computed(con, part, both) == ["part", "both"]
    con.execute("UPDATE clockify.tags SET name = 'another', archived = true")
    assert computed(con, part, both) == ["both"]
    add(con, 1)
    assert computed(con, part, both) == ["part", "both"]
    assert con.execute("FROM effort.part").fetchall() == [(4,)]
    con.execute("ALTER TABLE clockify.tags DROP COLUMN workspace_id")
    assert computed(con, part, both) == ["part", "both"]
    con.execute("DROP TABLE clockify.tags")
    with pytest.raises(duckdb.CatalogException):
        computed(con, part)


def test_forecasts_are_computed_when_a_day_begins_or_something_happened(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """Of a generated company in Denver and Auckland: the hours of open states grow in between, and the forecasts do not ask.

    They are what they are when computed anew, up to the last moment before they are computed again.
    """
    put(con, generate(now=NOW, size=TINY))
    few = MetricSettings.model_validate({"forecast": {"trials": 50}})
    start = replace(RUN, settings=few)
    tables = [each for each in COMPUTED["project_management"] if each.name in FORECAST_CHAIN]
    forecasts = FORECAST_CHAIN[-3:]
    assert computed(con, *tables, run=start) == list(FORECAST_CHAIN)
    turn = computed_tables(con)
    origins = [turn[f"project_management.{name}"].origins for name in forecasts]
    [until] = {each.holds_until for each in origins if each}
    assert until is not None
    assert NOW + timedelta(minutes=5) < until <= NOW + 24 * HOUR
    just_before = until - timedelta(microseconds=1)
    for moment in (NOW + timedelta(minutes=5), just_before):
        found = computed(con, *tables, run=replace(start, as_of=moment))
        assert "story_states" in found
        assert not {*forecasts} & {*found}
    kept = {each.name: rows(con, each) for each in tables}
    run = replace(start, as_of=just_before)
    computed(con, *tables, run=run, anew=True)
    for each in tables:
        assert rows(con, each) == kept[each.name], f"{each.name} at {just_before}"
    assert {*forecasts} < {*computed(con, *tables, run=replace(start, as_of=until))}
    con.execute(
        "DELETE FROM pivotal_tracker.story_transitions WHERE story_id IN "
        "(SELECT id FROM pivotal_tracker.stories WHERE current_state = 'accepted')"
    )
    assert {*forecasts} < {*computed(con, *tables, run=replace(start, as_of=until))}


def test_in_doubt_it_is_computed(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(con, 30)
    computed(con, TENS)
    con.execute("DELETE FROM effort.tens")
    assert computed(con, TENS) == ["tens"]
    con.execute("UPDATE effort.tens SET n = 4")
    assert computed(con, TENS) == ["tens"]
    assert con.execute("FROM effort.tens").fetchall() == [(3,)]
    con.execute("DROP TABLE effort.tens")
    assert computed(con, TENS) == ["tens"]
    con.execute("UPDATE _pipelines.computed SET contents = NULL")
    assert computed(con, TENS) == ["tens"]
    con.execute("DROP TABLE _pipelines.computed")
    assert computed(con, TENS) == ["tens"]
    monkeypatch.setattr(up_to_date, "code_of", lambda _: "another")
    assert computed(con, TENS) == ["tens"]
    assert computed(con, TENS) == []


def test_a_check_of_other_tables_is_computed_each_time(con: duckdb.DuckDBPyConnection) -> None:
    """It sees what somebody wrote into a table that is not computed in this run."""
    check = replace(HUNDREDS, is_check=True)
    add(con, 100)
    assert computed(con, TENS, check) == ["tens", "hundreds"]
    con.execute("UPDATE effort.tens SET n = 70")
    assert computed(con, check) == ["hundreds"]
    assert con.execute("FROM effort.hundreds").fetchall() == [(7,)]


def test_what_fails_leaves_the_rows_and_is_tried_again(con: duckdb.DuckDBPyConnection) -> None:
    add(con, 30)
    computed(con, TENS)
    add(con, 30)
    broken = replace(TENS, compute=lambda con, _: con.sql("SELECT 1 AS n FROM clockify.nothing"))
    with pytest.raises(duckdb.CatalogException):
        computed(con, broken)
    assert con.execute("FROM effort.tens").fetchall() == [(3,)]
    assert computed(con, TENS) == ["tens"]
    assert con.execute("FROM effort.tens").fetchall() == [(6,)]


#: What may happen between two runs, as statements; "{n}" is a number that differs from time to time.
CHANGES = (
    "DELETE FROM clockify.time_entries WHERE hash(id) % 97 = {n} % 97",
    "UPDATE clockify.time_entries SET description = concat('#', '{n}') WHERE hash(id) % 89 = {n} % 89",
    "UPDATE clockify.time_entries SET billable = NOT billable WHERE hash(id) % 83 = {n} % 83",
    "UPDATE clockify.clients SET name = concat(name, '{n}') WHERE hash(id) % 3 = {n} % 3",
    'UPDATE clockify.projects SET hourly_rate = \'{{"amount": {n}00, "currency": "EUR"}}\' WHERE hash(id) % 3 = {n} % 3',
    "DELETE FROM clockify.time_off_requests WHERE hash(id) % 5 = {n} % 5",
    "UPDATE clockify.users SET name = concat(name, '{n}') WHERE hash(id) % 4 = {n} % 4",
    "UPDATE pivotal_tracker.stories SET estimate = {n} % 8 WHERE id % 31 = {n} % 31",
    "UPDATE pivotal_tracker.stories SET labels = NULL WHERE id % 29 = {n} % 29",
    "DELETE FROM pivotal_tracker.story_transitions WHERE hash(story_id) % 53 = {n} % 53",
    "DELETE FROM pivotal_tracker.activity WHERE hash(guid) % 61 = {n} % 61",
    "UPDATE pivotal_tracker.projects SET velocity_averaged_over = 1 + {n} % 4 WHERE id % 2 = {n} % 2",
)
OTHER = MetricSettings.model_validate(
    {
        "capitalization": {"close_after_days": 10},
        "time_tracking": {"rounding": {"mode": "up"}},
        "forecast": {"seed": 7},
    }
)


@pytest.mark.slow
def test_no_table_is_ever_other_than_computed_whole(tmp_path: Path) -> None:
    """Of two equal warehouses one computes what changed, the other everything: after an hour, and after changes."""
    draw = random.Random(2026)
    changes = [each.format(n=draw.randrange(1000)) for each in draw.sample(CHANGES, 6)]
    tables = [each for family in COMPUTED.values() for each in family]
    path = tmp_path / "changed.duckdb"
    with Warehouse(str(path)).connect() as con:
        for schema, connector in CONNECTORS.items():
            ensure_raw_tables(con, schema, connector.streams)
        ensure_state_tables(con)
        put(con, generate(now=NOW, size=TINY))
        assert computed(con, *tables) == [each.name for each in tables]
    shutil.copy(path, tmp_path / "whole.duckdb")
    later = replace(RUN, as_of=NOW + HOUR)
    for run, statements in ((later, []), (replace(later, settings=OTHER), changes)):
        found, whole = (
            after(tmp_path / name, statements, tables, run, anew=anew)
            for name, anew in (("changed.duckdb", False), ("whole.duckdb", True))
        )
        assert len(found.computed) < len(tables), "it was all computed anew"
        for address in whole.rows:
            assert found.rows[address] == whole.rows[address], f"{address} after {statements}"


@dataclass(frozen=True)
class After:
    """Which tables were computed, and the rows of all."""

    computed: list[str]
    rows: dict[str, list[str]]


def after(
    path: Path, statements: list[str], tables: list[MetricTable], run: MetricRun, *, anew: bool
) -> After:
    with Warehouse(str(path)).connect() as con:
        con.execute("SET threads = 1")
        for statement in statements:
            con.execute(statement)
        names = computed(con, *tables, run=run, anew=anew)
        return After(names, {each.address: rows(con, each) for each in tables})


def rows(con: duckdb.DuckDBPyConnection, table: MetricTable) -> list[str]:
    """The rows of a table in an order of their own; sums of fractions may differ in their last digits."""
    found = con.execute(f"FROM {table.address}").fetchall()
    return sorted(
        repr([f"{value:.9g}" if isinstance(value, float) else value for value in row])
        for row in found
    )
