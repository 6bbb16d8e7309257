"""The files that settings name, looked at before a sync reads anything from a source.

Here: that they are there and can be read. Not here: what they say (``metrics.settings``, ``sources.pivotal_tracker``).
A run of the daemon meets the same errors in the steps that need the file.
"""

from __future__ import annotations

import os

from pipelines.defs.settings import Settings
from pipelines.metrics.effort.accepted_links import AcceptedLinksError, read_accepted_links
from pipelines.metrics.settings import MetricSettingsError, load
from pipelines.project.environment import SettingsError
from pipelines.sources.pivotal_tracker.crosswalk import CrosswalkError, read_crosswalk


def refuse_broken_inputs(settings: Settings) -> None:
    """Raise ``SettingsError`` naming the setting whose file cannot be used."""
    try:
        read_accepted_links(load(settings.metric_settings), settings.metric_settings)
    except MetricSettingsError as error:
        raise SettingsError(f"PIPELINES_SETTINGS={error}") from None
    except AcceptedLinksError as error:
        raise SettingsError(f"[links] accepted: {error}") from None
    try:
        read_crosswalk(settings.story_crosswalk)
    except CrosswalkError as error:
        raise SettingsError(f"PIPELINES_STORY_CROSSWALK={error}") from None
    numbers = settings.metrics_file
    if numbers and not (numbers.parent.is_dir() and os.access(numbers.parent, os.W_OK)):
        raise SettingsError(
            f"PIPELINES_METRICS_FILE={numbers} cannot be written: {numbers.parent} has to be a folder that may be written to."
        )
    folder = settings.report_dir
    if folder.exists() and not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise SettingsError(
            f"The report cannot be written to {folder}: set PIPELINES_REPORT_DIR to a folder that may be written to."
        )
