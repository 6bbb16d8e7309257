"""A story with all that is known of it. Not here: finding stories (``search``)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipelines.outputs.documents.story_documents import story_document
from pipelines.outputs.mcp.answers import marked, quoted
from pipelines.outputs.mcp.errors import Question
from pipelines.outputs.snapshot.open import Moment

if TYPE_CHECKING:
    import duckdb


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
