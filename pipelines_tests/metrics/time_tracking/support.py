"""What the time-tracking tests share: a small Clockify, and its tables computed as far as a test needs them."""

from __future__ import annotations

import itertools
import json
from datetime import datetime, timezone
from typing import Any

import duckdb

from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.time_tracking.tables import TABLES
from pipelines.metrics.write import write_metric
from pipelines_tests.support.tables import insert, raw_warehouse

AS_OF = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


class Clockify:
    """Raw tables that are filled by short calls and read through the metric tables."""

    def __init__(self) -> None:
        self.connection: duckdb.DuckDBPyConnection = raw_warehouse()
        self._ids = itertools.count(1)

    def add(self, stream: str, **row: Any) -> str:
        """A row of ``clockify.<stream>``; returns its id."""
        row.setdefault("id", f"{stream}-{next(self._ids)}")
        insert(self.connection, f"clockify.{stream}", [row])
        return str(row["id"])

    def user(self, user_id: str = "ann", zone: str | None = "UTC", **row: Any) -> str:
        """A listed user, with the time zone in the settings."""
        settings = {"timeZone": zone} if zone else None
        return self.add(
            "users",
            id=user_id,
            **{"status": "ACTIVE", "settings": settings, "memberships": []} | row,
        )

    def entry(self, start: str, end: str | None, user_id: str = "ann", **row: Any) -> str:
        """A time entry, REGULAR and not billable unless ``row`` says otherwise."""
        interval = {"start": start, "end": end, "duration": None}
        return self.add(
            "time_entries",
            **{
                "user_id": user_id,
                "type": "REGULAR",
                "billable": False,
                "time_interval": interval,
                "tag_ids": [],
                "description": "work",
                "is_locked": False,
            }
            | row,
        )

    def expense(self, day: str, total: float, user_id: str = "ann", **row: Any) -> str:
        """An expense of ``total`` hundredths, billable unless ``row`` says otherwise."""
        return self.add(
            "expenses",
            **{
                "user_id": user_id,
                "date": f"{day}T00:00:00Z",
                "total": total,
                "billable": True,
                "quantity": 1,
            }
            | row,
        )

    def invoice(self, invoice_id: str, status: str = "SENT", **row: Any) -> str:
        """An invoice in EUR, issued on 2026-04-01 and due on 2026-05-01 unless ``row`` says otherwise."""
        return self.add(
            "invoices",
            **{
                "id": invoice_id,
                "number": f"No. {invoice_id}",
                "status": status,
                "currency": "EUR",
                "issued_date": "2026-04-01T00:00:00Z",
                "due_date": "2026-05-01T00:00:00Z",
            }
            | row,
        )

    def line(self, invoice_id: str, amount: float, **row: Any) -> None:
        """A line of an invoice, of ``amount`` hundredths; ``time_entry_ids`` and ``expense_ids`` are what it is made of."""
        position = next(self._ids)
        values = {"invoice_id": invoice_id, "position": position, "amount": amount}
        empty: dict[str, Any] = {"time_entry_ids": [], "expense_ids": []}
        insert(self.connection, "clockify.invoice_items", [empty | values | row])

    def earlier(self, stream: str, row_id: str, until: str, **changed: Any) -> None:
        """An earlier version of a row that is there: other in ``changed``, valid until an instant."""
        history = f"clockify.{stream}_history"
        self.connection.execute(
            f"CREATE TABLE IF NOT EXISTS {history} AS SELECT *, "
            "NULL::TIMESTAMPTZ AS _valid_from, NULL::TIMESTAMPTZ AS _valid_to "
            f"FROM clockify.{stream} WHERE false"
        )
        values = ", ".join(f"$value{index} AS {name}" for index, name in enumerate(changed))
        self.connection.execute(
            f"INSERT INTO {history} BY NAME SELECT * REPLACE ({values}), "
            f"$until::TIMESTAMPTZ AS _valid_to FROM clockify.{stream} WHERE id = $row_id",
            {
                **{
                    f"value{index}": json.dumps(value)
                    for index, value in enumerate(changed.values())
                },
                "until": until,
                "row_id": row_id,
            },
        )

    def compute(
        self, name: str, as_of: datetime = AS_OF, settings: MetricSettings | None = None
    ) -> None:
        """Write the table ``time_tracking.<name>`` and those it reads."""
        run = MetricRun(as_of=as_of, settings=settings or MetricSettings())
        tables = {table.address: table for table in TABLES}
        wanted = {f"time_tracking.{name}"}
        for table in reversed(TABLES):
            if table.address in wanted:
                wanted |= tables.keys() & set(table.inputs)
        for table in TABLES:
            if table.address in wanted:
                write_metric(self.connection, table, run)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.connection.sql(sql).fetchall()


def settings(toml: dict[str, Any]) -> MetricSettings:
    """Settings as a TOML file would give them."""
    return MetricSettings.model_validate(toml)


def rate(amount: float, currency: str | None = "EUR") -> dict[str, Any]:
    """A rate object of the API; ``amount`` in minor units."""
    return {"amount": amount, "currency": currency}
