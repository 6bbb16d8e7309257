"""The numbers of each metric table that are worth a look after every run; Dagster plots them over time.

Here: aggregates over a whole table, by its address. Money is left out, because an aggregate would add currencies; so are
points, whose scale is each project's own.
Not here: definitions; each number is a plain sum, count or share of the columns it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.model import MetricTable

#: SQL aggregates by name, by table address.
HEADLINES: dict[str, dict[str, str]] = {
    "project_management.iterations": {
        "done_iterations": "count(*) FILTER (is_done)",
        "overridden_iterations": "count(*) FILTER (is_override)",
    },
    "project_management.story_states": {
        "open_intervals": "count(*) FILTER (left_at IS NULL)",
        "moves_backward": "count(*) FILTER (direction = 'backward')",
    },
    "project_management.story_facts": {
        "stories": "count(*) FILTER (NOT is_deleted)",
        "accepted_stories": "count(*) FILTER (current_state = 'accepted' AND NOT is_deleted)",
        "median_cycle_hours": "quantile_disc(cycle_hours, 0.5) FILTER (NOT is_deleted)",
        "stories_without_cycle_time": "count(*) FILTER (cycle_hours IS NULL AND NOT is_deleted)",
    },
    "project_management.iteration_metrics": {
        "stories_accepted": "sum(stories_accepted)",
        "iterations_without_points": "count(*) FILTER (is_done AND points = 0)",
    },
    "project_management.story_mix": {"accepted": "sum(accepted)"},
    "project_management.throughput_weekly": {
        "accepted": "sum(accepted)",
        "created": "sum(created)",
    },
    "project_management.flow_daily": {"days": "count(DISTINCT date)"},
    "project_management.cycle_time_percentiles": {
        "slowest_p85_hours": "max(p85_hours) FILTER (window_days = '90' AND story_type = 'all')"
    },
    "project_management.aging_wip": {
        "stories_in_progress": "count(*)",
        "oldest_days": "max(age_days)",
        "blocked": "count(*) FILTER (blocked)",
    },
    "project_management.burnup_daily": {"scopes": "count(DISTINCT (scope_kind, scope_id))"},
    "project_management.forecast_distribution": {"projects": "count(DISTINCT project_id)"},
    "project_management.forecast": {
        "longest_p85_weeks": "max(weeks) FILTER (question = 'when' AND percentile = 85)"
    },
    "project_management.epic_progress": {
        "stories": "sum(stories)",
        "accepted": "sum(accepted_stories)",
    },
    "project_management.release_status": {"late_releases": "count(*) FILTER (days_late > 0)"},
    "time_tracking.time_entry_facts": {
        "work_hours": "sum(hours) FILTER (is_work)",
        "billable_hours": "sum(hours) FILTER (is_work AND billable)",
        "running_timers": "count(*) FILTER (is_running)",
        "entries_of_missing_owners": "count(*) FILTER (owner_missing)",
    },
    "time_tracking.time_entry_days": {"work_hours": "sum(hours) FILTER (is_work)"},
    "time_tracking.time_daily": {
        "tracked_hours": "sum(tracked_hours)",
        "leave_hours": "sum(leave_hours)",
    },
    "time_tracking.utilization_weekly": {
        "utilization_pct": "100 * sum(tracked_hours) / nullif(sum(capacity_hours), 0)",
        "overtime_hours": "sum(overtime_hours)",
    },
    "time_tracking.timesheet_compliance": {
        "days_under": "count(*) FILTER (status = 'under')",
        "days_without_entries": "count(*) FILTER (status = 'none')",
    },
    "time_tracking.time_quality": {
        "findings": "count(*)",
        "entries_with_findings": "count(DISTINCT entry_id)",
    },
    "time_tracking.overlap_daily": {"double_booked_hours": "sum(double_booked_hours)"},
    "time_tracking.project_finance": {
        "hours": "sum(hours)",
        "unrated_hours": "sum(unrated_hours)",
    },
    "time_tracking.client_finance": {
        "hours": "sum(hours)",
        "unrated_hours": "sum(unrated_hours)",
    },
    "time_tracking.tag_hours": {"tags": "count(DISTINCT tag_id)"},
    "time_tracking.project_budget": {"cycles_over_budget": "count(*) FILTER (used_pct > 100)"},
    "time_tracking.task_accuracy": {
        "tasks_with_estimate": "count(estimate_hours)",
        "tasks_over_estimate": "count(*) FILTER (delta_hours > 0)",
    },
    "time_tracking.focus_daily": {"focus_hours": "sum(focus_hours)", "switches": "sum(switches)"},
    "effort.people": {"unmatched": "count(*) FILTER (match = 'unmatched')"},
    "effort.story_crosswalk": {"known_stories": "count(known_story_id)"},
    "effort.story_references": {"unknown_references": "count(*) FILTER (NOT is_known)"},
    "effort.time_story_links": {
        "linked_hours": "sum(hours)",
        "linked_entries": "count(DISTINCT entry_id)",
    },
    "effort.link_coverage": {
        "coverage_pct": "100 * sum(linked_hours) / nullif(sum(tracked_hours), 0)",
        "unlinked_hours": "sum(unlinked_hours)",
    },
    "effort.story_effort": {
        "hours": "sum(hours)",
        "hours_after_accept": "sum(hours_after_accept)",
    },
    "effort.epic_cost": {"hours_allocated": "sum(hours_allocated)"},
    "effort.label_cost": {"hours_allocated": "sum(hours_allocated)"},
    "effort.release_cost": {"hours": "sum(hours)"},
    "effort.effort_per_point": {
        "stories": "sum(stories)",
        "hours_coverage_pct": "avg(hours_coverage_pct)",
    },
    "effort.estimate_calibration": {"stories": "sum(n)"},
    "effort.capitalization_monthly": {
        "capex_hours": "sum(hours) FILTER (category = 'capex')",
        "unclassified_hours": "sum(hours) FILTER (category = 'unclassified')",
    },
    "effort.investment_balance": {
        "uncategorized_hours": "sum(hours) FILTER (category = 'uncategorized')",
    },
    "effort.reconciliation": {"failed_checks": "count(*) FILTER (NOT ok)"},
}


def headlines(connection: duckdb.DuckDBPyConnection, table: MetricTable) -> dict[str, int | float]:
    """The headline numbers of ``table`` as it stands; those that have no value are left out."""
    aggregates = HEADLINES[table.address]
    chosen = ", ".join(f"{sql} AS {name}" for name, sql in aggregates.items())
    row = connection.execute(f"SELECT {chosen} FROM {table.address}").fetchone()
    assert row is not None
    return {
        name: value if isinstance(value, int) else round(float(value), 3)
        for name, value in zip(aggregates, row, strict=True)
        if value is not None
    }
