"""The demo company in the spellings of the real service: every table of time has the same rows."""

from __future__ import annotations

import pickle
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.credentials import CLOCKIFY_KEY
from pipelines.simulator.model import World
from pipelines.simulator.server import SimulatorServer
from pipelines.simulator.world import TINY, generate
from pipelines.sources.registry import CLOCKIFY, CONNECTORS, PIVOTAL_TRACKER
from pipelines.warehouse.raw_tables import ensure_raw_tables
from pipelines_tests.support.bench import ReadingBench

NOW = datetime(2026, 1, 30, 12, tzinfo=timezone.utc)
FIRST_DAY = datetime(2025, 12, 1, tzinfo=timezone.utc)


def tables(folder: Path, company: World, behaviour: Behaviour) -> dict[str, list[Any]]:
    """All tables of time tracking, as computed from a read of everything; sums of floats without their last digits."""
    folder.mkdir()
    streams = [props.name for props in CONNECTORS[CLOCKIFY].streams]
    with SimulatorServer(company, behaviour) as server:
        config = {
            "api_key": CLOCKIFY_KEY,
            "workspace_id": company.clockify.workspace["id"],
            "api_url": server.url,
        }
        bench = ReadingBench(folder, CLOCKIFY, config, FIRST_DAY)
        assert not bench.read(*streams).errors
    run = MetricRun(as_of=NOW, settings=MetricSettings())
    found: dict[str, list[Any]] = {}
    with bench.warehouse.connect() as connection:
        ensure_raw_tables(connection, PIVOTAL_TRACKER, CONNECTORS[PIVOTAL_TRACKER].streams)
        unreadable = connection.execute("SELECT count(*) FROM clockify.time_entries_unreadable")
        assert unreadable.fetchone() == (0,)
        for table in FAMILIES["time_tracking"]:
            write_metric(connection, table, run)
            columns = [
                # No list is an empty list.
                {"DOUBLE": "round({}, 9)", "JSON": "coalesce({}, '[]')"}.get(
                    column.type, "{}"
                ).format(f'"{column.name}"')
                for column in table.columns
                # Our own clock.
                if column.name != "as_read_at"
            ]
            found[table.name] = connection.execute(
                f"SELECT {', '.join(columns)} FROM {table.address} ORDER BY ALL"
            ).fetchall()
    return found


@pytest.mark.slow
def test_what_is_spelled_otherwise_means_the_same(tmp_path: Path) -> None:
    company = pickle.dumps(generate(now=NOW, size=TINY))
    plain = tables(tmp_path / "plain", pickle.loads(company), Behaviour())
    odd = tables(tmp_path / "odd", pickle.loads(company), Behaviour(as_recorded=True))
    assert plain["time_entry_facts"]
    for name, rows in plain.items():
        pairs = zip(odd[name], rows, strict=True)
        assert [pair for pair in pairs if pair[0] != pair[1]][:1] == [], name
