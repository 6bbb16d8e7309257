"""MotherDuck: a DuckDB database on MotherDuck's servers, with the same schemas, tables and types.

The extension is not among the locked packages: what is installed is a loader that fetches MotherDuck's client from its
servers each time it starts. So it gets a DuckDB of its own, which loads nothing that DuckDB's makers did not sign.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.outputs.mirror.errors import MirrorError, first_words, missing_rows
from pipelines.outputs.mirror.model import Held, Mirror, MirrorTable, Parcel, Session
from pipelines.project.extras import how_to_install
from pipelines.warehouse.backends.extensions import extension_file, extension_package
from pipelines.warehouse.connection import transaction
from pipelines.warehouse.quoting import identifier, literal

if TYPE_CHECKING:
    import duckdb

_EXTENSION = "motherduck"


@dataclass(frozen=True)
class MotherDuck(Mirror):
    """The ``database`` of the token's owner, which must exist."""

    database: str
    token: str | None = field(repr=False)
    storage_kind = "motherduck"

    @property
    def label(self) -> str:
        return f"md:{self.database}"

    def projection(self, table: MirrorTable) -> str:
        return ", ".join(identifier(column.name) for column in table.columns)

    @contextmanager
    def open(self) -> Iterator[Session]:
        import duckdb

        connection = duckdb.connect(
            ":memory:",
            config={"autoinstall_known_extensions": False, "autoload_known_extensions": False},
        )
        try:
            try:
                self.attach(connection)
                connection.execute(f"USE {identifier(self.database)}")
            except duckdb.Error as error:
                raise MirrorError(
                    f"The mirror {self.label} cannot be reached ({first_words(error)}): check PIPELINES_MIRROR and "
                    "MOTHERDUCK_TOKEN, and create the database when it is missing."
                ) from None
            yield _DuckDBSession(self, connection)
        finally:
            connection.close()

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Attach the database under its own name: MotherDuck allows no other."""
        file = extension_file(_EXTENSION)
        if file is None:
            raise MirrorError(
                f"The mirror that PIPELINES_MIRROR names needs the package {extension_package(_EXTENSION)}, which is "
                f"not installed here: {how_to_install('motherduck')}. Or set PIPELINES_MIRROR to another kind of mirror."
            )
        if not self.token:
            raise MirrorError(
                f"There is no credential for the mirror {self.label} that PIPELINES_MIRROR names: set MOTHERDUCK_TOKEN."
            )
        connection.execute(f"LOAD {literal(str(file))}")
        connection.execute(f"SET motherduck_token = {literal(self.token)}")
        connection.execute(f"ATTACH {literal(self.label)}")


class _DuckDBSession(Session):
    def __init__(self, mirror: MotherDuck, connection: duckdb.DuckDBPyConnection) -> None:
        self._mirror = mirror
        self._connection = connection

    def held(self, tables: Iterable[MirrorTable]) -> dict[str, Held]:
        wanted = {(table.schema, table.name): table.address for table in tables}
        with self._sentences():
            found = self._connection.execute(
                "SELECT schema_name, table_name, any_value(tables.comment), list(column_name ORDER BY column_index) "
                "FROM duckdb_tables() AS tables JOIN duckdb_columns() AS columns "
                "USING (database_name, schema_name, table_name) "
                "WHERE database_name = current_database() GROUP BY ALL"
            ).fetchall()
            return {
                wanted[schema, table]: Held(
                    self._count(f"{identifier(schema)}.{identifier(table)}"),
                    comment or "",
                    tuple(columns),
                )
                for schema, table, comment, columns in found
                if (schema, table) in wanted
            }

    def replace(self, parcel: Parcel) -> None:
        table = parcel.table
        target = f"{identifier(table.schema)}.{identifier(table.name)}"
        typed = ", ".join(
            f"CAST({identifier(column.name)} AS {column.type}) AS {identifier(column.name)}"
            for column in table.columns
        )
        with self._sentences(), transaction(self._connection):
            self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(table.schema)}")
            self._connection.execute(
                f"CREATE OR REPLACE TABLE {target} AS SELECT {typed} FROM read_parquet({literal(str(parcel.file))})"
            )
            arrived = self._count(target)
            if arrived != parcel.rows:
                raise missing_rows(table.address, parcel.rows, arrived)
            for column in table.columns:
                self._connection.execute(
                    f"COMMENT ON COLUMN {target}.{identifier(column.name)} IS {literal(column.description)}"
                )
            self._connection.execute(f"COMMENT ON TABLE {target} IS {literal(parcel.description)}")

    def _count(self, target: str) -> int:
        found = self._connection.execute(f"SELECT count(*) FROM {target}").fetchone()
        assert found is not None
        return int(found[0])

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        import duckdb

        try:
            yield
        except duckdb.Error as error:
            raise MirrorError(
                f"The mirror {self._mirror.label} refused the delivery ({first_words(error)}): check the database that "
                "PIPELINES_MIRROR names, and the rights of MOTHERDUCK_TOKEN's owner."
            ) from None
