"""A server that Snowflake's own connector can talk to, with a DuckDB behind it. It knows the statements of a delivery.

Each kind of statement is known by its whole form, and any other is an error, as is one that needs an object that is not
there. Here: the server. Not here: what is delivered.
"""

from __future__ import annotations

import gzip
import json
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pipelines.sources.pivotal_tracker.v5.local_server import LocalServer
from pipelines_tests.support.warehouses import PASSWORD

_CATALOG = {
    "information_schema.columns": "(SELECT table_schema, table_name, column_name "
    "FROM information_schema.columns WHERE table_catalog = current_database())",
    "information_schema.tables": "(SELECT schema_name AS table_schema, table_name, comment "
    "FROM duckdb_tables() WHERE database_name = current_database())",
}
_TYPES = {r"\bNUMBER\(": "DECIMAL(", r"\bFLOAT\b": "DOUBLE", r"\bTIMESTAMP_TZ\(6\)": "TIMESTAMPTZ"}
_TEXT = r"'(?:[^']|'')*'"
_NAME = r'"\w+"'


@dataclass
class _Session:
    connection: duckdb.DuckDBPyConnection
    database: str
    folder: Path
    schema: str = ""

    def stage(self, name: str) -> Path:
        """Where the files of a stage in the current schema are."""
        return self.folder / self.schema / name


class SnowflakeServer:
    """Databases on one DuckDB, a catalog for each. Whoever knows the tests' password may do everything."""

    def __init__(self, folder: Path) -> None:
        self.behind = duckdb.connect(":memory:")
        self.behind.execute("SET GLOBAL TimeZone = 'UTC'")
        self._folder = folder
        self._sessions: dict[str, _Session] = {}
        self._forms: list[tuple[str, Callable[..., list[Any] | dict[str, Any]]]] = [
            (rf"USE SCHEMA ({_NAME})", self._use),
            (rf"CREATE TEMPORARY STAGE ({_NAME})", self._create_stage),
            (rf"PUT '(file://.+)' @({_NAME}) AUTO_COMPRESS = FALSE", self._put),
            (rf"COPY INTO ({_NAME}) FROM \(SELECT (.+) FROM @({_NAME})\) "
             r"FILE_FORMAT = \(TYPE = PARQUET NULL_IF = \(\)\) PURGE = TRUE", self._copy),
            (rf"(CREATE OR REPLACE TABLE {_NAME}\.{_NAME}) \(.+\) COPY GRANTS (AS SELECT .+)", self._create_from),
            (rf"ALTER TABLE ({_NAME}\.{_NAME}) ALTER (.+)", self._describe_columns),
            (r"((?:SELECT|CREATE SCHEMA|CREATE OR REPLACE TEMPORARY TABLE|COMMENT ON TABLE) .+)", self._run),
        ]  # fmt: skip
        self.app = Starlette(
            routes=[
                Route("/session/v1/login-request", self._login, methods=["POST"]),
                Route("/session", self._logout, methods=["POST"]),
                Route("/queries/v1/query-request", self._query, methods=["POST"]),
                Route("/telemetry/send", lambda _: _success({}), methods=["POST"]),
            ]
        )

    async def _login(self, request: Request) -> Response:
        asked = (await _body(request))["data"]
        if asked.get("PASSWORD") != PASSWORD:
            return _failure("390100", "Incorrect username or password was specified.")
        database = request.query_params["databaseName"]
        connection = self.behind.cursor()
        try:
            connection.execute(f"USE {database}")
        except duckdb.Error:
            return _failure("390201", f"The database {database} does not exist or not authorized.")
        token = secrets.token_urlsafe()
        folder = self._folder / token
        self._sessions[token] = _Session(connection, database, folder)
        about = {"databaseName": database, "schemaName": None}
        return _success(
            {"token": token, "masterToken": token, "parameters": [], "sessionInfo": about}
        )

    def _logout(self, request: Request) -> Response:
        session = self._sessions.pop(_token(request))
        session.connection.close()
        shutil.rmtree(session.folder, ignore_errors=True)
        return _success(None)

    async def _query(self, request: Request) -> Response:
        statement = (await _body(request))["sqlText"]
        session = self._sessions[_token(request)]
        for form, run in self._forms:
            found = re.fullmatch(form, statement, re.DOTALL)
            if found:
                try:
                    result = run(session, *found.groups())
                except (duckdb.Error, LookupError) as error:
                    return _failure("002003", f"SQL compilation error: {error}")
                return _success(result if isinstance(result, dict) else _rows(result))
        return _failure("001003", f"SQL compilation error: syntax error in {statement[:80]}")

    def _use(self, session: _Session, schema: str) -> list[Any]:
        session.schema = schema
        return self._run(session, f"USE {session.database}.{schema}")

    def _create_stage(self, session: _Session, stage: str) -> list[Any]:
        session.stage(stage).mkdir(parents=True)
        return []

    def _put(self, session: _Session, file: str, stage: str) -> dict[str, Any]:
        """Tells the connector to copy the file to where the stage is."""
        if not session.stage(stage).exists():
            raise LookupError(f"Stage {stage} does not exist.")
        place = {"locationType": "LOCAL_FS", "location": f"{session.stage(stage)}/", "creds": {}}
        return {
            "command": "UPLOAD",
            "stageInfo": place,
            "src_locations": [file.removeprefix("file://")],
            "parallel": 1,
            "autoCompress": False,
            "overwrite": False,
            "sourceCompression": "none",
        }

    def _copy(self, session: _Session, table: str, values: str, stage: str) -> list[Any]:
        files = session.stage(stage) / "*.parquet"
        columns = values.replace("$1:", "")
        self._run(session, f"INSERT INTO {table} SELECT {columns} FROM read_parquet('{files}')")
        for file in files.parent.iterdir():
            file.unlink()
        return []

    def _create_from(self, session: _Session, create: str, select: str) -> list[Any]:
        return self._run(session, f"{create} {select}")

    def _describe_columns(self, session: _Session, table: str, comments: str) -> list[Any]:
        comment = rf"({_NAME}) COMMENT ({_TEXT})"
        if not re.fullmatch(rf"{comment}(?:, {comment})*", comments):
            raise LookupError("Comments of columns expected.")
        for column, text in re.findall(comment, comments):
            self._run(session, f"COMMENT ON COLUMN {table}.{column} IS {text}")
        return []

    def _run(self, session: _Session, statement: str) -> list[Any]:
        """The statement in DuckDB, where a backslash in a text is only that."""
        for theirs, ours in _CATALOG.items():
            statement = statement.replace(theirs, ours)
        for theirs, ours in _TYPES.items():
            statement = re.sub(theirs, ours, statement)
        return session.connection.execute(statement.replace("\\\\", "\\")).fetchall()


async def _body(request: Request) -> Any:
    body = await request.body()
    zipped = request.headers.get("content-encoding") == "gzip"
    return json.loads(gzip.decompress(body) if zipped else body)


def _token(request: Request) -> str:
    return request.headers["authorization"].partition('"')[2].rstrip('"')


def _rows(rows: list[Any]) -> dict[str, Any]:
    """A result as JSON: numbers have the type ``fixed``, everything else is text."""
    first = rows[0] if rows else ()
    columns = [
        {"name": f"C{number}", "type": "fixed" if isinstance(value, int) else "text",
         "scale": 0, "precision": 38, "length": 1, "byteLength": 1, "nullable": True}
        for number, value in enumerate(first)
    ]  # fmt: skip
    cells = [[None if value is None else str(value) for value in row] for row in rows]
    return {
        "parameters": [],
        "rowtype": columns,
        "rowset": cells,
        "total": len(rows),
        "returned": len(rows),
        "queryId": secrets.token_hex(),
        "queryResultFormat": "json",
    }


def _success(data: Any) -> Response:
    return JSONResponse({"success": True, "data": data, "code": None, "message": None})


def _failure(code: str, message: str) -> Response:
    data = {"errorCode": code, "sqlState": "42000"}
    return JSONResponse({"success": False, "data": data, "code": code, "message": message})


@contextmanager
def running_snowflake() -> Iterator[tuple[SnowflakeServer, str]]:
    """A server, and the address parameters that lead to it, until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        server = SnowflakeServer(Path(folder))
        with LocalServer(server.app, name="snowflake") as served:
            yield server, f"host=127.0.0.1&port={served.url.rpartition(':')[2]}&protocol=http"
        server.behind.close()
