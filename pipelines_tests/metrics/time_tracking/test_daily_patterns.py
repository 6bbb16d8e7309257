"""Overlaps and blocks of a person's day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pipelines_tests.metrics.time_tracking.support import Clockify, settings

DAY = date(2026, 3, 2)


@pytest.fixture
def clockify() -> Clockify:
    made = Clockify()
    made.user()
    return made


def log(clockify: Clockify, start: str, end: str, **row: Any) -> None:
    clockify.entry(f"2026-03-02T{start}:00Z", f"2026-03-02T{end}:00Z", **row)


def overlaps(clockify: Clockify) -> list[tuple[Any, ...]]:
    clockify.compute("overlap_daily")
    return clockify.rows(
        """
        SELECT local_date, sum_hours, union_hours, double_booked_hours, pairs
        FROM time_tracking.overlap_daily ORDER BY ALL
        """
    )


def focus(clockify: Clockify, **compute: Any) -> list[tuple[Any, ...]]:
    clockify.compute("focus_daily", **compute)
    return clockify.rows(
        "SELECT blocks, switches, longest_block_hours, focus_hours FROM time_tracking.focus_daily"
    )


def test_overlap_of_two(clockify: Clockify) -> None:
    """10-11, 10:30-12, 14-15: sum 3.5, union 3, double-booked 0.5, one pair."""
    log(clockify, "10:00", "11:00")
    log(clockify, "10:30", "12:00")
    log(clockify, "14:00", "15:00")
    assert overlaps(clockify) == [(DAY, 3.5, 3.0, 0.5, 1)]


def test_nested_entries_are_pairs_with_more_than_their_neighbour(clockify: Clockify) -> None:
    """8-12 holds 9-10 and 10-11, which touch: pairs 2, sum 6, union 4."""
    log(clockify, "08:00", "12:00")
    log(clockify, "09:00", "10:00")
    log(clockify, "10:00", "11:00")
    assert overlaps(clockify) == [(DAY, 6.0, 4.0, 2.0, 2)]


def test_three_at_once(clockify: Clockify) -> None:
    """Three times the same hour: three pairs, logged two hours too much. Breaks and empty entries do not count."""
    for _ in range(3):
        log(clockify, "08:00", "09:00")
    log(clockify, "08:30", "08:30")
    log(clockify, "08:00", "09:00", type="BREAK")
    assert overlaps(clockify) == [(DAY, 3.0, 1.0, 2.0, 3)]


def test_overlap_over_midnight_is_cut(clockify: Clockify) -> None:
    """22-02 and 23-01: an hour and a pair on each side of midnight."""
    clockify.entry("2026-03-02T22:00:00Z", "2026-03-03T02:00:00Z")
    clockify.entry("2026-03-02T23:00:00Z", "2026-03-03T01:00:00Z")
    assert overlaps(clockify) == [
        (DAY, 3.0, 2.0, 1.0, 1),
        (date(2026, 3, 3), 3.0, 2.0, 1.0, 1),
    ]


def test_focus(clockify: Clockify) -> None:
    """A 9-10, A 10:05-11, B 11-11:30, A 11:30-12: blocks 2 h, 0.5 h, 0.5 h; two switches; focus 2 h."""
    log(clockify, "09:00", "10:00", project_id="a")
    log(clockify, "10:05", "11:00", project_id="a")
    log(clockify, "11:00", "11:30", project_id="b")
    log(clockify, "11:30", "12:00", project_id="a")
    assert focus(clockify) == [(3, 2, 2.0, 2.0)]


def test_focus_ends_with_a_long_gap_or_another_task(clockify: Clockify) -> None:
    """A gap of 11 minutes splits without a switch; another task splits and switches. 90 minutes are focus."""
    log(clockify, "08:00", "08:30", project_id="a", task_id="t")
    log(clockify, "08:41", "10:11", project_id="a", task_id="t")
    log(clockify, "10:11", "10:41", project_id="a", task_id="u")
    assert focus(clockify) == [(3, 1, 1.5, 1.5)]


def test_configured_focus(clockify: Clockify) -> None:
    log(clockify, "08:00", "08:30", project_id="a")
    log(clockify, "09:00", "09:30", project_id="a")
    chosen = settings({"time_tracking": {"focus": {"gap_minutes": 30.0, "block_minutes": 60.0}}})
    assert focus(clockify, settings=chosen) == [(1, 0, 1.5, 1.5)]
