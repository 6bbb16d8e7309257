"""Where the time of finished stories went."""

from __future__ import annotations

from pipelines_tests.metrics.project_management.support import (
    add_story,
    computed,
    warehouse,
)
from pipelines_tests.support.tables import insert

NOW = "2026-03-31 00:00"
ALL = "window_days = 'all' AND story_type = 'all'"


def test_shares_are_sums_over_sums() -> None:
    """The example of the definition: cycles of 10 and 30 hours, started 5 and 10, delivered 5 and 20."""
    con = warehouse()
    for story_id, moves in enumerate(
        (
            ("2026-03-02 05:00", "2026-03-02 10:00"),
            ("2026-03-02 10:00", "2026-03-03 06:00"),
        ),
        start=1,
    ):
        delivered, accepted = moves
        add_story(
            con,
            story_id,
            ("unstarted", "2026-03-01 00:00"),
            ("started", "2026-03-02 00:00"),
            ("delivered", delivered),
            ("accepted", accepted),
        )
    columns = "measure, n, n_above_zero, total_hours, p50_hours, p85_hours, share_of_cycle_pct, flow_efficiency_pct"
    rows = computed(con, "time_in_state", columns, as_of=NOW, where=ALL)
    assert {name: values for name, *values in rows} == {
        "lead": [2, 2, 34.0 + 54.0, 34.0, 54.0, None, 37.5],
        "queue": [2, 2, 48.0, 24.0, 24.0, None, 37.5],
        "cycle": [2, 2, 40.0, 10.0, 30.0, 100.0, 37.5],
        "started": [2, 2, 15.0, 5.0, 10.0, 37.5, 37.5],
        "finished": [2, 0, 0.0, 0.0, 0.0, 0.0, 37.5],
        "delivered": [2, 2, 25.0, 5.0, 20.0, 62.5, 37.5],
        "rejected": [2, 0, 0.0, 0.0, 0.0, 0.0, 37.5],
        "other": [2, 0, 0.0, 0.0, 0.0, 0.0, 37.5],
        "blocked": [2, 0, 0.0, 0.0, 0.0, 0.0, 37.5],
        "review": [2, 0, 0.0, 0.0, 0.0, 0.0, 37.5],
    }


def test_the_rest_of_a_cycle_is_other() -> None:
    """Started 6 h, back in the backlog 12 h, started 6 h: a share of 50 % is in no state of work."""
    con = warehouse()
    add_story(
        con,
        1,
        ("started", "2026-03-02 00:00"),
        ("unstarted", "2026-03-02 06:00"),
        ("started", "2026-03-02 18:00"),
        ("accepted", "2026-03-03 00:00"),
    )
    where = f"{ALL} AND share_of_cycle_pct > 0"
    rows = computed(con, "time_in_state", "measure, share_of_cycle_pct", as_of=NOW, where=where)
    assert rows == [("cycle", 100.0), ("other", 50.0), ("started", 50.0)]


def test_what_is_not_known_is_not_measured() -> None:
    """A story that never started has a lead time only; one whose blocker has no date has no blocked time."""
    con = warehouse()
    add_story(con, 1, ("unstarted", "2026-03-01 00:00"), ("accepted", "2026-03-02 00:00"))
    add_story(con, 2, ("started", "2026-03-01 00:00"), ("accepted", "2026-03-02 00:00"))
    insert(con, "pivotal_tracker.blockers", [{"id": 1, "story_id": 2, "resolved": True}])
    rows = computed(con, "time_in_state", "measure, n", as_of=NOW, where=ALL)
    counts = dict(rows)
    assert (counts["lead"], counts["cycle"], counts["blocked"], counts["review"]) == (2, 1, 0, 1)
    assert (counts["started"], counts["other"]) == (1, 1)


def test_windows_and_types() -> None:
    con = warehouse()
    for story_id, story_type, accepted in (
        (1, "bug", "2026-03-30 00:00"),
        (2, "feature", "2026-01-30 00:00"),
        (3, "release", "2026-03-30 00:00"),
    ):
        moves = (("started", "2026-01-06 00:00"), ("accepted", accepted))
        add_story(con, story_id, *moves, story_type=story_type)
    where = "measure = 'cycle' AND n > 0"
    rows = computed(con, "time_in_state", "window_days, story_type, n", as_of=NOW, where=where)
    assert rows == [
        ("30", "all", 1),
        ("30", "bug", 1),
        *((window, *counts) for window in ("365", "90", "all") for counts in TYPES),
    ]


TYPES = (("all", 2), ("bug", 1), ("feature", 1))


def test_nothing_to_measure_is_a_row_of_nulls() -> None:
    columns = "n, total_hours, p50_hours, share_of_cycle_pct, flow_efficiency_pct"
    rows = computed(warehouse(), "time_in_state", columns, as_of=NOW)
    assert rows == [(0, None, None, None, None)] * 160
