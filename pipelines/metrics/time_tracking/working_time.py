"""How long each person's working day is and which days they work, from when to when.

Here: who is asked first, and what holds of earlier versions of a profile. Not here: who is expected to work at all
(``employment``), and leave.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipelines.metrics.tables_there import exists
from pipelines.metrics.time_tracking.durations import iso_seconds
from pipelines.metrics.time_tracking.local_days import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from pipelines.metrics.settings import TimeTrackingSettings
    from pipelines.metrics.time_tracking.workspace import Workspace

INPUTS = ("clockify.member_profiles", "clockify.scheduling_totals")
SETTINGS = (
    "time_tracking.daily_hours",
    "time_tracking.working_days",
    "time_tracking.schedules",
)

#: In words for the definitions of tables.
WORKING_TIME = """
Working days and their length are those of the person's schedule in the settings file, else of the member profile (working
days, capacity), else of scheduling's totals; without any of them the days of the settings file, else the workspace's, and
`[time_tracking] daily_hours`. Days and length are looked up each for itself. A profile that changed holds from the day on
which the change was read; a length that is no duration of at most 24 hours, and an empty list of days, say nothing.
"""

_HISTORY = "clockify.member_profiles_history"


def values(settings: TimeTrackingSettings, workspace: Workspace) -> dict[str, Any]:
    """The variables that WORKING_TIMES needs."""
    schedules = [
        {
            "person": person,
            "seconds": None if own.daily_hours is None else round(own.daily_hours * 3600),
            "mask": None if own.working_days is None else _mask(own.working_days),
        }
        for person, own in settings.schedules.items()
    ]
    return {
        "schedules": json.dumps(schedules),
        "day_seconds": round(settings.daily_hours * 3600),
        "working_mask": _mask(workspace.working_days),
    }


def _mask(days: Iterable[str]) -> int:
    """A bit per weekday, the first for Monday."""
    return sum(1 << WEEKDAYS.index(day) for day in set(days))


def _told_mask(days: str) -> str:
    """SQL of the mask of a list of names, be it JSON or text; NULL where it names no day."""
    text = f"upper({days}::VARCHAR)"
    bits = " + ".join(
        f"CASE WHEN contains({text}, '{day}') THEN {1 << bit} ELSE 0 END"
        for bit, day in enumerate(WEEKDAYS)
    )
    return f"nullif({bits}, 0)"


def _told_seconds(duration: str, seconds: str) -> str:
    told = f"coalesce({iso_seconds(duration)}, try_cast(round({seconds}) AS BIGINT))"
    return f"CASE WHEN {told} BETWEEN 0 AND 86400 THEN {told} END"


def working_times(connection: duckdb.DuckDBPyConnection) -> str:
    """SQL of CTEs up to ``working_times``: user_id, from_date, to_date, day_seconds, working_mask, capacity_source.

    The spans of a person adjoin and cover all days from ever to ever. Needs the CTE ``people``.
    """
    earlier = (
        f"""
        UNION ALL BY NAME
        SELECT user_id, work_capacity, capacity_per_day, working_days, _valid_to AS until
        FROM {_HISTORY}
        WHERE _valid_to IS NOT NULL
        """
        if exists(connection, _HISTORY)
        else ""
    )
    return f"""
schedules AS (
    SELECT unnest(
        from_json(
            getvariable('schedules'), '[{{"person": "VARCHAR", "seconds": "BIGINT", "mask": "INTEGER"}}]'
        ),
        recursive := true
    )
),
profile_versions AS (
    SELECT user_id, work_capacity, capacity_per_day, working_days, 'infinity'::TIMESTAMPTZ AS until
    FROM clockify.member_profiles
    {earlier}
),
profiles AS (
    SELECT
        user_id,
        until,
        {_told_seconds("work_capacity", "capacity_per_day")} AS seconds,
        {_told_mask("working_days")} AS mask,
        work_capacity IS NULL AS is_of_totals
    FROM profile_versions
),
totals AS (
    SELECT
        user_id,
        {_told_seconds("NULL::VARCHAR", "capacity_per_day")} AS seconds,
        {_told_mask("working_days")} AS mask
    FROM clockify.scheduling_totals
),
versions AS (
    SELECT
        person.user_id,
        CASE
            WHEN profile.until IS NULL OR profile.until = 'infinity' THEN DATE '9999-12-31'
            ELSE (profile.until AT TIME ZONE person.time_zone)::DATE
        END AS until_date,
        coalesce(
            by_id.seconds, by_email.seconds, profile.seconds, totals.seconds, getvariable('day_seconds')
        ) AS day_seconds,
        coalesce(by_id.mask, by_email.mask, profile.mask, totals.mask, getvariable('working_mask')) AS working_mask,
        CASE
            WHEN by_id.person IS NOT NULL OR by_email.person IS NOT NULL THEN 'settings'
            WHEN profile.seconds IS NOT NULL AND NOT profile.is_of_totals THEN 'profile'
            WHEN coalesce(profile.seconds, totals.seconds) IS NOT NULL THEN 'scheduling'
            ELSE 'workspace'
        END AS capacity_source
    FROM people AS person
    LEFT JOIN schedules AS by_id ON by_id.person = lower(person.user_id)
    LEFT JOIN schedules AS by_email ON by_email.person = person.email
    LEFT JOIN profiles AS profile ON profile.user_id = person.user_id
    LEFT JOIN totals ON totals.user_id = person.user_id
),
working_times AS (
    SELECT
        user_id,
        coalesce(
            lag(until_date) OVER (PARTITION BY user_id ORDER BY until_date, working_mask, day_seconds),
            DATE '0001-01-01'
        ) AS from_date,
        until_date - 1 AS to_date,
        day_seconds,
        working_mask,
        capacity_source
    FROM versions
)"""
