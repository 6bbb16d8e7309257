"""Time entries that name an item of a second delivery source."""

from __future__ import annotations

import pytest

from pipelines.metrics.delivery.source import ITEMS
from pipelines.metrics.effort.time_story_links import TIME_STORY_LINKS
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.sources.pivotal_tracker.crosswalk import Successor
from pipelines_tests.metrics.effort.support import (
    AS_OF,
    add_entry,
    add_story,
    warehouse,
    write_until,
)

SQL = """
SELECT * FROM (VALUES ('SHOP-1', 'p', 'started'), ('SHOP-2', 'p', 'started')) AS t (id, project, state_category),
(SELECT '2026-05-01' AS created_at)
"""
SETTINGS = MetricSettings.model_validate({"delivery": {"items": SQL}})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SHOP-2: refunds", {"SHOP-2": 1.0}),
        ("https://acme.example/browse/SHOP-2", {"SHOP-2": 1.0}),
        ("SHOP-22", {}),
        # The story whose successor it is: its effort stays in one place.
        ("SHOP-1", {"187654321": 1.0}),
        ("#187654321 and SHOP-2", {"187654321": 0.5, "SHOP-2": 0.5}),
    ],
)
def test_an_entry_that_names_an_item_is_spent_on_it(text: str, expected: dict[str, float]) -> None:
    con = warehouse()
    write_metric(con, ITEMS, MetricRun(AS_OF, SETTINGS))
    names = dict(con.execute("SELECT story_id, id FROM delivery.items").fetchall())
    for story_id in (187654321, *names):
        add_story(con, story_id)
    add_entry(con, "e1", description=text)
    crosswalk = (Successor(187654321, "SHOP-1", "jira"),)
    rows = write_until(con, TIME_STORY_LINKS, SETTINGS, crosswalk)
    found = {names.get(row["story_id"], str(row["story_id"])): row["weight"] for row in rows}
    assert found == expected
