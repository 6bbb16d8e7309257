"""History written in batches is the history that Dagster would have written."""

# No `from __future__ import annotations` here: Dagster reads the annotations of asset functions at run time.

from collections import Counter
from pathlib import Path

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
@pytest.mark.usefixtures("home")
def test_a_range_of_days_is_recorded_as_dagster_records_it() -> None:
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
