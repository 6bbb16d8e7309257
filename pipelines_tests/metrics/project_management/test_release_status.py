"""Status of releases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pipelines_tests.metrics.project_management.support import (
    add_story,
    computed,
    instant,
    warehouse,
)
from pipelines_tests.support.tables import insert

NOW = "2026-02-04 00:00"


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("2026-01-21 06:59:59", (0, True)),  # 23:59:59 of the deadline's day in Denver
        ("2026-01-21 07:00:00", (1, False)),  # midnight: the next day
        ("2026-01-15 00:00:00", (0, True)),
        (None, (14, False)),  # it is the evening of February 3 in Denver
    ],
)
def test_on_time_until_the_end_of_the_deadlines_local_day(
    accepted: str | None, expected: tuple[int, bool]
) -> None:
    """Deadline January 20, which Tracker sends as the midnight that begins it in Denver: 07:00Z."""
    con = warehouse(zone="America/Denver")
    release = {"id": 9, "project_id": 1, "deadline": instant("2026-01-20 07:00"), "story_ids": []}
    insert(
        con,
        "pivotal_tracker.releases",
        [{**release, "accepted_at": instant(accepted) if accepted else None}],
    )
    assert computed(con, "release_status", "days_late, is_on_time", as_of=NOW) == [expected]


def test_an_open_release_before_its_deadline_is_neither_late_nor_on_time() -> None:
    con = warehouse()
    releases = [
        {"id": 8, "project_id": 1, "deadline": instant("2026-02-04 00:00"), "story_ids": []},
        {"id": 9, "project_id": 1, "accepted_at": instant("2026-01-04 00:00"), "story_ids": []},
    ]
    insert(con, "pivotal_tracker.releases", releases)
    assert computed(con, "release_status", "days_late, is_on_time", as_of=NOW) == [
        (0, None),
        (None, None),
    ]


def test_totals_and_projection() -> None:
    """The project accepts two stories in each of the four complete weeks. Release 8 (deadline in March) holds four
    accepted and three open stories, release 9 (April) four open ones.

    Release 8: 3 / 2 up = two weeks: Feb 18. Release 9 waits for it: (3 + 4) / 2 up = four weeks: March 4.
    Release 8 is done to 4 x 1 / (4 x 1 + 3 x 4) = 25 %.
    """
    con = warehouse()
    for story_id in range(8):
        accepted = f"{date(2026, 1, 7) + timedelta(weeks=story_id // 2)} 00:00"
        add_story(
            con, story_id, ("unstarted", "2026-01-05 00:00"), ("accepted", accepted), estimate=1
        )
    for story_id in range(10, 17):
        add_story(con, story_id, ("unstarted", "2026-01-05 00:00"), estimate=4)
    releases = [
        {
            "id": 109,
            "project_id": 1,
            "deadline": instant("2026-04-01 00:00"),
            "story_ids": [13, 14, 15, 16],
        },
        {
            "id": 108,
            "project_id": 1,
            "deadline": instant("2026-03-01 00:00"),
            "story_ids": [4, 5, 6, 7, 10, 11, 12],
        },
    ]
    insert(con, "pivotal_tracker.releases", releases)
    columns = "release_id, stories, accepted_stories, points, done_pct, projected_p50_date, projected_p85_date"
    assert computed(con, "release_status", columns, as_of=NOW) == [
        (108, 7, 4, 16.0, 25.0, date(2026, 2, 18), date(2026, 2, 18)),
        (109, 4, 0, 16.0, 0.0, date(2026, 3, 4), date(2026, 3, 4)),
    ]


def test_a_host_that_lists_releases_only_as_stories() -> None:
    """Which stories it holds is not known, so there are no counts; whether it is on time is."""
    con = warehouse()
    deadline = {"deadline": instant("2026-01-20 00:00")}
    add_story(
        con,
        9,
        ("unstarted", "2026-01-05 00:00"),
        ("accepted", "2026-01-19 00:00"),
        story_type="release",
        **deadline,
    )
    columns = "release_id, stories, points, done_pct, days_late, is_on_time, projected_p50_date"
    assert computed(con, "release_status", columns, as_of=NOW) == [
        (9, None, None, None, 0, True, None)
    ]
