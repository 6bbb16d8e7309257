"""Worlds made of records; what they are not given is the least that is coherent: one Tracker project with one member,
one Clockify workspace with one user.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from pipelines.simulator.model import ClockifyData, TrackerData, World
from pipelines_tests.support.worlds.clockify import user, workspace
from pipelines_tests.support.worlds.tracker import me, membership, project

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=timezone.utc)


def tracker_data(**lists: Any) -> TrackerData:
    """Tracker's side; ``projects`` and ``memberships`` default to one each."""
    defaults = {"me": me(), "projects": [project()], "memberships": [membership()]}
    return TrackerData(**{**defaults, **lists})


def clockify_data(**lists: Any) -> ClockifyData:
    """Clockify's side; ``users`` defaults to one."""
    return ClockifyData(**{"workspace": workspace(), "users": [user()], **lists})


def world(
    *,
    now: datetime = NOW,
    tracker: TrackerData | None = None,
    clockify: ClockifyData | None = None,
) -> World:
    """A world of the given sides at *now*."""
    return World(now=now, tracker=tracker or tracker_data(), clockify=clockify or clockify_data())
