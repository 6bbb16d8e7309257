"""A server that speaks as much of BigQuery's REST API as a delivery uses, and keeps what arrives in a DuckDB.

It takes Parquet only with a schema, and refuses what BigQuery would have to guess: a column whose Parquet type is not
the one that BigQuery reads as the declared one. It signs in whoever has a key that ``key_file`` made. Here: the server.
Not here: what is delivered.
"""

from __future__ import annotations

import json
import re
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pipelines.sources.pivotal_tracker.v5.local_server import LocalServer

_DATASET = "/bigquery/v2/projects/{project}/datasets/{dataset}"
#: How Parquet columns of each declared type look in DuckDB.
_PARQUET = {
    "STRING": r"VARCHAR",
    "INTEGER": r"BIGINT|INTEGER",
    "FLOAT": r"DOUBLE",
    "BOOLEAN": r"BOOLEAN",
    "DATE": r"DATE",
    "TIMESTAMP": r"TIMESTAMP WITH TIME ZONE",
    "NUMERIC": r"DECIMAL\(.*\)",
    "BIGNUMERIC": r"DECIMAL\(.*\)",
}


class BigQueryServer:
    """One project with one dataset. ``fail_loads`` lets load jobs fail."""

    project = "acme"
    dataset = "numbers"

    def __init__(self) -> None:
        self.database = duckdb.connect(":memory:")
        self.database.execute("SET TimeZone = 'UTC'")
        #: Resources of tables, and of jobs, by id.
        self.tables: dict[str, dict[str, Any]] = {}
        self.loads: list[str] = []
        self.fail_loads = False
        self._jobs: dict[str, dict[str, Any]] = {}
        self._uploads: dict[str, tuple[dict[str, Any], bytearray]] = {}
        self.app = Starlette(
            routes=[
                Route("/token", self._token, methods=["POST"]),
                Route(_DATASET, self._get_dataset),
                Route(f"{_DATASET}/tables", self._list_tables),
                Route(f"{_DATASET}/tables/{{table}}", self._get_table),
                Route(f"{_DATASET}/tables/{{table}}", self._patch_table, methods=["PATCH"]),
                Route(
                    "/upload/bigquery/v2/projects/{project}/jobs", self._upload, methods=["POST"]
                ),
                Route("/upload/{upload}", self._receive, methods=["PUT"]),
                Route("/bigquery/v2/projects/{project}/jobs/{job}", self._get_job),
            ]
        )

    def key_file(self, folder: Path, url: str) -> Path:
        """A new service account's key, as Google hands them out, for the server at ``url``."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file = folder / "key.json"
        about = {"type": "service_account", "project_id": self.project, "private_key_id": "k1"}
        account = {"client_email": "mirror@acme.example.com", "token_uri": f"{url}/token"}
        file.write_text(json.dumps({**about, **account, "private_key": key.decode()}))
        return file

    def _token(self, _: Request) -> Response:
        return JSONResponse(
            {"access_token": "signed-in", "expires_in": 3600, "token_type": "Bearer"}
        )

    def _get_dataset(self, request: Request) -> Response:
        if request.headers.get("authorization") != "Bearer signed-in":
            return _error(401, "Request is missing required authentication credential.")
        named = request.path_params
        if (named["project"], named["dataset"]) != (self.project, self.dataset):
            return _error(404, f"Not found: Dataset {named['project']}:{named['dataset']}")
        return JSONResponse({"datasetReference": self._dataset(), "location": "EU"})

    def _list_tables(self, _: Request) -> Response:
        items = [{"tableReference": table["tableReference"]} for table in self.tables.values()]
        return JSONResponse({"tables": items, "totalItems": len(items)})

    def _get_table(self, request: Request) -> Response:
        name = request.path_params["table"]
        if name not in self.tables:
            return _error(404, f"Not found: Table {name}")
        return JSONResponse({**self.tables[name], "numRows": str(self._count(name))})

    async def _patch_table(self, request: Request) -> Response:
        name = request.path_params["table"]
        self.tables[name].update(await request.json())
        return self._get_table(request)

    async def _upload(self, request: Request) -> Response:
        upload = uuid.uuid4().hex
        self._uploads[upload] = (await request.json(), bytearray())
        return Response(headers={"Location": f"{request.base_url}upload/{upload}"})

    async def _receive(self, request: Request) -> Response:
        job, content = self._uploads[request.path_params["upload"]]
        content.extend(await request.body())
        total = request.headers["content-range"].rpartition("/")[2]
        if total == "*" or len(content) < int(total):
            return Response(
                status_code=308, headers={"Range": f"bytes=0-{max(len(content) - 1, 0)}"}
            )
        self._jobs[job["jobReference"]["jobId"]] = self._load(job, bytes(content))
        return JSONResponse(self._jobs[job["jobReference"]["jobId"]])

    def _get_job(self, request: Request) -> Response:
        return JSONResponse(self._jobs[request.path_params["job"]])

    def _load(self, job: dict[str, Any], content: bytes) -> dict[str, Any]:
        load = job["configuration"]["load"]
        name = load["destinationTable"]["tableId"]
        assert load["sourceFormat"] == "PARQUET"
        assert load["writeDisposition"] == "WRITE_TRUNCATE"
        status: dict[str, Any] = {"state": "DONE"}
        statistics: dict[str, Any] = {}
        reason = "Quota exceeded" if self.fail_loads else self._replace(name, load, content)
        if reason:
            status["errorResult"] = {"reason": "invalid", "message": reason}
        else:
            self.loads.append(name)
            statistics = {"load": {"outputRows": str(self._count(name))}}
        return {**job, "status": status, "statistics": statistics}

    def _replace(self, name: str, load: dict[str, Any], content: bytes) -> str | None:
        """Put the rows in the place of the table's; returns why not."""
        fields = load["schema"]["fields"]
        with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
            file.write(content)
            file.flush()
            source = f"read_parquet('{file.name}')"
            found = {
                column: kind
                for column, kind, *_ in self.database.execute(f"DESCRIBE FROM {source}").fetchall()
            }
            if list(found) != [field["name"] for field in fields]:
                return f"Columns {list(found)} do not match the schema."
            for field in fields:
                if not re.fullmatch(_PARQUET[field["type"]], found[field["name"]]):
                    return f"{field['name']} is {found[field['name']]}, not {field['type']}."
            self.database.execute(f'CREATE OR REPLACE TABLE "{name}" AS FROM {source}')
        reference = {**self._dataset(), "tableId": name}
        described = self.tables.get(name, {}).get("description")
        self.tables[name] = {"tableReference": reference, "schema": load["schema"]}
        if described:
            self.tables[name]["description"] = described
        return None

    def _count(self, name: str) -> int:
        found = self.database.execute(f'SELECT count(*) FROM "{name}"').fetchone()
        assert found is not None
        return int(found[0])

    def _dataset(self) -> dict[str, str]:
        return {"projectId": self.project, "datasetId": self.dataset}


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": {"code": status, "message": message}}, status_code=status)


@contextmanager
def running_bigquery() -> Iterator[tuple[BigQueryServer, str]]:
    """A server and its URL, until the block ends."""
    server = BigQueryServer()
    with LocalServer(server.app, name="bigquery") as served:
        yield server, served.url
    server.database.close()
