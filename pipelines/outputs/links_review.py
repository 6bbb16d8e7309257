"""The file in which somebody accepts suggestions: one line each, the likeliest first, with what one must know to judge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.project.files import replaced
from pipelines.project.texts.spreadsheet import harmless_cell
from pipelines.warehouse.quoting import literal

if TYPE_CHECKING:
    import duckdb

#: The tables that are read.
INPUTS = (
    "effort.link_suggestions",
    "time_tracking.time_entry_facts",
    "project_management.story_facts",
)

_TEXTS = ("person", "project", "entry_text", "story_name", "reasons")

_SQL = """
SELECT
    '' AS accept,
    suggestion.entry_id,
    entry.local_date AS date,
    entry.user_name AS person,
    entry.project_name AS project,
    round(entry.hours, 2) AS hours,
    coalesce(entry.description, '') AS entry_text,
    suggestion.story_id,
    story.name AS story_name,
    suggestion.score,
    array_to_string(suggestion.reasons, '; ') AS reasons
FROM effort.link_suggestions AS suggestion
JOIN time_tracking.time_entry_facts AS entry USING (entry_id)
JOIN project_management.story_facts AS story USING (story_id)
WHERE suggestion.score >= $above AND (suggestion.rank = 1 OR $all)
"""


def write_links_review(
    con: duckdb.DuckDBPyConnection, path: Path, *, above: float, every_rank: bool = False
) -> int:
    """Write the suggestions with a score of at least ``above`` to the CSV file; returns how many lines there are.

    Texts that a spreadsheet would take for a formula have an apostrophe before them. The file is replaced in one step.
    """
    columns = ", ".join(f"{harmless_cell(name)} AS {name}" for name in _TEXTS)
    values = {"above": above, "all": every_rank}
    con.execute(f"CREATE OR REPLACE TEMP TABLE review AS {_SQL}", values)
    query = f"SELECT * REPLACE ({columns}) FROM review ORDER BY score DESC, date DESC, entry_id"
    with replaced(path) as written:
        con.execute(f"COPY ({query}) TO {literal(str(written))} (FORMAT csv, HEADER)")
    found = con.execute("SELECT count(*) FROM review").fetchone()
    assert found is not None
    return int(found[0])
