"""References to stories by the ids that their successors, or they themselves, have in another system.

Here: the SQL that adds them to the references by Tracker's own notations. Not here: those notations
(``story_references``), the crosswalk itself (``story_crosswalk``).
"""

from __future__ import annotations

from pipelines.metrics.effort.entry_texts import ENTRY_TEXTS, of_entries

_NUMBER = r"[#/]?\b\d+\b"
_KEY = r"[A-Za-z][A-Za-z0-9]*-\d+\b"
_WORD = r"[\w-]+"


# A successor that is an item itself stays what it is a successor of, so that its effort is in one place.
_ITEMS = """
    UNION
    SELECT lower(id) AS name, story_id AS known_story_id
    FROM delivery.items
    WHERE NOT EXISTS (
        FROM effort.story_crosswalk
        WHERE lower(successor_id) = lower(id) AND known_story_id IS NOT NULL
    )
"""


def with_successors(references: str, *, has_items: bool = False) -> str:
    """SQL for ``references`` (entry_id, story_id, source, notation, is_known) and those that name a successor.

    With ``has_items`` also those that name an item of ``delivery.items``.

    A successor's id counts where it stands alone, in any case of letters; a key such as ``ENG-123`` also at the beginning
    of a longer word; a number only after ``#``, in a URL, or with eight digits or more. What means a known story
    by the crosswalk is a reference to that story.
    """
    return rf"""
WITH
named AS ({references}),
meanings AS (
    SELECT lower(successor_id) AS name, known_story_id
    FROM effort.story_crosswalk
    WHERE known_story_id IS NOT NULL
    UNION
    SELECT story_id::VARCHAR AS name, known_story_id
    FROM effort.story_crosswalk
    WHERE known_story_id IS NOT NULL
    {_ITEMS if has_items else ""}
),
{ENTRY_TEXTS},
words AS (
    SELECT
        source,
        entry_id,
        text,
        unnest(list_distinct(
            regexp_extract_all(text, '{_NUMBER}')
            || regexp_extract_all(text, '{_KEY}')
            || regexp_extract_all(text, '{_WORD}')
        )) AS word
    FROM texts
    WHERE list_contains(getvariable('link_sources')::VARCHAR[], source)
),
found AS (
    SELECT source, entry_id, text, known_story_id AS story_id
    FROM words
    JOIN meanings ON name = lower(ltrim(word, '#/'))
    WHERE NOT regexp_full_match(name, '\d{{1,7}}')
        OR word[1] IN ('#', '/')
),
successors AS (
    {of_entries("found", "story_id", "source")}
),
resolved AS (
    SELECT
        entry_id,
        coalesce(known_story_id, story_id) AS story_id,
        source,
        notation,
        is_known OR known_story_id IS NOT NULL AS is_known
    FROM named
    LEFT JOIN meanings ON name = story_id::VARCHAR
    UNION ALL
    SELECT *, 'successor' AS notation, true AS is_known
    FROM successors
)
SELECT
    entry_id,
    story_id,
    source,
    -- The first notation that names the story, Tracker's own before a successor's.
    ['hash', 'url', 'bare', 'successor'][min(list_position(['hash', 'url', 'bare', 'successor'], notation))]
        AS notation,
    bool_or(is_known) AS is_known
FROM resolved
GROUP BY entry_id, story_id, source
"""
