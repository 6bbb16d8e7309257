"""The order of the charts on the page."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.charts.aging_wip import AGING_WIP
from pipelines.charts.burnup import BURNUP
from pipelines.charts.capitalization import CAPITALIZATION
from pipelines.charts.cycle_time import CYCLE_TIME
from pipelines.charts.estimate_calibration import ESTIMATE_CALIBRATION
from pipelines.charts.flow import CUMULATIVE_FLOW, STATE_SNAPSHOT
from pipelines.charts.forecast import FORECAST
from pipelines.charts.hours_by_project import HOURS_BY_PROJECT
from pipelines.charts.link_coverage import LINK_COVERAGE
from pipelines.charts.model import Chart
from pipelines.charts.project_budget import PROJECT_BUDGET
from pipelines.charts.story_mix import STORY_MIX
from pipelines.charts.throughput import THROUGHPUT
from pipelines.charts.time_quality import TIME_QUALITY
from pipelines.charts.utilization import UTILIZATION
from pipelines.charts.velocity import VELOCITY


@dataclass(frozen=True)
class Section:
    """Charts under one heading; ``name`` is its anchor on the page."""

    name: str
    title: str
    charts: tuple[Chart, ...]


SECTIONS = (
    Section("forecast", "When will it be done?", (BURNUP, FORECAST)),
    Section("delivery", "How much is delivered?", (VELOCITY, THROUGHPUT, STORY_MIX)),
    Section(
        "flow",
        "How does work flow?",
        (CYCLE_TIME, AGING_WIP, CUMULATIVE_FLOW, STATE_SNAPSHOT),
    ),
    Section("time", "Where does the time go?", (HOURS_BY_PROJECT, UTILIZATION, PROJECT_BUDGET)),
    Section("effort", "What does it take?", (ESTIMATE_CALIBRATION, CAPITALIZATION)),
    Section("data", "Can the data be trusted?", (LINK_COVERAGE, TIME_QUALITY)),
)
