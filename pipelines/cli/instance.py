"""The Dagster instance that the command line and the UI share.

``DAGSTER_HOME`` is honoured when set; otherwise a folder of the project that git ignores, so that history lasts. A
home without a ``dagster.yaml`` gets the project's, because Dagster reads that file only from its home.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.cli.home import CONFIG, refuse_broken
from pipelines.project.folder import PROJECT
from pipelines.project.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

_EVENTS_IN_A_BATCH = 1000


def prepare_home(settings: Settings) -> Path:
    """Create the home if needed and point ``DAGSTER_HOME`` at it, for this process and its children."""
    home = settings.dagster_home
    refuse_broken(home)
    config = home / CONFIG
    if not config.exists():
        shutil.copyfile(PROJECT / CONFIG, config)
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def open_instance() -> DagsterInstance:
    """The instance of ``DAGSTER_HOME``; its history is written in batches unless ``dagster.yaml`` says where it goes."""
    from dagster import DagsterInstance
    from dagster._core.instance.ref import InstanceRef

    reference = InstanceRef.from_dir(os.environ["DAGSTER_HOME"])
    storage = reference.storage_data
    if storage and storage.class_name == "DagsterSqliteStorage":
        os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", str(_EVENTS_IN_A_BATCH))
        storage = storage._replace(
            module_name="pipelines.cli.event_log", class_name="BatchedStorage"
        )
    return DagsterInstance.from_ref(reference._replace(storage_data=storage))
