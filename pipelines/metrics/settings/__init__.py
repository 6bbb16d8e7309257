"""The metric settings: one TOML file, every key optional, every default written here.

Here: what can be configured, in which unit, with which default, a module for each group of metrics; reading the file; errors
that name the key. The field descriptions are the documentation; ``settings_document`` prints them as a complete settings file.
Not here: the environment (which file to read is told by the caller) and any metric.
"""

from pipelines.metrics.settings.delivery import ForecastSettings
from pipelines.metrics.settings.effort import (
    CapitalizationRule,
    CapitalizationSettings,
    InvestmentSettings,
    LinkSettings,
    StoryRule,
)
from pipelines.metrics.settings.file import MetricSettings, MetricSettingsError, load
from pipelines.metrics.settings.outputs import AlertSettings, ReportSettings
from pipelines.metrics.settings.time_tracking import TimeTrackingSettings
from pipelines.metrics.settings.values import Section

__all__ = [
    "AlertSettings",
    "CapitalizationRule",
    "CapitalizationSettings",
    "ForecastSettings",
    "InvestmentSettings",
    "LinkSettings",
    "MetricSettings",
    "MetricSettingsError",
    "ReportSettings",
    "Section",
    "StoryRule",
    "TimeTrackingSettings",
    "load",
]
