"""``python -m benchmarks.answers``: processor time per time entry, from the bytes of its page to its row in the staging file.

Three ways are compared, each with the same pages of 1,000 entries:

* records: what a read does. Python parses a page, keeps the books of its list, filters, renames and conforms its records
  and writes them as lines, which DuckDB loads.
* answers: Python parses a page for the books of its list. DuckDB parses it again, finds what is not declared or
  has another type, and types the rest.
* answers, nothing looked at: as before, but DuckDB takes what it expects and leaves out the rest without a word.

Requests, the CDK's own generators, and what publishing does are in none of them. ADR 16 says what follows.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import orjson

from benchmarks.publish import STAGED_TYPES
from benchmarks.report import heading, show
from benchmarks.sync.world import company
from pipelines.pyairbyte.conform import Conformer, staged_schema
from pipelines.pyairbyte.session import ReadSession, with_session
from pipelines.sources.cdk.filters import WindowFilter
from pipelines.sources.cdk.lists import ListSoFar
from pipelines.sources.cdk.salvage import parsed
from pipelines.sources.cdk.transformations import SnakeCaseKeys, snake_case
from pipelines.sources.registry import CLOCKIFY, CONNECTORS

_PAGES = 200
_ROWS = 1000
_STREAM = CONNECTORS[CLOCKIFY].stream("time_entries")
_TYPE_OF = {column.name: column.type for column in _STREAM.columns}


def main() -> None:
    """Measure and print."""
    entries = company(0.05).clockify.time_entries[:_ROWS]
    by_column = {snake_case(name): name for name in entries[0]}
    names = {column: name for column, name in by_column.items() if column in _TYPE_OF}
    body = orjson.dumps(entries)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(_PAGES):
            (folder / f"{number}.json").write_bytes(body)
        with duckdb.connect(str(folder / "staging.duckdb")) as staging:
            ways = {
                "records": [
                    ("Python: parse, conform, write", lambda: _write(folder)),
                    ("DuckDB: load", lambda: staging.execute(_load(folder))),
                ],
                "answers": [
                    ("Python: parse, for the books of the list", lambda: _keep_books(folder)),
                    ("DuckDB: parse", lambda: staging.execute(_rows(folder))),
                    ("DuckDB: look at each value", lambda: staging.execute(_conform(names))),
                ],
                "answers, nothing looked at": [
                    ("Python: parse, for the books of the list", lambda: _keep_books(folder)),
                    ("DuckDB: parse", lambda: staging.execute(_expect(folder, names))),
                ],
            }
            heading(f"From answer to staged row, {_PAGES * _ROWS:,} time entries")
            show(
                [
                    {"": way, "step": step, "µs each": f"{_micros(work):.1f}"}
                    for way, steps in ways.items()
                    for step, work in steps
                ]
            )


def _micros(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) / (_PAGES * _ROWS) * 1e6


def _pages(folder: Path) -> list[Path]:
    return [folder / f"{number}.json" for number in range(_PAGES)]


def _keep_books(folder: Path) -> None:
    so_far = ListSoFar()
    for page in _pages(folder):
        so_far.take(parsed(page.read_bytes()), so_far.reach, None)


def _write(folder: Path) -> None:
    config = with_session({"start_date": "2000-01-01T00:00:00Z"}, ReadSession())
    window = WindowFilter(config, {}, ["timeInterval", "start"], "user_id")
    names, conform, so_far = SnakeCaseKeys({}), Conformer(_STREAM), ListSoFar()
    with (folder / "lines.jsonl").open("wb") as file:
        for page in _pages(folder):
            records: list[dict[str, Any]] = [dict(row) for row in parsed(page.read_bytes())]
            so_far.take(records, so_far.reach, None)
            for record in map(dict, window.filter_records(records)):
                names.transform(record)
                file.write(conform.line(record, conform(record), {}))


def _load(folder: Path) -> str:
    columns = ", ".join(
        f"'{name}': '{STAGED_TYPES[field['type'][0]]}'"
        for name, field in staged_schema(_STREAM)["properties"].items()
    )
    return f"""
        CREATE OR REPLACE TABLE staged AS
        FROM read_json('{folder}/lines.jsonl', format = 'newline_delimited', columns = {{{columns}}})
    """


def _rows(folder: Path) -> str:
    return f"CREATE OR REPLACE TABLE objects AS FROM read_json_objects('{folder}/*.json', format = 'array')"


def _conform(names: dict[str, str]) -> str:
    """As the conformer: a text column takes texts only, and what is not declared is told."""
    parts = ", ".join(f'"{name}": "JSON"' for name in names.values())
    columns = ", ".join(
        f"CASE WHEN json_type(part.\"{name}\") = 'VARCHAR' THEN part.\"{name}\"->>'$' END AS {column}"
        if _TYPE_OF[column] == "VARCHAR"
        else f'part."{name}" AS {column}'
        for column, name in names.items()
    )
    declared = ", ".join(f"'{name}'" for name in names.values())
    return f"""
        CREATE OR REPLACE TABLE staged AS
        WITH taken_apart AS (
            SELECT from_json(json, '{{{parts}}}') AS part, json_keys(json) AS keys
            FROM objects
        )
        SELECT {columns}, list_filter(keys, lambda key: key NOT IN ({declared})) AS undeclared
        FROM taken_apart
    """


def _expect(folder: Path, names: dict[str, str]) -> str:
    columns = ", ".join(
        f"'{name}': '{'JSON' if _TYPE_OF[column] == 'JSON' else 'VARCHAR'}'"
        for column, name in names.items()
    )
    return f"""
        CREATE OR REPLACE TABLE staged AS
        FROM read_json('{folder}/*.json', format = 'array', columns = {{{columns}}})
    """


if __name__ == "__main__":
    main()
