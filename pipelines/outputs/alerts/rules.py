"""The alerts: numbers that went over a threshold of the settings, each by name.

Not here: who is told, and whether it was told before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.metrics.settings import AlertSettings
from pipelines.metrics.tables_there import exists
from pipelines.outputs.report.figure import completed
from pipelines.outputs.report.people_sql import person_name
from pipelines.outputs.report.periods import FULL_WEEKS
from pipelines.outputs.report.questions.catalog import QUESTIONS
from pipelines.outputs.report.snapshots import earlier, taken
from pipelines.outputs.report.wording import day

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Alert:
    """One thing to tell. It is told again when its ``key`` is another, and only then."""

    key: str
    text: str


@dataclass(frozen=True)
class Ground:
    """What a rule looks at: tables, now, thresholds, and the folder with what earlier reports said."""

    con: duckdb.DuckDBPyConnection
    as_of: datetime
    settings: AlertSettings
    folder: Path


@dataclass(frozen=True)
class Rule:
    """A rule by the name that the settings give it; ``found`` gives its alerts, the worst first."""

    name: str
    title: str
    tables: tuple[str, ...]
    found: Callable[[Ground], list[Alert]]


def alerts(rule: Rule, ground: Ground) -> list[Alert]:
    """What the rule finds; nothing where it is off or a table is not computed yet."""
    if rule.name not in ground.settings.on:
        return []
    if not all(exists(ground.con, table) for table in rule.tables):
        return []
    return rule.found(ground)


def _rows(ground: Ground, sql: str) -> list[Alert]:
    """The alerts of a query of ``key`` and ``text``."""
    return [Alert(*row) for row in ground.con.execute(completed(sql, ground.as_of)).fetchall()]


def _budgets(ground: Ground) -> list[Alert]:
    steps = ", ".join(str(step) for step in ground.settings.budget_pct) or "NULL"
    return _rows(
        ground,
        f"""
SELECT
    concat_ws(':', project_id, cycle_start, step) AS key,
    format('{{}}: {{:.0f}} % of the budget used (over {{:.0f}} %)', coalesce(project_name, project_id), used_pct, step)
FROM (
    SELECT *
    FROM time_tracking.project_budget
    QUALIFY cycle_start = max(cycle_start) OVER (PARTITION BY project_id)
)
JOIN (SELECT CAST(unnest([{steps}]) AS DOUBLE) AS step) ON used_pct >= step
QUALIFY step = max(step) OVER (PARTITION BY project_id)
ORDER BY used_pct DESC, key
""",
    )


def _old_work(ground: Ground) -> list[Alert]:
    return _rows(
        ground,
        f"""
SELECT
    CAST(story_id AS VARCHAR) AS key,
    format(
        '{{}} #{{}} ({{}}): in progress for {{:.0f}} days, longer than {{:.0f}} % of the finished stories',
        coalesce(facts.name, 'Story'), story_id, coalesce(project.name, 'Project ' || aging.project_id),
        age_hours / 24, percentile_vs_history
    )
FROM project_management.aging_wip AS aging
JOIN project_management.story_facts AS facts USING (story_id)
LEFT JOIN pivotal_tracker.projects AS project ON project.id = aging.project_id
WHERE percentile_vs_history > {ground.settings.old_work_percentile}
ORDER BY percentile_vs_history DESC, age_hours DESC, key
""",
    )


def _deadlines(ground: Ground) -> list[Alert]:
    (late,) = (asked for asked in QUESTIONS if asked.figure.name == "releases_late")
    return _rows(
        ground,
        f"SELECT concat_ws(':', name, deadline) AS key, name || ': ' || note FROM ({late.found}) ORDER BY {late.worst}",
    )


def _forecasts(ground: Ground) -> list[Alert]:
    """Dates that moved since the report of about a week before."""
    before = earlier(ground.folder, ground.as_of)
    found = []
    for key, after in taken(ground.con, ground.as_of).get("projects", {}).items():
        then = (before or {}).get("projects", {}).get(key, {}).get("finish")
        if not then or not after["finish"]:
            continue
        moved = (date.fromisoformat(after["finish"]) - date.fromisoformat(then)).days
        if abs(moved) > ground.settings.forecast_moved_days:
            direction = "later" if moved > 0 else "earlier"
            finish = day(date.fromisoformat(after["finish"]))
            text = f"{after['name']}: backlog finished by {finish} (85 %), {abs(moved)} days {direction} than a week ago"
            found.append(Alert(f"{key}:{after['finish']}", text))
    return found


def _timesheets(ground: Ground) -> list[Alert]:
    return _rows(
        ground,
        f"""
SELECT
    user_id || ':' || max(local_date) AS key,
    format(
        '{{}}: no time on {{}}',
        {person_name("any_value(user_name)")},
        string_agg(strftime(local_date, '%-d %b'), ', ' ORDER BY local_date)
    )
FROM time_tracking.timesheet_compliance
WHERE
    expected_hours > 0
    AND logged_hours = 0
    AND local_date >= CAST($as_of AS DATE) - 7
    AND local_date < CAST($as_of AS DATE)
GROUP BY user_id
HAVING count(*) >= {ground.settings.missing_timesheet_days}
ORDER BY count(*) DESC, key
""",
    )


def _unlinked(ground: Ground) -> list[Alert]:
    return _rows(
        ground,
        f"""
WITH{FULL_WEEKS},
total AS (
    SELECT
        max(week_start) AS newest,
        100 * sum(unlinked_hours) / nullif(sum(tracked_hours), 0) AS share
    FROM effort.link_coverage
    JOIN weeks USING (week_start)
    WHERE place <= 4
)
SELECT
    CAST(newest AS VARCHAR) AS key,
    format('{{:.0f}} % of the hours of the last 4 full weeks are not linked to a story', share)
FROM total
WHERE share > {ground.settings.unlinked_pct}
""",
    )


RULES = (
    Rule("budgets", "Budgets", ("time_tracking.project_budget",), _budgets),
    Rule(
        "old_work",
        "Old work in progress",
        (
            "project_management.aging_wip",
            "project_management.story_facts",
            "pivotal_tracker.projects",
        ),
        _old_work,
    ),
    Rule(
        "deadlines",
        "Deadlines",
        (
            "project_management.release_status",
            "pivotal_tracker.projects",
            "pivotal_tracker.releases",
        ),
        _deadlines,
    ),
    Rule(
        "forecasts",
        "Forecasts that moved",
        (
            "project_management.forecast",
            "project_management.burnup_daily",
            "pivotal_tracker.projects",
        ),
        _forecasts,
    ),
    Rule("timesheets", "Missing timesheets", ("time_tracking.timesheet_compliance",), _timesheets),
    Rule(
        "unlinked",
        "Hours without a story",
        ("effort.link_coverage", "time_tracking.utilization_weekly"),
        _unlinked,
    ),
)
