"""Of several errors the first is told: what broke, not that cleaning up after it failed too."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import duckdb
import pytest

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.warehouse.connection import Warehouse, transaction
from pipelines.warehouse.errors import first_line

UNREADABLE = "SELECT CAST(text AS TIMESTAMPTZ) AS n FROM (VALUES ('soon')) AS texts(text)"


def test_a_metric_that_fails_while_it_is_written_says_why(tmp_path: Path) -> None:
    table = MetricTable(
        schema="effort",
        name="odd",
        grain=("n",),
        definition="Fails.",
        columns=(Column("n", "TIMESTAMPTZ", "An instant."),),
        inputs=(),
        compute=lambda connection, _: connection.sql(UNREADABLE),
        headlines={},
    )
    run = MetricRun(datetime(2026, 3, 2, tzinfo=timezone.utc), MetricSettings())
    with (
        Warehouse(str(tmp_path / "w.duckdb")).connect() as connection,
        pytest.raises(duckdb.ConversionException, match="soon"),
    ):
        write_metric(connection, table, run)


def test_a_transaction_that_was_ended_inside_keeps_its_error(tmp_path: Path) -> None:
    with Warehouse(str(tmp_path / "w.duckdb")).connect() as connection:
        with pytest.raises(KeyError, match="why"):
            _end_and_fail(connection)
        with transaction(connection):
            connection.execute("CREATE TABLE t AS SELECT 1 AS n")
        assert connection.execute("FROM t").fetchall() == [(1,)]


def _end_and_fail(connection: duckdb.DuckDBPyConnection) -> None:
    with transaction(connection):
        connection.execute("ROLLBACK")
        raise KeyError("why")


def test_an_error_without_words_is_called_by_its_name() -> None:
    assert first_line(ValueError("\n")) == "ValueError"
    assert first_line(ValueError("a\x0bb\nc")) == "a\x0bb"
