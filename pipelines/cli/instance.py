"""The Dagster instance that the command line and the UI share.

``DAGSTER_HOME`` is honoured when set; otherwise a folder of the project that git ignores, so that history lasts. A
home without a ``dagster.yaml`` gets the project's, because Dagster reads that file only from its home.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.cli.home import CONFIG, refuse_broken
from pipelines.defs.settings import Settings
from pipelines.project.files import replaced
from pipelines.project.folder import PROJECT
from pipelines.project.locks import held

if TYPE_CHECKING:
    from dagster import DagsterInstance

_EVENTS_IN_A_BATCH = 1000
_LOCK = "first_start.lock"
#: Dagster's files in a home of its default storage; each says in ``alembic_version`` which schema it has.
_FILES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")


def prepare_home(settings: Settings) -> Path:
    """Make the home ready if needed and point ``DAGSTER_HOME`` at it, for this process and its children.

    Two processes that create Dagster's files at the same time leave them with two schema versions, which Dagster never
    opens again (seen in 1.13.27). So they are created by one process at a time, and such files are mended.
    """
    home = settings.dagster_home
    refuse_broken(home)
    with held(home / _LOCK):
        config = home / CONFIG
        if not config.exists():
            with replaced(config) as written:
                shutil.copyfile(PROJECT / CONFIG, written)
        os.environ["DAGSTER_HOME"] = str(home)
        versions = [_schema_versions(home / name) for name in _FILES]
        if any(len(found) > 1 for found in versions):
            _mend(home)
        if not all(versions):
            with open_instance() as instance:
                # Some of it is opened when it is first asked for.
                instance.get_runs(limit=1)
                instance.all_instigator_state()
                instance.event_log_storage.get_pool_config()
    return home


def open_instance() -> DagsterInstance:
    """The instance of ``DAGSTER_HOME``, for a command that runs in this process.

    Its history is written in batches unless ``dagster.yaml`` says where it goes. What a command prints stays on the
    terminal: to keep a copy Dagster starts four more processes, which have words of their own for Ctrl-C.
    """
    from dagster import DagsterInstance

    from pipelines.cli.dagster_private import NO_COPIES, ConfigurableClassData, InstanceRef

    reference = InstanceRef.from_dir(os.environ["DAGSTER_HOME"])
    storage = reference.storage_data
    if storage and storage.class_name == "DagsterSqliteStorage":
        os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", str(_EVENTS_IN_A_BATCH))
        storage = storage._replace(
            module_name="pipelines.cli.event_log", class_name="BatchedStorage"
        )
    no_copies = ConfigurableClassData(*NO_COPIES, "{}\n")
    return DagsterInstance.from_ref(
        reference._replace(storage_data=storage, compute_logs_data=no_copies)
    )


def try_instance() -> None:
    """Open the instance as Dagster's own programs do, which end with a traceback where ``dagster.yaml`` is wrong."""
    with open_instance() as instance:
        instance.get_runs(limit=1)
        _ = instance.run_launcher


def _schema_versions(file: Path) -> list[str]:
    """What the file says; nothing for one that is not there or not finished."""
    if not file.exists():
        return []
    with closing(sqlite3.connect(file, timeout=60)) as connection:
        try:
            return [
                str(row[0]) for row in connection.execute("SELECT version_num FROM alembic_version")
            ]
        except sqlite3.OperationalError:
            return []


def _mend(home: Path) -> None:
    """Of two schema versions the later one is true: the other is what Dagster assumes of a file that it finds half made."""
    from pipelines.cli.dagster_private import LAST_KNOWN_STAMPED_SQLITE_ALEMBIC_REVISION

    for name in _FILES:
        if len(_schema_versions(home / name)) > 1:
            with closing(sqlite3.connect(home / name, timeout=60)) as connection, connection:
                connection.execute(
                    "DELETE FROM alembic_version WHERE version_num = ?",
                    [LAST_KNOWN_STAMPED_SQLITE_ALEMBIC_REVISION],
                )
