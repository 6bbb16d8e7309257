"""All charts, in the order in which a reader meets them."""

from __future__ import annotations

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

CHARTS: tuple[Chart, ...] = (
    BURNUP,
    FORECAST,
    VELOCITY,
    THROUGHPUT,
    STORY_MIX,
    CYCLE_TIME,
    AGING_WIP,
    CUMULATIVE_FLOW,
    STATE_SNAPSHOT,
    HOURS_BY_PROJECT,
    UTILIZATION,
    PROJECT_BUDGET,
    ESTIMATE_CALIBRATION,
    CAPITALIZATION,
    LINK_COVERAGE,
    TIME_QUALITY,
)
