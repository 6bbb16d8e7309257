"""The order of the lists and charts on the page of the company."""

from __future__ import annotations

from dataclasses import dataclass

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
from pipelines.outputs.report.billing_lists import (
    AFTER_EXPENSES,
    OVERDUE_INVOICES,
    REALIZATION,
    UNBILLED,
)
from pipelines.outputs.report.delivery_lists import AT_RISK, OLDEST_WORK
from pipelines.outputs.report.listing import Listing
from pipelines.outputs.report.money_lists import CLIENTS, PROJECTS
from pipelines.outputs.report.people_lists import (
    AWAY,
    BALANCES,
    LOAD,
    NOT_SUBMITTED,
    OVERTIME,
)
from pipelines.outputs.report.time_lists import PEOPLE_TIME, TIMESHEETS


@dataclass(frozen=True)
class Section:
    """Lists and charts under one heading; ``name`` is its anchor on the page."""

    name: str
    title: str
    charts: tuple[Chart, ...]
    listings: tuple[Listing, ...] = ()


SECTIONS = (
    Section("forecast", "When will it be done?", (BURNUP, FORECAST), (AT_RISK,)),
    Section(
        "delivery",
        "How much is delivered?",
        (VELOCITY, BURNDOWN, ITERATION_SCOPE, THROUGHPUT, PREDICTABILITY, SERVICE_LEVEL, STORY_MIX),
    ),
    Section(
        "flow",
        "How does work flow?",
        (
            CYCLE_TIME,
            TIME_IN_STATE,
            AGING_WIP,
            STORY_BLOCKS,
            WORK_IN_PROGRESS,
            CUMULATIVE_FLOW,
            STATE_SNAPSHOT,
        ),
        (OLDEST_WORK,),
    ),
    Section(
        "time",
        "Where does the time go?",
        (HOURS_BY_PROJECT, UTILIZATION, PROJECT_BUDGET),
        (PEOPLE_TIME, TIMESHEETS),
    ),
    Section(
        "people",
        "Who is there, and who has room?",
        (),
        (AWAY, LOAD, OVERTIME, BALANCES, NOT_SUBMITTED),
    ),
    Section(
        "effort",
        "Effort and cost",
        (PORTFOLIO, ESTIMATE_CALIBRATION, CAPITALIZATION),
        (CLIENTS, PROJECTS),
    ),
    Section(
        "billing",
        "What is billed and paid?",
        (),
        (UNBILLED, OVERDUE_INVOICES, REALIZATION, AFTER_EXPENSES),
    ),
    Section("data", "Can the data be trusted?", (LINK_COVERAGE, TIME_QUALITY)),
)
