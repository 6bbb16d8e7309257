"""BigQuery: all tables lie in one dataset, as ``<schema>__<table>``, because a dataset has no schemas in it.

One dataset is one place to grant rights on, with one location and one expiry, and its owner makes it: a dataset for each
schema would need the right to create datasets in the project. A table is replaced by one load job from Parquet, with
every column's type said: BigQuery's load jobs are atomic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipelines.outputs.mirror.errors import MirrorError, first_words, missing_rows
from pipelines.outputs.mirror.model import Held, Mirror, MirrorColumn, MirrorTable, Parcel, Session
from pipelines.outputs.mirror.types import carried, kind_of, not_exact
from pipelines.project.extras import needing
from pipelines.warehouse.quoting import identifier

if TYPE_CHECKING:
    from google.cloud.bigquery import Client, SchemaField

_SCOPES = ("https://www.googleapis.com/auth/bigquery",)
_REACH_SECONDS = 30.0
#: BigQuery's limit, in characters.
_COLUMN_DESCRIPTION = 1024
_TYPES = {
    "VARCHAR": "STRING",
    "JSON": "STRING",
    "LIST": "STRING",
    "BIGINT": "INTEGER",
    "INTEGER": "INTEGER",
    "DOUBLE": "FLOAT",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
}


@dataclass(frozen=True)
class BigQuery(Mirror):
    """The ``dataset`` of a ``project``, which must exist. ``key_file``: a file of credentials; without it, the machine's."""

    project: str
    dataset: str
    key_file: str | None = field(repr=False)
    storage_kind = "bigquery"

    @property
    def label(self) -> str:
        return f"bigquery://{self.project}/{self.dataset}"

    def projection(self, table: MirrorTable) -> str:
        for column in table.columns:
            _type(column)
        return ", ".join(
            f"{carried(column)} AS {identifier(column.name)}" for column in table.columns
        )

    @contextmanager
    def open(self) -> Iterator[Session]:
        with needing("bigquery", "The mirror that PIPELINES_MIRROR names", MirrorError):
            from google.api_core.exceptions import GoogleAPIError
            from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
            from google.cloud import bigquery
            from google.cloud.bigquery import DEFAULT_RETRY

        try:
            client = bigquery.Client(self.project, credentials=self._credentials())
            client.get_dataset(
                self.dataset,
                retry=DEFAULT_RETRY.with_timeout(_REACH_SECONDS),
                timeout=_REACH_SECONDS,
            )
        except (DefaultCredentialsError, OSError, ValueError) as error:
            raise MirrorError(
                f"There is no credential for the mirror {self.label} that PIPELINES_MIRROR names "
                f"({first_words(error)}): set GOOGLE_APPLICATION_CREDENTIALS to a key file."
            ) from None
        except (GoogleAPIError, GoogleAuthError) as error:
            raise MirrorError(
                f"The mirror {self.label} cannot be reached ({first_words(error)}): check PIPELINES_MIRROR and "
                "GOOGLE_APPLICATION_CREDENTIALS, and create the dataset when it is missing."
            ) from None
        with client:
            yield _BigQuerySession(self, client)

    def _credentials(self) -> Any:
        from google import auth

        if self.key_file:
            return auth.load_credentials_from_file(self.key_file, scopes=_SCOPES)[0]  # type: ignore[no-untyped-call]
        return auth.default(scopes=_SCOPES)[0]


class _BigQuerySession(Session):
    def __init__(self, mirror: BigQuery, client: Client) -> None:
        self._mirror = mirror
        self._client = client

    def held(self, tables: Iterable[MirrorTable]) -> dict[str, Held]:
        wanted = {_name(table): table.address for table in tables}
        with self._sentences():
            found = [
                self._client.get_table(item.reference)
                for item in self._client.list_tables(self._mirror.dataset)
                if item.table_id in wanted
            ]
        return {
            wanted[table.table_id]: Held(
                table.num_rows or 0,
                table.description or "",
                tuple(field.name for field in table.schema),
            )
            for table in found
        }

    def replace(self, parcel: Parcel) -> None:
        from google.cloud.bigquery import LoadJobConfig

        address = f"{self._mirror.project}.{self._mirror.dataset}.{_name(parcel.table)}"
        config = LoadJobConfig(
            source_format="PARQUET",
            write_disposition="WRITE_TRUNCATE",
            schema=[_field(column) for column in parcel.table.columns],
        )
        with self._sentences():
            # A load job leaves the description alone, and it must not speak for rows that it was not written for.
            self._describe(address, parcel.table.description)
            with parcel.file.open("rb") as file:
                job = self._client.load_table_from_file(file, address, job_config=config)
            job.result()
            if job.output_rows != parcel.rows:
                raise missing_rows(parcel.table.address, parcel.rows, job.output_rows or 0)
            self._describe(address, parcel.description)

    def _describe(self, address: str, description: str) -> None:
        """Say what the table means, when it is there."""
        from google.api_core.exceptions import NotFound

        try:
            table = self._client.get_table(address)
        except NotFound:
            return
        table.description = description
        self._client.update_table(table, ["description"])

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        from google.api_core.exceptions import GoogleAPIError
        from google.auth.exceptions import GoogleAuthError

        try:
            yield
        except (GoogleAPIError, GoogleAuthError, OSError) as error:
            raise MirrorError(
                f"The mirror {self._mirror.label} refused the delivery ({first_words(error)}): check the dataset that "
                "PIPELINES_MIRROR names, and the rights of the account in GOOGLE_APPLICATION_CREDENTIALS."
            ) from None


def _name(table: MirrorTable) -> str:
    return f"{table.schema}__{table.name}"


def _type(column: MirrorColumn) -> str:
    kind = kind_of(column)
    if kind.name == "DECIMAL":
        # NUMERIC has 29 digits before the point and 9 behind it.
        fits = kind.scale <= 9 and kind.precision - kind.scale <= 29
        return "NUMERIC" if fits else "BIGNUMERIC"
    if kind.name not in _TYPES:
        raise not_exact(column, "BigQuery")
    return _TYPES[kind.name]


def _field(column: MirrorColumn) -> SchemaField:
    from google.cloud.bigquery import SchemaField

    kind = kind_of(column)
    resource: dict[str, Any] = {
        "name": column.name,
        "type": _type(column),
        "description": column.description[:_COLUMN_DESCRIPTION],
    }
    if kind.name == "DECIMAL":
        resource |= {"precision": kind.precision, "scale": kind.scale}
    return SchemaField.from_api_repr(resource)
