"""The Dagster instance that the command line and the UI share.

``DAGSTER_HOME`` is honoured when set; otherwise a folder of the project that git ignores, so that history lasts. A
home without a ``dagster.yaml`` gets the project's, because Dagster reads that file only from its home.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipelines.project import PROJECT
from pipelines.settings import Settings

_CONFIG = "dagster.yaml"


def prepare_home(settings: Settings) -> Path:
    """Create the home if needed and point ``DAGSTER_HOME`` at it, for this process and its children."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    config = home / _CONFIG
    if not config.exists():
        shutil.copyfile(PROJECT / _CONFIG, config)
    os.environ["DAGSTER_HOME"] = str(home)
    return home
