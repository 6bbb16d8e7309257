"""Calendar: the local days, weeks and iteration settings of projects, as words for SQL.

Here: temporary macros, and the view ``project_calendars`` that fills in Tracker's defaults where a host does not
send a setting. Not here: iterations (``iterations``) or anything about stories.

``define_calendar`` gives a connection these words:

* ``as_of()``: the moment that counts as now;
* ``plausible(instant)``, and ``plausible_day``, ``plausible_weeks`` and ``plausible_strength``: the value, or NULL where no project can
  have it. Hosts write the year 1 or 9999 for *never*, and tables of days and weeks reach from the first to the last;
* ``hours_between(a, b)``: elapsed hours, as DOUBLE;
* ``local_date(instant, zone)`` and ``local_midnight(day, zone)``: between instants and local days, DST-safe;
* ``week_start(day, weekday)``: the last such weekday (1 Monday to 7 Sunday) on or before the day;
* ``date_in_weeks(weeks, zone)``: the local day so many weeks from now, NULL beyond the year 8900;
* ``working_days(first, last)``: days of the working week between two dates, both counted;
* ``project_calendars``: one row per project, see ``_PROJECT_CALENDARS``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.delivery.views import define_delivery
from pipelines.metrics.time_tracking.local_days import WORKING_DAYS

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.model import MetricRun

#: Dates outside are not known: some hosts write the year 1 or 9999 for *never*.
FIRST_PLAUSIBLE_YEAR = 1990
PLAUSIBLE_YEARS_AHEAD = 100

_WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")

_MACROS = """
CREATE OR REPLACE TEMP MACRO plausible(instant) AS
    CASE
        WHEN instant BETWEEN TIMESTAMPTZ '{first_year}-01-01 00:00:00+00' AND as_of() + INTERVAL {years_ahead} YEAR
            THEN instant
    END;

CREATE OR REPLACE TEMP MACRO plausible_day(day) AS
    CASE
        WHEN day BETWEEN DATE '{first_year}-01-01' AND (as_of() AT TIME ZONE 'UTC')::DATE + INTERVAL {years_ahead} YEAR
            THEN day
    END;

CREATE OR REPLACE TEMP MACRO plausible_strength(strength) AS
    CASE WHEN strength BETWEEN 0 AND 100 THEN strength END;

CREATE OR REPLACE TEMP MACRO plausible_weeks(weeks) AS
    CASE WHEN weeks BETWEEN 1 AND 104 THEN weeks END;

CREATE OR REPLACE TEMP MACRO hours_between(first_instant, last_instant) AS
    (epoch_us(last_instant) - epoch_us(first_instant)) / 3600000000.0::DOUBLE;

CREATE OR REPLACE TEMP MACRO local_date(instant, zone) AS
    (instant AT TIME ZONE zone)::DATE;

-- Where clocks go back to midnight, a day has two of them, and it begins with the first.
CREATE OR REPLACE TEMP MACRO local_midnight(day, zone) AS
    CASE
        WHEN timezone(zone, timezone(zone, day::TIMESTAMP) - INTERVAL 1 HOUR) = day::TIMESTAMP
            THEN timezone(zone, day::TIMESTAMP) - INTERVAL 1 HOUR
        ELSE timezone(zone, day::TIMESTAMP)
    END;

CREATE OR REPLACE TEMP MACRO week_start(day, weekday) AS
    day - ((isodow(day) - weekday + 7) % 7)::INTEGER;

-- Python's dates end with the year 9999.
CREATE OR REPLACE TEMP MACRO date_in_weeks(weeks, zone) AS
    CASE WHEN weeks < 360000 THEN local_date(as_of(), zone) + (7 * weeks)::INTEGER END;
"""

# Weekday w (Monday 1) occurs (days since Monday 1900-01-01 + 8 - w) // 7 times up to and including a day.
_WORKING_DAYS = """
CREATE OR REPLACE TEMP MACRO working_days(first_day, last_day) AS
    coalesce(list_sum(list_transform(
        {weekdays}::INTEGER[],
        lambda weekday:
            (date_diff('day', DATE '1900-01-01', last_day) + 8 - weekday) // 7
            - (date_diff('day', DATE '1900-01-01', first_day) + 7 - weekday) // 7
    )), 0)::INTEGER;
"""

# Grain: project_id. Projects that only stories name are there too, so that every table computes without them.
# first_day: the local day on which iteration 1 starts; knows_first_day: whether the source says so; known_zone: false
# where UTC stands in for a zone; known_iteration_length: NULL where one week stands in for it.
# today: the local day of as_of().
_PROJECT_CALENDARS = """
CREATE OR REPLACE TEMP VIEW project_calendars AS
WITH
    named_by_stories AS (
        SELECT
            project_id,
            min(plausible(created_at)) AS first_created_at,
            min(plausible(accepted_at)) AS first_accepted_at,
            bool_and(is_item) AS has_items_only
        FROM (
            SELECT project_id, created_at, accepted_at, false AS is_item
            FROM pivotal_tracker.stories
            UNION ALL
            SELECT project_id, created_at, finished_at, true
            FROM delivery_items
        )
        GROUP BY ALL
    ),
    settings AS (
        SELECT
            coalesce(project.id, stories.project_id) AS project_id,
            zone.name IS NOT NULL AS known_zone,
            coalesce(zone.name, 'UTC') AS zone,
            coalesce(
                list_position(
                    ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
                    lower(week_start_day)
                ),
                1
            ) AS week_starts_on,
            plausible_weeks(project.iteration_length) AS known_iteration_length,
            coalesce(known_iteration_length, 1) AS iteration_length,
            coalesce(plausible_weeks(project.velocity_averaged_over), 3) AS velocity_averaged_over,
            if(project.initial_velocity BETWEEN 0 AND 100000, project.initial_velocity, 10) AS initial_velocity,
            -- Where only another system knows a project, its estimates count, whatever they are of.
            coalesce(bugs_and_chores_are_estimatable, project.id IS NULL AND has_items_only, false)
                AS estimates_bugs_and_chores,
            plausible_day(project.start_date) AS start_date,
            coalesce(plausible_day(project.start_date)::TIMESTAMP, plausible(start_time)) IS NOT NULL AS knows_first_day,
            -- Imported stories may have been accepted before their project was created.
            coalesce(
                plausible(start_time),
                least(coalesce(plausible(project.created_at), first_created_at), first_accepted_at)
            ) AS first_instant
        FROM pivotal_tracker.projects AS project
        FULL JOIN named_by_stories AS stories
            ON stories.project_id = project.id
        LEFT JOIN pg_timezone_names() AS zone
            ON zone.name = (project.time_zone ->> 'olson_name')
    )
SELECT
    * EXCLUDE (start_date, first_instant),
    local_date(as_of(), zone) AS today,
    coalesce(start_date, week_start(local_date(first_instant, zone), week_starts_on)) AS first_day
FROM settings
WHERE project_id IS NOT NULL;
"""


#: SQL of when the local day of a project changes next; needs the words above.
NEXT_MIDNIGHT = "(SELECT min(local_midnight(today + 1, zone)) FROM project_calendars)"


def define_calendar(con: duckdb.DuckDBPyConnection, run: MetricRun) -> None:
    """Define the words listed above on the connection; they replace those of an earlier run."""
    chosen = run.settings.time_tracking.working_days
    working_days = WORKING_DAYS if chosen is None else chosen
    weekdays = [_WEEKDAYS.index(day) + 1 for day in working_days]
    as_of = run.as_of_in("project_management").isoformat()
    con.execute(f"CREATE OR REPLACE TEMP MACRO as_of() AS TIMESTAMPTZ '{as_of}'")
    con.execute(_MACROS.format(first_year=FIRST_PLAUSIBLE_YEAR, years_ahead=PLAUSIBLE_YEARS_AHEAD))
    con.execute(_WORKING_DAYS.format(weekdays=weekdays))
    define_delivery(con)
    con.execute(_PROJECT_CALENDARS)
