"""The tables of project_management, each after those that it reads."""

from __future__ import annotations

from pipelines.metrics.project_management.aging_wip import AGING_WIP
from pipelines.metrics.project_management.burnup import BURNUP_DAILY
from pipelines.metrics.project_management.cycle_time import CYCLE_TIME_PERCENTILES
from pipelines.metrics.project_management.epic_progress import EPIC_PROGRESS
from pipelines.metrics.project_management.flow import FLOW_DAILY
from pipelines.metrics.project_management.forecast import FORECAST, FORECAST_DISTRIBUTION
from pipelines.metrics.project_management.forecast_backtest import (
    FORECAST_BACKTEST,
    FORECAST_CALIBRATION,
)
from pipelines.metrics.project_management.iteration_metrics import ITERATION_METRICS
from pipelines.metrics.project_management.iteration_scope import ITERATION_SCOPE
from pipelines.metrics.project_management.iterations import ITERATIONS
from pipelines.metrics.project_management.predictability import PREDICTABILITY_WEEKLY
from pipelines.metrics.project_management.release_status import RELEASE_STATUS
from pipelines.metrics.project_management.story_blocks import STORY_BLOCKS
from pipelines.metrics.project_management.story_facts import STORY_FACTS
from pipelines.metrics.project_management.story_mix import STORY_MIX
from pipelines.metrics.project_management.story_states import STORY_STATES
from pipelines.metrics.project_management.throughput import THROUGHPUT_WEEKLY
from pipelines.metrics.project_management.time_in_state import TIME_IN_STATE
from pipelines.metrics.project_management.work_in_progress import WORK_IN_PROGRESS

TABLES = (
    ITERATIONS,
    STORY_STATES,
    STORY_BLOCKS,
    STORY_FACTS,
    ITERATION_METRICS,
    STORY_MIX,
    THROUGHPUT_WEEKLY,
    FLOW_DAILY,
    ITERATION_SCOPE,
    CYCLE_TIME_PERCENTILES,
    TIME_IN_STATE,
    PREDICTABILITY_WEEKLY,
    AGING_WIP,
    WORK_IN_PROGRESS,
    BURNUP_DAILY,
    FORECAST_DISTRIBUTION,
    FORECAST,
    FORECAST_BACKTEST,
    FORECAST_CALIBRATION,
    EPIC_PROGRESS,
    RELEASE_STATUS,
)
