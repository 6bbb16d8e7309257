"""What Dagster does not promise, and what runs, the history and sensors lean on."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import dagster as dg
import pytest

from pipelines.cli import dagster_private as of_commands
from pipelines.defs import dagster_private as private
from pipelines_tests.support.private_names import Use

EXECUTOR = "defs/runs/executor.py"
POOLS = "defs/runs/pools.py"
LOG = "cli/event_log.py"
INSTANCE = "cli/instance.py"
BACKFILL = "defs/automation/backfill.py"

USES = [
    Use(private.InProcessExecutor, "__init__", EXECUTOR, ("retries",)),
    Use(private.InProcessExecutor, "execute", EXECUTOR, ("plan_context", "execution_plan")),
    Use(private.InProcessExecutor, "step_dependency_config", EXECUTOR),
    Use(private.RetryMode, "ENABLED", EXECUTOR),
    Use(private.ExecuteRunWithPlanIterable, "__init__", EXECUTOR, ("execution_plan", "iterator", "execution_context_manager")),
    Use(
        private.PlanExecutionContextManager, "__init__", EXECUTOR,
        ("job", "retry_mode", "execution_plan", "run_config", "dagster_run", "instance", "raise_on_error", "output_capture",
         "step_dependency_config"),
    ),
    Use(private, "inner_plan_execution_iterator", EXECUTOR, ("job_context", "execution_plan", "instance_concurrency_context")),
    Use(private.InstanceConcurrencyContext, "__init__", POOLS, ("instance", "dagster_run")),
    Use(private.InstanceConcurrencyContext, "claim", POOLS, ("concurrency_key", "step_key", "step_priority")),
    Use(private.InstanceConcurrencyContext, "interval_to_next_pending_claim_check", POOLS),
    Use(private.InstanceConcurrencyContext, "_pending_timeouts", POOLS),
    Use(private.InstanceConcurrencyContext, "_pending_claims", POOLS),
    Use(private, "execute_run", "defs/runs/here.py", ("job", "dagster_run", "instance")),
    Use(private.InMemoryJob, "__init__", "defs/runs/here.py", ("job_def",)),
    Use(of_commands.DagsterSqliteStorage, "__init__", LOG, ("base_dir", "inst_data")),
    Use(of_commands.DagsterSqliteStorage, "_event_log_storage", LOG),
    Use(of_commands.SqliteEventLogStorage, "_base_dir", LOG),
    Use(of_commands.SqliteEventLogStorage, "_connect", LOG, ("shard",)),
    Use(of_commands.SqliteEventLogStorage, "_db_lock", LOG),
    Use(of_commands.SqliteEventLogStorage, "_initialized_dbs", LOG),
    Use(of_commands.SqliteEventLogStorage, "_initdb", LOG, ("engine",)),
    Use(of_commands.SqliteEventLogStorage, "conn_string_for_shard", LOG),
    Use(of_commands.SqliteEventLogStorage, "store_event_batch", LOG, ("events",)),
    Use(of_commands.SqliteEventLogStorage, "supports_asset_checks", LOG),
    Use(of_commands.SqliteEventLogStorage, "run_connection", LOG, ("run_id",)),
    Use(of_commands.SqliteEventLogStorage, "_event_to_row", LOG, ("event",)),
    Use(of_commands.SqliteEventLogStorage, "_store_asset_event", LOG, ("conn", "event", "event_id")),
    Use(of_commands.SqliteEventLogStorage, "_store_asset_event_tags", LOG, ("conn", "events", "event_ids")),
    Use(of_commands.SqliteEventLogStorage, "store_event", LOG, ("event",)),
    Use(of_commands.SqliteEventLogStorage, "store_asset_check_event", LOG, ("event", "event_id")),
    Use(of_commands.SqliteEventLogStorage, "index_connection", LOG),
    Use(of_commands.InstanceRef, "from_dir", INSTANCE),
    Use(of_commands.InstanceRef, "_replace", INSTANCE),
    Use(of_commands.InstanceRef, "storage_data", INSTANCE),
    Use(of_commands.InstanceRef, "compute_logs_data", INSTANCE),
    Use(of_commands.ConfigurableClassData, "_replace", INSTANCE),
    Use(of_commands.ConfigurableClassData, "__new__", INSTANCE, ("module_name", "class_name", "config_yaml")),
    Use(dg.RunRequest, "for_asset_graph_subset", BACKFILL, ("asset_graph_subset", "tags")),
    Use(private.PartitionBackfill, "backfill_end_timestamp", BACKFILL),
    Use(private.PartitionBackfill, "backfill_timestamp", BACKFILL),
    Use(private.BulkActionStatus, "COMPLETED_SUCCESS", BACKFILL),
    Use(private, "replace", "defs/checks/freshness.py"),
    Use(private.WorkerStatus, "NOT_FOUND", "cli/workers/launcher.py"),
]  # fmt: skip


@pytest.mark.parametrize("use", USES, ids=str)
def test_it_is_as_it_was(use: Use) -> None:
    use.hold()


def test_what_keeps_no_copy_of_printed_words_is_there() -> None:
    module, name = of_commands.NO_COPIES
    found: Any = getattr(import_module(module), name, None)
    assert found is not None, (
        f"{module} has no {name} any more: cli/instance.py opens instances with it."
    )


def test_every_name_that_is_handed_on_exists() -> None:
    for module in (private, of_commands):
        assert not [name for name in module.__all__ if not hasattr(module, name)]
