"""Answers with the report's own figures, questions and forecasts, and with sums of a period."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import TYPE_CHECKING, Any

from pipelines.metrics.tables_there import exists
from pipelines.outputs.mcp.answers import quoted
from pipelines.outputs.mcp.errors import Question
from pipelines.outputs.mcp.lookup import rows, tracker_project
from pipelines.outputs.report.company_figures import COMPANY_FIGURES
from pipelines.outputs.report.figure import Figure, completed, read
from pipelines.outputs.report.money_figures import MONEY_FIGURES
from pipelines.outputs.report.project_figures import PROJECT_FIGURES
from pipelines.outputs.report.questions.catalog import QUESTIONS
from pipelines.outputs.report.questions.model import named
from pipelines.outputs.report.wording import written
from pipelines.outputs.snapshot.open import Moment

if TYPE_CHECKING:
    import duckdb


def headline(
    con: duckdb.DuckDBPyConnection, moment: Moment, project: str | int | None, period: str | None
) -> dict[str, Any]:
    """The report's figures of the company or of a Tracker project; with a period, what was done in it."""
    chosen = tracker_project(con, project) if project else None
    body: dict[str, Any] = {"project": quoted(chosen[1]) if chosen else "all"}
    if period:
        first, last = days_of(period)
        return {**body, "from": first, "to": last, "figures": _of_period(con, first, last, chosen)}
    figures = PROJECT_FIGURES if chosen else (*COMPANY_FIGURES, *MONEY_FIGURES)
    shown = [_shown(con, figure, moment, chosen[0] if chosen else None) for figure in figures]
    return {**body, "figures": [item for items in shown for item in items]}


def _shown(
    con: duckdb.DuckDBPyConnection, figure: Figure, moment: Moment, subject: int | None
) -> list[dict[str, Any]]:
    readings = read(con, figure, moment.of(figure.tables[0]))
    return [
        {
            "figure": figure.name,
            "label": figure.label,
            "value": reading.value,
            "before": reading.previous,
            "written": written(reading.value, figure.kind, reading.currency),
            **({"currency": reading.currency} if reading.currency else {}),
            **({"note": reading.note} if reading.note else {}),
            "means": figure.meaning,
            "period": figure.period,
            **({"before_is": figure.before} if figure.before else {}),
            "definition_of": figure.tables[0],
        }
        for reading in readings
        if subject is None or reading.subject == subject
    ]


def days_of(period: str) -> tuple[date, date]:
    """First and last day of ``2026-05``, ``2026-05-11`` or ``2026-05-04/2026-05-17``. Raises ``Question``."""
    text = period.strip()
    try:
        if re.fullmatch(r"\d{4}-\d\d", text):
            year, month = map(int, text.split("-"))
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        first, _, last = text.partition("/")
        days = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        raise Question(
            f"A period is a month such as 2026-05, a day such as 2026-05-11, or two days such as 2026-05-04/2026-05-17, not "
            f"{period!r}. Without one, the figures are of the last 4 full weeks and the 4 before."
        ) from None
    if days[0] > days[1]:
        raise Question(f"The period {period!r} ends before it begins.")
    return days


#: What was done in a period: label, definition, table, SQL. A project's own has ``$project`` in it.
_COMPANY_SUMS = (
    ("hours_tracked", "time_tracking.time_daily", "SELECT sum(tracked_hours) AS value FROM time_tracking.time_daily "
     "WHERE local_date BETWEEN $first AND $last"),
    ("billable_hours", "time_tracking.time_daily", "SELECT sum(billable_hours) AS value FROM time_tracking.time_daily "
     "WHERE local_date BETWEEN $first AND $last"),
    ("accepted_stories", "project_management.story_facts", "SELECT count(*) AS value FROM project_management.story_facts AS fact "
     "LEFT JOIN pivotal_tracker.projects AS project ON project.id = fact.project_id "
     "WHERE NOT fact.is_deleted AND story_type != 'release' AND CAST(timezone(coalesce(time_zone->>'olson_name', 'UTC'), "
     "fact.accepted_at) AS DATE) BETWEEN $first AND $last"),
    ("time_revenue", "time_tracking.time_entry_facts", "SELECT currency, sum(revenue) AS value FROM time_tracking.time_entry_facts "
     "WHERE is_work AND local_date BETWEEN $first AND $last GROUP BY currency HAVING value IS NOT NULL ORDER BY currency"),
    ("labour_cost", "time_tracking.time_entry_facts", "SELECT cost_currency AS currency, sum(cost) AS value "
     "FROM time_tracking.time_entry_facts WHERE is_work AND local_date BETWEEN $first AND $last "
     "GROUP BY cost_currency HAVING value IS NOT NULL ORDER BY cost_currency"),
)  # fmt: skip
_PROJECT_SUMS = (
    ("accepted_stories", "project_management.story_facts", "SELECT count(*) AS value FROM project_management.story_facts AS fact "
     "LEFT JOIN pivotal_tracker.projects AS project ON project.id = fact.project_id "
     "WHERE NOT fact.is_deleted AND story_type != 'release' AND project_id = $project AND CAST(timezone(coalesce("
     "time_zone->>'olson_name', 'UTC'), fact.accepted_at) AS DATE) BETWEEN $first AND $last"),
    ("accepted_points", "project_management.story_facts", "SELECT coalesce(sum(points), 0) AS value "
     "FROM project_management.story_facts AS fact LEFT JOIN pivotal_tracker.projects AS project ON project.id = fact.project_id "
     "WHERE NOT fact.is_deleted AND story_type != 'release' AND project_id = $project AND CAST(timezone(coalesce("
     "time_zone->>'olson_name', 'UTC'), fact.accepted_at) AS DATE) BETWEEN $first AND $last"),
    ("linked_hours", "effort.time_story_links", "SELECT coalesce(sum(link.hours), 0) AS value FROM effort.time_story_links AS link "
     "JOIN project_management.story_facts USING (story_id) "
     "WHERE project_id = $project AND local_date BETWEEN $first AND $last"),
    ("linked_cost", "effort.time_story_links", "SELECT cost_currency AS currency, round(sum(link.cost), 4) AS value "
     "FROM effort.time_story_links AS link JOIN project_management.story_facts USING (story_id) "
     "WHERE project_id = $project AND local_date BETWEEN $first AND $last GROUP BY cost_currency HAVING value IS NOT NULL"),
)  # fmt: skip


def _of_period(
    con: duckdb.DuckDBPyConnection, first: date, last: date, project: tuple[int, str] | None
) -> list[dict[str, Any]]:
    values: dict[str, Any] = {"first": first, "last": last}
    if project:
        values["project"] = project[0]
    figures = []
    for name, table, sql in _PROJECT_SUMS if project else _COMPANY_SUMS:
        if exists(con, table):
            figures += [
                {"figure": name, **row, "definition_of": table} for row in rows(con, sql, values)
            ]
    return figures


def open_questions(con: duckdb.DuckDBPyConnection, moment: Moment) -> dict[str, Any]:
    """What the data itself raises: numbers that should be zero and are not, with what to do about each."""
    found, clear = [], []
    for question in QUESTIONS:
        as_of = moment.of(question.figure.tables[0])
        for reading in read(con, question.figure, as_of):
            if not reading.value:
                clear.append({"name": question.figure.name, "question": question.figure.label})
                continue
            detail = (
                con.execute(completed(question.detail, as_of)).fetchone()
                if question.detail
                else None
            )
            found.append(
                {
                    "name": question.figure.name,
                    "question": question.figure.label,
                    "period": question.figure.period,
                    "value": reading.value,
                    "written": written(reading.value, question.figure.kind, reading.currency),
                    "worst": [
                        {"name": quoted(one.name), "amount": one.amount, "note": quoted(one.note)}
                        for one in named(con, question, as_of)
                    ],
                    "what_to_do": question.action,
                    **({"detail": quoted(detail[0])} if detail and detail[0] else {}),
                    "definition_of": question.figure.tables[0],
                }
            )
    return {"open": found, "nothing_to_do": clear}


def forecast(con: duckdb.DuckDBPyConnection, project: str | int, question: str) -> dict[str, Any]:
    """When the open stories are done, or how many are done in some weeks; with how well such forecasts did."""
    identity, name = tracker_project(con, project)
    if question not in ("when", "how_many"):
        raise Question(
            f"question is when (by which date the open stories are done) or how_many (stories done in so many weeks), not "
            f"{question!r}."
        )
    values = {"project": identity, "question": question}
    found = rows(
        con,
        """
        SELECT scope, horizon, percentile, weeks, weeks_reason, date, items
        FROM project_management.forecast
        WHERE project_id = $project AND question = $question
        ORDER BY scope DESC, horizon, percentile
        """,
        values,
    )
    calibration = rows(
        con,
        """
        SELECT scope, percentile, n, hits, hit_pct, hit_pct_reason, verdict
        FROM project_management.forecast_calibration
        WHERE project_id = $project AND question = $question
        ORDER BY scope DESC, percentile
        """,
        values,
    )
    body: dict[str, Any] = {
        "project": quoted(name),
        "question": question,
        "rows": found,
        "how_past_forecasts_did": calibration,
        "how_to_read": "percentile 85: in 85 % of the simulated futures it is done by this date (when), or at least so many are "
        "done (how_many). scope growing also counts what is added meanwhile; quote it unless asked for the fixed scope.",
    }
    if not found:
        body["why_none"] = (
            "There is no throughput to draw from, or no open story: see describe(forecast)."
        )
    return body
