"""Stories and their logged changes, as views over the raw tables.

Here: ``known_stories`` (present and deleted stories, and those that went on elsewhere, once each, with the values that they
had at as_of() as far as activity tells later changes) and ``story_changes`` (what activity says about
single stories up to as_of()). Not here: any metric.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.project_management.calendar import define_calendar

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.model import MetricRun

# Grain: one change of one story in one activity. Fields that did not change are NULL on both sides. The original of a
# create is what was created. Changes are read from `changes`, never from `highlight`, which names one of several things
# done at once.
_ALL_STORY_CHANGES = """
CREATE OR REPLACE TEMP VIEW all_story_changes AS
WITH
    changes AS (
        SELECT
            project_id,
            project_version,
            kind AS activity_kind,
            plausible(occurred_at) AS occurred_at,
            try_cast(performed_by ->> 'id' AS BIGINT) AS performed_by_id,
            unnest(from_json(changes, '[{
                "kind": "VARCHAR",
                "change_type": "VARCHAR",
                "id": "BIGINT",
                "original_values": {
                    "current_state": "VARCHAR",
                    "estimate": "DOUBLE",
                    "story_type": "VARCHAR",
                    "project_id": "BIGINT",
                    "label_ids": ["BIGINT"]
                },
                "new_values": {
                    "current_state": "VARCHAR",
                    "estimate": "DOUBLE",
                    "story_type": "VARCHAR",
                    "project_id": "BIGINT",
                    "label_ids": ["BIGINT"]
                }
            }]')) AS change
        FROM pivotal_tracker.activity
    )
SELECT
    change.id AS story_id,
    * EXCLUDE (change),
    change.change_type AS change_type,
    if(change.change_type = 'create', change.new_values, change.original_values) AS original,
    change.new_values AS new
FROM changes
WHERE change.kind = 'story';
"""

# Those up to as_of().
_STORY_CHANGES = """
CREATE OR REPLACE TEMP VIEW story_changes AS
SELECT *
FROM all_story_changes
WHERE occurred_at <= as_of();
"""

# Grain: story_id, of stories that were changed after as_of(): what the fields that were changed had been then. A label's name
# is told where the activity tells the names beside the ids.
_VALUES_THEN = """
CREATE OR REPLACE TEMP TABLE values_then AS
WITH
    changes AS (
        SELECT
            project_version,
            plausible(occurred_at) AS occurred_at,
            unnest(from_json(changes, '[{
                "kind": "VARCHAR",
                "change_type": "VARCHAR",
                "id": "BIGINT",
                "original_values": {
                    "name": "VARCHAR",
                    "estimate": "DOUBLE",
                    "story_type": "VARCHAR",
                    "owner_ids": ["BIGINT"],
                    "label_ids": ["BIGINT"],
                    "labels": ["VARCHAR"]
                },
                "new_values": {
                    "name": "VARCHAR",
                    "estimate": "DOUBLE",
                    "story_type": "VARCHAR",
                    "owner_ids": ["BIGINT"],
                    "label_ids": ["BIGINT"]
                }
            }]')) AS change
        FROM pivotal_tracker.activity
        WHERE plausible(occurred_at) > as_of()
    ),
    updates AS (
        SELECT
            change.id AS story_id,
            project_version,
            occurred_at,
            change.original_values AS was,
            change.new_values AS became
        FROM changes
        WHERE change.kind = 'story'
            AND change.change_type = 'update'
    ),
    labelled AS (
        SELECT
            *,
            list_transform(
                was.label_ids,
                lambda id, place: {
                    'id': id, 'name': if(len(was.labels) = len(was.label_ids), was.labels[place], NULL)
                }
            ) AS labels
        FROM updates
    )
SELECT
    story_id,
    first({'value': was.name} ORDER BY occurred_at, project_version)
        FILTER (was.name IS NOT NULL OR became.name IS NOT NULL) AS name,
    first({'value': was.estimate} ORDER BY occurred_at, project_version)
        FILTER (was.estimate IS NOT NULL OR became.estimate IS NOT NULL) AS estimate,
    first({'value': was.story_type} ORDER BY occurred_at, project_version)
        FILTER (was.story_type IS NOT NULL OR became.story_type IS NOT NULL) AS story_type,
    first({'value': to_json(was.owner_ids)} ORDER BY occurred_at, project_version)
        FILTER (was.owner_ids IS NOT NULL OR became.owner_ids IS NOT NULL) AS owner_ids,
    first({'value': to_json(labels)} ORDER BY occurred_at, project_version)
        FILTER (was.label_ids IS NOT NULL OR became.label_ids IS NOT NULL) AS labels
FROM labelled
GROUP BY story_id;
"""

# Grain: story_id, of stories created up to as_of(). A deleted story is as it was when last seen; deleted_at is when
# activity says it was deleted, else when it was last seen. What was deleted later than as_of() is not deleted yet. A
# story without a type is a feature, as in Tracker's own import. A story that goes on in another system is gone from the day
# of the migration on, unless it was accepted here; one that the other system kept the id of is the successor itself.
# Items of another delivery source are stories, too; one that was canceled there counts as deleted.
_KNOWN_STORIES = """
CREATE OR REPLACE TEMP VIEW known_stories AS
WITH
    deletions AS (
        SELECT story_id, max(occurred_at) AS deleted_at
        FROM all_story_changes
        WHERE activity_kind = 'story_delete_activity'
            AND change_type = 'delete'
        GROUP BY ALL
    ),
    last_seen AS (
        SELECT *
        FROM pivotal_tracker.stories_deleted
        QUALIFY row_number() OVER (PARTITION BY id ORDER BY _last_seen_at DESC) = 1
    ),
    item_ends AS (
        SELECT
            story_id,
            max(occurred_at) FILTER (state = 'accepted') AS accepted_at,
            max(occurred_at) FILTER (state = 'canceled') AS canceled_at
        FROM delivery_transitions
        WHERE occurred_at <= as_of()
        GROUP BY ALL
    ),
    stories AS (
        SELECT *, false AS is_deleted, NULL::TIMESTAMPTZ AS deleted_at
        FROM pivotal_tracker.stories
        UNION ALL BY NAME
        SELECT
            last_seen.* EXCLUDE (_last_seen_at),
            coalesce(deletions.deleted_at, _last_seen_at) <= as_of() AS is_deleted,
            if(is_deleted, coalesce(deletions.deleted_at, _last_seen_at), NULL) AS deleted_at
        FROM last_seen
        LEFT JOIN deletions ON deletions.story_id = last_seen.id
        WHERE NOT EXISTS (FROM pivotal_tracker.stories AS present WHERE present.id = last_seen.id)
        UNION ALL BY NAME
        SELECT
            story_id AS id,
            project_id,
            name,
            story_type,
            points AS estimate,
            if(state = 'canceled', NULL, state) AS current_state,
            created_at,
            updated_at,
            if(state = 'accepted', coalesce(finished_at, accepted_at, updated_at), NULL) AS accepted_at,
            state = 'canceled' AND coalesce(canceled_at, updated_at) <= as_of() AS is_deleted,
            if(is_deleted, coalesce(canceled_at, updated_at), NULL) AS deleted_at
        FROM delivery_items
        LEFT JOIN item_ends USING (story_id)
    ),
    migrations AS (
        SELECT
            stories.*,
            CASE
                WHEN successors.story_id IS NOT NULL
                        AND NOT is_deleted
                        AND current_state IS DISTINCT FROM 'accepted'
                        AND coalesce(created_at < local_midnight(migration_day(), coalesce(zone, 'UTC')), true)
                    THEN local_midnight(migration_day(), coalesce(zone, 'UTC'))
            END AS migrates_at,
            if(migrates_at <= as_of(), migrates_at, NULL) AS migrated_at
        FROM stories
        LEFT JOIN successors ON successors.story_id = stories.id
        LEFT JOIN project_calendars USING (project_id)
    )
SELECT
    id AS story_id,
    migrations.* EXCLUDE (id, migrates_at) REPLACE (
        if(values_then.name IS NULL, migrations.name, values_then.name.value) AS name,
        if(values_then.estimate IS NULL, migrations.estimate, values_then.estimate.value) AS estimate,
        if(values_then.owner_ids IS NULL, migrations.owner_ids, values_then.owner_ids.value) AS owner_ids,
        if(values_then.labels IS NULL, migrations.labels, values_then.labels.value) AS labels,
        coalesce(
            if(values_then.story_type IS NULL, migrations.story_type, values_then.story_type.value), 'feature'
        ) AS story_type,
        is_deleted OR migrated_at IS NOT NULL AS is_deleted,
        coalesce(deleted_at, migrated_at) AS deleted_at,
        plausible(created_at) AS created_at,
        plausible(updated_at) AS updated_at,
        plausible(accepted_at) AS accepted_at
    )
FROM migrations
LEFT JOIN values_then ON values_then.story_id = migrations.id
WHERE coalesce(plausible(created_at) <= as_of(), true);
"""


def define_stories(con: duckdb.DuckDBPyConnection, run: MetricRun) -> None:
    """Define both views on the connection, and the calendar's words, which they use."""
    define_calendar(con, run)
    _define_successors(con, run)
    con.execute(_ALL_STORY_CHANGES)
    con.execute(_STORY_CHANGES)
    con.execute(_VALUES_THEN)
    con.execute(_KNOWN_STORIES)


def _define_successors(con: duckdb.DuckDBPyConnection, run: MetricRun) -> None:
    """``successors``: the stories that went on under another id; ``migration_day()``: when, NULL if nobody says.

    A title tells a story where one has it, and where one successor of a system does, as in ``effort.story_crosswalk``.
    """
    day = run.settings.migration.day
    told = f"DATE '{day.isoformat()}'" if day else "NULL::DATE"
    con.execute(f"CREATE OR REPLACE TEMP MACRO migration_day() AS {told}")
    ids = [line.story_id for line in run.crosswalk if line.successor_id != str(line.story_id)]
    by_title: dict[tuple[str, str], set[str]] = {}
    for line in run.titles:
        named = by_title.setdefault((line.title.strip().lower(), line.system), set())
        named.add(line.successor_id)
    titles = [title for (title, _), successors in by_title.items() if len(successors) == 1]
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE successors AS
        SELECT unnest($ids::BIGINT[]) AS story_id
        UNION
        SELECT any_value(id)
        FROM pivotal_tracker.stories
        WHERE lower(trim(name)) IN (SELECT unnest($titles::VARCHAR[]))
        GROUP BY lower(trim(name))
        HAVING count(*) = 1
        """,
        {"ids": ids if day else [], "titles": titles if day else []},
    )
