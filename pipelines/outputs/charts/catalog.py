"""All charts, in the order in which a reader meets them."""

from __future__ import annotations

from pipelines.outputs.charts.aging_wip import AGING_WIP
from pipelines.outputs.charts.burndown import BURNDOWN, ITERATION_SCOPE
from pipelines.outputs.charts.burnup import BURNUP
from pipelines.outputs.charts.capitalization import CAPITALIZATION
from pipelines.outputs.charts.cycle_time import CYCLE_TIME
from pipelines.outputs.charts.estimate_calibration import ESTIMATE_CALIBRATION
from pipelines.outputs.charts.flow import CUMULATIVE_FLOW, STATE_SNAPSHOT
from pipelines.outputs.charts.forecast import FORECAST
from pipelines.outputs.charts.hours_by_project import HOURS_BY_PROJECT
from pipelines.outputs.charts.link_coverage import LINK_COVERAGE
from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.portfolio import PORTFOLIO
from pipelines.outputs.charts.predictability import PREDICTABILITY, SERVICE_LEVEL
from pipelines.outputs.charts.project_budget import PROJECT_BUDGET
from pipelines.outputs.charts.story_blocks import STORY_BLOCKS
from pipelines.outputs.charts.story_mix import STORY_MIX
from pipelines.outputs.charts.throughput import THROUGHPUT
from pipelines.outputs.charts.time_in_state import TIME_IN_STATE
from pipelines.outputs.charts.time_quality import TIME_QUALITY
from pipelines.outputs.charts.utilization import UTILIZATION
from pipelines.outputs.charts.velocity import VELOCITY
from pipelines.outputs.charts.work_in_progress import WORK_IN_PROGRESS

CHARTS: tuple[Chart, ...] = (
    BURNUP,
    FORECAST,
    VELOCITY,
    BURNDOWN,
    ITERATION_SCOPE,
    THROUGHPUT,
    STORY_MIX,
    PREDICTABILITY,
    SERVICE_LEVEL,
    CYCLE_TIME,
    TIME_IN_STATE,
    AGING_WIP,
    STORY_BLOCKS,
    WORK_IN_PROGRESS,
    CUMULATIVE_FLOW,
    STATE_SNAPSHOT,
    HOURS_BY_PROJECT,
    UTILIZATION,
    PROJECT_BUDGET,
    PORTFOLIO,
    ESTIMATE_CALIBRATION,
    CAPITALIZATION,
    LINK_COVERAGE,
    TIME_QUALITY,
)
