"""The tables that need both sources, each after those it reads: the schema ``effort``, and the portfolio."""

from __future__ import annotations

from pipelines.metrics.effort.capacity_forecast import CAPACITY_FORECAST
from pipelines.metrics.effort.capitalization_closed import CAPITALIZATION_CLOSED
from pipelines.metrics.effort.capitalization_monthly import CAPITALIZATION_MONTHLY
from pipelines.metrics.effort.effort_per_point import EFFORT_PER_POINT, ESTIMATE_CALIBRATION
from pipelines.metrics.effort.group_cost import EPIC_COST, LABEL_COST, RELEASE_COST
from pipelines.metrics.effort.investment_balance import INVESTMENT_BALANCE
from pipelines.metrics.effort.link_coverage import LINK_COVERAGE
from pipelines.metrics.effort.link_suggestions import LINK_SUGGESTIONS
from pipelines.metrics.effort.people import PEOPLE
from pipelines.metrics.effort.portfolio_monthly import PORTFOLIO_MONTHLY
from pipelines.metrics.effort.reconciliation import RECONCILIATION
from pipelines.metrics.effort.story_crosswalk import STORY_CROSSWALK
from pipelines.metrics.effort.story_effort import STORY_EFFORT
from pipelines.metrics.effort.story_references import STORY_REFERENCES
from pipelines.metrics.effort.story_vectors import STORY_VECTORS
from pipelines.metrics.effort.time_story_links import TIME_STORY_LINKS
from pipelines.metrics.model import MetricTable

TABLES: tuple[MetricTable, ...] = (
    PEOPLE,
    STORY_CROSSWALK,
    STORY_VECTORS,
    STORY_REFERENCES,
    TIME_STORY_LINKS,
    LINK_SUGGESTIONS,
    LINK_COVERAGE,
    STORY_EFFORT,
    EPIC_COST,
    LABEL_COST,
    RELEASE_COST,
    EFFORT_PER_POINT,
    ESTIMATE_CALIBRATION,
    CAPITALIZATION_MONTHLY,
    CAPITALIZATION_CLOSED,
    INVESTMENT_BALANCE,
    PORTFOLIO_MONTHLY,
    CAPACITY_FORECAST,
    RECONCILIATION,
)
