"""A backup: everything there is, of one moment, whole or not at all; and a warehouse again when it is put back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.cli.move_warehouse import back_up_warehouse
from pipelines.defs.settings import load_settings
from pipelines.pyairbyte.destination import StagedStream
from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines.warehouse.connection import Warehouse, transaction
from pipelines.warehouse.destination import WarehouseDestination
from pipelines.warehouse.errors import WarehouseError
from pipelines_tests.support.processes import process, signal
from pipelines_tests.support.staging import prepare, publish, stage
from pipelines_tests.support.warehouses import table_names

TAGS = CONNECTORS[CLOCKIFY].stream("tags")


def staged(folder: Path, *identities: str) -> StagedStream:
    return stage(folder / "staging.duckdb", TAGS, [{"id": name} for name in identities])


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """A warehouse with two tags, of which one is deleted."""
    warehouse = Warehouse(str(tmp_path / "warehouse.duckdb"), lock_timeout=120)
    destination = WarehouseDestination(warehouse, CONNECTORS[CLOCKIFY], "live")
    prepare(destination)
    publish(destination, staged(tmp_path, "a", "b"))
    publish(destination, staged(tmp_path, "b"))
    return warehouse


def back_up(warehouse: Warehouse, copy: Path) -> None:
    back_up_warehouse(load_settings({"PIPELINES_WAREHOUSE": warehouse.url}), copy)


def count(path: Path, table: str) -> list[tuple[Any, ...]]:
    return query(path, f"SELECT count(*) FROM {table}")


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with Warehouse(str(path)).connect(read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_a_backup_has_all_tables_with_their_rows(warehouse: Warehouse, tmp_path: Path) -> None:
    copy = tmp_path / "copies" / "backup.duckdb"
    back_up(warehouse, copy)
    for table in table_names(warehouse.url):
        assert count(copy, table) == count(Path(warehouse.url), table), table
    assert query(copy, "SELECT id FROM clockify.tags_deleted") == [("a",)]
    assert [path.name for path in copy.parent.iterdir()] == ["backup.duckdb"]


def test_a_restored_backup_goes_on_where_it_was(warehouse: Warehouse, tmp_path: Path) -> None:
    copy = tmp_path / "backup.duckdb"
    back_up(warehouse, copy)
    destination = WarehouseDestination(Warehouse(str(copy)), CONNECTORS[CLOCKIFY], "live")
    prepare(destination)
    assert publish(destination, staged(tmp_path, "b", "c")).added == 1
    assert query(copy, "SELECT id FROM clockify.tags ORDER BY id") == [("b",), ("c",)]


def write_slowly(warehouse: Warehouse, begun: Any) -> None:
    with warehouse.connect() as connection, transaction(connection):
        connection.execute("DELETE FROM clockify.tags")
        begun.set()
        time.sleep(2)
        connection.execute("DELETE FROM clockify.tags_deleted")


def test_a_backup_waits_for_a_run_that_writes(warehouse: Warehouse, tmp_path: Path) -> None:
    """It has nothing of a transaction or all of it."""
    copy, begun = tmp_path / "backup.duckdb", signal()
    with process(write_slowly, warehouse, begun) as writing:
        assert begun.wait(300)
        back_up(warehouse, copy)
        writing.join(300)
    assert count(copy, "clockify.tags") == count(copy, "clockify.tags_deleted") == [(0,)]


def test_a_copy_that_cannot_be_written_leaves_the_older_one(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WarehouseError, match="cannot be written"):
        back_up(warehouse, tmp_path / "file" / "backup.duckdb")
    copy = tmp_path / "copies" / "backup.duckdb"
    back_up(warehouse, copy)
    Path(warehouse.url).write_bytes(b"no database")
    with pytest.raises(WarehouseError):
        back_up(warehouse, copy)
    assert duckdb.connect(str(copy)).execute("SELECT id FROM clockify.tags").fetchall() == [("b",)]
    assert [path.name for path in copy.parent.iterdir()] == ["backup.duckdb"]
