"""Forty questions of a delivery lead, a finance person and a team lead, each with the call that answers it and its number.

The numbers that they must give are found on another way: by a query of the warehouse, mostly of other tables, on the frozen
demo company. Each role asks in one session with the official client.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines_tests.outputs.mcp.clients import (
    Said,
    ask_over_http,
    ask_over_stdio,
    served_over_http,
)

pytestmark = pytest.mark.slow

_DEMO = tuple[Path, duckdb.DuckDBPyConnection]


@dataclass(frozen=True)
class Asked:
    """A question, the tool call that answers it, where the number stands in the answer, and the query that knows it."""

    question: str
    tool: str
    arguments: dict[str, Any]
    number: Callable[[dict[str, Any]], Any]
    expected: str
    values: dict[str, Any] = field(default_factory=dict)


def sql(question: str, text: str, expected: str) -> Asked:
    """A question that is answered by one value of a query."""
    return Asked(
        question,
        "query",
        {"sql": text},
        lambda body: next(iter(body["rows"][0].values())),
        expected,
    )


def figure(name: str, key: str = "value", **matching: Any) -> Callable[[dict[str, Any]], Any]:
    """A figure of headline, the one that also matches."""

    def find(body: dict[str, Any]) -> Any:
        (found,) = (
            item
            for item in body["figures"]
            if item["figure"] == name and matching.items() <= item.items()
        )
        return found[key]

    return find


def open_question(name: str) -> Callable[[dict[str, Any]], Any]:
    """What an open question counts; nothing where there is nothing to do."""

    def find(body: dict[str, Any]) -> Any:
        found = [item["value"] for item in body["open"] if item["name"] == name]
        assert found or name in [item["name"] for item in body["nothing_to_do"]]
        return found[0] if found else 0

    return find


HARBOR = {"project": "Harbor Billing"}
_OF_HARBOR = "project_id = (SELECT id FROM pivotal_tracker.projects WHERE name = 'Harbor Billing')"
_FULL_WEEKS = (
    "(SELECT DISTINCT week_start FROM time_tracking.utilization_weekly WHERE NOT is_partial "
    "ORDER BY week_start DESC LIMIT 4)"
)
_LOCAL = "CAST(timezone(p.time_zone->>'olson_name', s.accepted_at) AS DATE)"

DELIVERY = [
    Asked("How many stories did we accept in October?", "headline", {"period": "2026-10"},
          figure("accepted_stories"),
          f"SELECT count(*) FROM pivotal_tracker.stories s JOIN pivotal_tracker.projects p ON p.id = s.project_id "
          f"WHERE s.story_type != 'release' AND {_LOCAL} BETWEEN '2026-10-01' AND '2026-10-31'"),
    Asked("And Harbor Billing alone?", "headline", {**HARBOR, "period": "2026-10"}, figure("accepted_stories"),
          f"SELECT count(*) FROM pivotal_tracker.stories s JOIN pivotal_tracker.projects p ON p.id = s.project_id "
          f"WHERE p.name = 'Harbor Billing' AND s.story_type != 'release' AND {_LOCAL} BETWEEN '2026-10-01' AND '2026-10-31'"),
    Asked("How many points were that?", "headline", {**HARBOR, "period": "2026-10"}, figure("accepted_points"),
          f"SELECT coalesce(sum(estimate), 0) FROM pivotal_tracker.stories s JOIN pivotal_tracker.projects p "
          f"ON p.id = s.project_id WHERE p.name = 'Harbor Billing' AND s.story_type = 'feature' "
          f"AND {_LOCAL} BETWEEN '2026-10-01' AND '2026-10-31'"),
    Asked("What is the velocity of Harbor Billing?", "headline", HARBOR, figure("project_velocity"),
          f"SELECT velocity FROM project_management.iteration_metrics WHERE {_OF_HARBOR} ORDER BY number DESC LIMIT 1"),
    Asked("How many stories are in progress now?", "headline", {}, figure("wip"),
          "SELECT count(*) FROM project_management.aging_wip"),
    Asked("When are all open stories of Harbor Billing done, with 85 % certainty?", "forecast", HARBOR,
          lambda body: next(row["date"] for row in body["rows"] if (row["scope"], row["percentile"]) == ("growing", 85)),
          f"SELECT date FROM project_management.forecast WHERE {_OF_HARBOR} AND question = 'when' AND scope = 'growing' "
          "AND percentile = 85"),
    Asked("How many stories will we finish in four weeks at least, 85 % sure?", "forecast", {**HARBOR, "question": "how_many"},
          lambda body: next(row["items"] for row in body["rows"]
                            if (row["scope"], row["percentile"], row["horizon"]) == ("fixed", 85, 4)),
          f"SELECT items FROM project_management.forecast WHERE {_OF_HARBOR} AND question = 'how_many' AND scope = 'fixed' "
          "AND percentile = 85 AND horizon = 4"),
    Asked("How often were such dates kept?", "forecast", HARBOR,
          lambda body: next(row["hits"] for row in body["how_past_forecasts_did"]
                            if (row["scope"], row["percentile"]) == ("growing", 85)),
          f"SELECT count(*) FILTER (is_hit) FROM project_management.forecast_backtest WHERE {_OF_HARBOR} "
          "AND question = 'when' AND scope = 'growing' AND percentile = 85 AND is_hit IS NOT NULL"),
    sql("How many bugs are open?",
        "SELECT count(*) FROM project_management.story_facts WHERE story_type = 'bug' AND current_state != 'accepted' "
        "AND NOT is_deleted",
        "SELECT count(*) FROM pivotal_tracker.stories WHERE story_type = 'bug' AND current_state != 'accepted'"),
    sql("What is the oldest story in progress?", "SELECT story_id FROM project_management.aging_wip ORDER BY age_hours DESC LIMIT 1",
        "SELECT story_id FROM project_management.story_states JOIN pivotal_tracker.stories s ON s.id = story_id "
        "WHERE state = 'started' AND s.current_state IN ('started', 'finished', 'delivered', 'rejected') "
        "ORDER BY entered_at LIMIT 1"),
    sql("How many accepted stories were ever rejected?",
        "SELECT count(*) FROM project_management.story_facts WHERE was_rejected AND last_accepted_at IS NOT NULL AND NOT is_deleted",
        "SELECT count(DISTINCT story_id) FROM project_management.story_states r JOIN pivotal_tracker.stories s ON s.id = story_id "
        "WHERE state = 'rejected' AND EXISTS (SELECT 1 FROM project_management.story_states a "
        "WHERE a.story_id = r.story_id AND a.state = 'accepted')"),
    sql("How many iterations are done in all?", "SELECT count(*) FROM project_management.iterations WHERE is_done",
        "SELECT count(*) FROM project_management.iteration_metrics WHERE is_done"),
    Asked("How many open stories have no estimate though they could?", "open_questions", {},
          open_question("unestimated_stories"),
          "SELECT coalesce(sum(unestimated), 0) FROM project_management.burnup_daily WHERE scope_kind = 'project' "
          "AND date = (SELECT max(date) FROM project_management.burnup_daily WHERE scope_kind = 'project')"),
    sql("How many comments does the story with the most have?",
        "SELECT count(*) AS n FROM pivotal_tracker.comments GROUP BY story_id ORDER BY n DESC LIMIT 1",
        "SELECT max(n) FROM (SELECT count(*) AS n FROM pivotal_tracker.comments GROUP BY story_id)"),
]  # fmt: skip
_OCTOBER = "BETWEEN DATE '2026-10-01' AND DATE '2026-10-31'"
FINANCE = [
    Asked("What did our time earn in October, in USD?", "headline", {"period": "2026-10"}, figure("time_revenue", currency="USD"),
          f"SELECT sum(revenue) FROM time_tracking.time_entry_facts WHERE currency = 'USD' AND is_work AND local_date {_OCTOBER}"),
    Asked("What did the work cost, in USD?", "headline", {"period": "2026-10"}, figure("labour_cost", currency="USD"),
          f"SELECT sum(cost) FROM time_tracking.time_entry_facts WHERE cost_currency = 'USD' AND is_work AND local_date {_OCTOBER}"),
    Asked("What was the revenue of the last full month, in EUR?", "headline", {}, figure("revenue", currency="EUR"),
          "SELECT sum(revenue) FROM time_tracking.project_finance WHERE currency = 'EUR' AND month = '2026-10-01'"),
    Asked("And of the month before?", "headline", {}, figure("revenue", "before", currency="EUR"),
          "SELECT sum(revenue) FROM time_tracking.project_finance WHERE currency = 'EUR' AND month = '2026-09-01'"),
    sql("Which client's time brought the most USD so far?",
        "SELECT sum(time_revenue) AS total FROM time_tracking.client_finance WHERE currency = 'USD' GROUP BY client_id "
        "ORDER BY total DESC NULLS LAST LIMIT 1",
        "SELECT sum(revenue) AS total FROM time_tracking.time_entry_facts WHERE currency = 'USD' AND is_work "
        "GROUP BY client_id ORDER BY total DESC NULLS LAST LIMIT 1"),
    sql("How many billable hours had no rate?", "SELECT round(sum(unrated_hours), 4) FROM time_tracking.project_finance",
        "SELECT round(coalesce(sum(hours), 0), 4) FROM time_tracking.time_entry_facts "
        "WHERE billable AND is_work AND rate IS NULL"),
    Asked("How many hours have no cost rate?", "open_questions", {}, open_question("uncosted_hours"),
          "SELECT coalesce(sum(hours), 0) FROM time_tracking.time_entry_facts WHERE is_work AND cost_rate IS NULL"),
    Asked("How many budgets will be overspent?", "open_questions", {}, open_question("budgets_over"),
          "SELECT count(*) FROM (FROM time_tracking.project_budget QUALIFY cycle_start = max(cycle_start) "
          "OVER (PARTITION BY project_id)) WHERE coalesce(forecast_pct, used_pct) > 100"),
    sql("How many hours of Harbor Billing: Build are used of its budget in this cycle?",
        "SELECT used FROM time_tracking.project_budget WHERE project_name = 'Harbor Billing: Build' "
        "ORDER BY cycle_start DESC LIMIT 1",
        "SELECT used_pct * estimate / 100 FROM time_tracking.project_budget WHERE project_name = 'Harbor Billing: Build' "
        "ORDER BY cycle_start DESC LIMIT 1"),
    sql("How many hours are capex this year?",
        "SELECT sum(hours) FROM effort.capitalization_monthly WHERE category = 'capex' AND month >= '2026-01-01'",
        "SELECT sum(hours) FROM effort.capitalization_monthly WHERE category = 'capex'"),
    sql("What did the most expensive story cost, in USD?",
        "SELECT max(cost) FROM effort.story_effort WHERE currency = 'USD'",
        "SELECT round(max(total), 4) FROM (SELECT sum(cost) AS total FROM effort.time_story_links WHERE cost_currency = 'USD' "
        "GROUP BY story_id)"),
    sql("How many hours of October are billable?",
        f"SELECT sum(billable_hours) FROM time_tracking.time_daily WHERE local_date {_OCTOBER}",
        f"SELECT sum(d.hours) FROM time_tracking.time_entry_days d WHERE d.billable AND d.is_work AND d.local_date {_OCTOBER}"),
    sql("In how many currencies is our work?", "SELECT count(DISTINCT currency) FROM time_tracking.time_entry_facts WHERE is_work",
        "SELECT count(DISTINCT currency) FROM time_tracking.project_finance WHERE hours > 0"),
]  # fmt: skip
TEAM = [
    Asked("How many hours did the team track in the last four full weeks?", "headline", {}, figure("hours_tracked"),
          f"SELECT sum(tracked_hours) FROM time_tracking.utilization_weekly WHERE week_start IN {_FULL_WEEKS}"),
    Asked("Which share of it was billable?", "headline", {}, figure("billable_ratio"),
          f"SELECT 100 * sum(billable_hours) / sum(tracked_hours) FROM time_tracking.utilization_weekly WHERE week_start IN {_FULL_WEEKS}"),
    Asked("How well is the team used, leave taken out?", "headline", {}, figure("utilization"),
          f"SELECT 100 * sum(tracked_hours) / sum(net_capacity_hours) FROM time_tracking.utilization_weekly "
          f"WHERE week_start IN {_FULL_WEEKS}"),
    Asked("How much of the time names its story?", "headline", {}, figure("link_coverage"),
          f"SELECT 100 * (SELECT sum(linked_hours) FROM effort.link_coverage WHERE week_start IN {_FULL_WEEKS}) / "
          f"(SELECT sum(tracked_hours) FROM time_tracking.utilization_weekly WHERE week_start IN {_FULL_WEEKS})"),
    Asked("How many hours did we track in September?", "headline", {"period": "2026-09"}, figure("hours_tracked"),
          "SELECT sum(hours) FROM time_tracking.time_entry_days WHERE is_work AND local_date BETWEEN '2026-09-01' AND '2026-09-30'"),
    sql("How many people tracked time in September?",
        "SELECT count(DISTINCT user_id) FROM time_tracking.time_daily WHERE tracked_hours > 0 "
        "AND local_date BETWEEN '2026-09-01' AND '2026-09-30'",
        "SELECT count(DISTINCT user_id) FROM time_tracking.time_entry_days WHERE is_work AND hours > 0 "
        "AND local_date BETWEEN '2026-09-01' AND '2026-09-30'"),
    Asked("How many timers did somebody forget?", "open_questions", {}, open_question("running_stale"),
          "SELECT count(DISTINCT entry_id) FROM time_tracking.time_quality WHERE finding = 'running_stale'"),
    Asked("How many hours were booked twice lately?", "open_questions", {}, open_question("double_booked_hours"),
          "SELECT coalesce(sum(sum_hours - union_hours), 0) FROM time_tracking.overlap_daily "
          "WHERE local_date > DATE '2026-11-21' - 28"),
    sql("How many days lack half their time or more?",
        "SELECT count(*) FROM time_tracking.timesheet_compliance WHERE logged_hours < expected_hours / 2",
        "SELECT count(*) FROM time_tracking.timesheet_compliance WHERE expected_hours > 0 AND 2 * logged_hours < expected_hours"),
    sql("Who worked the most in October, in hours?",
        f"SELECT sum(tracked_hours) AS hours FROM time_tracking.time_daily WHERE local_date {_OCTOBER} GROUP BY user_id "
        "ORDER BY hours DESC LIMIT 1",
        f"SELECT max(hours) FROM (SELECT sum(hours) AS hours FROM time_tracking.time_entry_days WHERE is_work "
        f"AND local_date {_OCTOBER} GROUP BY user_id)"),
    sql("How many hours went into breaks in October?",
        f"SELECT sum(break_hours) FROM time_tracking.time_daily WHERE local_date {_OCTOBER}",
        f"SELECT coalesce(sum(hours), 0) FROM time_tracking.time_entry_days WHERE type = 'BREAK' AND local_date {_OCTOBER}"),
    Asked("What does tracked_hours mean?", "describe", {"table": "time_daily"},
          lambda body: next(column["unit"] for column in body["columns"] if column["column"] == "tracked_hours"),
          "SELECT 'h'"),
    Asked("What are the hours of a story made of?", "explain", {"table": "story_effort", "column": "hours"},
          lambda body: any(step["column"].startswith("clockify.time_entries.") for step in body["steps"]),
          "SELECT true"),
]  # fmt: skip
ALL = [*DELIVERY, *FINANCE, *TEAM]


@pytest.fixture(scope="module")
def answers(demo: _DEMO) -> dict[str, Said]:
    """The answers to all questions: the delivery lead asks over standard input and output, the others over HTTP."""
    snapshot, _ = demo
    found = ask_over_stdio(snapshot, [(asked.tool, asked.arguments) for asked in DELIVERY])
    with served_over_http(snapshot) as address:
        found += ask_over_http(
            address, [(asked.tool, asked.arguments) for asked in (*FINANCE, *TEAM)]
        )
    return {asked.question: said for asked, said in zip(ALL, found, strict=True)}


def test_there_are_forty_questions() -> None:
    assert len({asked.question for asked in ALL}) >= 40


@pytest.mark.parametrize("asked", ALL, ids=lambda asked: asked.question)
def test_the_answer_gives_the_number(answers: dict[str, Said], demo: _DEMO, asked: Asked) -> None:
    _, warehouse = demo
    body = answers[asked.question].body
    assert body["as_of"].startswith("2026-11-21T12:00")
    row = warehouse.execute(asked.expected).fetchone()
    assert row is not None
    given, expected = asked.number(body), row[0]
    if isinstance(expected, date):
        assert given == expected.isoformat()
    elif isinstance(expected, str | bool) or expected is None:
        assert given == expected
    else:
        assert float(given) == pytest.approx(float(expected), rel=1e-9, abs=1e-6)


def test_a_chart_of_one_project_is_another_picture_than_that_of_all(demo: _DEMO) -> None:
    calls = [("chart", {"name": "velocity"}), ("chart", {"name": "velocity", **HARBOR})]
    everything, one = ask_over_stdio(demo[0], calls)
    pictures = [base64.b64decode(said.pictures[0]) for said in (everything, one)]
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert pictures[0] != pictures[1]


def test_joins_of_the_catalog_multiply_nothing_on_data(demo: _DEMO) -> None:
    """A law of ``catalog.joins``: for each row on the left there is at most one on the right."""
    _, con = demo
    joins = con.execute(
        "SELECT left_address, right_address, condition FROM catalog.joins"
    ).fetchall()
    for left, right, condition in joins:
        row = con.execute(
            f"SELECT (SELECT count(*) FROM {left}), (SELECT count(*) FROM {left} l LEFT JOIN {right} r ON {condition})"
        ).fetchone()
        assert row is not None
        assert row[0] == row[1], f"{left} with {right} on {condition}"
