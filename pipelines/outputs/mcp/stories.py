"""Answers about stories: one with all that is known of it, and those that a text finds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipelines.outputs.documents.story_documents import story_document
from pipelines.outputs.mcp.answers import marked, quoted
from pipelines.outputs.mcp.errors import Question
from pipelines.outputs.mcp.lookup import rows
from pipelines.outputs.snapshot.open import Moment

if TYPE_CHECKING:
    import duckdb

_MOST = 20


def story(con: duckdb.DuckDBPyConnection, moment: Moment, story_id: int | str) -> dict[str, Any]:
    """The story's document: facts, description, comments, states, time and cost."""
    found = re.fullmatch(r"#?(\d{1,18})", str(story_id).strip())
    if found is None:
        raise Question(
            f"A story is named by its number, such as 123456789, not {story_id!r}; search_stories finds them by words."
        )
    document = story_document(con, moment.tracker_as_of, int(found[1]))
    if document is None:
        raise Question(
            f"There is no story {found[1]} in the snapshot, or it was deleted; search_stories finds stories by words."
        )
    return {"story": quoted(document["metadata"]), "document": marked(document["content"])}


def search_stories(con: duckdb.DuckDBPyConnection, text: str) -> dict[str, Any]:
    """The stories whose title or description have most of the words of ``text``, the best first."""
    words = list(dict.fromkeys(re.findall(r"\w{2,}", text.lower())))
    if not words:
        raise Question("Give at least one word to search for.")
    found = rows(
        con,
        """
        WITH
        words AS (SELECT unnest($words) AS word),
        texts AS (
            SELECT
                fact.story_id, fact.name, fact.current_state, fact.story_type, project.name AS project,
                lower(coalesce(fact.name, '')) AS title, lower(coalesce(story.description, '')) AS body
            FROM project_management.story_facts AS fact
            JOIN pivotal_tracker.stories AS story ON story.id = fact.story_id
            LEFT JOIN pivotal_tracker.projects AS project ON project.id = fact.project_id
            WHERE NOT fact.is_deleted
        )
        SELECT
            story_id, name, current_state AS state, story_type AS type, project,
            round(sum(2 * CAST(contains(title, word) AS INTEGER) + CAST(contains(body, word) AS INTEGER)) / (3 * $n), 3)
                AS score
        FROM texts CROSS JOIN words
        GROUP BY ALL
        HAVING score > 0
        ORDER BY score DESC, story_id DESC
        LIMIT $most
        """,
        {"words": words, "n": len(words), "most": _MOST},
    )
    return {"searched_for": words, "stories": quoted(found)}
