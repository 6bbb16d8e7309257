"""A table whose optional input failed is computed all the same, says what it does not know, and keeps what it does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import duckdb
import pytest

from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.effort.link_coverage import LINK_COVERAGE
from pipelines.metrics.effort.reconciliation import RECONCILIATION
from pipelines.metrics.left_out import left_out
from pipelines.metrics.model import MetricRun, MetricTable
from pipelines.metrics.project_management.aging_wip import AGING_WIP
from pipelines.metrics.project_management.work_in_progress import WORK_IN_PROGRESS
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.warehouse.computed import Origins, ensure_computed, remember_computed
from pipelines_tests.metrics.effort.support import add_entry, add_story, warehouse, write_until
from pipelines_tests.metrics.project_management import support as delivery
from pipelines_tests.support.metric_tables import metric_warehouse

RUN = MetricRun(datetime(2026, 6, 30, 12, tzinfo=timezone.utc), MetricSettings())
WITH_OPTIONAL = [table for tables in FAMILIES.values() for table in tables if table.optional]


def without(*addresses: str) -> MetricRun:
    return replace(RUN, left_out=dict.fromkeys(addresses, "it failed"))


@pytest.mark.parametrize("table", WITH_OPTIONAL, ids=lambda table: table.address)
def test_no_optional_input_is_needed(table: MetricTable) -> None:
    """Each of them is an input, and with all of them gone the table is still computed."""
    assert set(table.optional) <= set(table.inputs)
    con = metric_warehouse()
    for address in table.optional:
        con.execute(f"DROP TABLE {address}")
    write_metric(con, table, without(*table.optional))


def test_coverage_without_suggestions() -> None:
    """3 of 4 h are linked, whatever became of the suggestions; how much these would gain is not known, and not 0."""
    con = warehouse()
    add_story(con, 187654321)
    add_entry(con, "e1", description="#187654321", hours=3.0)
    add_entry(con, "e2", description="lunch talk", hours=1.0)
    (row,) = write_until(con, LINK_COVERAGE)
    assert (row["coverage_pct"], row["suggested_hours"]) == (75.0, 0.0)
    con.execute("DROP TABLE effort.link_suggestions")
    write_metric(con, LINK_COVERAGE, without("effort.link_suggestions"))
    found = con.execute("SELECT coverage_pct, suggested_hours FROM effort.link_coverage").fetchall()
    assert found == [(75.0, None)]


def test_work_in_progress_without_blockers() -> None:
    """A story in progress with an open blocker: its age is known without the table of blockers, who is blocked is not."""
    con = delivery.warehouse()
    delivery.add_story(con, 1, ("unstarted", "2026-06-01 09:00"), ("started", "2026-06-29 09:00"))
    for table in FAMILIES["project_management"]:
        if table.name in ("iterations", "story_states", "story_facts"):
            write_metric(con, table, RUN)
    run = without("project_management.story_blocks")
    for table in (AGING_WIP, WORK_IN_PROGRESS):
        write_metric(con, table, run)
    found = con.execute("SELECT age_hours, blocked FROM project_management.aging_wip").fetchall()
    assert found == [(27.0, None)]
    found = con.execute(
        "SELECT stories, blocked FROM project_management.work_in_progress"
    ).fetchall()
    assert found == [(1, None)]


def test_checks_of_a_table_that_failed_have_no_row() -> None:
    con = metric_warehouse()
    con.execute("CREATE OR REPLACE TABLE effort.link_coverage (broken INTEGER)")
    write_metric(con, RECONCILIATION, without("effort.link_coverage"))
    names = {
        name for (name,) in con.execute("SELECT check_name FROM effort.reconciliation").fetchall()
    }
    assert "hours_of_entries_and_links" not in names
    assert "hours_of_entries_and_days" in names


@pytest.fixture
def computed() -> duckdb.DuckDBPyConnection:
    """Coverage, its inputs, and nothing that was computed yet as far as is remembered."""
    con = metric_warehouse()
    ensure_computed(con)
    return con


def test_why_an_input_is_left_out(computed: duckdb.DuckDBPyConnection) -> None:
    suggestions = "effort.link_suggestions"
    assert left_out(computed, LINK_COVERAGE, ()) == {}
    assert left_out(computed, LINK_COVERAGE, {suggestions: "why"}) == {suggestions: "it failed"}
    computed.execute(f"DROP TABLE {suggestions}")
    assert left_out(computed, LINK_COVERAGE, ()) == {suggestions: "it was never computed"}


def test_an_input_that_failed_in_an_earlier_run_is_left_out(
    computed: duckdb.DuckDBPyConnection,
) -> None:
    """Suggestions of yesterday are about the links of yesterday, until they are computed again."""
    suggestions, links = "effort.link_suggestions", "effort.time_story_links"

    def remember(address: str, contents: str, **inputs: str) -> None:
        origins = Origins(contents, "code", {links: inputs["links"]} if inputs else {}, {}, None)
        remember_computed(computed, address, RUN.as_of, origins=origins)

    remember(links, "links of today")
    remember(suggestions, "suggestions", links="links of yesterday")
    told = left_out(computed, LINK_COVERAGE, ())
    assert told == {suggestions: "it is older than what it is made of"}
    remember(suggestions, "suggestions", links="links of today")
    assert left_out(computed, LINK_COVERAGE, ()) == {}
