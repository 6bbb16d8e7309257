"""The persons of Tracker by id, as a view over the memberships.

Here: ``tracker_people``. Not here: who they are in Clockify (``effort.people``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# Grain: person_id, of present and former members. A present membership tells before a former one, then the newest.
_TRACKER_PEOPLE = """
CREATE OR REPLACE TEMP VIEW tracker_people AS
WITH memberships AS (
    SELECT person, updated_at, false AS is_former
    FROM pivotal_tracker.project_memberships
    UNION ALL
    SELECT person, updated_at, true AS is_former
    FROM pivotal_tracker.project_memberships_deleted
)
SELECT try_cast(person ->> 'id' AS BIGINT) AS person_id, person ->> 'name' AS name
FROM memberships
WHERE person_id IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY person_id
    ORDER BY is_former, name IS NULL, updated_at DESC NULLS LAST, name
) = 1;
"""


def define_tracker_people(con: duckdb.DuckDBPyConnection) -> None:
    """Define the view on the connection."""
    con.execute(_TRACKER_PEOPLE)
