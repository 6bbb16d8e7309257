"""Queries of others: checked, run in a process of their own, and answered with the limits told."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.outputs.mcp.errors import Question, did_you_mean
from pipelines.outputs.mcp.sums import doubtful_sums
from pipelines.outputs.snapshot.open import LOCKS

if TYPE_CHECKING:
    import duckdb

_SANDBOX = Path(__file__).with_name("sandbox.py")
_LONGEST = 20_000


@dataclass(frozen=True)
class Limits:
    """What one query may take: rows and characters of its answer, seconds, memory."""

    rows: int = 200
    seconds: float = 20.0
    characters: int = 60_000
    megabytes: int = 512

    @property
    def told(self) -> str:
        return (
            f"at most {self.rows} rows, {self.characters:,} characters, {self.seconds:g} seconds and "
            f"{self.megabytes} MB a query"
        )


#: Queries at once; the others wait for their turn.
_TURNS = threading.BoundedSemaphore(2)


def run_query(
    con: duckdb.DuckDBPyConnection, file: Path, sql: str, limits: Limits, *, insist: bool
) -> dict[str, Any]:
    """The rows that ``sql`` gives, with what was left out of them and what to think of its sums.

    ``con`` is a connection to the same snapshot, to look up names in. Raises ``Question``.
    """
    if len(sql) > _LONGEST:
        raise Question(f"The query has {len(sql):,} characters; at most {_LONGEST:,} are taken.")
    doubts = doubtful_sums(con, sql)
    if doubts and not insist:
        raise Question(
            " ".join(doubts) + " If the sum is meant all the same, ask again with insist=true."
        )
    found = _in_sandbox(file, sql, limits)
    if "error" in found:
        raise Question(_better(con, found["error"], found["message"], limits))
    names = [name for name, _ in found["columns"]]
    answer: dict[str, Any] = {
        "columns": [{"name": name, "type": kind} for name, kind in found["columns"]],
        "rows": [dict(zip(_unique(names), row, strict=True)) for row in found["rows"]],
        "row_count": len(found["rows"]),
        "limits": limits.told,
    }
    if found["is_cut"]:
        answer["cut"] = (
            f"There are more rows than the {len(found['rows'])} shown: add WHERE or GROUP BY, or ORDER BY with LIMIT."
        )
    if doubts:
        answer["warnings"] = doubts
    return answer


def _in_sandbox(file: Path, sql: str, limits: Limits) -> dict[str, Any]:
    asked = {
        "file": file.name,
        "sql": sql,
        "rows": limits.rows,
        "characters": limits.characters,
        "megabytes": limits.megabytes,
        "seconds": limits.seconds,
        "locks": LOCKS,
    }
    with _TURNS:
        try:
            process = subprocess.run(
                [sys.executable, "-I", str(_SANDBOX)],
                input=json.dumps(asked),
                capture_output=True,
                text=True,
                timeout=limits.seconds,
                cwd=file.parent,
                env={},
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"error": "TooLong", "message": ""}
    if process.returncode != 0 or not process.stdout:
        # Ended by the system, which gave it no more memory or time.
        return {"error": "OutOfMemoryException", "message": process.stderr[-200:]}
    answer: dict[str, Any] = json.loads(process.stdout)
    return answer


def _better(con: duckdb.DuckDBPyConnection, kind: str, message: str, limits: Limits) -> str:
    """The sentence that helps to ask better."""
    first = message.strip().splitlines()[0] if message.strip() else ""
    if kind == "NotOneSelect":
        return "Only one SELECT can be asked at a time; nothing can be written, attached, loaded or set here."
    if kind == "TooLong":
        return (
            f"The query took longer than {limits.seconds:g} seconds and was ended: ask for fewer rows (WHERE), or of a "
            "table with a coarser grain (see list_metrics)."
        )
    if kind == "OutOfMemoryException":
        return (
            f"The query needed more than {limits.megabytes} MB and was ended: aggregate earlier, or ask for fewer rows "
            "and shorter texts."
        )
    if "file system operations are disabled" in message or "Permission Error" in message:
        return "Only the tables of the snapshot can be read here: no files, no network, no other databases. See list_metrics."
    column = re.search(
        r'column "?([\w.]+)"? not found|does not have a column named "(\w+)"', message
    )
    if column:
        name = (column[1] or column[2]).split(".")[-1]
        return f"There is no column {name} here.{_columns_like(con, name)} See describe(table) for all columns of one."
    table = re.search(r'Table with name ("?[\w.]+"?) does not exist', message)
    if table:
        name = table[1].strip('"')
        return f"There is no table {name}.{_tables_like(con, name)} Tables are named schema.table; see list_metrics."
    return f"The query was not understood: {first}"


def _columns_like(con: duckdb.DuckDBPyConnection, name: str) -> str:
    rows = con.execute('SELECT address, "column" FROM catalog.columns').fetchall()
    exact = sorted({address for address, column in rows if column == name})
    if exact:
        return f" {name} is a column of {', '.join(exact[:6])}."
    return did_you_mean(name, [column for _, column in rows])


def _tables_like(con: duckdb.DuckDBPyConnection, name: str) -> str:
    addresses = [row[0] for row in con.execute("SELECT address FROM catalog.tables").fetchall()]
    short = {address.partition(".")[2]: address for address in addresses}
    asked = name.partition(".")[2] or name
    found = did_you_mean(asked, short)
    return re.sub(r"\w+(?=[,?])", lambda match: short.get(match[0], match[0]), found)


def _unique(names: list[str]) -> list[str]:
    """Names for the keys of a row: a second ``x`` becomes ``x_2``."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return result
