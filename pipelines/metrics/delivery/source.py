"""A delivery source beside Tracker: its items and their transitions, as SQL of the settings file tells them.

Here: the tables ``delivery.items`` and ``delivery.transitions``, in Tracker's words for states and types. Not here: what
is made of them (``project_management``), nor how the other system is read.

Ids of the other system are texts. Numbers are made from them (``made_ids``), so that items can be stories.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.delivery.words import (
    CATEGORIES,
    STATE_OF,
    TYPE_OF,
    define_told,
    left_out,
)
from pipelines.metrics.made_ids import made_id
from pipelines.metrics.model import Column, MetricRun, MetricTable

if TYPE_CHECKING:
    import duckdb

_ABOUT = f"""
**State categories**, in any case of letters, and what they count as: {CATEGORIES}.
"""

_ITEMS_DEFINITION = f"""
One row per item of another system that delivers work, such as Jira, Linear or Shortcut. The settings `[delivery] items`
name a query that tells them; without it the table is empty.

The query may read any table of the warehouse, for example one that a `PyAirbyteComponent` fills. Its columns: `id`, `project`,
`state_category` and `created_at` are needed; `name`, `type`, `points`, `updated_at` and `finished_at` may be there. What
has no id, project or creation, or another state category, is left out; the run's metadata says how many, and why. Of an id
that comes twice, the row updated last counts.
{_ABOUT}
**Types**: bug, defect and incident are bugs; chore, task, subtask and maintenance are chores; all else is a feature.

**Projects**: a `project` that is the id of a Tracker project goes on with that project, so that its burn-up has the history
from before and after a migration. Another one is a project of its own, in UTC, with weeks from Monday and one-week
iterations, and estimates all types.

Items are stories from here on: they have rows in `story_states` and `story_facts`, and count in throughput, aging, cycle times,
flow, burn-up and forecasts. Time entries that name an item's id are linked to it.

Example: `SELECT key AS id, project_key AS project, status_category AS state_category, story_points AS points,
created AS created_at, updated AS updated_at FROM jira.issues`.
"""

_TRANSITIONS_DEFINITION = f"""
One row per state that an item entered. The settings `[delivery] transitions` name a query that tells
them, with the columns `item_id`, `state_category`, `occurred_at`, and perhaps `from_state_category`. A transition of an item
that is not there, without an instant or with another state category is left out; the run's metadata says how many.
{_ABOUT}
An item enters its first state with its creation (`is_creation`): that which its first transition left, where the query
tells; `unscheduled` for one that is there now and has no transitions; else `unstarted`.

Example: an item is created on Monday, and goes from To Do to In Progress on Tuesday: it is unstarted from Monday, and
started from Tuesday on.
"""


_ITEMS = f"""
SELECT
    id,
    {made_id("id")} AS story_id,
    project,
    if(regexp_full_match(project, '[1-9][0-9]{{0,14}}'), try_cast(project AS BIGINT), {made_id("project")}) AS project_id,
    name,
    type,
    coalesce({TYPE_OF}[lower(trim(type))], 'feature') AS story_type,
    state_category,
    {STATE_OF}[lower(trim(state_category))] AS state,
    points,
    created_at,
    coalesce(updated_at, created_at) AS updated_at,
    if(state = 'accepted', finished_at, NULL) AS finished_at
FROM told_items
WHERE id <> ''
    AND project <> ''
    AND created_at IS NOT NULL
    AND state IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY id ORDER BY updated_at DESC NULLS LAST, created_at DESC) = 1
"""

_TRANSITIONS = f"""
WITH
    moves AS (
        SELECT
            item_id,
            {STATE_OF}[lower(trim(told.state_category))] AS state,
            {STATE_OF}[lower(trim(from_state_category))] AS from_state,
            occurred_at
        FROM told_transitions AS told
        WHERE state IS NOT NULL
            AND occurred_at IS NOT NULL
    ),
    first_moves AS (
        SELECT item_id, min(occurred_at) AS first_at, arg_min(from_state, occurred_at) AS from_state
        FROM moves
        GROUP BY ALL
    ),
    entries AS (
        SELECT item_id, state, occurred_at, false AS is_creation
        FROM moves
        UNION ALL
        SELECT
            id,
            CASE
                WHEN from_state IS NOT NULL AND from_state <> 'canceled' THEN from_state
                WHEN first_at IS NULL AND state = 'unscheduled' THEN state
                ELSE 'unstarted'
            END,
            created_at,
            true
        FROM delivery.items
        LEFT JOIN first_moves ON first_moves.item_id = id
        -- A transition at the creation is the beginning itself.
        WHERE coalesce(first_at > created_at, true)
    )
SELECT
    item_id,
    row_number() OVER (
        PARTITION BY item_id
        ORDER BY occurred_at, is_creation DESC,
            list_position(['unscheduled', 'unstarted', 'started', 'finished', 'delivered', 'rejected', 'accepted'], entries.state)
    ) AS seq,
    story_id,
    project_id,
    entries.state,
    occurred_at,
    is_creation
FROM entries
JOIN delivery.items ON id = item_id
"""


def items(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """The items that the settings tell, in Tracker's words; grain id."""
    define_told(con, "items", run.settings.delivery.items)
    return con.sql(_ITEMS)


def transitions(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """The states that items entered; grain (item_id, seq)."""
    define_told(con, "transitions", run.settings.delivery.transitions)
    return con.sql(_TRANSITIONS)


ITEMS = MetricTable(
    schema="delivery",
    name="items",
    grain=("id",),
    definition=_ITEMS_DEFINITION,
    columns=(
        Column("id", "VARCHAR", "Id of the item in its system."),
        Column("story_id", "BIGINT", "The number that stands for it among stories."),
        Column("project", "VARCHAR", "Its project, as its system names it."),
        Column("project_id", "BIGINT", "The number of that project, Tracker's where it is one."),
        Column("name", "VARCHAR", "Title of the item."),
        Column("type", "VARCHAR", "Its type, as its system names it."),
        Column("story_type", "VARCHAR", "feature, bug or chore."),
        Column("state_category", "VARCHAR", "Its state category, as the query tells it."),
        Column("state", "VARCHAR", "What that counts as: a state of Tracker, or canceled."),
        Column("points", "DOUBLE", "Its estimate."),
        Column("created_at", "TIMESTAMPTZ", "When it was created."),
        Column("updated_at", "TIMESTAMPTZ", "When it was changed last."),
        Column("finished_at", "TIMESTAMPTZ", "When it was done, where the query says."),
    ),
    inputs=(),
    compute=items,
    headlines={"items": "count(*)"},
    settings=("delivery",),
    notes=lambda con, run: left_out(con, "items", run.settings.delivery.items),
)

TRANSITIONS = MetricTable(
    schema="delivery",
    name="transitions",
    grain=("item_id", "seq"),
    definition=_TRANSITIONS_DEFINITION,
    columns=(
        Column("item_id", "VARCHAR", "Item of delivery.items."),
        Column("seq", "BIGINT", "Number of the entry in the item's life; the first is 1."),
        Column("story_id", "BIGINT", "The number that stands for the item among stories."),
        Column("project_id", "BIGINT", "The number of its project."),
        Column("state", "VARCHAR", "What it entered: a state of Tracker, or canceled."),
        Column("occurred_at", "TIMESTAMPTZ", "When it entered the state."),
        Column("is_creation", "BOOLEAN", "Whether that was its creation."),
    ),
    inputs=("delivery.items",),
    compute=transitions,
    settings=("delivery",),
    notes=lambda con, run: left_out(con, "transitions", run.settings.delivery.transitions),
)
