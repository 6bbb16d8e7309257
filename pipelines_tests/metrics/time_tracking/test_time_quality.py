"""Findings about single entries."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from pipelines_tests.metrics.time_tracking.support import Clockify, rate, settings

AS_OF = datetime(2026, 3, 2, 20, tzinfo=timezone.utc)
COMPLETE: dict[str, Any] = {
    "project_id": "p",
    "task_id": "t",
    "billable": True,
    "hourly_rate": rate(100),
}


@pytest.fixture
def clockify() -> Clockify:
    made = Clockify()
    made.user()
    return made


def findings(clockify: Clockify, **compute: Any) -> set[tuple[str, str]]:
    clockify.compute("time_quality", **{"as_of": AS_OF} | compute)
    return set(clockify.rows("SELECT entry_id, finding FROM time_tracking.time_quality"))


def at(time: str) -> str:
    return f"2026-03-02T{time}:00Z"


def test_a_complete_entry_has_no_finding(clockify: Clockify) -> None:
    """Limits are included: 8 h and 1 min are fine, and entries that only touch do not overlap."""
    clockify.entry(at("08:00"), at("16:00"), **COMPLETE)
    clockify.entry(at("16:00"), at("16:01"), **COMPLETE)
    assert findings(clockify) == set()


def test_what_is_missing(clockify: Clockify) -> None:
    """Unrated is only what is billable."""
    clockify.entry(at("08:00"), at("09:00"), id="a", description=" ", billable=True)
    clockify.entry(at("09:00"), at("10:00"), id="b", project_id="p")
    assert findings(clockify) == {
        ("a", "no_project"),
        ("a", "no_task"),
        ("a", "no_description"),
        ("a", "unrated"),
        ("b", "no_task"),
    }


def test_durations(clockify: Clockify) -> None:
    clockify.entry(at("00:00"), "2026-03-02T00:00:59Z", id="short", **COMPLETE)
    clockify.entry(at("01:00"), "2026-03-02T09:00:01Z", id="long", **COMPLETE)
    clockify.entry(at("12:00"), at("11:00"), id="back", **COMPLETE)
    clockify.entry(at("19:00"), at("20:30"), id="ahead", **COMPLETE)
    clockify.entry(at("21:00"), at("22:00"), id="leave", type="TIME_OFF")
    assert findings(clockify) == {
        ("short", "too_short"),
        ("long", "too_long"),
        ("back", "negative"),
        ("ahead", "future"),
    }


def test_running_timers(clockify: Clockify) -> None:
    """12 h are not stale, a second more is; what a running timer lacks is not asked yet."""
    clockify.entry(at("08:00"), None, id="young")
    clockify.entry("2026-03-02T07:59:59Z", None, id="stale")
    clockify.entry(at("20:01"), None, id="ahead")
    assert findings(clockify) == {("stale", "running_stale"), ("ahead", "future")}


def test_overlaps_of_all_pairs(clockify: Clockify) -> None:
    """a holds b and c; d touches a; e is another person's; f, a break, is no work."""
    clockify.user("bob")
    clockify.entry(at("08:00"), at("12:00"), id="a", **COMPLETE)
    clockify.entry(at("09:00"), at("09:30"), id="b", **COMPLETE)
    clockify.entry(at("11:00"), at("11:30"), id="c", **COMPLETE)
    clockify.entry(at("12:00"), at("13:00"), id="d", **COMPLETE)
    clockify.entry(at("08:00"), at("12:00"), "bob", id="e", **COMPLETE)
    clockify.entry(at("12:15"), at("12:30"), id="f", type="BREAK")
    assert findings(clockify) == {("a", "overlap"), ("b", "overlap"), ("c", "overlap")}


def test_configured_limits(clockify: Clockify) -> None:
    clockify.entry(at("08:00"), at("12:30"), id="a", **COMPLETE)
    chosen = settings({"time_tracking": {"quality": {"too_long_hours": 4.0}}})
    assert findings(clockify, settings=chosen) == {("a", "too_long")}


@pytest.mark.parametrize("by", ["approval", "workspace"])
def test_changed_after_lock(clockify: Clockify, by: str) -> None:
    """The lock was read on March 10th.

    Entry a was known before and read anew two days later: changed. b was read anew with the lock, c was first read
    after it, d has not changed, e lies outside, f is not locked.
    """
    if by == "approval":
        request = {
            "owner": {"userId": "ann"},
            "dateRange": {"start": "2026-03-02T00:00:00Z", "end": "2026-03-08T23:59:59Z"},
            "status": {"state": "APPROVED", "updatedAt": "2026-03-10T08:00:00Z"},
        }
        clockify.add(
            "approval_requests", approval_request=request, _extracted_at="2026-03-10T09:00:00Z"
        )
    else:
        clockify.add(
            "workspaces",
            id="w",
            workspace_settings={"lockTimeEntries": "2026-03-08T23:59:59Z"},
            _extracted_at="2026-03-10T09:00:00Z",
        )
    versions = {
        "a": ("2026-03-02", "2026-03-03T00:00:00Z", "2026-03-12T00:00:00Z", True),
        "b": ("2026-03-03", "2026-03-04T00:00:00Z", "2026-03-10T09:01:00Z", True),
        "c": ("2026-03-04", "2026-03-11T00:00:00Z", "2026-03-12T00:00:00Z", True),
        "d": ("2026-03-05", "2026-03-06T00:00:00Z", "2026-03-06T00:00:00Z", True),
        "e": ("2026-03-09", "2026-03-09T12:00:00Z", "2026-03-12T00:00:00Z", True),
        "f": ("2026-03-06", "2026-03-07T00:00:00Z", "2026-03-12T00:00:00Z", False),
    }
    for entry_id, (day, first_seen, extracted, is_locked) in versions.items():
        clockify.entry(
            f"{day}T08:00:00Z",
            f"{day}T09:00:00Z",
            id=entry_id,
            workspace_id="w",
            is_locked=is_locked,
            _first_seen_at=first_seen,
            _extracted_at=extracted,
            **COMPLETE,
        )
    now = datetime(2026, 3, 20, tzinfo=timezone.utc)
    assert findings(clockify, as_of=now) == {("a", "changed_after_lock")}


def test_hours_without_a_home_are_findings() -> None:
    """An unknown type, no owner, an end a century away, the year 1, an interval that is none; a fine entry is no finding."""
    clockify = Clockify()
    clockify.user()
    fine = {"project_id": "p", "task_id": "t"}
    times = ("2026-11-03T09:00:00Z", "2026-11-03T10:00:00Z")
    clockify.entry(*times, id="fine", **fine)
    clockify.entry(*times, id="type", type="ON_CALL", **fine)
    clockify.entry("2026-11-04T09:00:00Z", "2026-11-04T10:00:00Z", None, id="owner", **fine)
    clockify.entry("2026-11-02T09:00:00Z", "2126-11-02T10:00:00Z", id="century", **fine)
    clockify.entry("0001-01-01T09:00:00Z", "0001-01-01T10:00:00Z", id="year 1", **fine)
    clockify.entry("2026-11-05T09:00:00Z", "soon", id="interval", **fine)
    clockify.compute("time_quality")
    found = clockify.rows("SELECT entry_id, finding FROM time_tracking.time_quality ORDER BY ALL")
    assert found == [
        ("century", "future"),
        ("century", "implausible"),
        ("century", "running_stale"),
        ("interval", "unusable_interval"),
        ("owner", "no_owner"),
        ("type", "unknown_type"),
        ("year 1", "implausible"),
    ]
    clockify.compute("time_daily")
    hours = clockify.rows(
        "SELECT sum(tracked_hours), sum(other_hours) FROM time_tracking.time_daily"
    )
    assert hours == [(2.0, 1.0)]


def test_a_future_is_one_when_it_was_read() -> None:
    """As of November 4th: what was read that day and starts on the 5th is in the future; what was read later is not."""
    clockify = Clockify()
    clockify.user()
    times = ("2026-11-05T09:00:00Z", "2026-11-05T10:00:00Z")
    for key, read in (("early", "2026-11-04T08:00:00Z"), ("later", "2026-11-06T02:30:00Z")):
        clockify.entry(*times, id=key, _extracted_at=read)
    clockify.compute("time_quality", as_of=datetime(2026, 11, 4, 12, tzinfo=timezone.utc))
    found = clockify.rows("SELECT entry_id, finding FROM time_tracking.time_quality ORDER BY ALL")
    assert found == [("early", "future")]


@pytest.mark.parametrize("lock", ["", "2026-10-31", "the day before yesterday", None])
def test_locks_and_approvals_that_are_no_instants_stop_nothing(lock: str | None) -> None:
    """Recorded shapes: an empty lock, a date where instants are usual, approvals without range, owner or moment."""
    clockify = Clockify()
    clockify.user()
    clockify.add("workspaces", id="w", workspace_settings={"lockTimeEntries": lock})
    for number, request in enumerate(
        (
            {
                "dateRange": {"start": None, "end": None},
                "owner": None,
                "status": {"state": "APPROVED"},
            },
            {
                "dateRange": None,
                "owner": {"userId": "ann"},
                "status": {"state": "APPROVED", "updatedAt": ""},
            },
            {"dateRange": {"start": "soon", "end": ""}, "status": {"state": "APPROVED"}},
        )
    ):
        clockify.add("approval_requests", id=str(number), approval_request=request)
    clockify.entry(
        "2026-10-05T09:00:00Z",
        "2026-10-05T10:00:00Z",
        workspace_id="w",
        is_locked=True,
        project_id="p",
        task_id="t",
        _first_seen_at="2026-10-06T00:00:00Z",
        _extracted_at="2026-10-07T00:00:00Z",
    )
    clockify.compute("time_quality")
    assert clockify.rows("FROM time_tracking.time_quality") == []
