"""Figures of the whole company: stories accepted, time tracked, time linked.

Points are not among them: every project has its own scale. Money is not either: see ``money_figures``.
"""

from __future__ import annotations

from pipelines.outputs.report.figure import Figure, Kind
from pipelines.outputs.report.periods import (
    FOUR_BEFORE,
    FOUR_WEEKS,
    FOUR_WEEKS_AGO,
    NOW,
    accepted,
    in_progress,
    of_full_weeks,
)

_UTILIZATION = "time_tracking.utilization_weekly"


def _of_utilization(name: str, label: str, meaning: str, value: str, kind: Kind) -> Figure:
    return Figure(
        name=name,
        label=label,
        meaning=f"{meaning}.",
        tables=(_UTILIZATION,),
        sql=of_full_weeks(_UTILIZATION, value),
        kind=kind,
        period=FOUR_WEEKS,
        before=FOUR_BEFORE,
        better="more" if name == "billable_ratio" else None,
    )


COMPANY_FIGURES = (
    Figure(
        name="accepted_stories",
        label="Accepted stories",
        meaning="Features, bugs and chores accepted, by the weeks of each project.",
        tables=("project_management.throughput_weekly",),
        sql=accepted("accepted", each_project=False),
        kind="count",
        period=FOUR_WEEKS,
        before=FOUR_BEFORE,
        better="more",
    ),
    Figure(
        name="wip",
        label="Stories in progress",
        meaning="Stories started and not accepted.",
        tables=("project_management.flow_daily",),
        sql=in_progress(each_project=False),
        kind="count",
        period=NOW,
        before=FOUR_WEEKS_AGO,
        better="less",
    ),
    _of_utilization(
        "hours_tracked",
        "Hours tracked",
        "Hours of work, without breaks, leave and running timers",
        "sum(tracked_hours)",
        "hours",
    ),
    _of_utilization(
        "billable_ratio",
        "Billable share",
        "Billable hours as a percentage of tracked hours",
        "100 * sum(billable_hours) / nullif(sum(tracked_hours), 0)",
        "percent",
    ),
    _of_utilization(
        "utilization",
        "Utilization",
        "Tracked hours as a percentage of capacity, net of leave",
        "100 * sum(tracked_hours) / nullif(sum(net_capacity_hours), 0)",
        "percent",
    ),
    Figure(
        name="link_coverage",
        label="Time linked to stories",
        meaning="Linked hours as a percentage of tracked hours.",
        tables=("effort.link_coverage", _UTILIZATION),
        sql=of_full_weeks(
            "effort.link_coverage", "100 * sum(linked_hours) / nullif(sum(tracked_hours), 0)"
        ),
        kind="percent",
        period=FOUR_WEEKS,
        before=FOUR_BEFORE,
        better="more",
    ),
)
