"""Weekly throughput."""

from __future__ import annotations

from datetime import date

from pipelines.metrics.project_management.throughput import weekly_histories
from pipelines_tests.metrics.project_management.support import add_story, computed, warehouse


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


def test_histories_count_complete_weeks_of_all_types_but_releases() -> None:
    """Weeks of Jan 5: a feature and a chore; Jan 12: nothing; Jan 19: a bug and a release; Jan 26 is not over.

    All: 2, 0, 1; the last two weeks: 0, 1.
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
    assert weekly_histories(con, 26) == {1: [2, 0, 1]}
    assert weekly_histories(con, 2) == {1: [0, 1]}
