"""A backup: everything there is, of one moment, whole or not at all; and a warehouse again when it is put back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.pyairbyte.destination import StagedStream
from pipelines.sources import CLOCKIFY, CONNECTORS
from pipelines.warehouse.backup import back_up
from pipelines.warehouse.connection import Warehouse, transaction
from pipelines.warehouse.destination import WarehouseDestination
from pipelines.warehouse.errors import WarehouseError
from pipelines_tests.support.processes import process, signal
from pipelines_tests.support.staging import stage

TAGS = CONNECTORS[CLOCKIFY].stream("tags")


def staged(folder: Path, *identities: str) -> StagedStream:
    return stage(folder / "staging.duckdb", TAGS, [{"id": name} for name in identities])


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """A warehouse with two tags, of which one is deleted, and a table with a comment."""
    warehouse = Warehouse(str(tmp_path / "warehouse.duckdb"), lock_timeout=30)
    destination = WarehouseDestination(warehouse, CONNECTORS[CLOCKIFY], "live")
    destination.prepare()
    destination.publish(staged(tmp_path, "a", "b"))
    destination.publish(staged(tmp_path, "b"))
    with warehouse.connect() as connection:
        connection.execute("COMMENT ON TABLE clockify.tags IS 'Tags.'")
    return warehouse


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with Warehouse(str(path)).connect(read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_a_backup_has_all_tables_with_their_rows_and_comments(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    copy = tmp_path / "copies" / "backup.duckdb"
    rows = back_up(warehouse, copy)
    assert (rows["clockify.tags"], rows["clockify.tags_deleted"]) == (1, 1)
    assert rows["_pipelines.streams"] == 1
    assert query(copy, "SELECT id FROM clockify.tags_deleted") == [("a",)]
    described = (
        "SELECT schema_name, table_name, comment FROM duckdb_tables() "
        "WHERE database_name = 'warehouse' ORDER BY ALL"
    )
    assert query(copy, described) == query(Path(warehouse.url), described)
    assert [path.name for path in copy.parent.iterdir()] == ["backup.duckdb"]


def test_a_restored_backup_goes_on_where_it_was(warehouse: Warehouse, tmp_path: Path) -> None:
    copy = tmp_path / "backup.duckdb"
    back_up(warehouse, copy)
    destination = WarehouseDestination(Warehouse(str(copy)), CONNECTORS[CLOCKIFY], "live")
    destination.prepare()
    assert destination.publish(staged(tmp_path, "b", "c")).added == 1
    assert query(copy, "SELECT id FROM clockify.tags ORDER BY id") == [("b",), ("c",)]


def write_slowly(warehouse: Warehouse, begun: Any) -> None:
    with warehouse.connect() as connection, transaction(connection):
        connection.execute("DELETE FROM clockify.tags")
        begun.set()
        time.sleep(2)
        connection.execute("DELETE FROM clockify.tags_deleted")


def test_a_backup_waits_for_a_run_that_writes(warehouse: Warehouse, tmp_path: Path) -> None:
    """It has nothing of a transaction or all of it."""
    begun = signal()
    with process(write_slowly, warehouse, begun) as writing:
        assert begun.wait(60)
        rows = back_up(warehouse, tmp_path / "backup.duckdb")
        writing.join(30)
    assert (rows["clockify.tags"], rows["clockify.tags_deleted"]) == (0, 0)


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
