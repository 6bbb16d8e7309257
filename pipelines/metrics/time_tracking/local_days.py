"""Local calendar days as intervals of real time, whatever daylight saving does to them.

Here: SQL for the first instant of a local day and for the local date of an instant.
Not here: whose zone applies, and what is counted per day.
"""

from __future__ import annotations

# In the order of ISO 8601, as Clockify spells them.
WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
#: Where nobody says other.
WORKING_DAYS = WEEKDAYS[:5]


def day_start(local_date: str, time_zone: str) -> str:
    """SQL of the first instant of a local date.

    Where the clock is put back across midnight, 00:00 comes twice and DuckDB takes the later one; the day
    begins with the earlier one (Atlantic/Azores, every October). Where 00:00 is skipped, DuckDB already takes
    the instant of the jump.
    """
    midnight = f"({local_date}::TIMESTAMP AT TIME ZONE {time_zone})"
    hour_before = f"({midnight} - INTERVAL 1 HOUR)"
    return f"""(
        CASE WHEN {hour_before} AT TIME ZONE {time_zone} = {local_date}::TIMESTAMP
        THEN {hour_before}
        ELSE {midnight}
        END
    )"""


def utc_day(instant: str) -> str:
    """SQL of the number of the UTC day of an instant, counted from 1970-01-01."""
    return f"(epoch_us({instant}) // 86400000000)"


def elapsed_seconds(start: str, end: str) -> str:
    """SQL of the whole seconds from one instant to another; adjoining spans add up exactly."""
    return f"(epoch_us({end}) // 1000000 - epoch_us({start}) // 1000000)"


def clock(zones: str, utc_days: str) -> str:
    """SQL of a small table that tells local dates: one row per zone of ``zones`` and UTC day of ``utc_days``.

    ``date_before`` is the local date at the beginning of the UTC day, ``date_after`` the one at its end, which
    begins at ``changes_at``. Joining it costs a tenth of asking for the zone of every single instant.
    """
    return f"""
        SELECT
            time_zone,
            utc_day,
            (make_timestamptz(utc_day * 86400000000) AT TIME ZONE time_zone)::DATE AS date_before,
            (make_timestamptz((utc_day + 1) * 86400000000 - 1) AT TIME ZONE time_zone)::DATE AS date_after,
            {day_start("date_after", "time_zone")} AS changes_at
        FROM {zones}
        CROSS JOIN {utc_days}
    """


def local_date(instant: str, clock_row: str) -> str:
    """SQL of the local date of an instant, given the row of ``clock`` of its zone and UTC day."""
    return f"""(
        CASE WHEN {instant} < {clock_row}.changes_at
        THEN {clock_row}.date_before
        ELSE {clock_row}.date_after
        END
    )"""


def cut_at_midnights(spans: str) -> str:
    """SQL of the rows of ``spans`` once per local date they touch, each piece with its own start and end.

    ``spans`` has time_zone, started_at, ended_at and the local dates of both, local_date and local_end_date. In
    the result started_at, ended_at, local_date and seconds are the piece's. The seconds of a span's pieces sum to
    its elapsed whole seconds: every piece ends where the next one begins.
    """
    return f"""
        WITH
        dated AS (
            SELECT
                *,
                unnest(generate_series(local_date, local_end_date, INTERVAL 1 DAY))::DATE AS day
            FROM {spans}
        ),
        zone_days AS (
            SELECT DISTINCT time_zone, day
            FROM dated
        ),
        bounds AS (
            SELECT
                time_zone,
                day,
                {day_start("day", "time_zone")} AS starts_at,
                {day_start("(day + 1)", "time_zone")} AS ends_at
            FROM zone_days
        ),
        cut AS (
            SELECT
                dated.* REPLACE (
                    greatest(started_at, starts_at) AS started_at,
                    least(ended_at, ends_at) AS ended_at
                ),
                local_date = day AS is_first
            FROM dated
            JOIN bounds USING (time_zone, day)
        )
        SELECT
            * EXCLUDE (day) REPLACE (day AS local_date),
            {elapsed_seconds("started_at", "ended_at")} AS seconds
        FROM cut
        WHERE started_at < ended_at OR is_first
    """
