"""Time story links: the share of each time entry that each story gets, and when in the story's life it was spent.

Here: sharing one entry among stories. Not here: finding ids in texts (``story_references``), sums of any kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.effort.exact_amounts import EXACT_COST, EXACT_REVENUE
from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row for every story that gets time of an entry. Only work (REGULAR, stopped) is linked.

**Which stories.** The sources are asked in order (settings `[links] sources`: description, then task name, then
custom fields). The first that names at least one *known* story decides, and all known stories it names are
linked; where none does, a link that somebody accepted (`method` `accepted`) counts. Unknown ids never link and never take a share; a source that names only unknown ids is passed over.

**Shares.** The stories of an entry share it evenly: `weight` = 1 / number of its stories, so that weights of an
entry sum to 1, and `hours`, `cost` and `revenue` are the entry's times the weight. Money is not rounded here, so
that sums of links can be rounded once at the end.

**Confidence.** `high`: a `#`, a URL or a successor's id in the entry itself (description, custom field); `medium`: one of these in the
task's name, which speaks for all entries of the task, or a bare number in the entry itself; accepted links are `high`; `low`: a bare number
in the task's name.

**Phase.** Where in the story's life the entry *starts* (entries are not cut): `before` its first start; else
`after` when it starts at or after the last acceptance; else `during`. Where the first start is not known, an
entry that is not `after` is `unknown`.

**History.** Where time of the entry's Clockify project lies before the first day that was read (see
`time_tracking.history_coverage`), and the story was created before that day, earlier time of the story may be missing:
`history_truncated`.
"""

_SQL = f"""
WITH
known_references AS (
    SELECT
        entry_id,
        story_id,
        source,
        notation,
        -- What somebody accepted counts where nothing names a story.
        coalesce(list_position(getvariable('link_sources')::VARCHAR[], source), 1000) AS source_position
    FROM effort.story_references
    WHERE is_known
),
-- Clockify projects whose time before the first day that was read is missing.
cut_off AS (
    SELECT id AS project_id, first_day_read::TIMESTAMPTZ AS read_from
    FROM time_tracking.history_coverage
    WHERE
        kind = 'project'
        AND status = 'history_truncated'
),
shares AS (
    SELECT
        entry_id,
        story_id,
        source,
        notation,
        1.0::DOUBLE / count(*) OVER same_source AS weight
    FROM known_references
    WINDOW
        by_source AS (PARTITION BY entry_id ORDER BY source_position),
        same_source AS (
            PARTITION BY entry_id ORDER BY source_position
            RANGE BETWEEN CURRENT ROW AND CURRENT ROW
        )
    QUALIFY rank() OVER by_source = 1
)
SELECT
    entry_id,
    story_id,
    share.weight,
    entry.hours * share.weight AS hours,
    share.source AS method,
    share.notation,
    CASE
        WHEN share.source = 'task_name' THEN if(share.notation = 'bare', 'low', 'medium')
        ELSE if(share.notation = 'bare', 'medium', 'high')
    END AS confidence,
    CASE
        WHEN entry.started_at < story.first_started_at THEN 'before'
        WHEN entry.started_at >= story.last_accepted_at THEN 'after'
        WHEN entry.started_at >= story.first_started_at THEN 'during'
        ELSE 'unknown'
    END AS phase,
    entry.user_id,
    entry.local_date,
    entry.finance_month,
    CAST({EXACT_REVENUE} * share.weight AS DECIMAL(28, 10)) AS revenue,
    entry.currency,
    CAST({EXACT_COST} * share.weight AS DECIMAL(28, 10)) AS cost,
    entry.cost_currency,
    coalesce(story.created_at < cut_off.read_from, false) AS history_truncated
FROM shares AS share
JOIN time_tracking.time_entry_facts AS entry USING (entry_id)
JOIN project_management.story_facts AS story USING (story_id)
LEFT JOIN cut_off ON cut_off.project_id = entry.project_id
"""


def time_story_links(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """The stories that share each work entry: one row per (entry_id, story_id)."""
    return query(con, _SQL, link_sources=list(run.settings.links.sources))


TIME_STORY_LINKS = MetricTable(
    schema="effort",
    name="time_story_links",
    grain=("entry_id", "story_id"),
    definition=_DEFINITION,
    columns=(
        Column("entry_id", "VARCHAR", "Clockify time entry."),
        Column("story_id", "BIGINT", "Tracker story."),
        Column("weight", "DOUBLE", "Share of the entry, 0 to 1; shares of an entry sum to 1."),
        Column("hours", "DOUBLE", "Hours of the entry times the weight."),
        Column(
            "method",
            "VARCHAR",
            "Where the id was found: description, task_name, custom_fields; or accepted.",
        ),
        Column(
            "notation",
            "VARCHAR",
            "How the id was written: hash, url, bare or successor; or accepted.",
        ),
        Column("confidence", "VARCHAR", "high, medium or low."),
        Column(
            "phase",
            "VARCHAR",
            "before, during, after or unknown: when in the story's life the entry starts.",
        ),
        Column("user_id", "VARCHAR", "Clockify user who worked."),
        Column("local_date", "DATE", "The entry's local date."),
        Column("finance_month", "DATE", "The entry's month in the finance zone."),
        Column(
            "revenue",
            "DECIMAL(28,10)",
            "Revenue of the entry times the weight, unrounded; NULL where unrated.",
        ),
        Column("currency", "VARCHAR", "Currency of revenue."),
        Column(
            "cost",
            "DECIMAL(28,10)",
            "Cost of the entry times the weight, unrounded; NULL where unrated.",
        ),
        Column("cost_currency", "VARCHAR", "Currency of cost."),
        Column(
            "history_truncated",
            "BOOLEAN",
            "Earlier time of the story may be missing: its history was not read from the beginning.",
        ),
    ),
    inputs=(
        "effort.story_references",
        "time_tracking.time_entry_facts",
        "time_tracking.history_coverage",
        "project_management.story_facts",
    ),
    compute=time_story_links,
    headlines={
        "linked_hours": "sum(hours)",
        "linked_entries": "count(DISTINCT entry_id)",
    },
    settings=("links",),
)
