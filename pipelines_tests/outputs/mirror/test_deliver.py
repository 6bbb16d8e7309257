"""Deliveries: every value arrives as it was, only what changed is sent, and nothing of others is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.metrics.catalog import FAMILIES
from pipelines.outputs.mirror.address import mirror_at
from pipelines.outputs.mirror.deliver import Delivered, deliver
from pipelines.outputs.mirror.errors import MirrorError
from pipelines.outputs.mirror.model import MirrorColumn, MirrorTable, Parcel
from pipelines.outputs.mirror.tables import delivered_tables
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.raw_tables import ensure_raw_tables, has_history
from pipelines_tests.outputs.mirror.source import EMPTY, METRIC, ODD, duckdb_file, fill
from pipelines_tests.outputs.mirror.targets import Target
from pipelines_tests.support.warehouses import Warehouses

ALL = {ODD, EMPTY, METRIC}
METRICS = {table.address: table for tables in FAMILIES.values() for table in tables}
#: What the columns of the odd table become; lists and JSON are JSON text where a system has no exact type for them.
TYPES = {
    "snowflake": ["VARCHAR"] * 4 + ["TIMESTAMP WITH TIME ZONE", "DATE", "DECIMAL(18,4)", "DECIMAL(28,10)", "DECIMAL(19,0)", "DECIMAL(10,0)", "DOUBLE", "BOOLEAN", "VARCHAR"],
    "bigquery": ["VARCHAR"] * 4 + ["TIMESTAMP WITH TIME ZONE", "DATE", "DECIMAL(18,4)", "DECIMAL(28,10)", "BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "VARCHAR"],
    "motherduck": ["VARCHAR", "JSON", "BIGINT[]", "VARCHAR[]", "TIMESTAMP WITH TIME ZONE", "DATE", "DECIMAL(18,4)", "DECIMAL(28,10)", "BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "JSON"],
}  # fmt: skip


def sent(warehouse: Warehouse, target: Target, folder: Path) -> set[str]:
    """Deliver, and return what was sent."""
    delivered = list(deliver(warehouse, target.mirror, folder / "staging"))
    assert {table.address for table in delivered} == ALL
    assert list((folder / "staging").glob("*-*")) == []
    return {table.address for table in delivered if table.was_sent}


def rows(warehouse: Warehouse, address: str, kind: str) -> list[Any]:
    """The table's rows as a mirror of that kind shows them."""
    lists = (
        ""
        if kind == "motherduck"
        else "REPLACE (to_json(ids)::VARCHAR AS ids, to_json(names)::VARCHAR AS names)"
    )
    columns = f"* {lists}" if address in (ODD, EMPTY) else "*"
    with warehouse.connect(read_only=True) as connection:
        return connection.execute(f"SELECT {columns} FROM {address} ORDER BY ALL").fetchall()


def change(warehouse: Warehouse, statement: str) -> None:
    with warehouse.connect() as connection:
        connection.execute(statement)


def test_every_value_arrives_exactly(target: Target, tmp_path: Path) -> None:
    warehouse = duckdb_file(tmp_path)
    kind = target.mirror.storage_kind
    assert sent(warehouse, target, tmp_path) == ALL
    for address in ALL:
        assert target.rows(address) == rows(warehouse, address, kind), address
    assert target.types(ODD) == target.types(EMPTY) == TYPES[kind]


def test_only_what_changed_is_sent(target: Target, tmp_path: Path) -> None:
    warehouse = duckdb_file(tmp_path)
    sent(warehouse, target, tmp_path)
    assert sent(warehouse, target, tmp_path) == set()
    # The same number of rows, and the sum of all columns as it was.
    change(warehouse, f"UPDATE {ODD} SET id = '7' WHERE id = '007'")
    assert sent(warehouse, target, tmp_path) == {ODD}
    assert ("7",) in target.run("SELECT id FROM {}", ODD)
    change(warehouse, f"ALTER TABLE {METRIC} ADD COLUMN people BIGINT")
    assert sent(warehouse, target, tmp_path) == {METRIC}
    assert len(target.types(METRIC)) == 3
    change(warehouse, f"ALTER TABLE {METRIC} ALTER people TYPE VARCHAR")
    assert sent(warehouse, target, tmp_path) == {METRIC}
    assert target.types(METRIC)[2] == "VARCHAR"


def test_what_somebody_emptied_or_dropped_is_sent_again(target: Target, tmp_path: Path) -> None:
    warehouse = duckdb_file(tmp_path)
    sent(warehouse, target, tmp_path)
    target.run("DELETE FROM {}", ODD)
    target.drop(EMPTY)
    assert sent(warehouse, target, tmp_path) == {ODD, EMPTY}
    assert len(target.rows(ODD)) == 5
    assert target.rows(EMPTY) == []


def test_a_delivery_that_breaks_off_goes_on_where_it_stopped(
    target: Target, tmp_path: Path
) -> None:
    warehouse = duckdb_file(tmp_path)
    delivery = deliver(warehouse, target.mirror, tmp_path / "staging")
    first = next(delivery)
    delivery.close()
    assert isinstance(first, Delivered)
    assert list((tmp_path / "staging").glob("*-*")) == []
    assert sent(warehouse, target, tmp_path) == ALL - {first.address}


def test_a_table_that_lost_its_mark_is_sent_again(target: Target, tmp_path: Path) -> None:
    """As a delivery leaves it that was killed between the rows and the mark."""
    warehouse = duckdb_file(tmp_path)
    sent(warehouse, target, tmp_path)
    with target.mirror.open() as session, warehouse.connect(read_only=True) as connection:
        table = next(table for table in delivered_tables(connection) if table.address == METRIC)
        file = tmp_path / "metric.parquet"
        connection.execute(
            f"COPY (SELECT {target.mirror.projection(table)} FROM {METRIC}) TO '{file}'"
        )
        session.replace(Parcel(table, file, rows=1, mark=""))
    assert sent(warehouse, target, tmp_path) == {METRIC}


def test_missing_rows_are_noticed(target: Target, tmp_path: Path) -> None:
    table = MirrorTable("clockify", "tags", "Tags.", (MirrorColumn("id", "BIGINT", "Id."),))
    warehouse = Warehouse(str(tmp_path / "w.duckdb"))
    file = tmp_path / "tags.parquet"
    projection = target.mirror.projection(table)
    with warehouse.connect() as connection:
        connection.execute(f"COPY (SELECT {projection} FROM range(3) AS r(id)) TO '{file}'")
    with target.mirror.open() as session:
        with pytest.raises(MirrorError, match=r"clockify\.tags has 4 rows, of which 3 arrived"):
            session.replace(Parcel(table, file, rows=4, mark="mark"))
        found = session.held([table])
    assert all("mark" not in held.description for held in found.values())


def test_a_table_of_somebody_else_is_left_alone(target: Target, tmp_path: Path) -> None:
    warehouse = duckdb_file(tmp_path)
    sent(warehouse, target, tmp_path)
    change(warehouse, f"CREATE TABLE clockify.clients AS FROM {METRIC}")
    theirs = MirrorTable("clockify", "clients", "", (MirrorColumn("theirs", "VARCHAR", ""),))
    file = tmp_path / "theirs.parquet"
    with target.mirror.open() as session, warehouse.connect(read_only=True) as connection:
        projection = target.mirror.projection(theirs)
        connection.execute(f"COPY (SELECT {projection} FROM (SELECT 'x' AS theirs)) TO '{file}'")
        session.replace(Parcel(theirs, file, rows=1, mark="by hand"))
    change(warehouse, f"DELETE FROM {ODD}")
    with pytest.raises(MirrorError, match=r"clockify\.clients that was not delivered") as caught:
        list(deliver(warehouse, target.mirror, tmp_path / "staging"))
    assert "PIPELINES_MIRROR" in str(caught.value)
    assert target.rows("clockify.clients") == [("x",)]
    assert len(target.rows(ODD)) == 5, "nothing else was touched"


def test_descriptions_are_carried_over(target: Target, tmp_path: Path) -> None:
    sent(duckdb_file(tmp_path), target, tmp_path)
    described = target.descriptions(ODD)
    stream = CONNECTORS["clockify"].stream("tags")
    assert (described[""] or "").startswith(stream.description)
    assert "Delivered by tracker-clockify-pipelines: 5 rows" in (described[""] or "")
    known = {column.name: column.description for column in stream.columns}
    assert described["id"] == known["id"]
    defined = target.descriptions(METRIC)[""] or ""
    assert defined.startswith(METRICS[METRIC].definition.strip())


@pytest.mark.parametrize(
    "address", ["snowflake://ann@acme/numbers", "bigquery://acme/numbers", "md:numbers"]
)
def test_every_raw_table_has_an_exact_form(address: str, tmp_path: Path) -> None:
    warehouse = Warehouse(str(tmp_path / "w.duckdb"))
    mirror = mirror_at(address, {})
    expected = {
        f"{namespace}.{props.name}{suffix}"
        for namespace, connector in CONNECTORS.items()
        for props in connector.streams
        for suffix in ("", "_deleted", "_unreadable", *(["_history"] if has_history(props) else []))
    }
    with warehouse.connect() as connection:
        for namespace, connector in CONNECTORS.items():
            ensure_raw_tables(connection, namespace, connector.streams)
        tables = delivered_tables(connection)
        for table in tables:
            connection.execute(f"SELECT {mirror.projection(table)} FROM {table.address}")
            assert table.description, table.address
            assert all(column.description for column in table.columns), table.address
    assert {table.address for table in tables} == expected


def test_a_type_that_nobody_thought_of_is_one_sentence() -> None:
    table = MirrorTable("s", "t", "", (MirrorColumn("x", "INTERVAL", ""),))
    for address in ("snowflake://ann@acme/numbers", "bigquery://acme/numbers"):
        with pytest.raises(MirrorError, match="INTERVAL") as caught:
            mirror_at(address, {}).projection(table)
        assert "PIPELINES_MIRROR" in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["postgres", "ducklake"])
def test_other_kinds_of_warehouse_are_delivered_too(
    kind: str, warehouses: Warehouses, motherduck: Target, tmp_path: Path
) -> None:
    file = duckdb_file(tmp_path)
    other = Warehouse(warehouses.address(kind, tmp_path), lock_timeout=120)
    fill(other)
    change(other, "CREATE TABLE _pipelines.marker (x INTEGER)")
    assert sent(other, motherduck, tmp_path) == ALL
    assert motherduck.rows(ODD) == rows(file, ODD, "motherduck")
    # PostgreSQL's JSON shows as text, but for columns that are declared.
    document = "VARCHAR" if kind == "postgres" else "JSON"
    assert motherduck.types(ODD) == ["VARCHAR", document, *TYPES["motherduck"][2:]]
    assert sent(other, motherduck, tmp_path) == set()
