"""Cost of groups of stories: epics, labels and releases.

Here: which stories belong to a group, and the sums of their effort. Not here: the effort of single stories
(``story_effort``) and how far the groups have come (``project_management``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.effort.linked_amounts import INPUTS, LINKED_AMOUNTS
from pipelines.metrics.model import Column, MetricRun, MetricTable

if TYPE_CHECKING:
    import duckdb

_SUMS = """
    bool_or(history_truncated) AS is_truncated,
    sum(hours) AS hours,
    CASE WHEN NOT is_truncated THEN sum(cost) END AS cost,
    CASE WHEN NOT is_truncated THEN sum(revenue) END AS revenue,
    CASE WHEN is_truncated THEN 'history_truncated' END AS amounts_reason,
    count(DISTINCT user_id) AS contributors,
    coalesce(sum(hours) FILTER (phase = 'before'), 0) AS hours_before_start,
    coalesce(sum(hours) FILTER (phase = 'after'), 0) AS hours_after_accept,
    sum(uncosted_hours) AS uncosted_hours,
    if(bool_or(is_never_read), 'clockify', 'entries') AS hours_source
"""


def _overlapping_cost(group_id: str, group_ids: str) -> str:
    """SQL of costs by groups of which a story may have several: ``group_ids`` is its list of them."""
    return f"""
    WITH
    linked_amounts AS (
        {LINKED_AMOUNTS}
    ),
    -- A story without a group keeps its share under NULL, so that shares add up to everything.
    shares AS (
        SELECT
            story_id,
            unnest(if(len({group_ids}) = 0, [NULL], list_distinct({group_ids}))) AS {group_id},
            1.0::DOUBLE / greatest(len(list_distinct({group_ids})), 1) AS share
        FROM project_management.story_facts
    )
    SELECT
        {group_id},
        currency,
        {_SUMS},
        sum(hours) AS hours_full,
        sum(hours * share) AS hours_allocated,
        -- Shares of money are added as decimals: sums of doubles depend on the order of rows.
        CASE WHEN NOT is_truncated THEN sum((cost * share)::DECIMAL(28, 10)) END AS cost_allocated,
        CASE WHEN NOT is_truncated THEN sum((revenue * share)::DECIMAL(28, 10)) END AS revenue_allocated
    FROM linked_amounts
    JOIN shares USING (story_id)
    GROUP BY ALL
    """


_EPIC_COST = _overlapping_cost("epic_id", "epic_ids")
_LABEL_COST = _overlapping_cost("label_id", "label_ids")
_RELEASE_COST = f"""
WITH
linked_amounts AS (
    {LINKED_AMOUNTS}
),
release_stories AS (
    SELECT id AS release_id, unnest(from_json(story_ids, '["BIGINT"]')) AS story_id
    FROM pivotal_tracker.releases
    UNION
    SELECT story_id AS release_id, story_id
    FROM project_management.story_facts
    WHERE story_type = 'release'
)
SELECT
    release_id,
    currency,
    {_SUMS}
FROM linked_amounts
LEFT JOIN release_stories USING (story_id)
GROUP BY ALL
"""


def epic_cost(con: duckdb.DuckDBPyConnection, _run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Hours and money of each epic: one row per (epic_id, currency)."""
    return con.sql(_EPIC_COST)


def label_cost(con: duckdb.DuckDBPyConnection, _run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Hours and money of each label: one row per (label_id, currency)."""
    return con.sql(_LABEL_COST)


def release_cost(con: duckdb.DuckDBPyConnection, _run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Hours and money of each release: one row per (release_id, currency)."""
    return con.sql(_RELEASE_COST)


_OVERLAPPING_DEFINITION = """
Linked time of the stories of {group}, by currency.

A story may belong to several {groups}. `hours`, `cost`, `revenue` and the other plain columns count it in full in
each, so they must not be added up over {groups}; `hours_full` is the same as `hours`, named for contrast. The
columns `_allocated` divide the story evenly among its {groups}, so they can be added, and with the row whose
`{group_id}` is NULL (stories without {group}) they add up to all linked time and money.

Where earlier time of one of the stories may be missing (`history_truncated` of `time_story_links`), amounts are NULL and
`amounts_reason` says so; what was never read of tasks that name a story is in the row without a currency, as in `story_effort`.

Stories belong to the {groups} they carry now, deleted stories to those they had when last seen.
{membership}
"""

_AMOUNT_COLUMNS = (
    Column(
        "currency",
        "VARCHAR",
        "Currency of the amounts; NULL where it is not known.",
        null_is_a_group=True,
    ),
    Column("hours", "DOUBLE", "Linked hours of its stories."),
    Column(
        "cost", "DECIMAL(18,4)", "Their cost in major units; NULL where no hour has a cost rate."
    ),
    Column(
        "revenue", "DECIMAL(18,4)", "Their revenue in major units; NULL where no hour has a rate."
    ),
    Column(
        "amounts_reason",
        "VARCHAR",
        "history_truncated where the amounts of a story cannot be told.",
    ),
    Column("contributors", "BIGINT", "Clockify users with linked time."),
    Column(
        "hours_before_start",
        "DOUBLE",
        "Hours of entries that start before their story's first start.",
    ),
    Column(
        "hours_after_accept",
        "DOUBLE",
        "Hours of entries that start at or after its last acceptance.",
    ),
    Column("uncosted_hours", "DOUBLE", "Hours without a cost rate."),
    Column(
        "hours_source",
        "VARCHAR",
        "entries; clockify where hours that were never read are Clockify's own total of a task.",
    ),
)
_ALLOCATED_COLUMNS = (
    Column("hours_full", "DOUBLE", "The same as hours: each story counts in full."),
    Column(
        "hours_allocated",
        "DOUBLE",
        "Hours with each story divided evenly; additive.",
        adds="always",
    ),
    Column(
        "cost_allocated",
        "DECIMAL(18,4)",
        "Cost with each story divided evenly; additive.",
        adds="within a currency",
    ),
    Column(
        "revenue_allocated",
        "DECIMAL(18,4)",
        "Revenue with each story divided evenly; additive.",
        adds="within a currency",
    ),
)
_INPUTS = (*INPUTS, "project_management.story_facts")

EPIC_COST = MetricTable(
    schema="effort",
    name="epic_cost",
    grain=("epic_id", "currency"),
    definition=_OVERLAPPING_DEFINITION.format(
        group="an epic",
        groups="epics",
        group_id="epic_id",
        membership="A story is in an epic exactly when it carries the epic's label.",
    ),
    columns=(
        Column(
            "epic_id", "BIGINT", "Tracker epic; NULL for stories without one.", null_is_a_group=True
        ),
        *_AMOUNT_COLUMNS,
        *_ALLOCATED_COLUMNS,
    ),
    inputs=_INPUTS,
    compute=epic_cost,
    overlaps="A story in two epics counts in full under each; add up the columns that end in _allocated.",
    headlines={
        "hours_allocated": "sum(hours_allocated)",
    },
)

LABEL_COST = MetricTable(
    schema="effort",
    name="label_cost",
    grain=("label_id", "currency"),
    definition=_OVERLAPPING_DEFINITION.format(
        group="a label",
        groups="labels",
        group_id="label_id",
        membership="Labels of epics are labels too.",
    ),
    columns=(
        Column(
            "label_id",
            "BIGINT",
            "Tracker label; NULL for stories without one.",
            null_is_a_group=True,
        ),
        *_AMOUNT_COLUMNS,
        *_ALLOCATED_COLUMNS,
    ),
    inputs=_INPUTS,
    compute=label_cost,
    overlaps="A story with two labels counts in full under each; add up the columns that end in _allocated.",
    headlines={
        "hours_allocated": "sum(hours_allocated)",
    },
)

RELEASE_COST = MetricTable(
    schema="effort",
    name="release_cost",
    grain=("release_id", "currency"),
    definition="""
Linked time of the stories of a release, by currency.

The stories of a release are those above its marker, as Tracker lists them (`pivotal_tracker.releases.story_ids`, as
in `project_management.release_status`), and the release itself, which is a story too. A story that Tracker lists for
two releases counts in each. Time of stories of no release is in the row whose `release_id` is NULL; where a host does
not list the stories of releases, that is all time but the releases' own.
""",
    columns=(
        Column(
            "release_id",
            "BIGINT",
            "Tracker release; NULL for stories of none.",
            null_is_a_group=True,
        ),
        *_AMOUNT_COLUMNS,
    ),
    inputs=(*_INPUTS, "pivotal_tracker.releases"),
    compute=release_cost,
    headlines={
        "hours": "sum(hours)",
    },
)
