"""What the Clockify workspace says about weeks, zones and rounding, where the settings file says nothing.

Here: reading those settings of the workspace's record, and who goes first. Not here: the settings file, and what a
metric makes of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pipelines.metrics.time_tracking.ever_known import ever_known
from pipelines.metrics.time_tracking.local_days import WEEKDAYS, WORKING_DAYS

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.settings import TimeTrackingSettings

#: Settings that decide together with the workspace's record.
SETTINGS = (
    "time_tracking.working_days",
    "time_tracking.time_zone",
    "time_tracking.finance_zone",
    "time_tracking.week_start",
)


@dataclass(frozen=True)
class Rounding:
    """How each entry is rounded: ``mode`` none, up, down or nearest, to a step of ``minutes``."""

    mode: str = "none"
    minutes: int = 15


@dataclass(frozen=True)
class Workspace:
    """What holds for the whole workspace. ``reports_rounding`` is what Clockify's own reports do."""

    working_days: tuple[str, ...]
    week_start: str
    time_zone: str
    finance_zone: str
    rounding: Rounding
    reports_rounding: Rounding

    @property
    def values(self) -> dict[str, Any]:
        """The variables of this name that SQL reads; ``week_start`` as its number, Monday is 0."""
        return {
            "working_days": list(self.working_days),
            "week_start": WEEKDAYS.index(self.week_start),
            "time_zone": self.time_zone,
            "finance_zone": self.finance_zone,
        }


def workspace_of(
    connection: duckdb.DuckDBPyConnection, settings: TimeTrackingSettings
) -> Workspace:
    """The settings file where it says something, else ``clockify.workspaces``, else the defaults.

    A value that cannot be used, such as an unknown zone, counts as none.
    """
    told = _workspace_settings(connection)
    reports = _reports_rounding(told)
    time_zone = _zone(told.get("lockTimeZone")) or settings.time_zone
    own = settings.rounding
    return Workspace(
        working_days=settings.working_days
        if settings.working_days is not None
        else _weekdays(told.get("workingDays")) or WORKING_DAYS,
        week_start=settings.week_start or _weekday(told.get("weekStart")) or "MONDAY",
        time_zone=time_zone,
        finance_zone=settings.finance_zone or time_zone,
        rounding=reports if own.mode == "workspace" else Rounding(own.mode, own.minutes),
        reports_rounding=reports,
    )


def _workspace_settings(connection: duckdb.DuckDBPyConnection) -> Mapping[str, Any]:
    row = connection.execute(
        f"""
        SELECT workspace_settings::VARCHAR
        FROM ({ever_known("workspaces")})
        ORDER BY is_deleted, id
        LIMIT 1
        """
    ).fetchone()
    told = json.loads(row[0]) if row and row[0] else None
    return told if isinstance(told, dict) else {}


def _reports_rounding(told: Mapping[str, Any]) -> Rounding:
    """Such as ``{"round": "Round to nearest", "minutes": "15"}``, which counts where reports round at all."""
    rule = told.get("round")
    if told.get("timeRoundingInReports") is not True or not isinstance(rule, dict):
        return Rounding()
    words = str(rule.get("round")).lower()
    minutes = str(rule.get("minutes"))
    mode = next((mode for mode in ("nearest", "down", "up") if mode in words), "none")
    if not minutes.isdecimal() or not 1 <= int(minutes) <= 1440:
        return Rounding()
    return Rounding(mode, int(minutes))


def _zone(name: object) -> str | None:
    if not isinstance(name, str) or not name:
        return None
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
    return name


def _weekday(name: object) -> str | None:
    upper = str(name).upper()
    return upper if upper in WEEKDAYS else None


def _weekdays(names: object) -> tuple[str, ...]:
    """The days of a list of names; none where one of them is no day."""
    if not isinstance(names, list):
        return ()
    days = [_weekday(name) for name in names]
    return tuple(day for day in days if day) if all(days) else ()
