"""Search of stories by words and by meaning at once.

Words are found by DuckDB's full-text search (BM25), meaning by the vectors of ``effort.story_vectors``. Their scores cannot
be compared, so each gives a rank, and a story's score is the sum of 1 / (60 + rank): reciprocal rank fusion, with the
constant of Cormack, Clarke and Büttcher (2009). The vectors stay in memory as long as the snapshot is the same file.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.metrics.effort.embedding import embed, is_installed, unpacked
from pipelines.metrics.tables_there import exists
from pipelines.outputs.mcp.answers import quoted
from pipelines.outputs.mcp.errors import Question
from pipelines.outputs.mcp.lookup import rows
from pipelines.outputs.snapshot.search_index import TEXTS
from pipelines.project.extras import how_to_install

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.effort.embedding import Vectors

_RANKED = 60
_SHOWN = 20
_FUSION = 60
#: Cosines below it are those of texts that have nothing to do with each other.
_LEAST_ALIKE = 0.12
_LONGEST = 2000


@dataclass
class StorySearch:
    """The search of one snapshot file, whichever run wrote it last."""

    file: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _held: tuple[Any, list[int], Vectors] | None = None

    def find(self, con: duckdb.DuckDBPyConnection, text: str) -> dict[str, Any]:
        """The stories that ``text`` finds, the best first, with how each was found."""
        asked = " ".join(text.split())[:_LONGEST]
        if not any(letter.isalnum() for letter in asked):
            raise Question("Give at least one word to search for.")
        if not exists(con, TEXTS):
            raise Question(
                "The snapshot has no stories to search: Tracker may be off, or what searches is not installed: "
                f"{how_to_install('search')}."
            )
        by_words, by_meaning = self._by_words(con, asked), self._by_meaning(con, asked)
        scores = {
            story: sum(
                1 / (_FUSION + ranks[story]) for ranks in (by_words, by_meaning) if story in ranks
            )
            for story in by_words.keys() | by_meaning.keys()
        }
        best = sorted(scores, key=lambda story: (-scores[story], -story))[:_SHOWN]
        found = {row["story_id"]: row for row in rows(con, _STORIES, {"stories": best})}
        stories = [
            {
                **found[story],
                "score": round(scores[story], 5),
                "found_by": {
                    name: ranks[story]
                    for name, ranks in (("words", by_words), ("meaning", by_meaning))
                    if story in ranks
                },
            }
            for story in best
            if story in found
        ]
        return {
            "stories": quoted(stories),
            "how_to_read": "found_by has the story's rank by words and by meaning; score orders, it is no probability.",
        }

    def _by_words(self, con: duckdb.DuckDBPyConnection, text: str) -> dict[int, int]:
        found = con.execute(
            f"""
            SELECT story_id
            FROM (SELECT story_id, fts_search_story_texts.match_bm25(story_id, $text) AS score FROM {TEXTS})
            WHERE score IS NOT NULL
            ORDER BY score DESC, story_id DESC
            LIMIT {_RANKED}
            """,
            {"text": text},
        ).fetchall()
        return {story: rank for rank, (story,) in enumerate(found, 1)}

    def _by_meaning(self, con: duckdb.DuckDBPyConnection, text: str) -> dict[int, int]:
        import numpy as np

        stories, vectors = self._vectors(con)
        if not stories or not is_installed():
            return {}
        cosines = vectors @ embed([text])[0]
        order = np.argsort(-cosines, kind="stable")[:_RANKED]
        alike = [int(place) for place in order if cosines[place] >= _LEAST_ALIKE]
        return {stories[place]: rank for rank, place in enumerate(alike, 1)}

    def _vectors(self, con: duckdb.DuckDBPyConnection) -> tuple[list[int], Vectors]:
        (published,) = rows(con, "SELECT published_at FROM catalog.snapshot")
        with self._lock:
            if self._held is None or self._held[0] != published:
                held = (
                    con.execute(
                        "SELECT story_id, vector FROM effort.story_vectors ORDER BY story_id"
                    ).fetchall()
                    if exists(con, "effort.story_vectors")
                    else []
                )
                stories = [story for story, _ in held]
                self._held = (published, stories, unpacked([vector for _, vector in held]))
            return self._held[1], self._held[2]


_STORIES = """
SELECT
    story_id, fact.name, current_state AS state, story_type AS type, project.name AS project, last_accepted_at
FROM project_management.story_facts AS fact
LEFT JOIN pivotal_tracker.projects AS project ON project.id = fact.project_id
WHERE list_contains($stories, story_id)
"""
