"""Moving a warehouse to another kind and back: every table, every row, every value; and what is refused."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipelines.cli.commands import cli
from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.project.environment import SettingsError
from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.destination import WarehouseDestination
from pipelines.warehouse.errors import WarehouseError
from pipelines_tests.support import worlds
from pipelines_tests.support.staging import prepare, publish, stage
from pipelines_tests.support.warehouses import PASSWORD, Warehouses, contents, table_names

TAGS = CONNECTORS[CLOCKIFY].stream("tags")


def filled(address: str, folder: Path) -> str:
    """A warehouse with tags, of which one is gone, and one metric table."""
    warehouse = Warehouse(address)
    # Two of three tags are gone.
    destination = WarehouseDestination(
        warehouse, CONNECTORS[CLOCKIFY], "live", allow_large_removals=True
    )
    prepare(destination)
    for hour, tags in enumerate([[worlds.tag(n) for n in range(3)], [worlds.tag(1)]]):
        read_at = datetime(2026, 3, 2, hour, tzinfo=timezone.utc)
        extra = [{**tag, "undeclared": [1, {"a": "007"}]} for tag in tags]
        staged = stage(folder / "staging.duckdb", TAGS, extra, read_at=read_at, state={"n": hour})
        publish(destination, staged)
    run = MetricRun(as_of=datetime(2026, 3, 3, tzinfo=timezone.utc), settings=MetricSettings())
    with warehouse.connect() as connection:
        # Of another program, in another schema: not ours to move.
        connection.execute("CREATE SCHEMA theirs")
        connection.execute("CREATE TABLE theirs.table_of_theirs AS SELECT 1 AS n")
        for table in FAMILIES["time_tracking"][:1]:
            write_metric(connection, table, run)
    return address


def move(monkeypatch: pytest.MonkeyPatch, source: str, target: str) -> Result:
    monkeypatch.setenv("PIPELINES_WAREHOUSE", source)
    result = CliRunner().invoke(cli, ["move", target])
    assert PASSWORD not in result.output
    assert PASSWORD not in str(result.exception)
    return result


def shapes(address: str, tables: list[str]) -> dict[str, list[Any]]:
    with Warehouse(address).connect(read_only=True) as connection:
        return {table: connection.execute(f"DESCRIBE {table}").fetchall() for table in tables}


@pytest.mark.slow
def test_a_warehouse_moves_from_kind_to_kind_and_back(
    warehouses: Warehouses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = filled(warehouses.address("duckdb", tmp_path), tmp_path)
    tables = [table for table in table_names(first) if not table.startswith("theirs.")]
    assert {"clockify.tags", "clockify.tags_deleted", "_pipelines.streams"} < set(tables)
    expected = contents(first, tables)
    source = first
    for kind in ("postgres", "ducklake", "ducklake_file", "duckdb"):
        target = warehouses.address(kind, tmp_path)
        result = move(monkeypatch, source, target)
        assert result.exit_code == 0, result.output
        assert contents(target, tables) == expected
        assert table_names(target) == tables
        source = target
    assert shapes(source, tables) == shapes(first, tables)
    with Warehouse(source).connect(read_only=True) as connection:
        comments = connection.execute(
            "SELECT comment FROM duckdb_tables() WHERE schema_name = 'time_tracking'"
        ).fetchall()
    assert comments == [(FAMILIES["time_tracking"][0].definition,)]


def test_the_target_may_be_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password on a command line stands in the shell's history."""
    source, target = tmp_path / "one.duckdb", tmp_path / "two.duckdb"
    filled(str(source), tmp_path)
    monkeypatch.setenv("PIPELINES_WAREHOUSE", str(source))
    assert isinstance(CliRunner().invoke(cli, ["move"]).exception, SettingsError)
    monkeypatch.setenv("PIPELINES_MOVE_TO", str(target))
    assert CliRunner().invoke(cli, ["move"]).exit_code == 0
    assert contents(str(target), ["clockify.tags"]) == contents(str(source), ["clockify.tags"])


@pytest.mark.slow
def test_what_cannot_be_moved_is_one_sentence_and_creates_nothing(
    warehouses: Warehouses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = filled(warehouses.address("duckdb", tmp_path), tmp_path)
    empty = warehouses.address("postgres", tmp_path)
    other = filled(warehouses.address("postgres", tmp_path), tmp_path)
    for source, target, said in (
        (full, other, "holds"),
        (full, full, "PIPELINES_WAREHOUSE"),
        (str(tmp_path / "missing.duckdb"), empty, "no warehouse at"),
        (full, "snowflake://x", "snowflake"),
        (full, f"postgresql://ann:{PASSWORD}@127.0.0.1:1/x", "cannot be reached"),
    ):
        before = contents(other, ["clockify.tags"])
        error = move(monkeypatch, source, target).exception
        assert isinstance(error, WarehouseError), error
        assert said in str(error)
        assert "\n" not in str(error)
        assert contents(other, ["clockify.tags"]) == before
    with Warehouse(empty).connect() as connection:
        assert connection.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'clockify'"
        ).fetchone() == (0,)
