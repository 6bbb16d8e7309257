"""Open stories that went on in another system leave Tracker's scope on the day of the migration."""

from __future__ import annotations

from typing import Any

import duckdb

from pipelines.metrics.model import MetricRun
from pipelines.metrics.project_management.tables import TABLES
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.sources.pivotal_tracker.crosswalk import TRACKER_V5, Successor
from pipelines.sources.pivotal_tracker.importers import Titled
from pipelines_tests.metrics.project_management.support import add_story, instant, warehouse

NAMED = (Successor(1, "ENG-1", "linear"), Successor(2, "ENG-2", "linear"))


def compute(
    con: duckdb.DuckDBPyConnection,
    as_of: str = "2026-03-31 00:00",
    day: str | None = "2026-03-10",
    crosswalk: tuple[Successor, ...] = NAMED,
) -> None:
    """All tables, with the migration on that day."""
    settings = MetricSettings.model_validate({"migration": {"day": day}} if day else {})
    for table in TABLES:
        write_metric(con, table, MetricRun(instant(as_of), settings, crosswalk))


def found(con: duckdb.DuckDBPyConnection, sql: str) -> list[Any]:
    return con.execute(sql).fetchall()


def company() -> duckdb.DuckDBPyConnection:
    """Stories 1, 2 and 3 in progress since March 2 in Denver, seven hours behind; 4 was accepted on March 9."""
    con = warehouse(zone="America/Denver")
    for story_id in (1, 2, 3):
        add_story(con, story_id, ("started", "2026-03-02 12:00"), estimate=1)
    add_story(con, 4, ("started", "2026-03-02 12:00"), ("accepted", "2026-03-09 12:00"), estimate=1)
    return con


def test_named_open_stories_are_gone_from_the_day_on() -> None:
    con = company()
    compute(con, crosswalk=(*NAMED, Successor(4, "ENG-4", "linear")))
    # Midnight of March 10 in Denver, where clocks went forward on March 8.
    gone = instant("2026-03-10 06:00")
    assert found(
        con,
        "SELECT story_id, migrated_at, is_deleted FROM project_management.story_facts ORDER BY story_id",
    ) == [(1, gone, True), (2, gone, True), (3, None, False), (4, None, False)]
    assert found(con, "SELECT story_id FROM project_management.aging_wip") == [(3,)]
    assert found(
        con,
        "SELECT day(date), scope_stories, accepted_stories FROM project_management.burnup_daily "
        "WHERE scope_kind = 'project' AND date BETWEEN '2026-03-08' AND '2026-03-11' ORDER BY date",
    ) == [(8, 4, 0), (9, 4, 1), (10, 2, 1), (11, 2, 1)]
    horizons = "SELECT DISTINCT horizon FROM project_management.forecast WHERE question = 'when'"
    assert found(con, horizons) == [(1,)]


def test_before_the_day_and_without_it_nothing_leaves() -> None:
    for told in ({"as_of": "2026-03-10 05:59"}, {"day": None}, {"crosswalk": ()}):
        con = company()
        compute(con, **told)
        assert found(con, "SELECT count(*) FROM project_management.aging_wip") == [(3,)], told


def test_what_happened_here_after_the_migration_is_no_work() -> None:
    """Somebody put story 1 into the icebox a week later; its stay in progress ends with the migration all the same."""
    con = warehouse()
    add_story(con, 1, ("started", "2026-03-02 00:00"), ("unscheduled", "2026-03-17 00:00"))
    compute(con)
    states = "SELECT state, hours FROM project_management.story_states WHERE hours > 0 ORDER BY seq"
    assert found(con, states) == [("started", 8 * 24.0)]


def test_a_successor_that_kept_its_id_is_the_story_itself() -> None:
    con = company()
    compute(con, crosswalk=(Successor(1, "1", TRACKER_V5), Successor(2, "2002", TRACKER_V5)))
    aging = "SELECT story_id FROM project_management.aging_wip ORDER BY story_id"
    assert found(con, aging) == [(1,), (3,)]


def test_a_title_tells_a_story_where_only_one_has_it() -> None:
    """Two stories are called Refunds, and two successors Search: neither title tells which story went on."""
    con = warehouse()
    for story_id, name in ((1, "Pay by card"), (2, "Refunds"), (3, "Refunds"), (4, "Search")):
        add_story(con, story_id, ("started", "2026-03-02 00:00"), name=name)
    titles = [
        Titled(title, key, "jira")
        for title, key in (
            ("pay by CARD ", "SHOP-1"),
            ("Refunds", "SHOP-2"),
            ("Search", "SHOP-3"),
            ("Search", "SHOP-4"),
        )
    ]
    settings = MetricSettings.model_validate({"migration": {"day": "2026-03-10"}})
    run = MetricRun(instant("2026-03-31 00:00"), settings, titles=titles)
    for table in TABLES:
        write_metric(con, table, run)
    gone = "SELECT story_id FROM project_management.story_facts WHERE migrated_at IS NOT NULL"
    assert found(con, gone) == [(1,)]
