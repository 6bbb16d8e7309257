"""What single charts show, on small tables; what they leave out, on crowded ones."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb

from pipelines.outputs.charts.aging_wip import AGING_WIP
from pipelines.outputs.charts.burndown import BURNDOWN, ITERATION_SCOPE
from pipelines.outputs.charts.burnup import BURNUP
from pipelines.outputs.charts.capitalization import CAPITALIZATION
from pipelines.outputs.charts.cycle_time import CYCLE_TIME
from pipelines.outputs.charts.flow import CUMULATIVE_FLOW, STATE_SNAPSHOT
from pipelines.outputs.charts.forecast import FORECAST
from pipelines.outputs.charts.hours_by_project import HOURS_BY_PROJECT
from pipelines.outputs.charts.link_coverage import LINK_COVERAGE
from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.parts import spread
from pipelines.outputs.charts.predictability import PREDICTABILITY, SERVICE_LEVEL
from pipelines.outputs.charts.project_budget import PROJECT_BUDGET
from pipelines.outputs.charts.render import spec
from pipelines.outputs.charts.story_blocks import STORY_BLOCKS
from pipelines.outputs.charts.story_mix import STORY_MIX
from pipelines.outputs.charts.throughput import THROUGHPUT
from pipelines.outputs.charts.time_in_state import TIME_IN_STATE
from pipelines.outputs.charts.utilization import UTILIZATION
from pipelines.outputs.charts.velocity import VELOCITY
from pipelines.outputs.charts.work_in_progress import WORK_IN_PROGRESS
from pipelines_tests.outputs.crowd import AS_OF
from pipelines_tests.support.tables import insert


def data(chart: Chart, con: duckdb.DuckDBPyConnection, column: str) -> list[dict[str, Any]]:
    """The rows of the chart's dataset that has ``column``."""
    datasets = spec(chart, con, AS_OF)["datasets"].values()
    return [row for rows in datasets for row in rows if column in row]


def notes(chart: Chart, con: duckdb.DuckDBPyConnection) -> str:
    return " ".join(spec(chart, con, AS_OF)["title"]["subtitle"])


def panels(chart: Chart, con: duckdb.DuckDBPyConnection) -> list[str]:
    return [view["title"]["text"] for view in spec(chart, con, AS_OF)["vconcat"]]


def test_the_busiest_projects_get_panels_and_the_rest_is_mentioned(
    crowded: duckdb.DuckDBPyConnection,
) -> None:
    name = "A project with a rather long name, number"
    for chart in (VELOCITY, THROUGHPUT, CYCLE_TIME, CUMULATIVE_FLOW, BURNUP, AGING_WIP):
        assert panels(chart, crowded) == [f"{name} {number}" for number in (6, 5, 4, 3)]
        assert "4 of 6 projects" in notes(chart, crowded)


def test_a_project_without_name_is_called_by_its_id(con: duckdb.DuckDBPyConnection) -> None:
    week = {"project_id": 7, "story_type": "bug", "accepted": 1, "created": 1, "is_partial": False}
    insert(con, "project_management.throughput_weekly", [{**week, "week_start": date(2026, 6, 1)}])
    assert panels(THROUGHPUT, con) == ["Project 7"]


def test_zero_weeks_are_marked_and_the_current_week_is_not_one(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """Weeks with (first) 1, 3, 0 and (current) 0 stories, and releases that do not count: the median of 3 and 0 is 1.5."""
    weeks = ((1, 1, False), (8, 3, False), (15, 0, False), (22, 0, True))
    for day, accepted, is_partial in weeks:
        week = {
            "project_id": 7,
            "week_start": date(2026, 6, day),
            "is_partial": is_partial,
            "created": 0,
        }
        insert(
            con,
            "project_management.throughput_weekly",
            [
                {**week, "story_type": "feature", "accepted": accepted},
                {**week, "story_type": "release", "accepted": 1},
            ],
        )
    rows = data(THROUGHPUT, con, "kind")
    assert [(row["accepted"], row["kind"]) for row in rows] == [
        (1, "incomplete week"),
        (3, "week"),
        (0, "no stories"),
        (0, "incomplete week"),
    ]
    assert {row["median"] for row in rows} == {1.5}


def test_velocity_has_a_band_only_where_volatility_is_known(con: duckdb.DuckDBPyConnection) -> None:
    """Velocity 10 with a volatility of 25 % has a band from 7.5 to 12.5; 150 % does not go below zero."""
    for number, volatility in ((1, 25.0), (2, 150.0), (3, None)):
        key = {"project_id": 7, "number": number, "is_done": True}
        dates = {"start_date": date(2026, 6, 7 * number), "length_weeks": 1}
        insert(con, "project_management.iterations", [{**key, **dates}])
        insert(
            con,
            "project_management.iteration_metrics",
            [{**key, "points": 9, "velocity_exact": 10.0, "volatility_pct": volatility}],
        )
    bands = {row["number"]: (row["low"], row["high"]) for row in data(VELOCITY, con, "low")}
    assert bands == {1: (7.5, 12.5), 2: (0, 25), 3: (None, None)}


def test_the_scatter_keeps_the_newest_stories_and_says_so(
    crowded: duckdb.DuckDBPyConnection,
) -> None:
    dots = data(CYCLE_TIME, crowded, "cycle_days")
    assert len(dots) == 1200
    assert min(dot["accepted_on"] for dot in dots) > "2026-04"
    assert "at most the newest 300 of a project" in notes(CYCLE_TIME, crowded)
    assert {row["text"] for row in data(CYCLE_TIME, crowded, "label")} == {
        "50 %: 4.2 d",
        "70 %: 4.6 d",
        "85 %: 5.0 d",
        "95 %: 25.0 d",
    }


def test_the_bands_of_aging_work_say_their_percentage(crowded: duckdb.DuckDBPyConnection) -> None:
    assert {row["text"] for row in data(AGING_WIP, crowded, "label")} == {
        "50 %: 4.2 d",
        "70 %: 4.6 d",
        "85 %: 5.0 d",
        "95 %: 25.0 d",
    }


def test_blocked_stories_come_first_and_are_bounded(crowded: duckdb.DuckDBPyConnection) -> None:
    """Ten stories in each of four panels, all blocked now; bars begin within the 90 days."""
    bars = data(STORY_BLOCKS, crowded, "shown_from")
    assert len(bars) == 40
    assert {bar["kind"] for bar in bars} == {"blocked now"}
    assert min(bar["shown_from"] for bar in bars) >= "2026-04-01"


def test_a_bar_says_what_its_parts_leave_out(crowded: duckdb.DuckDBPyConnection) -> None:
    """The parts of a cycle are bars; what overlaps with them are words."""
    assert {bar["measure"] for bar in data(TIME_IN_STATE, crowded, "measure")} == {
        *("started", "finished", "delivered", "rejected", "other")
    }
    words = {row["text"] for row in data(TIME_IN_STATE, crowded, "text")}
    assert words == {"20 % started, 20 % blocked, 20 % in review"}


def test_the_busiest_people_are_shown_and_told_apart(crowded: duckdb.DuckDBPyConnection) -> None:
    """39 people in each of 6 projects, two of each name; who is shown has the most to do."""
    bars = data(WORK_IN_PROGRESS, crowded, "person")
    assert len({bar["person"] for bar in bars}) == 12
    assert all("#" in bar["person"] for bar in bars)
    assert {bar["kind"] for bar in bars} == {"in progress", "blocked", "reviews waiting"}


def test_the_newest_iteration_burns_down_in_points(crowded: duckdb.DuckDBPyConnection) -> None:
    """30 points of scope, 3 of them accepted a day; the pace goes from 30 to 0 in the iteration's week."""
    left = [row["remaining"] for row in data(BURNDOWN, crowded, "scope")]
    assert left == [30, 27, 24, 21, 18, 15, 12]
    assert all("iteration 104" in name for name in panels(BURNDOWN, crowded))


def test_the_parts_of_a_scope_are_its_stories(crowded: duckdb.DuckDBPyConnection) -> None:
    """Planned 10, 60 % of them completed; 9 completed in all; 12 at the end; 3 taken out. Twelve iterations are shown."""
    bars = data(ITERATION_SCOPE, crowded, "part")
    assert {(bar["part"], bar["stories"]) for bar in bars} == {
        ("planned, completed", 6),
        ("added, completed", 3),
        ("not completed", 3),
        ("removed", -3),
    }
    assert len({bar["iteration"] for bar in bars}) == 12


def test_a_signal_is_marked_and_named(crowded: duckdb.DuckDBPyConnection) -> None:
    weeks = data(PREDICTABILITY, crowded, "kind")
    assert {(week["kind"], week["signal"]) for week in weeks} == {
        ("usual", "none"),
        ("signal", "above limit"),
        ("week that is not over", "none"),
    }
    assert all((week["kind"] == "signal") == (week["accepted"] > 27) for week in weeks)


def test_all_panels_of_a_section_show_the_same_days(crowded: duckdb.DuckDBPyConnection) -> None:
    """However long the history of a project is."""

    def spans(*charts: Chart) -> set[tuple[str, ...]]:
        axes = [
            layer["encoding"]["x"]["scale"]["domain"]
            for chart in charts
            for view in spec(chart, crowded, AS_OF)["vconcat"]
            for layer in view["layer"]
            if "domain" in layer["encoding"].get("x", {}).get("scale", {})
        ]
        return {tuple(axis) for axis in axes}

    assert spans(VELOCITY, THROUGHPUT, PREDICTABILITY, SERVICE_LEVEL, STORY_MIX) == {
        ("2025-12-30", "2026-07-07")
    }
    assert spans(CYCLE_TIME, STORY_BLOCKS, CUMULATIVE_FLOW, STATE_SNAPSHOT) == {
        ("2026-04-01", "2026-07-01")
    }


def test_labels_are_moved_apart() -> None:
    assert spread([1.0, 1.5, 9.0], gap=2.0) == [1.0, 3.0, 9.0]


def test_a_band_of_cumulative_flow_reaches_down_to_those_who_went_further(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """Ten stories unscheduled, eight of them unstarted or further ... three accepted; the scale begins at two."""
    counts = {"unscheduled": 10, "unstarted": 8, "started": 6, "finished": 5, "delivered": 4}
    for day, accepted in ((28, 2), (29, 3)):
        for state, count in {**counts, "accepted": accepted, "planned": 8, "rejected": 1}.items():
            row = {
                "project_id": 7,
                "date": date(2026, 6, day),
                "state": state,
                "cumulative_entered": count,
            }
            insert(con, "project_management.flow_daily", [row])
    last = [row for row in data(CUMULATIVE_FLOW, con, "reached") if row["date"] == "2026-06-29"]
    assert [(row["state"], row["reached"], row["further"]) for row in last] == [
        ("unscheduled", 10, 8),
        ("unstarted", 8, 6),
        ("started", 6, 5),
        ("finished", 5, 4),
        ("delivered", 4, 3),
        ("accepted", 3, 2),
    ]


def test_the_cone_reads_the_distribution_as_the_forecast_does(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """Ten open stories. In a week 10 % of the futures finish 1, 40 % finish 3, 40 % finish 4, 10 % finish 6:
    at least 3 in 90 %, at least 4 in 50 %, so the slow edge (85 %) is 3, the middle 4, the fast edge (15 %) 4.
    In four weeks all futures finish at least ten, where the cone ends: eight weeks are not drawn.
    """
    burnup = {"scope_kind": "project", "scope_id": 7, "date": date(2026, 6, 30)}
    insert(
        con,
        "project_management.burnup_daily",
        [{**burnup, "scope_stories": 30, "accepted_stories": 20, "unestimated": 0}],
    )
    outcomes = [(1, 1, 10), (1, 3, 40), (1, 4, 40), (1, 6, 10), (4, 12, 100), (8, 24, 100)]
    insert(
        con,
        "project_management.forecast_distribution",
        [
            {
                "project_id": 7,
                "question": "how_many",
                "horizon": horizon,
                "scope": scope,
                "outcome": outcome,
                "trials": trials,
            }
            for horizon, outcome, trials in outcomes
            for scope in ("fixed", "growing")
        ],
    )
    cone = [
        (row["date"], row["slow"], row["middle"], row["fast"]) for row in data(BURNUP, con, "slow")
    ]
    assert cone == [
        ("2026-06-30", 20, 20, 20),
        ("2026-07-07", 23, 24, 24),
        ("2026-07-28", 30, 30, 30),
    ]


def test_many_outcomes_of_the_forecast_share_bars(crowded: duckdb.DuckDBPyConnection) -> None:
    bars = data(
        FORECAST, crowded, "first_week"
    )  # the projects have one distribution, which is kept once
    assert len(bars) <= 61
    assert 99 <= sum(bar["share_pct"] for bar in bars) <= 100


def test_weeks_of_hours_follow_the_configured_first_day(con: duckdb.DuckDBPyConnection) -> None:
    """Weeks from Sunday: Saturday's hours belong to the week before; time without project has a name."""
    for day in (7, 14):
        week = {"user_id": "u", "week_start": date(2026, 6, day), "is_partial": False}
        insert(con, "time_tracking.utilization_weekly", [week])
    for day, project, hours in ((13, "p", 2.0), (14, "p", 3.0), (15, None, 4.0)):
        row = {
            "user_id": "u",
            "local_date": date(2026, 6, day),
            "project_id": project,
            "tracked_hours": hours,
        }
        insert(con, "time_tracking.time_daily", [row])
    rows = data(HOURS_BY_PROJECT, con, "hours")
    assert {(row["week_start"], row["project"], row["hours"]) for row in rows} == {
        ("2026-06-07", "p", 2),
        ("2026-06-14", "p", 3),
        ("2026-06-14", "no project", 4),
    }


def test_small_projects_are_added_up(crowded: duckdb.DuckDBPyConnection) -> None:
    projects = {row["project"] for row in data(HOURS_BY_PROJECT, crowded, "hours")}
    assert len(projects) == 8
    assert "all others" in projects


def test_people_of_one_name_are_told_apart(crowded: duckdb.DuckDBPyConnection) -> None:
    people = {row["person"] for row in data(UTILIZATION, crowded, "person")}
    assert len(people) == 25
    assert "25 of 60 people" in notes(UTILIZATION, crowded)


def budget(
    project: str, used: float, forecast: float | None = None, **values: Any
) -> dict[str, Any]:
    """60 h in June, of which so many percent are used."""
    return {
        "project_id": project,
        "project_name": project.title(),
        "basis": "time",
        "cycle_start": date(2026, 6, 1),
        "cycle_end": date(2026, 6, 30),
        "estimate": 60.0,
        "used": 0.6 * used,
        "used_pct": used,
        "forecast_pct": forecast,
        **values,
    }


def test_budgets_show_the_worst_first_and_all_that_are_overspent(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """Whether its cycle ends or not: 12 overspent budgets, and of 10 in order the 8 with the most used."""
    insert(
        con,
        "time_tracking.project_budget",
        [
            *(budget(f"over{n}", 101 + n, cycle_end=None) for n in range(12)),
            *(budget(f"fine{n}", 10 + n, 20 + n) for n in range(10)),
            budget("soon", 50, 130),
            budget("fine0", 999, cycle_start=date(2026, 5, 1)),
        ],
    )
    shown = [row["project"] for row in data(PROJECT_BUDGET, con, "used_pct")]
    assert shown == [
        "Soon",
        *(f"Over{n}" for n in reversed(range(12))),
        *(f"Fine{n}" for n in reversed(range(2, 10))),
    ]
    [soon] = [row for row in data(PROJECT_BUDGET, con, "used_pct") if row["project"] == "Soon"]
    assert (soon["label"], soon["state"], soon["expected_pct"]) == (
        "Soon: 50 %, 30 of 60 h",
        "likely overspent",
        130,
    )
    assert "21 of 23 budgets" in notes(PROJECT_BUDGET, con)


def test_without_capital_expenditure_the_chart_says_why(con: duckdb.DuckDBPyConnection) -> None:
    row = {
        "user_id": "u",
        "month": date(2026, 6, 1),
        "category": "opex",
        "currency": "EUR",
        "hours": 5.0,
    }
    insert(con, "effort.capitalization_monthly", [row])
    assert "[capitalization]" in notes(CAPITALIZATION, con)


def test_shares_of_link_coverage_are_shares_of_sums(con: duckdb.DuckDBPyConnection) -> None:
    """10 h with 8 linked and 30 h with 2 linked: 25 % of the week's hours, not the mean of 80 % and 7 %."""
    for user, tracked, linked, unmatched in (("u", 10.0, 8.0, 2.0), ("v", 30.0, 2.0, 0.0)):
        row = {
            "user_id": user,
            "week_start": date(2026, 6, 1),
            "tracked_hours": tracked,
            "linked_hours": linked,
            "unmatched_reference_hours": unmatched,
            "unlinked_hours": tracked - linked,
        }
        insert(con, "effort.link_coverage", [row])
    shares = {row["kind"]: row["share_pct"] for row in data(LINK_COVERAGE, con, "kind")}
    assert shares == {"linked": 25, "names an unknown story": 5, "names no story": 70}
