"""A generated Tracker history, written straight into the raw tables.

Each story walks through up to ten states (every tenth is rejected on the way, one in ten is still open); all of that
is in the transitions and in the activity, with a creation, an estimate and a label change of each story. Every fifth
story was blocked, every third one reviewed. Each day of the last half year a sync saw other stories in the current
iteration of each project.
"""

from __future__ import annotations

import duckdb

FIRST_STORY = 180_000_000
PROJECTS = 20
LABELS = 50  # of each project; every fifth is an epic's

_PROJECTS = f"""
INSERT INTO pivotal_tracker.projects BY NAME
SELECT
    i AS id,
    'Project ' || i AS name,
    1 + i % 2 AS iteration_length,
    'Monday' AS week_start_day,
    json_object('olson_name', ['Europe/Oslo', 'America/Denver', 'Pacific/Auckland', 'UTC'][1 + i % 4]) AS time_zone,
    DATE '2021-01-04' AS start_date
FROM range({PROJECTS}) AS t(i);

INSERT INTO pivotal_tracker.labels BY NAME
SELECT 1000 + i AS id, i % {PROJECTS} AS project_id, 'label ' || i AS name
FROM range({PROJECTS * LABELS}) AS t(i);

INSERT INTO pivotal_tracker.epics BY NAME
SELECT id, project_id, json_object('id', id) AS label
FROM pivotal_tracker.labels
WHERE id // {PROJECTS} % 5 = 0;
"""

# Stories are created evenly over five and a half years; a state lasts an hour to four days.
_LIVES = f"""
CREATE TEMP TABLE lives AS
SELECT
    {FIRST_STORY} + i AS story_id,
    i % {PROJECTS} AS project_id,
    1000 + i % {PROJECTS} + {PROJECTS} * (hash(i) % {LABELS})::BIGINT AS label_id,
    [1, 2, 3, 5, 8][1 + (hash(i + 1) % 5)::BIGINT] AS estimate,
    ['feature', 'feature', 'feature', 'bug', 'chore'][1 + i % 5] AS story_type,
    TIMESTAMPTZ '2021-01-05 08:00:00+00' + to_seconds((i / $stories * 5.5 * 365 * 86400)::BIGINT) AS created_at,
    CASE
        WHEN i % 10 = 9 THEN ['unscheduled', 'unstarted', 'started', 'finished'][:2 + (hash(i + 2) % 3)::BIGINT]
        WHEN i % 10 = 8 THEN ['unscheduled', 'unstarted', 'started', 'finished', 'delivered', 'rejected',
            'started', 'finished', 'delivered', 'accepted']
        ELSE ['unscheduled', 'unstarted', 'planned', 'unstarted', 'started', 'unstarted', 'started', 'finished',
            'delivered', 'accepted', 'rejected', 'accepted']
    END AS states
FROM range($stories) AS t(i)
"""

_MOVES = """
CREATE TEMP TABLE moves AS
WITH steps AS (
    SELECT *, unnest(states) AS state, generate_subscripts(states, 1) AS step
    FROM lives
)
SELECT
    *,
    lag(state) OVER life AS state_before,
    created_at + to_seconds(coalesce(sum(3600 + (hash(story_id * 31 + step) % 342000)::BIGINT) OVER earlier, 0)) AS occurred_at,
    step * 10000000 + story_id AS project_version
FROM steps
WINDOW
    life AS (PARTITION BY story_id ORDER BY step),
    earlier AS (PARTITION BY story_id ORDER BY step ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
"""

_RAW = """
INSERT INTO pivotal_tracker.story_transitions BY NAME
SELECT story_id, project_id, project_version, state, occurred_at, 7 AS performed_by_id
FROM moves;

INSERT INTO pivotal_tracker.activity BY NAME
WITH changes AS (
    SELECT project_id, project_version, occurred_at, story_id, 'update' AS change_type,
        json_object('current_state', state_before) AS original_values,
        json_object('current_state', state) AS new_values
    FROM moves
    WHERE step > 1
    UNION ALL
    SELECT project_id, project_version, occurred_at, story_id, 'create', NULL,
        json_object('current_state', state, 'story_type', story_type, 'label_ids', [], 'project_id', project_id)
    FROM moves
    WHERE step = 1
    UNION ALL
    SELECT project_id, 9000000 + story_id, created_at + INTERVAL 1 HOUR, story_id, 'update',
        json_object('estimate', NULL), json_object('estimate', estimate)
    FROM lives
    UNION ALL
    SELECT project_id, 8000000 + story_id, created_at + INTERVAL 2 HOUR, story_id, 'update',
        json_object('label_ids', []), json_object('label_ids', [label_id])
    FROM lives
)
SELECT
    project_id || '_' || project_version AS guid,
    'story_' || change_type || '_activity' AS kind,
    project_id,
    project_version,
    occurred_at,
    json_object('id', 7) AS performed_by,
    json_array(json_object(
        'kind', 'story', 'change_type', change_type, 'id', story_id, 'name', 'A story with a name of usual length',
        'original_values', original_values, 'new_values', new_values
    )) AS changes
FROM changes;

INSERT INTO pivotal_tracker.stories BY NAME
WITH ends AS (
    SELECT story_id, max(occurred_at) AS ended_at
    FROM moves
    GROUP BY ALL
)
SELECT
    story_id AS id,
    project_id,
    'A story with a name of usual length' AS name,
    created_at,
    ended_at AS updated_at,
    CASE WHEN states[-1] = 'accepted' THEN ended_at END AS accepted_at,
    estimate,
    story_type,
    states[-1] AS current_state,
    json_array(story_id % 100) AS owner_ids,
    json_array(json_object('id', label_id, 'name', 'label ' || label_id)) AS labels
FROM lives
JOIN ends USING (story_id);
"""

_PARTS = """
INSERT INTO pivotal_tracker.project_memberships BY NAME
SELECT i AS id, json_object('id', i, 'name', 'Person ' || i) AS person
FROM range(100) AS t(i);

INSERT INTO pivotal_tracker.blockers BY NAME
SELECT
    story_id AS id,
    story_id,
    project_id,
    'Waits for a decision' AS description,
    story_id % 50 > 0 AS resolved,
    created_at + INTERVAL 60 HOUR AS created_at,
    created_at + INTERVAL 90 HOUR AS updated_at
FROM lives
WHERE story_id % 5 = 0;

INSERT INTO pivotal_tracker.reviews BY NAME
SELECT
    story_id AS id,
    story_id,
    project_id,
    story_id % 100 AS reviewer_id,
    ['pass', 'revise', 'in_review'][1 + story_id % 3] AS status,
    created_at + INTERVAL 200 HOUR AS created_at,
    created_at + INTERVAL 220 HOUR AS updated_at
FROM lives
WHERE story_id % 3 = 0;
"""

_READS = f"""
INSERT INTO pivotal_tracker.iterations_history BY NAME
SELECT
    project_id,
    1 + date_diff('day', DATE '2021-01-04', day::DATE) // (7 * (1 + project_id % 2)) AS number,
    json_group_array(story_id) AS story_ids,
    day + INTERVAL 3 HOUR AS _valid_from,
    day + INTERVAL 27 HOUR AS _valid_to
FROM lives
CROSS JOIN generate_series(TIMESTAMPTZ '2026-05-21', TIMESTAMPTZ '2026-11-20', INTERVAL 1 DAY) AS days (day)
WHERE (story_id + dayofyear(day)) % greatest(1, $stories // {20 * PROJECTS}) = 0
GROUP BY project_id, day;
"""


def generate(connection: duckdb.DuckDBPyConnection, stories: int) -> int:
    """Fill the tables of ``pivotal_tracker``, which must exist; returns the number of transitions."""
    connection.execute(_PROJECTS)
    connection.execute(_LIVES, {"stories": stories})
    connection.execute(_MOVES)
    connection.execute(_RAW)
    connection.execute(_PARTS)
    connection.execute(_READS, {"stories": stories})
    connection.execute("DROP TABLE moves; DROP TABLE lives")
    counted = connection.execute(
        "SELECT count(*) FROM pivotal_tracker.story_transitions"
    ).fetchone()
    assert counted is not None
    return int(counted[0])
