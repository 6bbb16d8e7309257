"""The settings of the metrics that come from the environment: which moment is now, and which files say more.

Not here: what is in the file of metric settings (``settings``), nor reading the files.
"""

from __future__ import annotations

from pipelines.project.folder import PROJECT
from pipelines.project.kinds import Instant, ProjectPath
from pipelines.project.settings import setting
from pipelines.sources.settings import SourceSettings, is_demo

_COMPUTING = ("sync", "resync", "ui")
_DEMO = PROJECT / "pipelines" / "simulator" / "metrics.toml"


class MetricRunSettings(SourceSettings):
    """What a run of the metrics goes by."""

    title = "Metrics"

    as_of: Instant | None = setting(
        "PIPELINES_AS_OF",
        'Instant that stands for "now" in metrics, to compute them again as of then: later entries do not exist, entries '
        "that end later are running.",
        lambda given: given["demo_clock"] if is_demo(given) else None,
        told="the run's launch; for Tracker read from an archive, its newest instant",
        example="2026-01-31T12:00:00Z",
        used_by=(*_COMPUTING, "report", "digest"),
    )
    metric_settings: ProjectPath | None = setting(
        "PIPELINES_SETTINGS",
        "TOML file with [metric settings](metrics/settings.md): capacity, rounding, capitalization and more.",
        lambda given: _DEMO if is_demo(given) else None,
        told="none; demo: `pipelines/simulator/metrics.toml`",
        example="metrics.toml",
        used_by=(*_COMPUTING, "report", "alerts", "links"),
    )
    story_crosswalk: ProjectPath | None = setting(
        "PIPELINES_STORY_CROSSWALK",
        "CSV file of [stories that went on in another system](archives.md#across-a-migration).",
        example="crosswalk.csv",
        used_by=(*_COMPUTING, "archive"),
    )
