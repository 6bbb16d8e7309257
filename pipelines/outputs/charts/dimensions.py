"""Dimension tables of the exports: names for the ids in the metric tables, as a star schema needs them.

Here: which there are, and how each is made from the raw tables. Not here: the facts, which are the metric tables, and writing
files (``exports``). ``docs/bi.md`` shows which column leads to which dimension.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dimension:
    """One row per ``key``, from ``tables``; ``joins`` are the columns of metric tables that lead to it."""

    name: str
    key: str
    tables: tuple[str, ...]
    sql: str
    joins: str


DIMENSIONS = (
    Dimension(
        "dim_tracker_projects",
        "project_id",
        ("pivotal_tracker.projects",),
        """
SELECT id AS project_id, name, time_zone->>'olson_name' AS time_zone, iteration_length, week_start_day
FROM pivotal_tracker.projects
""",
        "`project_id` of `project_management.*` and of `effort.effort_per_point`, `effort.estimate_calibration` and "
        "`effort.investment_balance`; `scope_id` of `burnup_daily` where `scope_kind = 'project'`",
    ),
    Dimension(
        "dim_stories",
        "story_id",
        ("project_management.story_facts", "pivotal_tracker.stories"),
        """
SELECT story_id, facts.project_id, facts.name, facts.story_type, facts.current_state, facts.is_deleted, story.url
FROM project_management.story_facts AS facts
LEFT JOIN pivotal_tracker.stories AS story ON story.id = story_id
""",
        "`story_id`",
    ),
    Dimension(
        "dim_epics",
        "epic_id",
        ("pivotal_tracker.epics",),
        "SELECT id AS epic_id, project_id, name, url FROM pivotal_tracker.epics",
        "`epic_id`",
    ),
    Dimension(
        "dim_releases",
        "release_id",
        ("pivotal_tracker.releases",),
        "SELECT id AS release_id, project_id, name, deadline, current_state, url FROM pivotal_tracker.releases",
        "`release_id`",
    ),
    Dimension(
        "dim_labels",
        "label_id",
        ("pivotal_tracker.labels",),
        "SELECT id AS label_id, project_id, name FROM pivotal_tracker.labels",
        "`label_id`",
    ),
    Dimension(
        "dim_clients",
        "client_id",
        ("clockify.clients",),
        "SELECT id AS client_id, name, coalesce(archived, false) AS is_archived FROM clockify.clients",
        "`client_id`",
    ),
    Dimension(
        "dim_clockify_projects",
        "project_id",
        ("clockify.projects",),
        """
SELECT id AS project_id, name, client_id, coalesce(archived, false) AS is_archived, billable AS is_billable
FROM clockify.projects
""",
        "`project_id` of `time_tracking.*` and of `effort.link_coverage`",
    ),
    Dimension(
        "dim_people",
        "user_id",
        ("effort.people",),
        """
SELECT clockify_user_id AS user_id, any_value(name) AS name, any_value(tracker_person_id) AS tracker_person_id
FROM effort.people
WHERE clockify_user_id IS NOT NULL
GROUP BY clockify_user_id
""",
        "`user_id`",
    ),
    Dimension(
        "dim_dates",
        "date",
        ("time_tracking.time_daily",),
        """
SELECT
    CAST(day AS DATE) AS date,
    year(day) AS year,
    year(day) || '-Q' || quarter(day) AS quarter,
    strftime(day, '%Y-%m') AS month,
    CAST(date_trunc('month', day) AS DATE) AS month_start,
    CAST(date_trunc('week', day) AS DATE) AS week_start,
    isodow(day) AS weekday
FROM (
    SELECT unnest(generate_series(
        date_trunc('year', min(local_date)), date_trunc('year', max(local_date)) + INTERVAL 2 YEAR, INTERVAL 1 DAY
    )) AS day
    FROM time_tracking.time_daily
)
""",
        "`local_date`, `date`, `month` (as `month_start`), `week_start`",
    ),
)
