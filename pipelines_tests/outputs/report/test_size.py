"""The report of a large company: 5,000 people and 200 projects in a minute, and no page that is slow to open."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pipelines.metrics.settings import ReportSettings
from pipelines.outputs.report.page import write_report
from pipelines_tests.outputs import crowd
from pipelines_tests.support.metric_tables import metric_warehouse

#: Of processor time: others may use the machine, too.
SECONDS = 60
LARGEST = 3_000_000

#: Names for the crowd of the charts' tests, multiplied.
_PEOPLE = """
INSERT INTO clockify.users BY NAME SELECT 'u' || n AS id, 'Person ' || n AS name FROM range(5000) AS people (n);
INSERT INTO clockify.clients BY NAME SELECT 'c' || n AS id, 'Client ' || n AS name FROM range(100) AS clients (n);
INSERT INTO clockify.projects BY NAME
SELECT 'p' || n AS id, 'Project ' || n AS name, 'c' || n % 100 AS client_id FROM range(200) AS projects (n);
INSERT INTO clockify.user_groups BY NAME
SELECT 't' || n AS id, 'Team ' || n AS name, to_json(list_transform(range(50), k -> 'u' || (50 * n + k))) AS user_ids
FROM range(100) AS teams (n);
INSERT INTO time_tracking.time_daily BY NAME
SELECT
    'u' || person AS user_id, DATE '2026-06-30' - CAST(n AS INTEGER) AS local_date, 'p' || person % 200 AS project_id,
    8.0 AS tracked_hours, 4.0 AS billable_hours
FROM range(60, 5000) AS people (person) CROSS JOIN range(60) AS days (n);
INSERT INTO time_tracking.utilization_weekly BY NAME
SELECT
    'u' || person AS user_id, 'Person ' || person AS user_name, DATE '2026-06-22' - CAST(7 * n AS INTEGER) AS week_start,
    false AS is_partial, 40 AS net_capacity_hours, 40 AS capacity_hours, 36 AS tracked_hours, 18 AS billable_hours,
    90 AS net_utilization_pct
FROM range(60, 5000) AS people (person) CROSS JOIN range(9) AS weeks (n);
INSERT INTO pivotal_tracker.projects BY NAME SELECT n AS id, 'Project ' || n AS name FROM range(7, 201) AS projects (n);
INSERT INTO project_management.story_facts BY NAME
SELECT
    1000000 + 1000 * project + n AS story_id, project AS project_id, 'Story ' || n AS name, 'bug' AS story_type,
    'accepted' AS current_state, TIMESTAMPTZ '2026-06-20 12:00:00Z' - to_days(n::INTEGER) AS accepted_at,
    TIMESTAMPTZ '2026-01-01 12:00:00Z' AS created_at, 24.0 AS cycle_hours, 2.0 AS points, false AS is_deleted
FROM range(7, 201) AS projects (project) CROSS JOIN range(100) AS stories (n);
"""


@pytest.mark.slow
def test_the_report_of_a_large_company(tmp_path: Path) -> None:
    with metric_warehouse() as con:
        crowd.fill(con)
        con.execute(_PEOPLE)
        began = time.process_time()
        write_report(
            con, crowd.AS_OF, tmp_path, mode="live", settings=ReportSettings(person_pages=True)
        )
        took = time.process_time() - began
    pages = [tmp_path / "report.html", *(tmp_path / "report").glob("*.html")]
    assert len(pages) > 5400
    largest = max(pages, key=lambda page: page.stat().st_size)
    assert largest.stat().st_size < LARGEST, largest.name
    assert took < SECONDS
