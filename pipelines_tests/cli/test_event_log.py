"""History written in batches is the history that Dagster would have written."""

# No `from __future__ import annotations` here: Dagster reads the annotations of asset functions at run time.

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines.cli.event_log import BatchedEventLog
from pipelines.cli.instance import open_instance

DAYS = ("2026-03-01", "2026-03-20")


@dg.asset(
    partitions_def=dg.DailyPartitionsDefinition("2026-03-01"),
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[dg.AssetCheckSpec("right", asset="days")],
)
def days():
    return dg.MaterializeResult(
        metadata={"rows": 7}, check_results=[dg.AssetCheckResult(check_name="right", passed=True)]
    )


def run(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    first, last = DAYS
    return dg.materialize(
        [days],
        instance=instance,
        tags={
            "dagster/asset_partition_range_start": first,
            "dagster/asset_partition_range_end": last,
        },
    )


#: What Dagster's files say of a run, but for moments and texts that have moments in them; of other rows' ids, whose they are.
RECORDS = {
    "runs/{run}.db": ("SELECT dagster_event_type, step_key, asset_key, partition FROM event_logs",),
    "runs/index.db": (
        "SELECT dagster_event_type, step_key, asset_key, partition FROM event_logs WHERE run_id = '{run}'",
        """SELECT asset_event_tags.asset_key, key, dagster_event_type, partition FROM asset_event_tags
        JOIN event_logs ON event_logs.id = event_id AND event_logs.asset_key = asset_event_tags.asset_key
        WHERE run_id = '{run}'""",
        """SELECT check_name, execution_status, evaluated.dagster_event_type, target.dagster_event_type, target.partition
        FROM asset_check_executions AS checks
        JOIN event_logs AS evaluated ON evaluated.id = evaluation_event_storage_id AND evaluated.run_id = checks.run_id
        JOIN event_logs AS target ON target.id = materialization_event_storage_id AND target.run_id = checks.run_id
        WHERE checks.run_id = '{run}'""",
    ),
}


def history(home: Path, run_id: str) -> list[list[tuple[Any, ...]]]:
    """The rows of ``RECORDS`` for a run, in any order."""
    found: list[list[tuple[Any, ...]]] = []
    for file, queries in RECORDS.items():
        with closing(sqlite3.connect(home / "history" / file.format(run=run_id))) as connection:
            for query in queries:
                rows = connection.execute(query.format(run=run_id)).fetchall()
                assert rows, query
                found.append(sorted(rows, key=str))
    return found


def kinds(instance: dg.DagsterInstance, run_id: str) -> Counter[str]:
    """How many events of each kind a run left."""
    records = instance.all_logs(run_id)
    return Counter(str(entry.dagster_event_type) for entry in records if entry.is_dagster_event)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    # Set by ``open_instance``; restored after the test.
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    return tmp_path


@pytest.mark.slow
def test_a_range_of_days_is_recorded_as_dagster_records_it(home: Path) -> None:
    with open_instance() as instance:
        assert isinstance(instance.event_log_storage, BatchedEventLog)
        batched = run(instance)
    # Dagster's own storage reads what was written, and goes on with it.
    with dg.DagsterInstance.get() as instance:
        key = dg.AssetKey("days")
        assert len(instance.get_materialized_partitions(key)) == 20
        latest = instance.get_latest_materialization_event(key)
        assert latest is not None
        assert latest.run_id == batched.run_id
        assert latest.asset_materialization is not None
        assert latest.asset_materialization.partition == DAYS[1]
        own = run(instance)
        assert kinds(instance, batched.run_id) == kinds(instance, own.run_id)
    assert history(home, batched.run_id) == history(home, own.run_id)


def test_a_storage_that_is_configured_is_left_alone(home: Path) -> None:
    (home / "dagster.yaml").write_text(
        f"run_storage:\n  module: dagster._core.storage.runs\n  class: SqliteRunStorage\n"
        f"  config: {{base_dir: {home}/runs}}\n"
        f"event_log_storage:\n  module: dagster._core.storage.event_log\n  class: SqliteEventLogStorage\n"
        f"  config: {{base_dir: {home}/events}}\n"
        f"schedule_storage:\n  module: dagster._core.storage.schedules\n  class: SqliteScheduleStorage\n"
        f"  config: {{base_dir: {home}/schedules}}\n"
    )
    with open_instance() as instance:
        assert not isinstance(instance.event_log_storage, BatchedEventLog)
