"""Whether what a contender stored is what the server has: rows right, wrong, doubled and missing.

Here: comparing tables with the truth. Not here: what is compared (``truth``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.sync.truth import COMPARED, Compared

#: How contenders spell a field of the API, e.g. ``timeInterval``, which all but the floor rename.
_SPELLINGS = {"timeInterval": ("timeInterval", "time_interval", "timeinterval")}


@dataclass(frozen=True)
class Verdict:
    """Rows of all compared streams. ``wrong``: another value than at the server; ``doubled``: a key once more."""

    right: int = 0
    wrong: int = 0
    doubled: int = 0
    missing: int = 0

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(
            self.right + other.right,
            self.wrong + other.wrong,
            self.doubled + other.doubled,
            self.missing + other.missing,
        )


def judge(database: Path, truth: Path) -> Verdict:
    """Compare the tables of ``database`` with the files that the server wrote into ``truth``."""
    total = Verdict()
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for stream, compared in COMPARED.items():
            total += _judge_stream(connection, stream, compared, truth / f"{stream}.json")
    return total


def _judge_stream(
    connection: duckdb.DuckDBPyConnection, stream: str, compared: Compared, truth: Path
) -> Verdict:
    schema, table = stream.split(".")
    described = connection.execute(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = ? AND table_name = ?",
        [schema, table],
    ).fetchall()
    types = dict(described)
    paths = (*compared.texts, *compared.instants)
    read = ", ".join(f"'{path}': 'VARCHAR'" for path in ("key", *paths))
    true = f"read_json('{truth}', columns = {{{read}}}, maximum_object_size = 1000000000)"
    true_facts = ", ".join(f'{_true(path, compared)} AS "{path}"' for path in paths)
    stored_facts = ", ".join(f'{_stored(path, compared, types)} AS "{path}"' for path in paths)
    stored = f"SELECT CAST({compared.key} AS VARCHAR) AS key, {stored_facts} FROM {stream}"
    same = " AND ".join(f'stored."{path}" IS NOT DISTINCT FROM truth."{path}"' for path in paths)
    counted = connection.execute(
        f"""
        WITH truth AS (SELECT key, {true_facts} FROM {true}),
        stored AS ({stored if types else "FROM truth LIMIT 0"}),
        keys AS (SELECT key, count(*) AS times FROM stored GROUP BY ALL)
        SELECT
            (SELECT count(DISTINCT key) FROM stored JOIN truth USING (key) WHERE {same}),
            (SELECT count(DISTINCT key) FROM stored LEFT JOIN truth USING (key) WHERE NOT coalesce({same}, false)),
            (SELECT coalesce(sum(times - 1), 0) FROM keys),
            (SELECT count(*) FROM truth ANTI JOIN keys USING (key))
        """
    ).fetchone()
    assert counted is not None
    return Verdict(*(int(count) for count in counted))


def _stored(path: str, compared: Compared, types: dict[str, str]) -> str:
    """SQL for a fact: a column, a field of a JSON or STRUCT column, or a column of a flattened one."""
    name, _, field = path.partition(".")
    spellings = _SPELLINGS.get(name, (name,))
    column = next((spelling for spelling in spellings if spelling in types), None)
    if column is None:
        value = f"{spellings[-1]}__{field}"
    elif not field:
        value = column
    elif types[column].startswith("STRUCT"):
        value = f'"{column}".{field}'
    else:
        value = f"\"{column}\" ->> '$.{field}'"
    return _normal(value, path in compared.instants)


def _true(path: str, compared: Compared) -> str:
    return _normal(f'"{path}"', path in compared.instants)


def _normal(value: str, is_instant: bool) -> str:
    """Instants as seconds; no text and the empty text are one, since contenders differ in it."""
    if is_instant:
        return f"epoch(CAST({value} AS TIMESTAMPTZ))"
    return f"coalesce(CAST({value} AS VARCHAR), '')"
