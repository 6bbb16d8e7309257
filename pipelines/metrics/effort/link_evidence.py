"""What speaks for a story as the one that a time entry was spent on, entry by entry.

Here: the candidates of each entry and what speaks for each: the text, who was working on which story then, other time of
the person, and the habit of the pair of projects. Not here: how much it is worth (``link_suggestions``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.effort.embedding import embed, is_installed, unpacked
from pipelines.metrics.project_management.story_states import STATES_WITHOUT_HOURS
from pipelines.metrics.time_tracking.query import bind

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

#: Suggestions are for what somebody may still remember, and are judged by as much time before.
DAYS = 182
#: Candidates by text: so many of each text and Tracker project, none whose text has less in common.
_ALIKE = 3
_LEAST_ALIKE = 0.35
_BATCH = 512
#: A Clockify project is about a Tracker project that gets at least this share of its linked hours.
_LEAST_HABIT = 0.05
#: What evidence is worth is counted on so many linked entries at most: more would cost hours and say the same.
MOST_LEARNT = 50_000
#: Seconds around an entry in which other time of the person speaks for the same story.
_AROUND = 2 * 86_400

#: References are taken out: what is left must speak for itself.
_REFERENCES = r"\[?(?:[A-Za-z]+ )?(?:#\d+[ ,]*)+\]?|[A-Za-z][\w+.-]*://\S+|\b\d{8,10}\b"

#: SQL of what a description says beside references.
TEXT = rf"trim(regexp_replace(concat_ws(' ', description), '{_REFERENCES}', ' ', 'g'))"

# Work of the last half year, linked or not.
_ENTRIES = f"""
CREATE OR REPLACE TEMP VIEW evidence_entries AS
SELECT entry_id, user_id, project_id, started_at, description
FROM time_tracking.time_entry_facts
WHERE
    is_work
    AND started_at > getvariable('now')::TIMESTAMPTZ - to_days({DAYS})
"""
# Linked entries to learn from: by a hash of their id, so that they stay the same ones. A table, because they are few.
_LEARNT = f"""
CREATE OR REPLACE TEMP TABLE learnt_entries AS
WITH
learnt AS (
    SELECT entry_id
    FROM evidence_entries
    SEMI JOIN effort.time_story_links AS link USING (entry_id)
    ORDER BY md5(entry_id)
    LIMIT {MOST_LEARNT}
)
SELECT entry_id, list(story_id) AS truth
FROM learnt
JOIN effort.time_story_links AS link USING (entry_id)
GROUP BY entry_id
"""
# They, and those that need a suggestion, which have no stories (``truth``); as far as their project is about one of Tracker's.
_JUDGED = f"""
CREATE OR REPLACE TEMP VIEW judged_entries AS
WITH
judged AS (
    SELECT *, []::BIGINT[] AS truth
    FROM evidence_entries
    ANTI JOIN effort.time_story_links AS link USING (entry_id)
    UNION ALL
    SELECT entry.*, learnt.truth
    FROM evidence_entries AS entry
    JOIN learnt_entries AS learnt USING (entry_id)
)
SELECT
    judged.* EXCLUDE (description),
    len(truth) = 0 AS is_asked,
    project,
    person.tracker_person_id AS person_id,
    {TEXT} AS text
FROM judged
JOIN (SELECT DISTINCT project_id, project FROM evidence_habits) USING (project_id)
LEFT JOIN effort.people AS person ON person.clockify_user_id = judged.user_id
"""
# Which Tracker projects a Clockify project is about. It has a number (``project``), which is compared millions of times.
_HABITS = f"""
CREATE OR REPLACE TEMP TABLE evidence_habits AS
WITH
shares AS (
    SELECT
        entry.project_id,
        story.project_id AS tracker_project_id,
        sum(link.hours) / sum(sum(link.hours)) OVER (PARTITION BY entry.project_id) AS share
    FROM effort.time_story_links AS link
    JOIN time_tracking.time_entry_facts AS entry USING (entry_id)
    JOIN project_management.story_facts AS story USING (story_id)
    WHERE entry.project_id IS NOT NULL AND link.hours > 0
    GROUP BY entry.project_id, story.project_id
)
SELECT *, dense_rank() OVER (ORDER BY project_id) AS project
FROM shares
WHERE share >= {_LEAST_HABIT}
"""

# Part of a WITH clause. ``judged_entries``: those of the view, numbered (``entry``). ``evidence``: a row per entry and
# candidate story, with what speaks for it and whether the entry needs a suggestion (``is_asked``).
# A story was being worked on from its first start until a day after each interval of work: time is often booked late.
# Entries have numbers here, because millions of pairs with ids and texts take gigabytes.
EVIDENCE = f"""
judged_entries AS MATERIALIZED (
    SELECT row_number() OVER () AS entry, *
    FROM temp.judged_entries
),
-- Nobody works on a story before it is there.
stories AS MATERIALIZED (
    SELECT
        story_id,
        project_id AS tracker_project_id,
        owner_ids,
        coalesce(created_at - INTERVAL 24 HOUR, '-infinity'::TIMESTAMPTZ) AS possible_from
    FROM project_management.story_facts
    WHERE NOT is_deleted AND story_type IS DISTINCT FROM 'release'
),
nearest AS (
    SELECT
        text,
        tracker_project_id,
        story_id,
        cosine,
        row_number() OVER same_question AS place,
        cosine - coalesce(lead(cosine) OVER same_question, 0) AS lead
    FROM evidence_texts
    WINDOW same_question AS (PARTITION BY text, tracker_project_id ORDER BY cosine DESC, story_id)
),
at_work AS (
    SELECT
        story_id,
        entered_at - INTERVAL 12 HOUR AS began,
        coalesce(left_at, getvariable('now')::TIMESTAMPTZ) + INTERVAL 24 HOUR AS ended
    FROM {STATES_WITHOUT_HOURS} AS states
    WHERE state IN ('started', 'finished', 'delivered', 'rejected') AND NOT is_deleted
),
-- By itself, or all entries are compared with the times of all stories.
owned_work AS MATERIALIZED (
    SELECT person_id, story_id, tracker_project_id, began, ended
    FROM (SELECT unnest(owner_ids) AS person_id, story_id, tracker_project_id FROM stories)
    JOIN at_work USING (story_id)
),
own_active AS (
    SELECT judged.entry, owned_work.story_id
    FROM judged_entries AS judged
    JOIN owned_work
        ON owned_work.person_id = judged.person_id
        AND judged.started_at BETWEEN owned_work.began AND owned_work.ended
    SEMI JOIN evidence_habits AS habit
        ON habit.project = judged.project AND habit.tracker_project_id = owned_work.tracker_project_id
),
by_text AS (
    SELECT judged.entry, nearest.story_id, nearest.cosine, place = 1 AND lead >= 0.05 AS is_first
    FROM judged_entries AS judged
    JOIN evidence_habits AS habit USING (project)
    JOIN nearest USING (text, tracker_project_id)
),
-- Other time of the person that is linked to the story, in the days around: looked for in spans of two days, so that
-- what a person did in half a year is not compared with itself.
linked_work AS (
    SELECT
        link.user_id,
        link.entry_id,
        link.story_id,
        tracker_project_id,
        epoch(entry.started_at) AS second,
        floor(second / {_AROUND})::BIGINT AS span
    FROM effort.time_story_links AS link
    JOIN time_tracking.time_entry_facts AS entry USING (entry_id)
    JOIN stories USING (story_id)
),
booked AS (
    SELECT judged.entry, linked_work.story_id
    FROM (
        SELECT
            entry,
            entry_id,
            user_id,
            project,
            epoch(started_at) AS second,
            floor(second / {_AROUND})::BIGINT + unnest([-1, 0, 1]) AS span
        FROM judged_entries
    ) AS judged
    JOIN linked_work USING (user_id, span)
    SEMI JOIN evidence_habits AS habit
        ON habit.project = judged.project AND habit.tracker_project_id = linked_work.tracker_project_id
    WHERE linked_work.entry_id <> judged.entry_id
        AND abs(linked_work.second - judged.second) <= {_AROUND}
),
-- Of stories of projects that the entry's own is about. All pairs at once, because finding the same ones again and again takes
-- most of the time.
pairs AS (
    SELECT entry, story_id, 0::DOUBLE AS cosine, false AS is_first, false AS is_booked
    FROM own_active
    UNION ALL
    SELECT entry, story_id, cosine, is_first, false
    FROM by_text
    UNION ALL
    SELECT entry, story_id, 0, false, true
    FROM booked
),
found AS MATERIALIZED (
    SELECT
        entry,
        story_id,
        max(cosine) AS cosine,
        bool_or(is_first) AS is_first_by_text,
        bool_or(is_booked) AS is_booked
    FROM pairs
    GROUP BY entry, story_id
),
candidates AS MATERIALIZED (
    SELECT
        entry,
        story_id,
        round(cosine, 4) AS cosine,
        is_first_by_text,
        is_booked,
        is_asked,
        started_at,
        coalesce(list_contains(story.owner_ids, judged.person_id), false) AS is_own
    FROM found
    JOIN judged_entries AS judged USING (entry)
    JOIN stories AS story USING (story_id)
    WHERE story.possible_from <= judged.started_at
),
active AS (
    SELECT DISTINCT entry, story_id
    FROM candidates
    JOIN at_work USING (story_id)
    WHERE candidates.started_at BETWEEN at_work.began AND at_work.ended
),
told AS MATERIALIZED (
    SELECT candidate.* EXCLUDE (started_at), active.story_id IS NOT NULL AS is_active
    FROM candidates AS candidate
    LEFT JOIN active USING (entry, story_id)
),
rivals AS (
    SELECT
        entry,
        count(*) FILTER (is_active AND is_own) AS own_stories,
        count(*) FILTER (is_booked) AS booked_stories
    FROM told
    GROUP BY entry
),
evidence AS (
    FROM told
    JOIN rivals USING (entry)
)
"""


def prepare_evidence(con: duckdb.DuckDBPyConnection, now: object) -> None:
    """Make what ``EVIDENCE`` reads besides metric tables, as of ``now``."""
    bind(con, now=now)
    con.execute(_HABITS)
    con.execute(_ENTRIES)
    con.execute(_LEARNT)
    con.execute(_JUDGED)
    texts = _alike(con)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE evidence_texts "
        "(text VARCHAR, tracker_project_id BIGINT, story_id BIGINT, cosine DOUBLE)"
    )
    if not texts.empty:
        con.from_df(texts).insert_into("evidence_texts")


def _alike(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """For each text and each Tracker project that its Clockify project is about, the stories with the nearest texts."""
    import numpy as np
    import pandas as pd

    asked = con.execute(
        """
        SELECT tracker_project_id, list(DISTINCT text ORDER BY text) AS texts
        FROM judged_entries
        JOIN evidence_habits USING (project_id)
        WHERE text <> ''
        GROUP BY tracker_project_id
        ORDER BY tracker_project_id
        """
    ).fetchall()
    rows: list[tuple[str, int, int, float]] = []
    for project, texts in asked:
        stories = con.execute(
            """
            SELECT story_id, vector
            FROM effort.story_vectors
            JOIN project_management.story_facts USING (story_id)
            WHERE project_id = $project
            ORDER BY story_id
            """,
            {"project": project},
        ).fetchall()
        if not stories or not is_installed():
            continue
        vectors = unpacked([vector for _, vector in stories])
        for first in range(0, len(texts), _BATCH):
            batch = texts[first : first + _BATCH]
            cosines = embed(batch) @ vectors.T
            best = np.argsort(-cosines, axis=1, kind="stable")[:, :_ALIKE]
            rows += [
                (text, project, stories[place][0], float(cosines[row, place]))
                for row, text in enumerate(batch)
                for place in best[row]
                if cosines[row, place] >= _LEAST_ALIKE
            ]
    return pd.DataFrame(rows, columns=["text", "tracker_project_id", "story_id", "cosine"])
