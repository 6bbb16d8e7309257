"""How often suggestions are right, on generated companies whose links are known and a fifth of which is hidden."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import duckdb
import pytest

from pipelines.metrics.catalog import COMPUTED
from pipelines.metrics.effort.link_evidence import DAYS
from pipelines.metrics.effort.link_suggestions import LINK_SUGGESTIONS, WORTH_A_LOOK
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.simulator.world import TINY, generate
from pipelines_tests.support.generated_tables import put
from pipelines_tests.support.metric_tables import metric_warehouse

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
RUN = MetricRun(as_of=NOW, settings=MetricSettings())
SEEDS = (1, 2, 3)
_NEEDED = {
    "project_management.iterations", "project_management.story_states", "project_management.story_facts",
    "time_tracking.time_entry_facts", "time_tracking.history_coverage", "effort.people", "effort.story_crosswalk",
    "effort.story_vectors", "effort.story_references", "effort.time_story_links",
}  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """Of one company: hidden entries, suggestions worth a look, and how many of these were right."""

    hidden: int
    suggested: int
    right: int


def company(seed: int) -> duckdb.DuckDBPyConnection:
    con = metric_warehouse()
    put(con, generate(now=NOW, size=TINY, seed=seed))
    for table in (table for tables in COMPUTED.values() for table in tables):
        if table.address in _NEEDED:
            write_metric(con, table, RUN)
    return con


def counted(con: duckdb.DuckDBPyConnection) -> Counted:
    """Hide the links of every fifth entry, suggest, and compare. References in texts are never looked at."""
    con.execute("CREATE TABLE truth AS FROM effort.time_story_links")
    con.execute("DELETE FROM effort.time_story_links WHERE hash(entry_id) % 5 = 0")
    write_metric(con, LINK_SUGGESTIONS, RUN)
    row = con.execute(
        """
        WITH
        hidden AS (
            SELECT entry_id, list(story_id) AS stories
            FROM truth
            WHERE entry_id NOT IN (SELECT entry_id FROM effort.time_story_links)
            GROUP BY entry_id
        ),
        found AS (
            FROM effort.link_suggestions
            LEFT JOIN hidden USING (entry_id)
            WHERE rank = 1 AND score >= $worth
        )
        SELECT
            (SELECT count(*) FROM hidden JOIN time_tracking.time_entry_facts USING (entry_id) WHERE started_at > $from),
            (SELECT count(*) FROM found),
            (SELECT count(*) FROM found WHERE list_contains(stories, story_id))
        """,
        {"worth": WORTH_A_LOOK, "from": NOW - timedelta(days=DAYS)},
    ).fetchone()
    assert row is not None
    return Counted(*row)


def test_suggestions_worth_a_look_are_right_in_85_percent_and_more() -> None:
    """A suggestion for time that is really about no story counts as wrong, too."""
    found = [counted(company(seed)) for seed in SEEDS]
    hidden = sum(one.hidden for one in found)
    suggested = sum(one.suggested for one in found)
    right = sum(one.right for one in found)
    told = f"{right} of {suggested} were right; of {hidden} hidden entries"
    assert suggested >= 0.2 * hidden, f"recall is too low: {told}"
    assert right >= 0.85 * suggested, f"precision is too low: {told}"
    for one in found:
        assert one.right >= 0.8 * one.suggested, one
