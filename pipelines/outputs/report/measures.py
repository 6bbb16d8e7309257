"""What the pages of projects, clients, teams and people measure in each of their periods.

A measure is read for all subjects at once, so that a thousand pages cost no more queries than one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from pipelines.metrics.tables_there import exists
from pipelines.outputs.report.figure import Kind
from pipelines.outputs.report.listing import records_if_readable
from pipelines.outputs.report.spans import Span, spans_sql

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Measure:
    """A number of each subject in each period.

    ``sql`` begins with ``WITH $spans`` and gives ``subject``, ``span``, ``is_previous``, ``value`` and, for money,
    ``currency``. Where it gives no row, the value is zero if ``adds_up``, else not known.
    """

    name: str
    label: str
    meaning: str
    kind: Kind
    tables: tuple[str, ...]
    sql: str
    better: Literal["more", "less"] | None = None
    adds_up: bool = True


@dataclass(frozen=True)
class Measured:
    """A measure in one period beside the one before."""

    value: Any = None
    previous: Any = None
    currency: str | None = None


#: By subject and period.
Found = dict[tuple[str, str], list[Measured]]


def measured(
    con: duckdb.DuckDBPyConnection, measure: Measure, spans: Sequence[Span]
) -> Found | None:
    """The measure of every subject in every period; None when a table that it needs is missing or broken."""
    if not all(exists(con, table) for table in measure.tables):
        return None
    rows = records_if_readable(con, measure.sql.replace("$spans", spans_sql(spans)))
    if rows is None:
        return None
    found: dict[tuple[str, str], dict[str | None, Measured]] = defaultdict(dict)
    for row in rows:
        of_currency = found[str(row["subject"]), row["span"]]
        currency = row.get("currency")
        known = of_currency.get(currency, Measured(currency=currency))
        field = "previous" if row["is_previous"] else "value"
        of_currency[currency] = replace(known, **{field: row["value"]})
    return {
        key: [each for _, each in sorted(of.items(), key=lambda one: str(one[0]))]
        for key, of in found.items()
    }


def _of_stories(value: str, day: str = "accepted_at") -> str:
    return f"""
WITH $spans,
stories AS (
    SELECT facts.*, CAST(facts.{day} AT TIME ZONE coalesce(project.time_zone->>'olson_name', 'UTC') AS DATE) AS day
    FROM project_management.story_facts AS facts
    JOIN pivotal_tracker.projects AS project ON project.id = facts.project_id
    WHERE story_type != 'release' AND NOT is_deleted AND facts.{day} IS NOT NULL
)
SELECT project_id AS subject, span, is_previous, {value} AS value
FROM stories
JOIN spans ON day BETWEEN first_day AND last_day
GROUP BY ALL
"""


_STORIES = ("project_management.story_facts", "pivotal_tracker.projects")

PROJECT_MEASURES = (
    Measure(
        "accepted",
        "Accepted stories",
        "Features, bugs and chores accepted, by the local days of the project.",
        "count",
        _STORIES,
        _of_stories("count(*)"),
        "more",
    ),
    Measure(
        "points",
        "Accepted points",
        "Points of the accepted stories.",
        "points",
        _STORIES,
        _of_stories("coalesce(sum(points), 0)"),
        "more",
    ),
    Measure(
        "created",
        "Created stories",
        "Features, bugs and chores created.",
        "count",
        _STORIES,
        _of_stories("count(*)", "created_at"),
    ),
    Measure(
        "cycle_time",
        "Median cycle time",
        "Median time from first start to last acceptance of the accepted stories.",
        "days",
        _STORIES,
        _of_stories("median(cycle_hours)"),
        "less",
        adds_up=False,
    ),
    Measure(
        "linked_hours",
        "Hours linked to stories",
        "Tracked hours that name a story of the project.",
        "hours",
        ("effort.time_story_links", "project_management.story_facts"),
        """
WITH $spans,
daily AS (
    SELECT project_id, links.local_date, sum(links.hours) AS hours
    FROM effort.time_story_links AS links
    JOIN project_management.story_facts USING (story_id)
    GROUP BY ALL
)
SELECT project_id AS subject, span, is_previous, sum(hours) AS value
FROM daily
JOIN spans ON local_date BETWEEN first_day AND last_day
GROUP BY ALL
""",
    ),
)


def _of_days(subjects: str, value: str) -> str:
    """A sum over the days of time_daily; ``subjects`` is a query of subject, user_id or project_id."""
    return f"""
WITH $spans,
daily AS (
    SELECT subject, local_date, sum(tracked_hours) AS tracked_hours, sum(billable_hours) AS billable_hours
    FROM time_tracking.time_daily
    JOIN ({subjects}) AS subjects USING ({"project_id" if "project_id" in subjects else "user_id"})
    GROUP BY ALL
)
SELECT subject, span, is_previous, {value} AS value
FROM daily
JOIN spans ON local_date BETWEEN first_day AND last_day
GROUP BY ALL
"""


def _hours(subjects: str, *tables: str) -> tuple[Measure, ...]:
    """Hours tracked, hours billable and the share of the one in the other."""
    read = ("time_tracking.time_daily", *tables)
    share = "100 * sum(billable_hours) / nullif(sum(tracked_hours), 0)"
    return (
        Measure(
            "hours",
            "Hours tracked",
            "Hours of work, without breaks, leave and running timers.",
            "hours",
            read,
            _of_days(subjects, "sum(tracked_hours)"),
        ),
        Measure(
            "billable_hours",
            "Billable hours",
            "Hours of work marked as billable.",
            "hours",
            read,
            _of_days(subjects, "sum(billable_hours)"),
            "more",
        ),
        Measure(
            "billable_share",
            "Billable share",
            "Billable hours as a percentage of tracked hours.",
            "percent",
            read,
            _of_days(subjects, share),
            "more",
            adds_up=False,
        ),
    )


def _utilization(subjects: str, *tables: str) -> Measure:
    return Measure(
        "utilization",
        "Utilization",
        "Tracked hours as a percentage of capacity, net of leave, of the full weeks that lie in the period.",
        "percent",
        ("time_tracking.utilization_weekly", *tables),
        f"""
WITH $spans
SELECT subject, span, is_previous, 100 * sum(tracked_hours) / nullif(sum(net_capacity_hours), 0) AS value
FROM time_tracking.utilization_weekly
JOIN ({subjects}) AS subjects USING (user_id)
JOIN spans ON week_start >= first_day AND week_start + 6 <= last_day
WHERE NOT is_partial
GROUP BY ALL
""",
        adds_up=False,
    )


def _of_months(
    name: str, label: str, value: str, better: Literal["more", "less"] | None
) -> Measure:
    return Measure(
        name,
        label,
        f"{label} of whole months, in each currency.",
        "money",
        ("time_tracking.client_finance",),
        f"""
WITH $spans
SELECT client_id AS subject, span, is_previous, currency, {value} AS value
FROM time_tracking.client_finance
JOIN spans ON whole_months AND month BETWEEN first_day AND last_day
WHERE client_id IS NOT NULL AND currency IS NOT NULL
GROUP BY ALL
""",
        better,
        adds_up=False,
    )


_OF_CLIENT = (
    "SELECT id AS project_id, client_id AS subject FROM clockify.projects WHERE client_id != ''"
)
_OF_TEAM = (
    "SELECT id AS subject, unnest(CAST(user_ids AS VARCHAR[])) AS user_id FROM clockify.user_groups"
)
_OF_PERSON = "SELECT id AS subject, id AS user_id FROM clockify.users"

CLIENT_MEASURES = (
    *_hours(_OF_CLIENT, "clockify.projects"),
    _of_months("revenue", "Revenue", "sum(revenue)", "more"),
    _of_months("cost", "Cost", "sum(cost)", None),
    _of_months(
        "profit", "Profit", "CASE WHEN count(*) = count(profit) THEN sum(profit) END", "more"
    ),
)
TEAM_MEASURES = (
    *_hours(_OF_TEAM, "clockify.user_groups"),
    _utilization(_OF_TEAM, "clockify.user_groups"),
)
PERSON_MEASURES = (
    *_hours(_OF_PERSON, "clockify.users"),
    _utilization(_OF_PERSON, "clockify.users"),
)
