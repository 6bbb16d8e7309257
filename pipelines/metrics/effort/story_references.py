"""Story references: which story ids the texts of a time entry name.

Here: the notations, and nothing but reading text. Not here: which story gets the time (``time_story_links``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.effort.entry_texts import ENTRY_TEXTS, of_entries
from pipelines.metrics.effort.successors import with_successors
from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.time_tracking.query import query

if TYPE_CHECKING:
    import duckdb

_DEFINITION = r"""
One row for every story id that a time entry names, known or not. Only work is read (`is_work`).

**Sources.** The entry's own `description`, the `task_name` of its task (of deleted tasks too), the values of its
`custom_fields`. The settings `[links]` choose sources and fields.

**Notations.** An id has no leading zero. An id that one text names twice counts once, in its first notation of
this list:

* `hash`: `#123456789`, `[#123456789]`, `[Finishes #1 #2]`: a `#` that follows no letter, digit, `_` or `&`, then
  a number that ends where the word ends (`#123abc` and `repo#123` are none);
* `url`: `/story/show/ID` or `/n/projects/P/stories/ID` on any host. No other number in a URL counts;
* `bare`: 8 to 10 digits that stand alone. A number joined to letters, digits, a currency sign or one of
  `. + / : = % @ & # ~ \ ? - _` (a date, phone number, version, file name) is none; `. : ? -` may close it.

* `successor`: an id by which `effort.story_crosswalk` knows the story in another system: a key such as `ENG-123`, a
  number after `#`, in a URL or with eight digits or more. A known story that either id means is the reference. So does
  the id of an item of `delivery.items`, which means that item, or the story whose successor it is.

* `accepted`: somebody accepted a suggestion (`effort.link_suggestions`, settings `[links] accepted`).

**Known** is every story of `project_management.story_facts`, deleted ones too: the time was spent on them.
A known id counts in these notations at any length. An unknown id is kept, as an unmatched reference, only where
it must be meant as one: in a URL, or after `#` with 7 to 10 digits, as long as Tracker's ids are. `#5` and the
colour `#123456` are not references, and a bare number is one only if the story is known.
"""

# RE2 has no look-ahead, but \b takes no character away from the next match. \w and \b know ASCII only, which is
# wanted: in languages without spaces an id is followed and preceded by letters.
_HASH = r"(?:^|[^\w&])#([1-9]\d{0,17})\b"
_STORY_URL = r"/(?:story/show|n/projects/\d+/stories)/([1-9]\d{0,17})\b"
_ANY_URL = r'[A-Za-z][\w+.-]*://[^\s()<>\[\]{}"\x27,;]+'
_JOINING = r"\w.+/:=%@&#~\\?\p{Sc}-"
_NUMBER = rf"[{_JOINING}]*\d{{8,10}}[{_JOINING}]*"
_BARE = r"[1-9]\d{7,9}[-.:?]*"

_SQL = rf"""
WITH
{ENTRY_TEXTS},
-- The cheap questions come first: most texts hold no id, or one in one notation.
texts_with_digits AS (
    SELECT
        *,
        CASE
            WHEN contains(text, '://') THEN regexp_replace(text, '{_ANY_URL}', ' ', 'g')
            ELSE text
        END AS text_without_urls
    FROM texts
    WHERE regexp_matches(text, '\d')
        AND list_contains(getvariable('link_sources')::VARCHAR[], source)
),
ids AS (
    SELECT
        source,
        entry_id,
        text,
        CASE
            WHEN contains(text_without_urls, '#') THEN regexp_extract_all(text_without_urls, '{_HASH}', 1)
            ELSE []
        END AS hash_ids,
        CASE
            WHEN contains(text, '/') THEN regexp_extract_all(text, '{_STORY_URL}', 1)
            ELSE []
        END AS url_ids,
        CASE
            WHEN getvariable('link_bare_ids')
                AND regexp_matches(text_without_urls, '(?:^|[^{_JOINING}]){_BARE}')
            THEN [
                rtrim(number, '-.:?')
                FOR number IN regexp_extract_all(text_without_urls, '{_NUMBER}')
                IF regexp_full_match(number, '{_BARE}')
            ]
            ELSE []
        END AS bare_ids
    FROM texts_with_digits
),
mentions AS (
    SELECT
        source,
        entry_id,
        text,
        hash_ids || url_ids || bare_ids AS named_ids,
        -- Asking is much cheaper than list_distinct, and most texts name one id.
        unnest(CASE WHEN len(named_ids) > 1 THEN list_distinct(named_ids) ELSE named_ids END) AS id,
        id::BIGINT AS story_id,
        CASE
            WHEN list_contains(hash_ids, id) THEN 'hash'
            WHEN list_contains(url_ids, id) THEN 'url'
            ELSE 'bare'
        END AS notation
    FROM ids
),
story_references AS (
    SELECT source, entry_id, text, story_id, notation, story.story_id IS NOT NULL AS is_known
    FROM mentions AS mention
    LEFT JOIN project_management.story_facts AS story USING (story_id)
    WHERE is_known
        OR notation = 'url'
        OR (notation = 'hash' AND story_id BETWEEN 1000000 AND 9999999999)
)
{of_entries("story_references", "story_id", "source", "notation", "is_known")}"""


# What somebody accepted of ``link_suggestions``; entries and stories that are not there are left out.
_ACCEPTED = """
accepted AS (
    SELECT
        unnest(getvariable('accepted_entries')::VARCHAR[]) AS entry_id,
        unnest(getvariable('accepted_stories')::BIGINT[]) AS story_id
)
SELECT DISTINCT entry_id, story_id, 'accepted' AS source, 'accepted' AS notation, true AS is_known
FROM accepted
JOIN time_tracking.time_entry_facts AS entry USING (entry_id)
JOIN project_management.story_facts AS story USING (story_id)
WHERE entry.is_work
"""


def story_references(con: duckdb.DuckDBPyConnection, run: MetricRun) -> duckdb.DuckDBPyRelation:
    """Story ids named by work entries: one row per (entry_id, story_id, source)."""
    links = run.settings.links
    # Without a crosswalk and a second source no text is searched for ids of another system.
    has_items = run.settings.delivery.items is not None
    searches = run.crosswalk or run.titles or has_items
    named = with_successors(_SQL, has_items=has_items) if searches else _SQL
    return query(
        con,
        f"WITH named AS ({named}), {_ACCEPTED} UNION ALL FROM named" if run.accepted else named,
        accepted_entries=[entry for entry, _ in run.accepted],
        accepted_stories=[story for _, story in run.accepted],
        link_sources=list(links.sources),
        link_custom_fields=list(links.custom_fields),
        link_bare_ids=links.bare_ids,
    )


def _notes(con: duckdb.DuckDBPyConnection, run: MetricRun) -> dict[str, str]:
    if not run.accepted:
        return {}
    row = con.execute(
        "SELECT count(*) FROM effort.story_references WHERE source = 'accepted'"
    ).fetchone()
    assert row is not None
    left_out = len(set(run.accepted)) - row[0]
    if not left_out:
        return {}
    return {
        "told": f"{left_out} of {len(set(run.accepted))} accepted links name an entry or a story that is not there: see the file "
        "of [links] accepted."
    }


STORY_REFERENCES = MetricTable(
    schema="effort",
    name="story_references",
    grain=("entry_id", "story_id", "source"),
    definition=_DEFINITION,
    columns=(
        Column("entry_id", "VARCHAR", "Clockify time entry."),
        Column("story_id", "BIGINT", "The Tracker story id that it names."),
        Column("source", "VARCHAR", "Where: description, task_name, custom_fields or accepted."),
        Column("notation", "VARCHAR", "How: hash, url, bare, successor or accepted."),
        Column(
            "is_known",
            "BOOLEAN",
            "Whether such a story is or was in Tracker; if not: an unmatched reference.",
        ),
    ),
    inputs=(
        "time_tracking.time_entry_facts",
        "clockify.time_entries",
        "project_management.story_facts",
        "effort.story_crosswalk",
        "delivery.items",
    ),
    compute=story_references,
    headlines={
        "unknown_references": "count(*) FILTER (NOT is_known)",
    },
    settings=("links", "delivery"),
    uses_crosswalk=True,
    notes=_notes,
)
