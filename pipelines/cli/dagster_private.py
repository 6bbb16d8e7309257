"""What commands use of Dagster's storage and instance that it does not call public; what definitions and runs use: ``defs``.

As there, each name has a reason, the upstream issue or the word that none is known (looked for in 2026-11, with 1.13.27), and a
contract in ``pipelines_tests/defs/test_dagster_private.py``. It is a module of its own because it imports SQLAlchemy and
Alembic, which takes almost half a second: loading the definitions must not.
"""

# The history in batches: ``store_event_batch`` of the SQLite storage writes one by one. dagster-io/dagster#19618 asked for
# bulk writes, which came for PostgreSQL alone.
from dagster._core.events import (
    ASSET_CHECK_EVENTS,
    ASSET_EVENTS,
    EVENT_TYPE_TO_PIPELINE_RUN_STATUS,
)

# An instance with another storage than its ``dagster.yaml`` names, and without copies of what is printed. No issue known.
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

# The schema version that Dagster gives a file which it finds half made. No issue known.
from dagster._core.storage.sqlite import (
    LAST_KNOWN_STAMPED_SQLITE_ALEMBIC_REVISION,
    SQLITE_BUSY_TIMEOUT_SECONDS,
)
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

# What a wrong ``dagster.yaml`` raises. No issue known.
from dagster_shared.check import CheckError

#: Module and class of what takes a run's printed words and keeps no copy, as a ``dagster.yaml`` would name them.
NO_COPIES = ("dagster._core.storage.noop_compute_log_manager", "NoOpComputeLogManager")

__all__ = [
    "ASSET_CHECK_EVENTS",
    "ASSET_EVENTS",
    "EVENT_TYPE_TO_PIPELINE_RUN_STATUS",
    "LAST_KNOWN_STAMPED_SQLITE_ALEMBIC_REVISION",
    "NO_COPIES",
    "SQLITE_BUSY_TIMEOUT_SECONDS",
    "CheckError",
    "ConfigurableClassData",
    "DagsterSqliteStorage",
    "InstanceRef",
    "SqlEventLogStorageTable",
    "SqliteEventLogStorage",
]
