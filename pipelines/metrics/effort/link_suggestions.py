"""Link suggestions: for work that names no story, the stories it was probably spent on. They count nowhere until accepted.

Here: what the evidence is worth. Not here: the evidence (``link_evidence``), accepting (``story_references``).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipelines.metrics.effort.link_evidence import (
    DAYS,
    EVIDENCE,
    MOST_LEARNT,
    TEXT,
    prepare_evidence,
)
from pipelines.metrics.model import NEVER, Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

#: From this score on a suggestion is worth a person's look; see the definition.
WORTH_A_LOOK = 0.7
_LEAST_SCORE = 0.3
_MOST = 3

_DEFINITION = f"""
One row for every story that may be the one of a work entry without a known story, for entries of the last 182 days; at
most {_MOST} per entry, the likeliest first (`rank`). A suggestion counts nowhere until somebody accepts it:
`pipelines links review` writes them to a CSV file, and `[links] accepted` names the file with the accepted ones.

**Candidates** are stories of the Tracker projects that the entry's Clockify project is about (at least 5 % of its linked
hours), that were there when the entry began: those with the nearest texts (`effort.story_vectors`), those in progress then
that the person owns, and those on which the person has linked time within two days.

**Score** is a probability that was counted, not chosen: of the linked entries of the same days (of {MOST_LEARNT:,} of them where there
are more, the same ones each time), with their references taken
out, how many with the same evidence were of the story that it pointed to (of n such pairs, h hits: h / (n + 3), so that a
few say little). The evidence is, where the entry's text is nearest to one story by a margin: how much they have in common,
whether the story was in progress, and whether it is the person's or has linked time of theirs. Elsewhere: whether the story was
in progress, is the person's, has linked time of theirs, and how many such stories there are; and the score is multiplied by the share of the project's entries with the same text that are linked: a stand-up is no story's.

Of suggestions of rank 1 with a score of {WORTH_A_LOOK} and more, at least 85 % were right on generated companies with a fifth of
their links hidden. Without linked time to learn from there is none.
"""

# Views, not temporary tables: large ones that the transaction at hand made end the process of DuckDB 1.4.3 (segmentation
# fault, with 7,000,000 entries and 4 GB).
_SUGGESTIONS = f"""
WITH
{EVIDENCE},
judged AS MATERIALIZED (
    SELECT
        *,
        CASE WHEN cosine >= 0.8 THEN 3 WHEN cosine >= 0.65 THEN 2 WHEN cosine >= 0.5 THEN 1 ELSE 0 END AS alike,
        is_first_by_text AND alike > 0 AS speaks,
        -- Where the text names the story, its rivals do not matter. Numbers, because there are millions.
        is_active::INTEGER + CASE
            WHEN speaks THEN 10 * alike + 100 * (is_own OR is_booked)::INTEGER
            ELSE 1000 + 10 * is_own::INTEGER + 100 * is_booked::INTEGER
                + 10000 * least(own_stories, 3) + 100000 * least(booked_stories, 2)
        END AS class
    FROM evidence
),
learnt AS (
    SELECT class, count(*) FILTER (list_contains(truth, story_id)) / (count(*) + 3.0) AS probability
    FROM judged
    JOIN judged_entries USING (entry)
    WHERE NOT judged.is_asked
    GROUP BY class
),
-- The others cannot reach the least score, whatever their text.
promising AS MATERIALIZED (
    SELECT judged.*, entry_id, project_id, project, text, probability
    FROM judged
    JOIN learnt USING (class)
    JOIN judged_entries USING (entry)
    WHERE judged.is_asked AND probability > {_LEAST_SCORE} - 0.001
),
-- Of few texts the references are taken out: each description is read once, in projects that have suggestions.
descriptions AS (
    SELECT project_id, description, count(*) AS entries
    FROM evidence_entries
    SEMI JOIN promising USING (project_id)
    GROUP BY ALL
),
texts AS (
    SELECT project_id, {TEXT} AS text, sum(entries) AS entries
    FROM descriptions
    GROUP BY ALL
),
unlinked_texts AS (
    SELECT project_id, text, count(*) AS unlinked
    FROM judged_entries
    WHERE is_asked
    GROUP BY ALL
),
scored AS (
    SELECT
        entry_id,
        story_id,
        round(
            probability * CASE
                WHEN speaks THEN 1
                ELSE (entries - unlinked) / entries
            END,
            4
        ) AS score,
        list_filter(
            [
                CASE WHEN cosine >= 0.5 THEN format('its text is like the story''s ({{:.2f}})', cosine) END,
                CASE
                    WHEN is_active AND is_own AND own_stories = 1 THEN 'the only story that the person had in progress'
                    WHEN is_active AND is_own THEN format('one of {{}} stories that the person had in progress', own_stories)
                    WHEN is_active THEN 'in progress then'
                END,
                CASE WHEN is_booked THEN 'the person has linked time on it within two days' END,
                format('{{:.0f}} % of the project''s linked time is on its Tracker project', 100 * habit.share)
            ],
            lambda reason: reason IS NOT NULL
        ) AS reasons
    FROM promising
    JOIN texts USING (project_id, text)
    JOIN unlinked_texts USING (project_id, text)
    JOIN stories USING (story_id)
    JOIN evidence_habits AS habit
        ON habit.project = promising.project AND habit.tracker_project_id = stories.tracker_project_id
)
SELECT
    entry_id,
    story_id,
    row_number() OVER (PARTITION BY entry_id ORDER BY score DESC, story_id DESC) AS rank,
    score,
    reasons
FROM scored
WHERE score >= {_LEAST_SCORE}
QUALIFY rank <= {_MOST}
"""


def link_suggestions(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """The suggestions: one row per (entry_id, story_id)."""
    prepare_evidence(con, run.as_of)
    return query(con, _SUGGESTIONS)


def holds_until(con: duckdb.DuckDBPyConnection, _: MetricRun) -> datetime:
    """When the oldest entry that counts is too old; time that passes changes nothing else. Needs ``now`` as ``prepare_evidence`` set it."""
    found = con.execute(
        f"""
        SELECT coalesce(min(started_at) + to_days({DAYS}), {NEVER})
        FROM time_tracking.time_entry_facts
        WHERE is_work AND started_at > getvariable('now')::TIMESTAMPTZ - to_days({DAYS})
        """
    ).fetchone()
    assert found is not None
    moment: datetime = found[0]
    return moment


LINK_SUGGESTIONS = MetricTable(
    schema="effort",
    name="link_suggestions",
    grain=("entry_id", "story_id"),
    definition=_DEFINITION,
    columns=(
        Column("entry_id", "VARCHAR", "Clockify time entry without a link."),
        Column("story_id", "BIGINT", "Tracker story."),
        Column("rank", "BIGINT", "1 for the likeliest story of the entry."),
        Column("score", "DOUBLE", "Probability, 0 to 1."),
        Column("reasons", "VARCHAR[]", "What speaks for it."),
    ),
    inputs=(
        "effort.people",
        "effort.story_vectors",
        "effort.time_story_links",
        "project_management.story_facts",
        "project_management.story_states",
        "time_tracking.time_entry_facts",
    ),
    compute=link_suggestions,
    holds_until=holds_until,
    headlines={
        "entries_worth_a_look": f"count(*) FILTER (rank = 1 AND score >= {WORTH_A_LOOK})",
    },
)
