"""Whole days, half days and hours of leave by person and local day, from holidays and approved requests.

Here: whom a holiday is for, and which local days a request covers. Not here: entries of leave, and how much of a day's
capacity leave takes (``capacity_daily``).
"""

from __future__ import annotations

from pipelines.metrics.time_tracking.ever_known import ever_known
from pipelines.metrics.time_tracking.local_days import cut_at_midnights

INPUTS = (
    "clockify.holidays",
    "clockify.time_off_requests",
    "clockify.time_off_policies",
    "clockify.user_groups",
)

#: In words for the definitions of tables.
LEAVE = """
Leave of a day is the larger of two, at most the day's capacity: hours of HOLIDAY and TIME_OFF entries, or holidays and
APPROVED requests. The larger one, because an entry that Clockify made of a request is the same leave. A holiday counts for
whom it is assigned to (everybody, persons, groups), on each day of its period, an annual one every year from its first on,
and takes the whole day. A request of a policy in days covers whole local days of the zone that the request names, else of
the person's; half a day is half the capacity. Days without capacity and holidays inside it take nothing. A request in hours
takes the elapsed hours of each local day. What overlaps counts once. PENDING and REJECTED requests count nothing.
"""

_PERIOD = "time_off_period->'period'"

# A request with what can be read of it: is_usable tells whether it has a period that ends after it begins.
REQUESTS = f"""
requests AS (
    SELECT
        request.id AS request_id,
        request.user_id,
        request.policy_id,
        coalesce(policy.name, request.policy_name) AS policy_name,
        upper(coalesce(request.status->>'statusType', request.status->>'$')) AS state,
        upper(coalesce(request.time_unit, policy.time_unit, 'DAYS')) = 'HOURS' AS is_in_hours,
        request.balance_diff,
        try_cast(request.{_PERIOD}->>'start' AS TIMESTAMPTZ) AS started_at,
        try_cast(request.{_PERIOD}->>'end' AS TIMESTAMPTZ) AS ended_at,
        coalesce(started_at <= ended_at, false) AS is_usable,
        coalesce(try_cast(request.time_off_period->>'halfDay' AS BOOLEAN), false) AS is_half,
        coalesce(request.time_off_period->>'halfDayPeriod', '') AS which_half,
        zone.name AS request_zone
    FROM clockify.time_off_requests AS request
    LEFT JOIN ({ever_known("time_off_policies")}) AS policy ON policy.id = request.policy_id
    LEFT JOIN pg_timezone_names() AS zone ON zone.name = request.user_time_zone
)"""

# CTEs up to ``leave_days``: user_id, local_date, is_holiday, half_days (0 to 2) and leave_seconds of requests in hours. Needs
# the CTE ``people``.
LEAVE_DAYS = f"""
{REQUESTS},
approved AS (
    SELECT request.*, coalesce(request_zone, person.time_zone) AS day_zone, person.time_zone, first_date, until_date
    FROM requests AS request
    JOIN people AS person USING (user_id)
    WHERE is_usable AND state = 'APPROVED'
),
-- The end of the last day is written as 23:59 or as midnight.
in_days AS (
    SELECT
        user_id,
        is_half,
        which_half,
        unnest(
            generate_series(
                greatest((started_at AT TIME ZONE day_zone)::DATE, first_date),
                least(
                    ((greatest(ended_at - INTERVAL 1 MICROSECOND, started_at)) AT TIME ZONE day_zone)::DATE, until_date
                ),
                INTERVAL 1 DAY
            )
        )::DATE AS local_date
    FROM approved
    WHERE NOT is_in_hours
),
half_days AS (
    SELECT
        user_id,
        local_date,
        CASE WHEN bool_or(NOT is_half) THEN 2 ELSE least(count(DISTINCT which_half), 2) END AS half_days
    FROM in_days
    GROUP BY ALL
),
in_hours AS (
    SELECT
        *,
        sum(is_apart::INTEGER) OVER (PARTITION BY user_id ORDER BY started_at, ended_at, request_id) AS island
    FROM (
        SELECT
            *,
            coalesce(started_at > max(ended_at) OVER earlier, true) AS is_apart
        FROM approved
        WHERE is_in_hours
        WINDOW earlier AS (
            PARTITION BY user_id ORDER BY started_at, ended_at, request_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    )
),
-- Of a request that never ends, what lies beyond the days of interest is not cut into days.
spans AS (
    SELECT
        user_id,
        time_zone,
        min(started_at) AS began_at,
        max(ended_at) AS finished_at,
        greatest((began_at AT TIME ZONE time_zone)::DATE, any_value(first_date)) AS local_date,
        least((finished_at AT TIME ZONE time_zone)::DATE, any_value(until_date)) AS local_end_date
    FROM in_hours
    GROUP BY user_id, time_zone, island
),
hour_spans AS (
    SELECT * RENAME (began_at AS started_at, finished_at AS ended_at)
    FROM spans
),
hours_off AS (
    SELECT user_id, local_date, sum(seconds)::BIGINT AS leave_seconds
    FROM ({cut_at_midnights("hour_spans")})
    GROUP BY ALL
),
dated_holidays AS (
    SELECT
        id,
        coalesce(everyone_including_new, false) AS is_for_all,
        user_ids,
        user_group_ids,
        coalesce(occurs_annually, false) AS is_annual,
        try_cast(date_period->>'startDate' AS DATE) AS first_day,
        try_cast(date_period->>'endDate' AS DATE) AS last_day
    FROM clockify.holidays
),
-- An annual one of 29 February is none in other years.
yearly AS (
    SELECT *, unnest(range(CASE WHEN is_annual THEN 1 + (SELECT max(year(until_date)) FROM people) - year(first_day) ELSE 1 END)) AS years
    FROM dated_holidays
    WHERE first_day <= last_day AND last_day - first_day < 366
),
holiday_days AS (
    SELECT
        id,
        unnest(
            generate_series(first_day + to_years(years::INTEGER), last_day + to_years(years::INTEGER), INTERVAL 1 DAY)
        )::DATE AS local_date
    FROM yearly
    WHERE day(first_day) = day(first_day + to_years(years::INTEGER))
),
holiday_people AS (
    SELECT holiday.id, person.user_id
    FROM dated_holidays AS holiday
    CROSS JOIN people AS person
    WHERE is_for_all
    UNION
    SELECT id, unnest(from_json(user_ids, '["VARCHAR"]')) AS user_id
    FROM dated_holidays
    UNION
    SELECT listed.id, unnest(from_json(groups.user_ids, '["VARCHAR"]')) AS user_id
    FROM (
        SELECT id, unnest(from_json(user_group_ids, '["VARCHAR"]')) AS group_id
        FROM dated_holidays
    ) AS listed
    JOIN clockify.user_groups AS groups ON groups.id = listed.group_id
),
holidays AS (
    SELECT DISTINCT user_id, local_date, true AS is_holiday
    FROM holiday_people
    JOIN holiday_days USING (id)
),
leave_days AS (
    SELECT
        user_id,
        local_date,
        coalesce(is_holiday, false) AS is_holiday,
        coalesce(half_days, 0) AS half_days,
        coalesce(leave_seconds, 0) AS leave_seconds
    FROM holidays
    FULL JOIN half_days USING (user_id, local_date)
    FULL JOIN hours_off USING (user_id, local_date)
)"""
