"""The snapshot's index of words: DuckDB's full-text search over titles, descriptions and comments of stories.

The index is made of tables and macros of the file. The extension comes from its package; without one, there is no index.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.warehouse.backends.extensions import CONFIG, extension_file

#: The texts that are searched, in the snapshot only.
TEXTS = "search.story_texts"

_TEXTS = f"""
CREATE SCHEMA search;
CREATE TABLE {TEXTS} AS
SELECT
    fact.story_id,
    fact.name AS title,
    concat_ws(' ', array_to_string(fact.label_names, ' '), story.description, comments.text) AS body
FROM project_management.story_facts AS fact
LEFT JOIN pivotal_tracker.stories AS story ON story.id = fact.story_id
LEFT JOIN (
    SELECT story_id, string_agg(text, ' ' ORDER BY created_at, id) AS text
    FROM pivotal_tracker.comments
    GROUP BY story_id
) AS comments USING (story_id)
WHERE NOT fact.is_deleted
"""


def add_search_index(file: Path) -> bool:
    """Add the texts and their index to the DuckDB file; returns whether there are stories to search, and what searches."""
    import duckdb

    extension = extension_file("fts")
    if extension is None:
        return False

    with duckdb.connect(str(file), config=CONFIG) as con:
        needed = (
            "project_management.story_facts",
            "pivotal_tracker.stories",
            "pivotal_tracker.comments",
        )
        there = con.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
        ).fetchall()
        if not {(address,) for address in needed} <= set(there):
            return False
        con.execute(_TEXTS)
        con.execute(f"LOAD '{extension}'")
        con.execute(f"PRAGMA create_fts_index('{TEXTS}', 'story_id', 'title', 'body')")
        return True
