"""The definitions as tables: what they say of a small warehouse, and laws over all tables that there are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import duckdb
import pytest

from pipelines.metrics.catalog import COMPUTED, FAMILIES
from pipelines.metrics.catalog_schema.entries import entries
from pipelines.metrics.catalog_schema.relations import joins
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import load
from pipelines.metrics.time_tracking.tables import TABLES as TIME_TRACKING
from pipelines.metrics.write import write_metric
from pipelines_tests.support.metric_tables import metric_warehouse

AS_OF = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
ABOUT = entries(COMPUTED)
RUN = MetricRun(as_of=AS_OF, settings=load(None))


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """Two users, one metric table computed, a check of it that failed, and the catalog."""
    connection = metric_warehouse()
    connection.execute("INSERT INTO clockify.users (id, name) VALUES ('a', 'Ann'), ('b', 'Ben')")
    (overlap,) = (table for table in TIME_TRACKING if table.name == "overlap_daily")
    write_metric(connection, overlap, RUN)
    connection.execute("DROP TABLE effort.people")
    run = MetricRun(
        as_of=AS_OF,
        settings=load(None),
        failing={"time_tracking.overlap_daily": ("grain: 1 duplicate key, 0 incomplete keys.",)},
    )
    for table in FAMILIES["catalog"]:
        write_metric(connection, table, run)
    yield connection
    connection.close()


def table_row(con: duckdb.DuckDBPyConnection, address: str) -> dict[str, Any]:
    cursor = con.execute("SELECT * FROM catalog.tables WHERE address = $1", [address])
    names = [column[0] for column in cursor.description or ()]
    (row,) = cursor.fetchall()
    return dict(zip(names, row, strict=True))


def test_a_computed_table_has_its_definition_and_its_state(con: duckdb.DuckDBPyConnection) -> None:
    row = table_row(con, "time_tracking.overlap_daily")
    assert row["family"] == "time_tracking"
    assert row["grain"] == ["user_id", "local_date"]
    assert row["definition"].startswith("One row per person and local day with work.")
    assert row["inputs"] == ["time_tracking.time_entry_days"]
    assert (row["additive"], row["additive_reason"]) == (True, None)
    assert row["as_of"] == AS_OF
    assert row["row_count"] == 0
    assert row["last_materialized_at"] > AS_OF
    assert row["checks_failing"] == 1
    assert row["failing"] == ["grain: 1 duplicate key, 0 incomplete keys."]


def test_a_raw_table_has_its_key_and_its_rows(con: duckdb.DuckDBPyConnection) -> None:
    row = table_row(con, "clockify.users")
    assert (row["grain"], row["row_count"], row["checks_failing"]) == (["id"], 2, 0)
    assert row["additive"] is None, "nobody says so of a raw table"
    assert row["as_of"] is None


def test_a_table_that_is_not_there_has_no_row_count(con: duckdb.DuckDBPyConnection) -> None:
    row = table_row(con, "effort.people")
    assert (row["row_count"], row["last_materialized_at"]) == (None, None)


def test_the_settings_in_force_stand_beside_what_depends_on_them(
    con: duckdb.DuckDBPyConnection,
) -> None:
    settings = json.loads(table_row(con, "time_tracking.capacity_daily")["settings"])
    assert settings["time_tracking.daily_hours"] == 8.0


def test_where_nobody_knows_of_checks_the_catalog_does_not_say_none() -> None:
    with metric_warehouse() as con:
        write_metric(con, FAMILIES["catalog"][0], RUN)
        assert table_row(con, "effort.people")["checks_failing"] is None


@pytest.mark.parametrize(
    ("address", "column", "unit", "adds"),
    [
        ("time_tracking.time_daily", "tracked_hours", "h", "always"),
        ("time_tracking.project_finance", "revenue", "currency", "within a currency"),
        ("time_tracking.project_finance", "effective_rate", "currency/h", "never"),
        ("project_management.iteration_metrics", "points", "points", "within a project"),
        ("project_management.iteration_metrics", "velocity", "points", "never"),
        ("project_management.iteration_metrics", "cycle_median_hours", "h", "never"),
        ("project_management.flow_daily", "wip", "count", "never"),
        ("time_tracking.utilization_weekly", "utilization_pct", "%", "never"),
        ("time_tracking.tag_hours", "hours", "h", "never"),
        ("effort.label_cost", "hours_allocated", "h", "always"),
        ("effort.label_cost", "hours_full", "h", "never"),
        ("project_management.throughput_weekly", "accepted", "count", "always"),
        ("project_management.story_facts", "created_at", "UTC", "never"),
    ],
)
def test_units_and_what_may_be_added_up(
    con: duckdb.DuckDBPyConnection, address: str, column: str, unit: str, adds: str
) -> None:
    found = con.execute(
        'SELECT unit, adds FROM catalog.columns WHERE address = $1 AND "column" = $2',
        [address, column],
    ).fetchone()
    assert found == (unit, adds)


def test_lineage_of_a_column_leads_to_its_sources(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute(
        "SELECT lineage FROM catalog.columns "
        "WHERE address = 'effort.story_effort' AND \"column\" = 'story_id'"
    ).fetchone()
    assert found == (["effort.time_story_links.story_id"],)


def test_no_ratio_percentile_or_rate_is_ever_added_up() -> None:
    """A law of names, over all tables there are and will be."""
    for entry in ABOUT.values():
        for column in entry.columns:
            if column.name.endswith(("_pct", "_rate", "_id")) or column.name.startswith(
                ("p50", "p85", "median", "mean")
            ):
                assert column.adds in (None, "never"), f"{entry.address}.{column.name}"


def test_whatever_may_be_added_up_has_a_unit() -> None:
    for entry in ABOUT.values():
        for column in entry.columns:
            if column.adds not in (None, "never"):
                assert column.unit, f"{entry.address}.{column.name}"


def test_no_money_is_added_without_its_currency_beside_it() -> None:
    for entry in ABOUT.values():
        money = [column for column in entry.columns if column.adds == "within a currency"]
        if money:
            assert any("currency" in column.name for column in entry.columns), entry.address


def test_joins_compare_declared_columns_of_the_same_type_and_lead_to_one_row() -> None:
    for join in joins(ABOUT):
        left, right = ABOUT[join.left_address], ABOUT[join.right_address]
        for mine, theirs in zip(join.left, join.right, strict=True):
            a, b = left.column(mine), right.column(theirs)
            assert a is not None
            assert b is not None
            assert a.type == b.type, join
        is_key = set(right.grain) <= set(join.right)
        is_person = join.right_address == "effort.people"
        assert is_key or is_person, join


def test_joins_across_the_sources_are_there() -> None:
    pairs = {(join.left_address, join.right_address) for join in joins(ABOUT)}
    assert {
        ("effort.time_story_links", "project_management.story_facts"),
        ("effort.time_story_links", "time_tracking.time_entry_facts"),
        ("clockify.users", "effort.people"),
        ("pivotal_tracker.comments", "effort.people"),
        ("project_management.story_facts", "project_management.iteration_metrics"),
    } <= pairs


def test_projects_of_the_two_sources_are_never_taken_for_each_other() -> None:
    for join in joins(ABOUT):
        for name, entry in ((join.left, join.left_address), (join.right, join.right_address)):
            if name == ("project_id",) and entry == "effort.link_coverage":
                assert join.right_address.startswith(("clockify.", "time_tracking."))


def test_every_table_is_described_with_all_its_columns(con: duckdb.DuckDBPyConnection) -> None:
    told = dict(
        con.execute("SELECT address, count(*) FROM catalog.columns GROUP BY ALL").fetchall()
    )
    metrics = [table for tables in COMPUTED.values() for table in tables]
    assert {table.address: len(table.columns) for table in metrics}.items() <= told.items()
