"""Damaged answers of every stream, published one after another: what is whole is right, what is not is told, metrics go on.

The records are what the connectors read of the demo company; damage happens to them before they are conformed. How answers
as a whole lie is another matter (``sources.connectors.test_answers``, ``e2e.test_torture``).
"""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.pyairbyte.conform import Conformer, Drift
from pipelines.pyairbyte.destination import StagedStream, Window
from pipelines.pyairbyte.props import AirbyteStreamProps
from pipelines.pyairbyte.unreadable import reason_of
from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN
from pipelines.simulator.server import SimulatorServer
from pipelines.simulator.world import TINY, generate
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.errors import PublishError
from pipelines.warehouse.publish import publish_stream
from pipelines.warehouse.raw_tables import ensure_raw_tables
from pipelines.warehouse.state import ensure_state_tables
from pipelines_tests.support.damage import Damaged, Record, damaged
from pipelines_tests.support.reading import read

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 20, 12, tzinfo=timezone.utc)
WORLDS = 300
#: Metrics are computed after every so many worlds: by then each table holds the damage of its last one.
WORLDS_PER_METRICS = 150


class Tables:
    """A warehouse that holds ``right`` records, and a way to publish others in their place."""

    def __init__(self, folder: Path, right: list[tuple[AirbyteStreamProps, list[Record]]]) -> None:
        self.folder = folder
        self.right = right
        self.connection: duckdb.DuckDBPyConnection
        self._read_at = NOW

    def fill(self) -> None:
        """Publish all that is right, and keep how it looks."""
        ensure_state_tables(self.connection)
        for source, connector in CONNECTORS.items():
            ensure_raw_tables(self.connection, source, connector.streams)
        self.connection.execute("CREATE SCHEMA right_rows")
        for props, records in self.right:
            self.publish(props, records)
            self.connection.execute(
                f"CREATE TABLE right_rows.{props.namespace}_{props.name} AS FROM {address(props)}"
            )

    def publish(
        self, props: AirbyteStreamProps, records: list[Record], *, is_cut: bool = False
    ) -> Drift:
        """Stage and publish ``records`` as a complete read, or as one of which something was refused."""
        self._read_at += timedelta(minutes=1)
        conformer = Conformer(props)
        lines = self.folder / "records.jsonl"
        with lines.open("wb") as file:
            for number, record in enumerate(records):
                own = {"_airbyte_raw_id": f"{number:08}", "_airbyte_extracted_at": self._read_at}
                line = conformer.line(record, conformer(record), own)
                # A conformer that has not seen another record does not know its shape.
                alone = Conformer(props)
                assert line == alone.line(record, alone(record), own)
                file.write(line)
        database = self.folder / "staging.duckdb"
        database.unlink(missing_ok=True)
        with duckdb.connect(str(database)) as staging:
            staging.execute("CREATE SCHEMA streams")
            staging.execute(
                f"CREATE TABLE streams.{props.name} AS FROM read_json($lines, columns = "
                f"{_columns(props)}, format = 'newline_delimited', maximum_object_size = 67108864)",
                {"lines": str(lines)},
            )
        staged = StagedStream(
            props=props,
            database=database,
            table=f"streams.{props.name}",
            read_at=self._read_at,
            window=Window(NOW - timedelta(days=4000), NOW, open_ended=True)
            if props.is_daily
            else None,
            full=True,
            state=None,
            versions={},
            unchanged=frozenset(),
            records=len(records),
            requests=1,
            seconds=0.1,
            drift=conformer.drift,
            is_refused_whole=is_cut,
        )
        publish_stream(self.connection, staged, allow_large_removals=False)
        return conformer.drift

    def one(self, sql: str, **values: Any) -> Any:
        found = self.connection.execute(sql, values or None).fetchone()
        return found[0] if found else None

    def compute_metrics(self) -> None:
        """All families, each table as a run makes it; raises what a table raises."""
        run = MetricRun(as_of=NOW, settings=MetricSettings())
        for tables in FAMILIES.values():
            for table in tables:
                write_metric(self.connection, table, run)


def address(props: AirbyteStreamProps) -> str:
    return f"{props.namespace}.{props.name}"


def _columns(props: AirbyteStreamProps) -> str:
    types = {
        c.name: c.type if c.type in ("BIGINT", "BOOLEAN", "JSON") else "VARCHAR"
        for c in props.columns
    }
    types |= {"_extra": "JSON", "_unreadable": "JSON", "_airbyte_raw_id": "VARCHAR"}
    types["_airbyte_extracted_at"] = "TIMESTAMP"
    return "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in types.items()) + "}"


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    """The demo company, read once by both connectors."""
    company = pickle.loads(pickle.dumps(generate(now=NOW, size=TINY)))
    right: list[tuple[AirbyteStreamProps, list[Record]]] = []
    with SimulatorServer(company) as server:
        configs = {
            "clockify": {
                "api_key": CLOCKIFY_KEY,
                "workspace_id": company.clockify.workspace["id"],
                "api_url": server.url,
            },
            "pivotal_tracker": {"api_token": TRACKER_TOKEN, "api_url": server.url},
        }
        for source, config in configs.items():
            streams = CONNECTORS[source].streams
            reading = read(source, config, [props.name for props in streams])
            assert not reading.errors
            for props in streams:
                records = reading.records[props.name]
                keyed = [r for r in records if all(r.get(k) is not None for k in props.primary_key)]
                if keyed:
                    right.append((props, keyed))
    folder = tmp_path_factory.mktemp("damaged")
    bench = Tables(folder, right)
    with Warehouse(str(folder / "warehouse.duckdb"), lock_timeout=60).connect() as connection:
        bench.connection = connection
        bench.fill()
        yield bench


def test_damage_stays_where_it_is(tables: Tables) -> None:
    for seed in range(WORLDS):
        chance = random.Random(seed)
        props, right = tables.right[seed % len(tables.right)]
        _one_world(tables, props, right, chance, f"world {seed}, {address(props)}")
        if seed % WORLDS_PER_METRICS == WORLDS_PER_METRICS - 1:
            tables.compute_metrics()
    for props, records in tables.right:
        tables.publish(props, records)
        assert _differences(tables, props, []) == 0, f"{address(props)} is not whole again"
        assert tables.one(f"SELECT count(*) FROM {address(props)}_unreadable") == 0


def _one_world(
    tables: Tables,
    props: AirbyteStreamProps,
    records: list[Record],
    chance: random.Random,
    which: str,
) -> None:
    world = damaged(props, records, chance)
    if world.is_cut:
        # What is not shown stays as it was, so nothing of it may be damaged from before.
        tables.publish(props, records)
    odd = [_key(props, right) for _, right in world.pairs]
    drift, told = _published(tables, props, world)
    if drift is None:
        # The table is as it was: such as where no record has a key, or too few rows would be left.
        assert address(props) in told, which
        return

    assert _differences(tables, props, odd) == 0, f"{which}: a row without damage is not as it was"
    keys = ", ".join(props.primary_key)
    doubled = f"SELECT count(*) - count(DISTINCT ({keys})) FROM {address(props)}"
    assert tables.one(doubled) == 0, f"{which}: a row is there twice"
    for came, right in world.pairs:
        _is_right_aside_or_told(tables, props, came, right, drift, which)


def _published(
    tables: Tables, props: AirbyteStreamProps, world: Damaged
) -> tuple[Drift | None, str]:
    """What publishing found, or the sentence with which it refused."""
    try:
        return tables.publish(props, world.records, is_cut=world.is_cut), ""
    except PublishError as refused:
        return None, str(refused)


def _differences(tables: Tables, props: AirbyteStreamProps, odd: list[str]) -> int:
    """Right rows, but for the ``odd`` ones, that are missing or other than they were."""
    key = _key_sql(props)
    columns = ", ".join(f'"{name}"' for name in (*props.column_names, "_extra"))
    found = tables.one(
        f"SELECT count(*) FROM (SELECT {columns} FROM right_rows.{props.namespace}_{props.name} "
        f"WHERE NOT list_contains($odd::VARCHAR[], {key}) EXCEPT ALL SELECT {columns} FROM {address(props)})",
        odd=odd,
    )
    assert isinstance(found, int)
    return found


def _is_right_aside_or_told(
    tables: Tables,
    props: AirbyteStreamProps,
    came: Record,
    right: Record,
    drift: Drift,
    which: str,
) -> None:
    """Nothing of a record is lost: it is a row, with all that came in its columns or beside them, or it is set aside."""
    key = _key_sql(props)
    values = {"key": _key(props, right)}
    aside = tables.one(f"SELECT count(*) FROM {address(props)}_unreadable")
    has_key = all(came.get(name) == right[name] for name in props.primary_key)
    if reason_of(came) or not has_key:
        assert aside, f"{which}: {came!r} is nowhere"
        return
    cursor = tables.connection.execute(f"SELECT * FROM {address(props)} WHERE {key} = $key", values)
    names = [column[0] for column in cursor.description or ()]
    row = cursor.fetchone()
    is_aside = tables.one(
        f"SELECT count(*) FROM {address(props)}_unreadable WHERE {key} = $key", **values
    )
    assert row or is_aside, f"{which}: {came!r} is nowhere"
    if not row or is_aside:
        return
    stored = dict(zip(names, row, strict=True))
    extra = stored["_extra"] or "{}"
    for name, value in came.items():
        if value is None:
            continue
        kept = stored.get(name) is not None or f'"{name}"' in extra
        assert kept, f"{which}: {name} {value!r} is in no column and not in _extra"
        if name not in props.column_names:
            assert name in drift.undeclared, f"{which}: {name} is new, and nothing says so"


def _key(props: AirbyteStreamProps, record: Record) -> str:
    return "|".join(str(record[name]) for name in props.primary_key)


def _key_sql(props: AirbyteStreamProps) -> str:
    return "concat_ws('|', " + ", ".join(f"CAST({n} AS VARCHAR)" for n in props.primary_key) + ")"
