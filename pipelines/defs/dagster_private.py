"""Whatever is used of Dagster that it does not call public: an upgrade begins here, and in ``cli.dagster_private``.

Each name has a reason, and the upstream issue or the word that none is known (looked for in 2026-11, with 1.13.27). The
contract of each is in ``pipelines_tests/defs/test_dagster_private.py``, which fails with a sentence when it changes. Not here:
what is made of them.
"""

# A sensor may launch a backfill, but only by a constructor that Dagster does not publish: dagster-io/dagster#13852 asks for a
# public one.
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph
from dagster._core.definitions.assets.graph.asset_graph_subset import AssetGraphSubset

# A run in the command's own process with the job's own executor, which ``execute_in_process`` replaces. No issue known.
from dagster._core.definitions.job_base import InMemoryJob

# An interrupt that no step takes for its own failure. No issue known.
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._core.execution.api import ExecuteRunWithPlanIterable, execute_run
from dagster._core.execution.backfill import (
    BULK_ACTION_TERMINAL_STATUSES,
    BulkActionStatus,
    PartitionBackfill,
)

# The in-process executor with claims of our own: it has no place to hand them in. No issue known.
from dagster._core.execution.context.system import PlanExecutionContext, PlanOrchestrationContext
from dagster._core.execution.context_creation_job import PlanExecutionContextManager
from dagster._core.execution.plan.execute_plan import inner_plan_execution_iterator

# Claims that wait without a pause: dagster-io/dagster#20367 mended a part of it; the interval is still never above nothing.
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode
from dagster._core.executor.in_process import InProcessExecutor

# The health of a run at a Celery worker: launchers answer with these. No issue known.
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._core.utils import make_new_run_id
from dagster._utils.interrupts import pop_captured_interrupt

# A copy of definitions with other assets. No issue known.
from dagster_shared.record import replace

__all__ = [
    "BULK_ACTION_TERMINAL_STATUSES",
    "AssetGraph",
    "AssetGraphSubset",
    "BulkActionStatus",
    "CheckRunHealthResult",
    "DagsterExecutionInterruptedError",
    "ExecuteRunWithPlanIterable",
    "ExecutionPlan",
    "InMemoryJob",
    "InProcessExecutor",
    "InstanceConcurrencyContext",
    "PartitionBackfill",
    "PlanExecutionContext",
    "PlanExecutionContextManager",
    "PlanOrchestrationContext",
    "RetryMode",
    "WorkerStatus",
    "execute_run",
    "inner_plan_execution_iterator",
    "make_new_run_id",
    "pop_captured_interrupt",
    "replace",
]
