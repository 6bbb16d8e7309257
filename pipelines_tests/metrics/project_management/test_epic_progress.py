"""Progress of epics."""

from __future__ import annotations

from datetime import date, timedelta

from pipelines_tests.metrics.project_management.support import (
    add_story,
    computed,
    instant,
    warehouse,
)
from pipelines_tests.support.tables import insert

NOW = "2026-02-04 00:00"
LABELS = [{"id": 31, "name": "dunning"}]


def test_totals_and_projection() -> None:
    """Epic 51: one story of 2 points accepted in each of the four complete weeks, three of 4 points left (one of them in
    the icebox), a release that does not count. Done 8 / 20 = 40 %. One a week: three weeks from Wed Feb 4 is Feb 25.
    """
    con = warehouse()
    insert(con, "pivotal_tracker.epics", [{"id": 51, "project_id": 1, "label": LABELS[0]}])
    for week in range(4):
        accepted = f"{date(2026, 1, 7) + timedelta(weeks=week)} 00:00"
        add_story(
            con,
            week,
            ("started", "2026-01-05 00:00"),
            ("accepted", accepted),
            estimate=2,
            labels=LABELS,
        )
    for story_id, state in ((10, "unscheduled"), (11, "unstarted"), (12, "started")):
        add_story(con, story_id, (state, "2026-01-06 00:00"), estimate=4, labels=LABELS)
    add_story(con, 13, ("unstarted", "2026-01-06 00:00"), story_type="release", labels=LABELS)
    add_story(
        con, 14, ("started", "2026-01-05 00:00"), ("accepted", "2026-01-06 00:00"), estimate=8
    )
    columns = "project_id, epic_id, stories, accepted_stories, points, accepted_points, done_pct, done_basis"
    assert computed(con, "epic_progress", columns, as_of=NOW) == [
        (1, 51, 7, 4, 20.0, 8.0, 40.0, "points")
    ]
    columns = "first_activity_at, last_activity_at, deadline, days_late, projected_p50_date, projected_p85_date"
    expected = (
        instant("2026-01-05 00:00"),
        instant("2026-01-28 00:00"),
        None,
        None,
        date(2026, 2, 25),
        date(2026, 2, 25),
    )
    assert computed(con, "epic_progress", columns, as_of=NOW) == [expected]


def test_without_points_stories_are_the_measure() -> None:
    con = warehouse()
    epics = [
        {"id": 51, "project_id": 1, "label": LABELS[0]},
        {"id": 52, "project_id": 1, "label": {"id": 99}},
    ]
    insert(con, "pivotal_tracker.epics", epics)
    add_story(con, 1, ("accepted", "2026-01-06 00:00"), story_type="chore", labels=LABELS)
    add_story(con, 2, ("unstarted", "2026-01-06 00:00"), story_type="chore", labels=LABELS)
    columns = "epic_id, stories, points, done_pct, done_basis"
    assert computed(con, "epic_progress", columns, as_of=NOW) == [
        (51, 2, 0.0, 50.0, "stories"),
        (52, 0, 0.0, None, None),
    ]


def test_an_epic_with_open_work_is_not_done() -> None:
    """Features of 3 and 2 points are accepted, a bug without points is open: all points, two of three stories. When the
    bug is accepted, too, it is done.
    """
    con = warehouse()
    insert(con, "pivotal_tracker.epics", [{"id": 51, "project_id": 1, "label": LABELS[0]}])
    for story_id, estimate in ((1, 3), (2, 2)):
        add_story(con, story_id, ("accepted", "2026-01-06 00:00"), estimate=estimate, labels=LABELS)
    bug = ("started", "2026-01-06 00:00"), ("accepted", "2026-01-08 00:00")
    add_story(con, 3, *bug, story_type="bug", labels=LABELS)
    columns = "round(done_pct, 1), done_basis, done_points_pct, round(done_stories_pct, 1)"
    assert computed(con, "epic_progress", columns, as_of="2026-01-07 00:00") == [
        (66.7, "stories", 100.0, 66.7)
    ]
    assert computed(con, "epic_progress", columns, as_of="2026-01-09 00:00") == [
        (100.0, "points", 100.0, 100.0)
    ]


def test_a_growing_epic_takes_longer() -> None:
    """In each of the last three weeks one story of the epic is accepted and one is added. One is open since the first week,
    so that what was open on a Monday is never done, and all growth goes ahead: the epic comes no nearer.
    """
    con = warehouse()
    insert(con, "pivotal_tracker.epics", [{"id": 51, "project_id": 1, "label": LABELS[0]}])
    add_story(con, 99, ("unstarted", "2026-01-05 00:00"), labels=LABELS)
    for week in range(5):
        created = date(2026, 1, 5) + timedelta(weeks=max(week - 1, 0))
        accepted = date(2026, 1, 7) + timedelta(weeks=week)
        moves = [("started", f"{created} 00:00"), ("accepted", f"{accepted} 12:00")]
        add_story(con, week, *(move for move in moves if move[1] <= NOW), labels=LABELS)
    columns = "projected_p50_date IS NULL, projected_p85_date, projection_reason"
    [(_, p85, reason)] = computed(
        con, "epic_progress", columns, as_of=NOW, forecast={"history_weeks": 3}
    )
    assert (p85, reason) == (None, "no_end_in_sight")


def test_no_projection_without_a_pace_or_without_a_rest() -> None:
    """Epic 51 has nothing accepted in a complete week, epic 52 nothing left."""
    con = warehouse()
    epics = [{"id": 50 + n, "project_id": 1, "label": {"id": 30 + n, "name": "x"}} for n in (1, 2)]
    insert(con, "pivotal_tracker.epics", epics)
    add_story(con, 1, ("started", "2026-01-06 00:00"), labels=[{"id": 31}])
    add_story(
        con,
        2,
        ("started", "2026-01-06 00:00"),
        ("accepted", "2026-01-07 00:00"),
        labels=[{"id": 32}],
    )
    columns = "projected_p85_date, projection_reason, past_p85_dates, past_p85_dates_kept"
    assert computed(con, "epic_progress", columns, as_of=NOW) == [
        (None, "no_throughput", 0, 0),
        (None, "nothing_open", 0, 0),
    ]
