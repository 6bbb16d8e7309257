"""Snowflake: sources and families are schemas of a database, names in capitals, so that nobody has to quote them.

Rows travel as Parquet to a stage of the session and from there, each value cast to its column's type, into a temporary
table; nobody else sees either, and both end with the session. One statement then makes the table from that. What
Snowflake would read in its own way (instants, dates, decimals) travels as text.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipelines.outputs.mirror.errors import MirrorError, first_words, missing_rows
from pipelines.outputs.mirror.model import (
    Credentials,
    Held,
    Mirror,
    MirrorColumn,
    MirrorTable,
    Parcel,
    Session,
)
from pipelines.outputs.mirror.types import carried, kind_of, not_exact
from pipelines.project.extras import needing
from pipelines.warehouse.quoting import identifier

if TYPE_CHECKING:
    from snowflake.connector import SnowflakeConnection

#: What an address may say beyond its place; the connector's names. Host, port and protocol are for private links.
OPTIONS = {"warehouse", "role", "host", "port", "protocol"}

_LOGIN_SECONDS = 30
# For one request. The connector's default is to try again for ever.
_REQUEST_SECONDS = 600
_ARRIVING = identifier("ARRIVING")
_TYPES = {
    "VARCHAR": "VARCHAR",
    "JSON": "VARCHAR",
    "LIST": "VARCHAR",
    "BIGINT": "NUMBER(19,0)",
    "INTEGER": "NUMBER(10,0)",
    "DOUBLE": "FLOAT",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    # Instants show in UTC, and days are UTC's, whatever zone a session has.
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP_TZ(6)",
}
_SESSION = {
    "QUERY_TAG": "tracker-clockify-pipelines",
    "TIMEZONE": "UTC",
    # ISO 8601 is understood, whatever the account's own format is.
    "TIMESTAMP_INPUT_FORMAT": "AUTO",
    "DATE_INPUT_FORMAT": "AUTO",
}


@dataclass(frozen=True)
class Snowflake(Mirror):
    """The ``database`` of an ``account``, which must exist."""

    user: str
    account: str
    database: str
    options: Mapping[str, str]
    credentials: Credentials = field(repr=False)
    storage_kind = "snowflake"

    @property
    def label(self) -> str:
        return f"snowflake://{self.user}@{self.account}/{self.database}"

    def projection(self, table: MirrorTable) -> str:
        return ", ".join(
            f"{_as_sent(column)} AS c{number}" for number, column in enumerate(table.columns)
        )

    @contextmanager
    def open(self) -> Iterator[Session]:
        with needing("snowflake", "The mirror that PIPELINES_MIRROR names", MirrorError):
            import snowflake.connector  # noqa: F401 (whether it is there)
        with _kept_to_host():
            yield from self._open()

    def _open(self) -> Iterator[Session]:
        import snowflake.connector

        try:
            connection = snowflake.connector.connect(
                user=self.user,
                account=self.account,
                database=self.database,
                application="tracker_clockify_pipelines",
                login_timeout=_LOGIN_SECONDS,
                network_timeout=_REQUEST_SECONDS,
                # Otherwise a database, warehouse or role that is not there is found out much later.
                validate_default_parameters=True,
                session_parameters=_SESSION,
                **self.options,
                **self._credential(),
            )
        except (snowflake.connector.Error, OSError, ValueError, TypeError) as error:
            raise MirrorError(
                f"The mirror {self.label} cannot be reached ({first_words(error)}): check PIPELINES_MIRROR, and "
                "SNOWFLAKE_PASSWORD or SNOWFLAKE_PRIVATE_KEY_PATH."
            ) from None
        try:
            yield _SnowflakeSession(self, connection)
        finally:
            connection.close()

    def _credential(self) -> dict[str, Any]:
        key = self.credentials.get("SNOWFLAKE_PRIVATE_KEY_PATH")
        password = self.credentials.get("SNOWFLAKE_PASSWORD")
        if key:
            passphrase = self.credentials.get("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE")
            return {"private_key_file": key, "private_key_file_pwd": passphrase}
        if password:
            return {"password": password}
        raise MirrorError(
            f"There is no credential for the mirror {self.label} that PIPELINES_MIRROR names: set SNOWFLAKE_PASSWORD "
            "or SNOWFLAKE_PRIVATE_KEY_PATH."
        )


@contextmanager
def _kept_to_host() -> Iterator[None]:
    """While the block lasts, the connector follows no redirect: it would send the password along.

    Its sessions are made in one place and can be configured nowhere.
    """
    from snowflake.connector.session_manager import SessionManager

    original = SessionManager.make_session

    def make_session(manager: SessionManager) -> Any:
        session = original(manager)
        session.max_redirects = 0
        return session

    SessionManager.make_session = make_session  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        SessionManager.make_session = original  # type: ignore[method-assign]


class _SnowflakeSession(Session):
    def __init__(self, mirror: Snowflake, connection: SnowflakeConnection) -> None:
        self._mirror = mirror
        self._connection = connection
        self._stage = identifier(f"DELIVERY_{uuid.uuid4().hex.upper()}")
        self._schema: str | None = None

    def held(self, tables: Iterable[MirrorTable]) -> dict[str, Held]:
        wanted = {(table.schema.upper(), table.name.upper()): table for table in tables}
        schemas = ", ".join(sorted({_literal(schema) for schema, _ in wanted}))
        columns: dict[str, list[str]] = {}
        for schema, name, column in self._run(
            "SELECT table_schema, table_name, column_name FROM information_schema.columns "
            f"WHERE table_schema IN ({schemas})"
        ):
            if (schema, name) in wanted:
                columns.setdefault(wanted[schema, name].address, []).append(column.lower())
        comments = {
            wanted[schema, name].address: comment
            for schema, name, comment in self._run(
                "SELECT table_schema, table_name, comment FROM information_schema.tables "
                f"WHERE table_schema IN ({schemas})"
            )
            if (schema, name) in wanted
        }
        counts = [
            f"SELECT {_literal(table.address)}, count(*) FROM {_address(table)}"
            for table in wanted.values()
            if table.address in comments
        ]
        return {
            address: Held(rows, comments[address] or "", tuple(columns[address]))
            for address, rows in (self._run(" UNION ALL ".join(counts)) if counts else ())
        }

    def replace(self, parcel: Parcel) -> None:
        table = parcel.table
        self._enter(table.schema)
        names = [_name(column.name) for column in table.columns]
        types = [_type(column) for column in table.columns]
        shape = ", ".join(f"{name} {kind}" for name, kind in zip(names, types, strict=True))
        self._run(f"CREATE OR REPLACE TEMPORARY TABLE {_ARRIVING} ({shape})")
        self._run(f"PUT {_literal(f'file://{parcel.file}')} @{self._stage} AUTO_COMPRESS = FALSE")
        values = ", ".join(
            f"$1:c{number}::{'VARCHAR::' if _travels_as_text(column) else ''}{kind}"
            for number, (column, kind) in enumerate(zip(table.columns, types, strict=True))
        )
        self._run(
            # Without NULL_IF, the text \N would arrive as NULL.
            f"COPY INTO {_ARRIVING} FROM (SELECT {values} FROM @{self._stage}) "
            "FILE_FORMAT = (TYPE = PARQUET NULL_IF = ()) PURGE = TRUE"
        )
        ((arrived,),) = self._run(f"SELECT count(*) FROM {_ARRIVING}")
        if arrived != parcel.rows:
            raise missing_rows(table.address, parcel.rows, arrived)
        target = _address(table)
        self._run(
            f"CREATE OR REPLACE TABLE {target} ({shape}) COPY GRANTS AS "
            f"SELECT {', '.join(names)} FROM {_ARRIVING}"
        )
        comments = ", ".join(
            f"{_name(column.name)} COMMENT {_literal(column.description)}"
            for column in table.columns
        )
        self._run(f"ALTER TABLE {target} ALTER {comments}")
        self._run(f"COMMENT ON TABLE {target} IS {_literal(parcel.description)}")

    def _enter(self, schema: str) -> None:
        """Let temporary objects be those of ``schema``, which is created when missing."""
        if self._schema != schema:
            self._run(f"CREATE SCHEMA IF NOT EXISTS {_name(schema)}")
            self._run(f"USE SCHEMA {_name(schema)}")
            self._run(f"CREATE TEMPORARY STAGE {self._stage}")
            self._schema = schema

    def _run(self, statement: str) -> list[Any]:
        import snowflake.connector

        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall()
        except (snowflake.connector.Error, OSError) as error:
            raise MirrorError(
                f"The mirror {self._mirror.label} refused the delivery ({first_words(error)}): check the database, the "
                "warehouse and the role that PIPELINES_MIRROR names, and the role's rights."
            ) from None


def _name(name: str) -> str:
    return identifier(name.upper())


def _address(table: MirrorTable) -> str:
    return f"{_name(table.schema)}.{_name(table.name)}"


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _type(column: MirrorColumn) -> str:
    kind = kind_of(column)
    if kind.name == "DECIMAL":
        return f"NUMBER({kind.precision},{kind.scale})"
    if kind.name not in _TYPES:
        raise not_exact(column, "Snowflake")
    return _TYPES[kind.name]


def _travels_as_text(column: MirrorColumn) -> bool:
    return kind_of(column).name in ("DATE", "DECIMAL", "TIMESTAMP WITH TIME ZONE")


def _as_sent(column: MirrorColumn) -> str:
    _type(column)  # says whether there is one
    if kind_of(column).name == "TIMESTAMP WITH TIME ZONE":
        return f"strftime({carried(column)}, '%Y-%m-%dT%H:%M:%S.%f+00:00')"
    return f"CAST({carried(column)} AS VARCHAR)" if _travels_as_text(column) else carried(column)
