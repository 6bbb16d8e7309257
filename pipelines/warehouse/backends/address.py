"""Which warehouse an address means: the one place that reads ``PIPELINES_WAREHOUSE``.

========================================  ==============================================
``data/warehouse.duckdb``                 a DuckDB file
``ducklake:catalog.ducklake``             DuckLake, catalog in a DuckDB file
``ducklake:postgresql://user@host/db``    DuckLake, catalog in PostgreSQL
``postgresql://user:password@host/db``    PostgreSQL
========================================  ==============================================

A lake's data lie where ``?data_path=`` says, and without it in the folder ``<catalog>.files``. DuckLake's own
``ducklake:postgres:dbname=... host=...`` is understood, too.
"""

from __future__ import annotations

import re
from pathlib import Path

from pipelines.project.folder import PROJECT
from pipelines.project.texts.addresses import secrets_in
from pipelines.warehouse.backends.duckdb_file import DuckDBFile
from pipelines.warehouse.backends.ducklake import DuckLake
from pipelines.warehouse.backends.model import Backend
from pipelines.warehouse.backends.postgres import Postgres
from pipelines.warehouse.backends.postgres_server import PostgresServer
from pipelines.warehouse.errors import WarehouseError

_POSTGRES_URL = ("postgresql://", "postgres://")
_DATA_PATH = re.compile(r"[?&]data_path=([^&]*)")
_SCHEME = re.compile(r"^([a-z][a-z0-9+_]+):", re.IGNORECASE)

_MIRRORS = ("bigquery", "md", "motherduck", "snowflake")
#: Other kinds that somebody may expect, and why they are none.
_NOT_SUPPORTED = {
    "mysql": "DuckDB's extension for MySQL was not tried",
    "sqlite": "SQLite's types cannot hold these tables",
}
_SPELLINGS = "the path of a DuckDB file, to ducklake:... or to postgresql://..."


def backend_of(address: str) -> Backend:
    """The warehouse that ``address`` means; opens nothing.

    Raises ``WarehouseError`` with one sentence that names ``PIPELINES_WAREHOUSE`` and repeats no secret.

    >>> backend_of("postgresql://ann:secret@db.example.com/numbers").label
    'postgresql://ann@db.example.com/numbers'
    >>> backend_of("ducklake:/srv/lake.ducklake?data_path=s3://bucket/lake").label
    'ducklake:/srv/lake.ducklake'
    """
    if address.startswith(_POSTGRES_URL):
        return Postgres(PostgresServer.parse(address))
    if address.startswith("ducklake:"):
        return _lake(address.removeprefix("ducklake:"))
    scheme = _SCHEME.match(address)
    if scheme:
        kind = scheme[1].lower()
        if kind in _MIRRORS:
            raise WarehouseError(
                f"PIPELINES_WAREHOUSE starts with {kind}:, which can only be a mirror of a warehouse: set "
                f"PIPELINES_MIRROR to its address, and PIPELINES_WAREHOUSE to {_SPELLINGS}"
            )
        reason = _NOT_SUPPORTED.get(kind, "this kind of warehouse is not known")
        raise WarehouseError(
            f"PIPELINES_WAREHOUSE starts with {kind}:, but {reason}: set it to {_SPELLINGS}"
        )
    _refuse_password(address)
    return DuckDBFile(_path(address))


def _refuse_password(path: str) -> None:
    """A mistyped address is no path: the file's name would tell its password."""
    if any(secrets_in(path, is_http=False)):
        raise WarehouseError(
            f"PIPELINES_WAREHOUSE has a password in it, but begins like no address that is known: set it to {_SPELLINGS}"
        )


def _lake(address: str) -> DuckLake:
    found = _DATA_PATH.search(address)
    data_path = _data_path(found[1]) if found and found[1] else None
    catalog = _without(address, found)
    if catalog.startswith(_POSTGRES_URL):
        return DuckLake(PostgresServer.parse(catalog), data_path)
    if catalog.startswith("postgres:"):
        return DuckLake(PostgresServer.parse(catalog.removeprefix("postgres:")), data_path)
    kind = _SCHEME.match(catalog)
    if kind or not catalog:
        raise WarehouseError(
            f"PIPELINES_WAREHOUSE names a lake with a catalog in {kind[1] if kind else 'nothing'}: "
            "set it to ducklake:<file> or ducklake:postgresql://..., each with ?data_path=<folder>."
        )
    _refuse_password(catalog)
    return DuckLake(_path(catalog), data_path)


def _without(address: str, found: re.Match[str] | None) -> str:
    """``address`` without its ``data_path``, the other parameters as they were."""
    if found is None:
        return address
    before, after = address[: found.start()], address[found.end() :]
    return before + (address[found.start()] + after.removeprefix("&") if after else "")


def _data_path(text: str) -> str:
    if "://" in text:
        return text.rstrip("/") + "/"
    return f"{_path(text)}/"


def _path(text: str) -> Path:
    """The path that is meant; one with a question mark is none, because DuckDB takes that for the end of the path."""
    try:
        path = (PROJECT / Path(text).expanduser()).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise WarehouseError(f"PIPELINES_WAREHOUSE is no path: {error}.") from None
    if "?" in str(path):
        raise WarehouseError(f"PIPELINES_WAREHOUSE must be a path without a question mark: {path}")
    return path
