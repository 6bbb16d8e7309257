"""Weekly throughput."""

from __future__ import annotations

from datetime import date

from pipelines.metrics.model import MetricRun
from pipelines.metrics.project_management.calendar import define_calendar
from pipelines.metrics.project_management.forecast_history import project_histories
from pipelines.metrics.settings import MetricSettings
from pipelines_tests.metrics.project_management.support import (
    add_story,
    computed,
    delete_story,
    instant,
    warehouse,
)


def test_weeks_are_local_complete_and_zero_filled() -> None:
    """Denver (7 hours behind UTC), weeks from Tuesday. Created Tue Jan 6 08:00Z = 01:00 local: week of Jan 6. Accepted
    Tue Jan 20 06:00Z = Mon 23:00 local: still week of Jan 13. Now Wed Jan 28: weeks Jan 6, 13, 20 and, partial, 27.
    """
    con = warehouse(zone="America/Denver", week_start_day="Tuesday", start_date="2026-01-06")
    add_story(con, 1, ("started", "2026-01-06 08:00"), ("accepted", "2026-01-20 06:00"), estimate=3)
    rows = computed(
        con,
        "throughput_weekly",
        "week_start, accepted, points, created, net_flow, is_partial",
        where="story_type = 'feature'",
        as_of="2026-01-28 00:00",
    )
    assert rows == [
        (date(2026, 1, 6), 0, 0.0, 1, -1, False),
        (date(2026, 1, 13), 1, 3.0, 0, 1, False),
        (date(2026, 1, 20), 0, 0.0, 0, 0, False),
        (date(2026, 1, 27), 0, 0.0, 0, 0, True),
    ]


def test_every_type_has_every_week() -> None:
    con = warehouse()
    add_story(con, 1, ("unstarted", "2026-01-05 00:00"), story_type="bug")
    rows = computed(con, "throughput_weekly", "week_start, story_type", as_of="2026-01-13 00:00")
    types = ["bug", "chore", "feature", "release"]
    assert rows == [(week, t) for week in (date(2026, 1, 5), date(2026, 1, 12)) for t in types]


def test_growth_of_the_open_scope() -> None:
    """In the week of Jan 12, 2 stories are created in the backlog (4, 5), 1 comes out of the icebox (6), 1 of the backlog
    is deleted (7), 3 are accepted (1 to 3): growth 2; of 4 open stories 3 are left. Before: four created and open. After:
    story 5 goes back to the icebox, growth -1. Story 8 is created and accepted within that week: growth 1 for it.
    """
    con = warehouse()
    for story_id in (1, 2, 3):
        add_story(con, story_id, ("started", "2026-01-06 09:00"), ("accepted", "2026-01-13 09:00"))
    add_story(con, 4, ("unstarted", "2026-01-13 09:00"))
    add_story(con, 5, ("unstarted", "2026-01-13 09:00"), ("unscheduled", "2026-01-20 09:00"))
    add_story(con, 6, ("unscheduled", "2026-01-06 09:00"), ("unstarted", "2026-01-13 09:00"))
    add_story(con, 7, ("unstarted", "2026-01-06 09:00"))
    add_story(con, 8, ("unstarted", "2026-01-20 09:00"), ("accepted", "2026-01-21 09:00"))
    delete_story(con, 7, "2026-01-14 09:00")
    columns = "accepted, created, scope_growth, open_stories"
    where = "story_type = 'feature'"
    rows = computed(con, "throughput_weekly", columns, as_of="2026-01-28 00:00", where=where)
    assert rows == [(0, 5, 4, 4), (3, 2, 2, 3), (1, 1, 0, 2), (0, 0, 0, 2)]


def test_closed_weeks_do_not_change_when_a_story_is_deleted() -> None:
    """Created Jan 6, accepted Jan 13, deleted Jan 20: both weeks keep it. Created and deleted within a week: it counts
    nowhere, nor does one whose acceptance was deleted within its week.
    """
    con = warehouse()
    moves = ("unstarted", "2026-01-06 09:00"), ("accepted", "2026-01-13 09:00")
    add_story(con, 1, *moves, estimate=3)
    add_story(con, 2, ("unstarted", "2026-01-14 09:00"))
    add_story(con, 3, *moves)
    before = computed(con, "throughput_weekly", "*", as_of="2026-01-13 12:00")
    delete_story(con, 1, "2026-01-20 09:00")
    delete_story(con, 2, "2026-01-15 09:00")
    delete_story(con, 3, "2026-01-14 09:00")
    columns = "accepted, points, created, open_stories"
    where = "story_type = 'feature'"
    rows = computed(con, "throughput_weekly", columns, as_of="2026-01-21 00:00", where=where)
    assert rows == [(0, 0.0, 2, 2), (1, 3.0, 0, 0), (0, 0.0, 0, 0)]
    assert computed(con, "throughput_weekly", "*", as_of="2026-01-13 12:00") == before


def test_weekly_counts_of_forecasts_are_the_published_ones() -> None:
    """Weeks of Jan 5: a feature and a chore; Jan 12: nothing; Jan 19: a bug and a release; Jan 26 is not over.

    Accepted, without the release: 2, 0, 1. All of them were there in the first week, so that nothing was added.
    """
    con = warehouse()
    for story_id, (accepted, story_type) in enumerate(
        [
            ("2026-01-06 00:00", "feature"),
            ("2026-01-07 00:00", "chore"),
            ("2026-01-20 00:00", "bug"),
            ("2026-01-21 00:00", "release"),
            ("2026-01-27 00:00", "feature"),
        ]
    ):
        add_story(
            con,
            story_id,
            ("unstarted", "2026-01-05 00:00"),
            ("accepted", accepted),
            story_type=story_type,
        )
    computed(con, "throughput_weekly", "accepted", as_of="2026-01-28 00:00")
    define_calendar(con, MetricRun(as_of=instant("2026-01-28 00:00"), settings=MetricSettings()))
    [history] = project_histories(con)
    assert history.weekly_accepted[history.now].tolist() == [2, 0, 1]
    assert history.weekly_growth[history.now].tolist() == [0, 0, 0]
    assert history.complete_weeks(history.now) == 3
