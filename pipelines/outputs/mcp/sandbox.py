"""Runs one query in a process of its own, which can reach nothing but the tables of the snapshot.

It is run as a file, in isolated mode and without an environment: it imports DuckDB and nothing of this project. Its input
is one JSON object (see ``main``), its output another. Three walls stand around the query: DuckDB is locked down; the
system gives the process no file to write, little memory and little time; and the process that started it ends it.
"""

from __future__ import annotations

import json
import math
import resource
import sys
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import duckdb

_MEGABYTE = 1 << 20
#: Of all that DuckDB reserves, most of it without using it.
_ADDRESS_SPACE = 3 << 30


def main() -> None:
    """Read ``{file, sql, rows, characters, megabytes, seconds, locks}``, write ``{columns, rows, is_cut}`` or ``{error}``."""
    asked = json.loads(sys.stdin.read())
    con = duckdb.connect(
        ":memory:", config={"threads": 2, "memory_limit": f"{asked['megabytes']}MB"}
    )
    con.execute("SET temp_directory = ''")
    # By its name only: the folder's path is nobody's business.
    con.execute(f"ATTACH '{asked['file']}' AS snapshot (READ_ONLY)")
    con.execute("USE snapshot")
    for lock in asked["locks"]:
        con.execute(lock)
    _limit(asked["seconds"])
    try:
        answer = _answer(con, asked)
    except MemoryError:
        answer = {"error": "OutOfMemoryException", "message": "out of memory"}
    except duckdb.Error as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    sys.stdout.write(json.dumps(answer))


def _limit(seconds: float) -> None:
    """From here on: no file grows, no process is started, and the system ends what goes too far."""
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # DuckDB counts on two threads.
    spent = math.ceil(2 * seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (spent, spent))


def _answer(con: duckdb.DuckDBPyConnection, asked: dict[str, Any]) -> dict[str, Any]:
    statements = con.extract_statements(asked["sql"])
    if len(statements) != 1 or statements[0].type.name != "SELECT":
        return {"error": "NotOneSelect", "message": ""}
    cursor = con.execute(statements[0])
    columns = [[name, str(kind)] for name, kind, *_ in cursor.description or ()]
    rows: list[list[Any]] = []
    characters = 0
    while len(rows) < asked["rows"] and characters < asked["characters"]:
        row = cursor.fetchone()
        if row is None:
            return {"columns": columns, "rows": rows, "is_cut": False}
        plain = [_plain(value, asked["characters"]) for value in row]
        characters += len(json.dumps(plain))
        rows.append(plain)
    return {"columns": columns, "rows": rows, "is_cut": cursor.fetchone() is not None}


def _plain(value: Any, most: int) -> Any:
    """A value as JSON has it: decimals as numbers, instants and days as ISO text, no NaN, no endless text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(item, most) for item in value[:1000]]
    if isinstance(value, dict):
        return {str(key): _plain(item, most) for key, item in list(value.items())[:1000]}
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text if len(text) <= most else text[:most] + " ... (cut)"


if __name__ == "__main__":
    main()
