"""Effort as of a moment is effort now in a world that ends at that moment: of both sources, with everything in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import duckdb
import pytest

from pipelines.metrics.catalog import COMPUTED, tables_behind
from pipelines.metrics.effort.tables import TABLES
from pipelines.metrics.model import MetricRun, MetricTable
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.simulator.world import TINY, generate
from pipelines_tests.support.generated_tables import put
from pipelines_tests.support.tables import raw_warehouse

#: Until then no story is deleted, which a single read cannot know of; much else happens.
LATER = datetime(2026, 7, 20, 12, tzinfo=timezone.utc)
#: The sources' own sums, with which it compares, have no past.
WITHOUT_A_PAST = "effort.reconciliation"


def world(until: datetime) -> duckdb.DuckDBPyConnection:
    """The company as it was read at ``LATER``, without what began after ``until``; what went on then, still runs."""
    con = raw_warehouse()
    later = generate(now=LATER, size=TINY)
    put(con, replace(later, tracker=generate(now=until, size=TINY).tracker))
    con.execute(
        "DELETE FROM clockify.time_entries WHERE (time_interval ->> 'start')::TIMESTAMPTZ > $until",
        {"until": until},
    )
    con.execute(
        "UPDATE clockify.time_entries SET time_interval = json_object('start', time_interval ->> 'start') "
        "WHERE (time_interval ->> 'end')::TIMESTAMPTZ > $until",
        {"until": until},
    )
    return con


def computed(con: duckdb.DuckDBPyConnection, as_of: datetime) -> dict[str, list[str]]:
    """The rows of all tables of effort, by address."""
    run = MetricRun(as_of=as_of, settings=MetricSettings())
    needed = tables_behind(table.address for table in TABLES)
    for family in COMPUTED.values():
        for table in family:
            if table.address in needed:
                write_metric(con, table, run)
    return {table.address: rows(con, table) for table in TABLES if table.address != WITHOUT_A_PAST}


def rows(con: duckdb.DuckDBPyConnection, table: MetricTable) -> list[str]:
    """The rows in an order of their own; sums of fractions may differ in their last digits."""
    found = con.execute(f"FROM {table.address}").fetchall()
    return sorted(
        repr([f"{value:.9g}" if isinstance(value, float) else value for value in row])
        for row in found
    )


@pytest.mark.slow
@pytest.mark.parametrize("day", [(5, 20), (6, 30)])
def test_as_of_then_is_now_in_a_world_cut_then(day: tuple[int, int]) -> None:
    """At 15:00 UTC some people work, others do not yet or do not any more."""
    then = datetime(2026, *day, 15, tzinfo=timezone.utc)
    everything, cut = world(LATER), world(then)
    entries = "SELECT count(*), count(time_interval ->> 'end') FROM clockify.time_entries"
    [(all_entries, _)], [(entries_then, ended)] = (
        con.execute(entries).fetchall() for con in (everything, cut)
    )
    assert all_entries > entries_then > ended
    looked_back, at_the_time = computed(everything, then), computed(cut, then)
    for address, found in at_the_time.items():
        assert looked_back[address] == found, address
    assert sum(bool(found) for found in at_the_time.values()) >= 15
