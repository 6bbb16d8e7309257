"""Warehouses that an older version made: columns that were added or declared anew since."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.destination import WarehouseDestination
from pipelines.warehouse.errors import WarehouseError
from pipelines_tests.support.staging import prepare, publish, stage

TAGS = CONNECTORS[CLOCKIFY].stream("tags")


@pytest.fixture
def destination(tmp_path: Path) -> WarehouseDestination:
    """A warehouse with two tags, as this version makes it."""
    warehouse = Warehouse(str(tmp_path / "warehouse.duckdb"), lock_timeout=5)
    destination = WarehouseDestination(warehouse, CONNECTORS[CLOCKIFY], "live", account="w")
    prepare(destination)
    tags = [{"id": "a", "name": "12", "archived": False}, {"id": "b", "name": "1.5"}]
    publish(destination, stage(tmp_path / "staging.duckdb", TAGS, tags))
    return destination


def execute(destination: WarehouseDestination, *statements: str) -> list[tuple[object, ...]]:
    with destination.warehouse.connect() as connection:
        for statement in statements:
            connection.execute(statement)
        return connection.fetchall()


def test_a_missing_bookkeeping_column_is_added(
    destination: WarehouseDestination, tmp_path: Path
) -> None:
    execute(destination, "ALTER TABLE _pipelines.origin DROP COLUMN account")
    prepare(destination)
    publish(destination, stage(tmp_path / "again.duckdb", TAGS, [{"id": "a"}]))
    origin = execute(destination, "SELECT mode, account FROM _pipelines.origin")
    assert origin == [("live", "w")]


def test_a_column_gets_its_declared_type_where_nothing_is_lost(
    destination: WarehouseDestination, tmp_path: Path
) -> None:
    """In the table and in that of the vanished; what is read afterwards fits."""
    execute(
        destination,
        "ALTER TABLE clockify.tags ALTER COLUMN archived TYPE VARCHAR",
        "ALTER TABLE clockify.tags_deleted ALTER COLUMN archived TYPE VARCHAR",
    )
    prepare(destination)
    types = execute(
        destination,
        "SELECT DISTINCT data_type FROM duckdb_columns() "
        "WHERE table_name IN ('tags', 'tags_deleted') AND column_name = 'archived' "
        "AND schema_name = 'clockify'",
    )
    assert types == [("BOOLEAN",)]
    archived = execute(destination, "SELECT id, archived FROM clockify.tags ORDER BY id")
    assert archived == [("a", False), ("b", None)]
    same = [{"id": "a", "name": "12", "archived": False}, {"id": "b", "name": "1.5"}]
    published = publish(destination, stage(tmp_path / "again.duckdb", TAGS, same))
    assert (published.added, published.changed, published.removed) == (0, 0, 0)


def test_a_text_that_can_be_read_becomes_an_instant(destination: WarehouseDestination) -> None:
    tracker = WarehouseDestination(
        destination.warehouse, CONNECTORS["pivotal_tracker"], "live", account=None
    )
    prepare(tracker)
    execute(
        tracker,
        "ALTER TABLE pivotal_tracker.labels ALTER COLUMN created_at TYPE VARCHAR",
        "INSERT INTO pivotal_tracker.labels (id, created_at) VALUES (1, '2026-03-01T10:00:00+02:00')",
    )
    prepare(tracker)
    found = execute(tracker, "SELECT CAST(epoch(created_at) AS BIGINT) FROM pivotal_tracker.labels")
    assert found == [(1772352000,)]


def test_a_column_whose_values_would_be_lost_is_left_and_named(
    destination: WarehouseDestination,
) -> None:
    """A number with decimals would be rounded."""
    execute(
        destination,
        "ALTER TABLE clockify.tasks ALTER COLUMN budget_estimate TYPE VARCHAR",
        "INSERT INTO clockify.tasks (id, budget_estimate) VALUES ('a', '1.5'), ('b', '2')",
    )
    with pytest.raises(WarehouseError) as refused:
        prepare(destination)
    assert str(refused.value).startswith(
        "clockify.tasks.budget_estimate is VARCHAR in this warehouse and is now declared as BIGINT, "
        "which 1 of its values do not fit, such as '1.5'"
    )
    kept = execute(destination, "SELECT budget_estimate FROM clockify.tasks ORDER BY id")
    assert kept == [("1.5",), ("2",)]


def test_a_new_file_has_a_format_that_opens_fast_and_an_older_one_keeps_its_own(
    tmp_path: Path,
) -> None:
    older = tmp_path / "older.duckdb"
    duckdb.connect(str(older)).close()
    formats = {}
    for path in (older, tmp_path / "new.duckdb"):
        for read_only in (False, True):
            with Warehouse(str(path)).connect(read_only=read_only) as connection:
                found = connection.execute(
                    "SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = 'warehouse'"
                ).fetchone()
                assert found
                formats[path.stem, read_only] = found[0]
    assert formats == {
        ("older", False): "v1.0.0+",
        ("older", True): "v1.0.0+",
        ("new", False): "v1.2.0+",
        ("new", True): "v1.2.0+",
    }
