"""What speaks for a story as the one that a time entry was spent on, entry by entry.

Here: the candidates of each entry and what speaks for each: the text, who was working on which story then, other time of
the person, and the habit of the pair of projects. Not here: how much it is worth (``link_suggestions``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.effort.embedding import embed, unpacked
from pipelines.metrics.time_tracking.query import query

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

#: References are taken out: what is left must speak for itself.
_REFERENCES = r"\[?(?:[A-Za-z]+ )?(?:#\d+[ ,]*)+\]?|[A-Za-z][\w+.-]*://\S+|\b\d{8,10}\b"

# ``entries``: work of the last half year, linked or not, with the stories that are linked (``truth``). ``habits``: which
# Tracker projects a Clockify project is about.
_ENTRIES = rf"""
CREATE OR REPLACE TEMP TABLE evidence_entries AS
WITH
links AS (
    SELECT entry_id, list(story_id) AS truth
    FROM effort.time_story_links
    GROUP BY entry_id
)
SELECT
    entry.entry_id,
    entry.user_id,
    person.tracker_person_id AS person_id,
    entry.project_id,
    entry.started_at,
    trim(regexp_replace(concat_ws(' ', entry.description), '{_REFERENCES}', ' ', 'g')) AS text,
    coalesce(truth, []) AS truth
FROM time_tracking.time_entry_facts AS entry
LEFT JOIN links USING (entry_id)
LEFT JOIN effort.people AS person ON person.clockify_user_id = entry.user_id
WHERE
    entry.is_work
    AND entry.started_at > getvariable('now')::TIMESTAMPTZ - to_days({DAYS})
"""
_HABITS = f"""
CREATE OR REPLACE TEMP TABLE evidence_habits AS
SELECT
    entry.project_id,
    story.project_id AS tracker_project_id,
    sum(link.hours) / sum(sum(link.hours)) OVER (PARTITION BY entry.project_id) AS share
FROM effort.time_story_links AS link
JOIN time_tracking.time_entry_facts AS entry USING (entry_id)
JOIN project_management.story_facts AS story USING (story_id)
WHERE entry.project_id IS NOT NULL AND link.hours > 0
GROUP BY entry.project_id, story.project_id
QUALIFY share >= {_LEAST_HABIT}
"""

# A story was being worked on from its first start until a day after each interval of work: time is often booked late.
_CANDIDATES = """
WITH
texts AS (
    SELECT text, tracker_project_id, story_id, cosine,
        row_number() OVER (PARTITION BY text, tracker_project_id ORDER BY cosine DESC, story_id) AS place,
        cosine - coalesce(lead(cosine) OVER (PARTITION BY text, tracker_project_id ORDER BY cosine DESC, story_id), 0) AS lead
    FROM evidence_texts
),
at_work AS (
    SELECT story_id, project_id, entered_at, coalesce(left_at, getvariable('now')::TIMESTAMPTZ) AS left_at
    FROM project_management.story_states
    WHERE state IN ('started', 'finished', 'delivered', 'rejected') AND NOT is_deleted
),
active AS (
    SELECT DISTINCT entry_id, state.story_id
    FROM evidence_entries AS entry
    JOIN evidence_habits AS habit USING (project_id)
    JOIN at_work AS state
        ON state.project_id = habit.tracker_project_id
        AND entry.started_at >= state.entered_at - INTERVAL 12 HOUR
        AND entry.started_at <= state.left_at + INTERVAL 24 HOUR
),
own_active AS (
    SELECT entry_id, active.story_id
    FROM active
    JOIN evidence_entries AS entry USING (entry_id)
    JOIN project_management.story_facts AS story USING (story_id)
    WHERE list_contains(story.owner_ids, entry.person_id)
),
by_text AS (
    SELECT entry_id, story_id
    FROM evidence_entries AS entry
    JOIN evidence_habits AS habit USING (project_id)
    JOIN texts USING (text, tracker_project_id)
),
-- Other time of the person that is linked to the story, in the days around.
booked AS (
    SELECT DISTINCT entry.entry_id, link.story_id
    FROM evidence_entries AS entry
    JOIN effort.time_story_links AS link
        ON link.user_id = entry.user_id AND link.entry_id != entry.entry_id
    JOIN time_tracking.time_entry_facts AS other ON other.entry_id = link.entry_id
    WHERE abs(epoch(other.started_at) - epoch(entry.started_at)) <= 2 * 86400
),
candidates AS (
    FROM own_active
    UNION
    FROM by_text
    UNION
    SELECT booked.entry_id, booked.story_id
    FROM booked
    JOIN evidence_entries AS entry USING (entry_id)
    JOIN project_management.story_facts AS story USING (story_id)
    JOIN evidence_habits AS habit
        ON habit.project_id = entry.project_id AND habit.tracker_project_id = story.project_id
)
SELECT
    entry.entry_id,
    candidate.story_id,
    entry.truth,
    round(coalesce(texts.cosine, 0), 4) AS cosine,
    coalesce(texts.place = 1 AND texts.lead >= 0.05, false) AS is_first_by_text,
    active.story_id IS NOT NULL AS is_active,
    coalesce(list_contains(story.owner_ids, entry.person_id), false) AS is_own,
    booked.story_id IS NOT NULL AS is_booked,
    count(*) FILTER (own_active.story_id IS NOT NULL) OVER (PARTITION BY entry.entry_id) AS own_stories,
    count(*) FILTER (booked.story_id IS NOT NULL) OVER (PARTITION BY entry.entry_id) AS booked_stories,
    habit.share AS habit
FROM candidates AS candidate
JOIN evidence_entries AS entry USING (entry_id)
JOIN project_management.story_facts AS story USING (story_id)
JOIN evidence_habits AS habit
    ON habit.project_id = entry.project_id AND habit.tracker_project_id = story.project_id
LEFT JOIN texts
    ON texts.text = entry.text AND texts.tracker_project_id = story.project_id AND texts.story_id = candidate.story_id
LEFT JOIN active ON active.entry_id = entry.entry_id AND active.story_id = candidate.story_id
LEFT JOIN own_active ON own_active.entry_id = entry.entry_id AND own_active.story_id = candidate.story_id
LEFT JOIN booked ON booked.entry_id = entry.entry_id AND booked.story_id = candidate.story_id
WHERE NOT story.is_deleted
    AND story.story_type IS DISTINCT FROM 'release'
    -- Nobody works on a story before it is there.
    AND coalesce(story.created_at <= entry.started_at + INTERVAL 24 HOUR, true)
"""


def evidence(con: duckdb.DuckDBPyConnection, now: object) -> duckdb.DuckDBPyRelation:
    """A row per work entry of the last half year and candidate story, with what speaks for it and the linked stories."""
    con.execute("SET VARIABLE now = $now", {"now": now})
    con.execute(_ENTRIES)
    con.execute(_HABITS)
    texts = _alike(con)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE evidence_texts "
        "(text VARCHAR, tracker_project_id BIGINT, story_id BIGINT, cosine DOUBLE)"
    )
    if not texts.empty:
        con.from_df(texts).insert_into("evidence_texts")
    return query(con, _CANDIDATES)


def _alike(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """For each text and each Tracker project that its Clockify project is about, the stories with the nearest texts."""
    import numpy as np
    import pandas as pd

    asked = con.execute(
        """
        SELECT tracker_project_id, list(DISTINCT text ORDER BY text) AS texts
        FROM evidence_entries
        JOIN evidence_habits USING (project_id)
        WHERE text != ''
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
        if not stories:
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
