"""Lists that the workspace's own settings may have cut without a word, because the key's owner is no admin.

Clockify answers such a key with fewer rows, or without rates, and says nothing. Here: where settings and rows together look
like that. Not here: answers that say no (``sources.cdk``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.defs.quality.tables import existing_tables

if TYPE_CHECKING:
    import duckdb

TIME_ENTRIES = "clockify.time_entries"
_NEEDED = {TIME_ENTRIES, "clockify.workspaces", "clockify.users"}
_OTHERS = ("onlyAdminsSeeAllTimeEntries", "onlyAdminsSeePublicProjectsEntries")
_RATES = "onlyAdminsSeeBillableRates"


def cut_lists(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """A sentence for each setting that may have cut what was read; nothing where the rows show that it did not."""
    if not existing_tables(connection) >= _NEEDED:
        return []
    on = _settings_on(connection)
    found = connection.execute(
        "SELECT count(*), count(DISTINCT user_id), count(hourly_rate), (SELECT count(*) FROM clockify.users) "
        f"FROM {TIME_ENTRIES}"
    ).fetchone()
    assert found is not None
    entries, people, rates, users = found
    sentences = []
    others = [name for name in _OTHERS if name in on]
    if others and users > 1 and people <= 1:
        sentences.append(
            f"Clockify shows other people's time to admins only ({', '.join(others)}), and of {users:,} people there are time "
            "entries of one at most: unless CLOCKIFY_API_KEY is an admin's, those of the others are missing."
        )
    if _RATES in on and entries and not rates:
        sentences.append(
            f"Clockify shows rates to admins only ({_RATES}), and no time entry has one: unless CLOCKIFY_API_KEY is an "
            "admin's, amounts are missing."
        )
    return sentences


def _settings_on(connection: duckdb.DuckDBPyConnection) -> set[str]:
    names = [*_OTHERS, _RATES]
    columns = ", ".join(
        f"bool_or(workspace_settings ->> '$.{name}' = 'true') AS {name}" for name in names
    )
    values = connection.execute(f"SELECT {columns} FROM clockify.workspaces").fetchone()
    assert values is not None
    return {name for name, value in zip(names, values, strict=True) if value}
