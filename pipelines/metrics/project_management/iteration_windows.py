"""Iteration windows: those that a source names, and between and around them those that it does not.

Here: parts of a WITH clause, in the words of ``calendar``. Not here: the metric table (``iterations``).

Windows tile time. A window starts where it was told to, or where the one before it ends, and it ends where the next one
starts. Gaps are filled project by project, without a look at any other project.

Every "not in that list" here is written as NOT EXISTS: DuckDB 1.4.3 loses rows where two ANTI JOINs follow each other.
"""

from __future__ import annotations

# Grain: (project_id, number). What differs from the project's settings: length in weeks and strength, NULL if unset.
OVERRIDES = """
    listed_overrides AS (
        SELECT project_id, number, plausible_weeks(length) AS length, plausible_strength(team_strength) AS team_strength
        FROM pivotal_tracker.iteration_overrides
    ),
    resets AS (
        SELECT project_id, max(project_version) AS reset_version
        FROM pivotal_tracker.activity
        WHERE kind = 'project_update_activity'
            AND regexp_matches(changes::VARCHAR, '"(week_start_day|start_date)"')
            AND occurred_at <= as_of()
        GROUP BY ALL
    ),
    all_override_changes AS (
        SELECT
            project_id,
            project_version,
            unnest(from_json(changes, '[{
                "kind": "VARCHAR",
                "change_type": "VARCHAR",
                "number": "BIGINT",
                "new_values": "JSON"
            }]')) AS change
        FROM pivotal_tracker.activity
        WHERE contains(changes::VARCHAR, 'iteration_override')
            AND occurred_at <= as_of()
    ),
    override_changes AS (
        SELECT
            project_id,
            project_version,
            change.number AS number,
            change.change_type AS change_type,
            change.new_values AS new_values
        FROM all_override_changes
        LEFT JOIN resets USING (project_id)
        WHERE change.kind = 'iteration_override'
            AND project_version > coalesce(reset_version, 0)
        -- What was set before an override was deleted or made anew is over.
        QUALIFY project_version >= coalesce(
            max(if(change.change_type IN ('create', 'delete'), project_version, NULL)) OVER (
                PARTITION BY project_id, change.number
            ),
            0
        )
    ),
    -- A value that was set to null is set back to the project's own.
    logged_overrides AS (
        SELECT
            project_id,
            number,
            plausible_weeks(try_cast(
                arg_max(new_values, project_version) FILTER (json_exists(new_values, '$.length'))
                ->> 'length' AS BIGINT
            )) AS length,
            plausible_strength(try_cast(
                arg_max(new_values, project_version) FILTER (json_exists(new_values, '$.team_strength'))
                ->> 'team_strength' AS DOUBLE
            )) AS team_strength
        FROM override_changes
        GROUP BY ALL
        HAVING arg_max(change_type, project_version) <> 'delete'
    ),
    told_overrides AS (
        SELECT * FROM listed_overrides
        UNION ALL
        SELECT * FROM logged_overrides AS logged
        WHERE NOT EXISTS (
            FROM listed_overrides AS listed WHERE listed.project_id = logged.project_id
        )
    ),
    -- A project that lists the numbers of its overrides has no others.
    overrides AS (
        SELECT override.*
        FROM told_overrides AS override
        LEFT JOIN pivotal_tracker.projects AS project ON project.id = override.project_id
        WHERE coalesce(
            list_contains(from_json(project.iteration_override_numbers, '["BIGINT"]'), number), true
        )
    )"""

# Grain: (project_id, number). Windows as the source names them. A host's own midnight may be some hours off the
# project's (its zone changed, or is not known), so that the nearest midnight tells the day.
# ``usual_weeks``: the length without an override. Numbers follow time: a window that does not begin before every later number is left out.
_NAMED = """
    -- Once, for all that follows.
    calendars AS (
        SELECT * FROM project_calendars
    ),
    named AS (
        SELECT
            iteration.project_id,
            number,
            plausible(start) AS start_at,
            plausible(finish) AS finish_at,
            local_date(start_at + INTERVAL 12 HOUR, zone) AS start_date,
            local_date(finish_at + INTERVAL 12 HOUR, zone) AS finish_date,
            coalesce(plausible_weeks(iteration.length), greatest(1, round((finish_date - start_date) / 7))::BIGINT) AS weeks,
            if(overrides.length IS NULL, weeks, iteration_length) AS usual_weeks,
            plausible_strength(iteration.team_strength) AS team_strength
        FROM pivotal_tracker.iterations AS iteration
        JOIN calendars USING (project_id)
        LEFT JOIN overrides USING (project_id, number)
        WHERE finish_at > start_at
            AND number > 0
        QUALIFY coalesce(
            start_at < min(start_at) OVER (
                PARTITION BY iteration.project_id
                ORDER BY number
                ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
            ),
            true
        )
    )"""

# Grain: (project_id, number). Windows that nobody names.
#
# ``gaps``: numbers from ``first_number``; ``from_day`` is where the window before the gap ends, ``to_day`` where the one
# after it starts, each NULL where there is none. ``left_weeks`` and ``right_weeks`` are the usual lengths on either side.
_UNNAMED = """
    edges AS (
        SELECT
            project_id,
            min(number) AS first_number,
            arg_min(start_date, number) AS first_date,
            max(number) AS last_number,
            arg_max(finish_date, number) AS last_date,
            arg_max(finish_at, number) AS last_finish_at,
            mode(usual_weeks ORDER BY number) FILTER (place <= 3) AS first_weeks,
            mode(usual_weeks ORDER BY number DESC) FILTER (place_from_last <= 3) AS last_weeks
        FROM (
            SELECT
                *,
                row_number() OVER (PARTITION BY project_id ORDER BY number) AS place,
                row_number() OVER (PARTITION BY project_id ORDER BY number DESC) AS place_from_last
            FROM named
        )
        GROUP BY ALL
    ),
    gaps AS (
        -- Between two named windows.
        SELECT
            project_id,
            number + 1 AS first_number,
            lead(number) OVER following - number - 1 AS size,
            finish_date AS from_day,
            finish_at AS from_instant,
            lead(start_date) OVER following AS to_day,
            usual_weeks AS left_weeks,
            lead(usual_weeks) OVER following AS right_weeks
        FROM named
        WINDOW following AS (PARTITION BY project_id ORDER BY number)
        QUALIFY size > 0
        UNION ALL
        -- Before the first: from the day that the source names, if the numbers fit between; else counted back.
        SELECT
            project_id,
            1 AS first_number,
            edges.first_number - 1 AS size,
            if(knows_first_day AND first_day <= first_date - (7 * size)::INTEGER, first_day, NULL) AS from_day,
            NULL AS from_instant,
            first_date AS to_day,
            first_weeks AS left_weeks,
            first_weeks AS right_weeks
        FROM edges
        JOIN calendars USING (project_id)
        WHERE edges.first_number > 1
        UNION ALL
        -- After the last, or from iteration 1 on. One iteration a week is the most there can be.
        SELECT
            project_id,
            coalesce(last_number, 0) + 1 AS first_number,
            1 + date_diff('day', coalesce(last_date, first_day), today) // 7 AS size,
            coalesce(last_date, first_day) AS from_day,
            last_finish_at AS from_instant,
            NULL AS to_day,
            coalesce(known_iteration_length, last_weeks) AS left_weeks,
            NULL AS right_weeks
        FROM calendars
        LEFT JOIN edges USING (project_id)
        WHERE coalesce(last_date, first_day) <= today
    ),
    slots AS (
        SELECT
            gaps.* EXCLUDE (size),
            size,
            date_diff('day', from_day, to_day) // 7 AS gap_weeks,
            unnest(range(first_number, first_number + least(size, coalesce(gap_weeks, size)))) AS number
        FROM gaps
    ),
    free_slots AS (
        SELECT
            slots.* EXCLUDE (left_weeks, right_weeks),
            coalesce(left_weeks, iteration_length) AS left_weeks,
            coalesce(right_weeks, left_weeks, iteration_length) AS right_weeks,
            iteration_length AS default_weeks,
            -- Lengths that were set, unless they leave less than a week for any of the others.
            if(
                gap_weeks < coalesce(sum(overrides.length) OVER gap, 0)
                    + count(*) FILTER (overrides.length IS NULL) OVER gap,
                NULL,
                overrides.length
            ) AS set_weeks,
            overrides.team_strength
        FROM slots
        JOIN calendars USING (project_id)
        LEFT JOIN overrides USING (project_id, number)
        WINDOW gap AS (PARTITION BY project_id, first_number)
    ),
    shares AS (
        SELECT
            *,
            gap_weeks - coalesce(sum(set_weeks) OVER gap, 0) AS free_weeks,
            count(*) FILTER (set_weeks IS NULL) OVER gap AS free_numbers,
            count(*) FILTER (set_weeks IS NULL) OVER (gap ORDER BY number) AS free_place,
            -- How many numbers have the length on the left, if the length changed once in the gap.
            if(
                left_weeks = right_weeks,
                if(free_weeks = free_numbers * left_weeks, free_numbers, NULL),
                (free_weeks - free_numbers * right_weeks) / (left_weeks - right_weeks)
            ) AS left_numbers
        FROM free_slots
        WINDOW gap AS (PARTITION BY project_id, first_number)
    ),
    lengths AS (
        SELECT
            *,
            CASE
                WHEN set_weeks IS NOT NULL THEN set_weeks
                WHEN gap_weeks IS NULL THEN left_weeks
                WHEN left_numbers BETWEEN 0 AND free_numbers AND left_numbers = floor(left_numbers)
                    THEN if(free_place <= left_numbers, left_weeks, right_weeks)
                WHEN free_weeks = free_numbers * default_weeks THEN default_weeks
                -- Nothing tells: as equal as whole weeks allow, the longer ones first.
                ELSE ceil(free_weeks * free_place / free_numbers)
                    - ceil(free_weeks * (free_place - 1) / free_numbers)
            END::BIGINT AS weeks
        FROM shares
    ),
    unnamed AS (
        SELECT
            project_id,
            number,
            from_day IS NULL AS is_counted_back,
            CASE
                WHEN from_day IS NULL
                    THEN to_day - (7 * sum(weeks) OVER (gap ORDER BY number DESC))::INTEGER
                ELSE from_day + (7 * (sum(weeks) OVER (gap ORDER BY number) - weeks))::INTEGER
            END AS start_date,
            if(number = first_number, from_instant, NULL) AS from_instant,
            weeks,
            team_strength
        FROM lengths
        WINDOW gap AS (PARTITION BY project_id, first_number)
    )"""

# Grain: (project_id, number). Both kinds; ``told_finish_at`` is NULL for windows that nobody names.
_WINDOWS = """
    all_windows AS (
        SELECT
            project_id,
            number,
            'api' AS source,
            start_at,
            finish_at AS told_finish_at,
            start_date,
            weeks,
            team_strength
        FROM named
        UNION ALL
        SELECT
            project_id,
            number,
            'derived' AS source,
            coalesce(from_instant, local_midnight(start_date, zone)) AS start_at,
            NULL AS told_finish_at,
            start_date,
            weeks,
            team_strength
        FROM unnamed
        JOIN calendars USING (project_id)
    ),
    windows AS (
        SELECT
            all_windows.* EXCLUDE (weeks, team_strength),
            coalesce(
                lead(start_at) OVER following,
                told_finish_at,
                local_midnight(start_date + (7 * weeks)::INTEGER, zone)
            ) AS finish_at,
            -- A window that is cut short or goes on to the next one has the weeks that it really has.
            if(
                coalesce(finish_at = told_finish_at, true)
                    AND abs(date_diff('hour', start_at, finish_at) / 168 - weeks) < 0.5,
                weeks,
                greatest(1, round(date_diff('hour', start_at, finish_at) / 168))
            )::BIGINT AS length_weeks,
            coalesce(team_strength, 1) AS team_strength
        FROM all_windows
        JOIN calendars USING (project_id)
        WINDOW following AS (PARTITION BY project_id ORDER BY number)
    )"""

#: Parts of a WITH clause of which ``windows`` is the last: (project_id, number, source, start_at, finish_at,
#: start_date, length_weeks, team_strength), past and future ones.
WINDOWS = ",".join((OVERRIDES, _NAMED, _UNNAMED, _WINDOWS))

#: Grain: (project_id, number), windows that a source names in projects of a known zone. ``start_at`` and ``finish_at``
#: are what they should be: from local midnight on, where the one before it has lasted the weeks that were told or set,
#: or on the project's first day, for as many weeks as were told or set.
EXPECTED = f"""
WITH
{OVERRIDES},
{_NAMED},
    lasting AS (
        SELECT
            named.* EXCLUDE (weeks),
            zone,
            if(number = 1 AND knows_first_day, first_day, NULL) AS known_first_day,
            coalesce(overrides.length, weeks) AS weeks
        FROM named
        JOIN calendars USING (project_id)
        LEFT JOIN overrides USING (project_id, number)
        WHERE known_zone
    ),
    expected AS (
        SELECT
            *,
            CASE
                WHEN lag(number) OVER earlier = number - 1
                    THEN lag(start_date) OVER earlier + (7 * lag(weeks) OVER earlier)::INTEGER
                ELSE coalesce(known_first_day, start_date)
            END AS first_date
        FROM lasting
        WINDOW earlier AS (PARTITION BY project_id ORDER BY number)
    )
SELECT
    project_id,
    number,
    local_midnight(first_date, zone) AS start_at,
    local_midnight(first_date + (7 * weeks)::INTEGER, zone) AS finish_at
FROM expected
"""
