"""The kinds of warehouse hold the same: exact values, all or nothing, writers one after the other.

Here: what one publication or two can show. Not here: the whole project on each kind (``e2e.test_warehouses``).
"""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path

import pytest

from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.pyairbyte.destination import Window
from pipelines.pyairbyte.props import StreamColumn
from pipelines.sources.registry import CLOCKIFY, CONNECTORS
from pipelines.warehouse.connection import Warehouse, transaction
from pipelines.warehouse.destination import WarehouseDestination
from pipelines.warehouse.errors import PublishError
from pipelines.warehouse.raw_tables import ensure_raw_tables
from pipelines.warehouse.state import ensure_state_tables
from pipelines_tests.support import worlds
from pipelines_tests.support.processes import process, signal
from pipelines_tests.support.staging import prepare, publish, stage
from pipelines_tests.support.versions import held_version, stage_version
from pipelines_tests.support.warehouses import OTHER_KINDS, Warehouses, contents

CONNECTOR = CONNECTORS[CLOCKIFY]
ENTRIES = CONNECTOR.stream("time_entries")
TAGS = CONNECTOR.stream("tags")
TABLE = "clockify.time_entries"
MARCH = Window(datetime(2026, 3, 1, tzinfo=timezone.utc), datetime(2026, 4, 1, tzinfo=timezone.utc))
ODD = [
    "5e1000000000000000000000",
    "1e400",
    "007",
    "-0",
    "",
    "null",
    "NaN",
    "Infinity",
    "{1,2}",
    "\\N",
    "a\tb\\nc\r\nd",
    "žluťoučký kůň 🐎 \u200b\ue000\U0010ffff",
    "'single' \"double\" $1 %s ?",
    "z" * 100_000,
]
ROWS = 5_000
UTC = timezone.utc


def odd_entries() -> list[dict[str, object]]:
    """A time entry for each odd text, in every column that takes one; the arrays are odd, too."""
    return [
        {
            "id": f"{n}{text[:30]}",
            "description": text,
            "tag_ids": [text, "", None, n] if n % 2 else [],
            "custom_field_values": [{"value": text, "nested": [[n], {"n": 1.10}]}],
            "billable": [True, False, None][n % 3],
            "time_interval": {"start": f"2026-03-02T08:00:00.12{n % 10}Z", "end": None},
            "undeclared": {text[:9]: text},
        }
        for n, text in enumerate(ODD)
    ]


def destination(address: str) -> WarehouseDestination:
    made = WarehouseDestination(Warehouse(address, lock_timeout=120), CONNECTOR, "live")
    prepare(made)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_every_value_is_what_a_duckdb_file_holds(
    warehouses: Warehouses, tmp_path: Path, kind: str
) -> None:
    """Published, changed, removed and published again: the rows, their history and our own columns are equal.

    Two people have no entries any more: the second read that says so is believed.
    """
    entries = odd_entries()
    renamed = [{**entry, "description": str(entry["id"])} for entry in entries[2:]]
    held = []
    for address in (
        warehouses.address("duckdb", tmp_path),
        warehouses.address(kind, tmp_path),
    ):
        published = destination(address)
        facts = []
        for hour, records in enumerate([entries, renamed, renamed, entries[:4]]):
            staged = stage(
                tmp_path / "staging.duckdb",
                ENTRIES,
                records,
                read_at=datetime(2026, 3, 20, hour, 0, 0, 1, tzinfo=timezone.utc),
                window=MARCH,
                state={"hour": hour, "odd": ODD[hour]},
            )
            done = publish(published, staged)
            facts.append((done.rows, done.added, done.changed, done.removed))
        tables = [TABLE, f"{TABLE}_deleted", "_pipelines.streams", "_pipelines.days_read"]
        held.append((facts, contents(address, tables), types_of(address)))
    (facts, rows, types), of_kind = held
    assert facts[2] == (len(ODD) - 2, 0, 0, 2)
    if kind == "postgres":
        types = {name: "VARCHAR" if type == "JSON" else type for name, type in types.items()}
    assert of_kind == (facts, rows, types)


def types_of(address: str) -> dict[str, str]:
    with Warehouse(address).connect(read_only=True) as connection:
        return {
            column[0]: column[1] for column in connection.execute(f"DESCRIBE {TABLE}").fetchall()
        }


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["duckdb", *OTHER_KINDS])
def test_of_rows_that_are_there_twice_the_latest_is_kept(
    warehouses: Warehouses, tmp_path: Path, kind: str
) -> None:
    address = warehouses.address(kind, tmp_path)
    published = destination(address)
    staged = stage(tmp_path / "staging.duckdb", TAGS, [worlds.tag(n) for n in range(1, 5)])
    publish(published, staged)
    before = contents(address, ["clockify.tags"])
    with Warehouse(address).connect() as connection:
        connection.execute(
            "INSERT INTO clockify.tags SELECT * REPLACE (_extracted_at - INTERVAL 1 DAY AS _extracted_at) "
            "FROM clockify.tags WHERE name <> (SELECT min(name) FROM clockify.tags)"
        )
    done = publish(published, staged)
    assert contents(address, ["clockify.tags"]) == before
    assert done.warnings == [
        "3 rows whose key was there more than once were removed, all but the last of each."
    ]
    assert publish(published, staged).warnings == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_the_character_0_keeps_no_stream_from_being_published(
    warehouses: Warehouses, tmp_path: Path, kind: str
) -> None:
    address = warehouses.address(kind, tmp_path)
    staged = stage(tmp_path / "staging.duckdb", TAGS, [worlds.tag(1, name="a\0b")])
    publish(destination(address), staged)
    (row,) = contents(address, ["clockify.tags"], without="_extra")["clockify.tags"]
    assert ("a\ufffdb" if kind == "postgres" else "a\0b") in row


@pytest.mark.slow
@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_what_fails_midway_leaves_everything_as_it_was(
    warehouses: Warehouses, tmp_path: Path, kind: str
) -> None:
    address = warehouses.address(kind, tmp_path)
    published = destination(address)
    publish(published, stage_version(tmp_path, 1, ROWS))
    before = contents(address, ["clockify.tags", "_pipelines.streams"])
    with pytest.raises(PublishError):
        publish(
            published,
            stage(tmp_path / "staging.duckdb", TAGS, [worlds.tag(1, id=None)]),
        )
    with pytest.raises(ZeroDivisionError):
        half_a_transaction(published.warehouse)
    assert contents(address, ["clockify.tags", "_pipelines.streams"]) == before
    assert contents(address, ["clockify.clients"]) == {"clockify.clients": []}
    with pytest.raises(Exception, match="half"):
        contents(address, ["half.table"])


def half_a_transaction(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection, transaction(connection):
        connection.execute("DELETE FROM clockify.tags")
        connection.execute("CREATE OR REPLACE TABLE clockify.clients AS SELECT 1 AS n")
        connection.execute("CREATE SCHEMA half")
        raise ZeroDivisionError


def publish_versions(address: str, folder: Path, versions: list[int], started: object) -> None:
    """Publish one version after another, each different in every row."""
    staged = [stage_version(folder, version, ROWS) for version in versions]
    started.set()  # type: ignore[attr-defined]
    for version in staged:
        publish(destination(address), version)


@pytest.mark.slow
@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_killed_while_publishing_data_and_state_are_of_one_version(
    warehouses: Warehouses, tmp_path: Path, kind: str
) -> None:
    address = warehouses.address(kind, tmp_path)
    published = destination(address)
    publish(published, stage_version(tmp_path, 0, ROWS))
    began = time.monotonic()
    publish(published, stage_version(tmp_path, 1, ROWS))
    span = 2 * (time.monotonic() - began)
    moments, held = random.Random(7), 1
    for number in range(4):
        started = signal()
        first = 2 + 2 * number
        versions = [first, first + 1]
        with process(publish_versions, address, tmp_path, versions, started) as publishing:
            assert started.wait(300)
            time.sleep(moments.uniform(0, span))
            publishing.kill()
            publishing.join()
        rows, *found = held_version(published.warehouse)
        assert rows == ROWS
        assert len(set(found)) == 1, found
        assert int(found[0]) in (held, *versions)
        held = int(found[0])
    assert publish(published, stage_version(tmp_path, 1000, ROWS)).changed == ROWS
    assert held_version(published.warehouse) == (ROWS, "1000", "1000", "1000")


@pytest.mark.slow
@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_writers_at_the_same_time_end_with_the_read_that_began_last(
    warehouses: Warehouses, tmp_path: Path, kind: str
) -> None:
    """Two processes begin with an empty warehouse: neither fails, no row is there twice."""
    address = warehouses.address(kind, tmp_path)
    signals = [signal(), signal()]
    with (
        process(publish_versions, address, tmp_path, [1, 4, 5], signals[0]) as one,
        process(publish_versions, address, tmp_path, [2, 3, 6], signals[1]) as other,
    ):
        one.join(300)
        other.join(300)
        assert (one.exitcode, other.exitcode) == (0, 0)
    assert held_version(Warehouse(address, lock_timeout=120)) == (ROWS, "6", "6", "6")


@pytest.mark.slow
@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_a_column_that_a_newer_catalog_has_is_added(
    warehouses: Warehouses, tmp_path: Path, kind: str
) -> None:
    address = warehouses.address(kind, tmp_path)
    publish(destination(address), stage_version(tmp_path, 1, 3))
    types = ("JSON", "VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMPTZ")
    added = tuple(StreamColumn(f"new_{type}", type, "") for type in types)
    newer = replace(TAGS, columns=TAGS.columns + added)
    warehouse = Warehouse(address, lock_timeout=120)
    with warehouse.connect() as connection:
        ensure_raw_tables(connection, CLOCKIFY, (newer,))
        ensure_raw_tables(connection, CLOCKIFY, (newer,))
    values = [{"a": 1}, "007", 7, 0.5, True, "2026-03-01", "2026-03-01T00:00:00Z"]
    record = {"id": "0", "name": "0", **dict(zip([c.name for c in added], values, strict=True))}
    staged = stage(tmp_path / "staging.duckdb", newer, [record])
    insisting = WarehouseDestination(warehouse, CONNECTOR, "live", allow_large_removals=True)
    published = publish(insisting, staged)
    assert (published.rows, published.changed, published.removed) == (1, 1, 2)
    names = ", ".join(f'"new_{type}"' for type in types)
    with warehouse.connect(read_only=True) as connection:
        assert connection.execute(
            f"SELECT DISTINCT 'now', {names} FROM clockify.tags UNION ALL "
            f"SELECT DISTINCT 'before', {names} FROM clockify.tags_deleted"
        ).fetchall() == [
            ("now", '{"a": 1}', *values[1:5], date(2026, 3, 1), datetime(2026, 3, 1, tzinfo=UTC)),
            ("before", *[None] * len(types)),
        ]


def numbers(name: str, *columns: str) -> MetricTable:
    """A metric table of two rows with the ``columns``."""
    listed = ", ".join(columns)
    return MetricTable(
        schema="effort",
        name=name,
        grain=(columns[0],),
        definition="It's *numbers*.",
        columns=tuple(Column(column, "BIGINT", f"The column's {column}.") for column in columns),
        inputs=(),
        compute=lambda connection, _: connection.sql(
            f"SELECT {', '.join(f'n AS {column}' for column in columns)} FROM range(2) AS r(n)"
        ).project(listed),
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_a_metric_table_is_replaced_whether_its_columns_change_or_not(
    warehouses: Warehouses, tmp_path: Path, kind: str
) -> None:
    address = warehouses.address(kind, tmp_path)
    run = MetricRun(as_of=datetime(2026, 3, 3, tzinfo=UTC), settings=MetricSettings())
    with Warehouse(address).connect() as connection:
        ensure_state_tables(connection)
    for table in (numbers("n", "a"), numbers("n", "a"), numbers("n", "a", "b")):
        with Warehouse(address).connect() as connection:
            assert write_metric(connection, table, run) == 2
        width = len(table.columns)
        assert contents(address, ["effort.n"]) == {"effort.n": [(0,) * width, (1,) * width]}


@pytest.mark.slow
def test_views_rights_and_comments_of_postgresql_stay(
    warehouses: Warehouses, tmp_path: Path
) -> None:
    import psycopg

    address = warehouses.address("postgres", tmp_path)
    run = MetricRun(as_of=datetime(2026, 3, 3, tzinfo=UTC), settings=MetricSettings())
    with Warehouse(address).connect() as connection:
        write_metric(connection, numbers("n", "a"), run)
    with psycopg.connect(address, autocommit=True) as server:
        server.execute("CREATE VIEW effort.theirs AS SELECT sum(a) AS total FROM effort.n")
        server.execute("GRANT SELECT ON effort.n TO public")
    with Warehouse(address).connect() as connection:
        write_metric(connection, numbers("n", "a"), run)
    with psycopg.connect(address) as server:
        assert server.execute("SELECT total FROM effort.theirs").fetchone() == (1,)
        assert server.execute(
            "SELECT has_table_privilege('public', 'effort.n', 'select'), "
            "obj_description('effort.n'::regclass), col_description('effort.n'::regclass, 1)"
        ).fetchone() == (True, "It's *numbers*.", "The column's a.")
