"""The tables of the schema ``time_tracking``, each after those it reads."""

from __future__ import annotations

from pipelines.metrics.model import MetricTable
from pipelines.metrics.time_tracking.attendance_daily import ATTENDANCE_DAILY
from pipelines.metrics.time_tracking.capacity_daily import CAPACITY_DAILY
from pipelines.metrics.time_tracking.expense_facts import EXPENSE_FACTS
from pipelines.metrics.time_tracking.finance import CLIENT_FINANCE, PROJECT_FINANCE, TAG_HOURS
from pipelines.metrics.time_tracking.focus_daily import FOCUS_DAILY
from pipelines.metrics.time_tracking.history_coverage import HISTORY_COVERAGE
from pipelines.metrics.time_tracking.invoice_facts import INVOICE_FACTS
from pipelines.metrics.time_tracking.leave_balances import LEAVE_BALANCES
from pipelines.metrics.time_tracking.overlap_daily import OVERLAP_DAILY
from pipelines.metrics.time_tracking.overtime_account import OVERTIME_ACCOUNT
from pipelines.metrics.time_tracking.project_budget import PROJECT_BUDGET
from pipelines.metrics.time_tracking.realization import REALIZATION
from pipelines.metrics.time_tracking.report_differences import REPORT_DIFFERENCES
from pipelines.metrics.time_tracking.schedule_weekly import LOAD_WEEKLY, SCHEDULE_WEEKLY
from pipelines.metrics.time_tracking.task_accuracy import TASK_ACCURACY
from pipelines.metrics.time_tracking.team_weekly import TEAM_WEEKLY
from pipelines.metrics.time_tracking.time_daily import TIME_DAILY
from pipelines.metrics.time_tracking.time_entry_days import TIME_ENTRY_DAYS
from pipelines.metrics.time_tracking.time_entry_facts import TIME_ENTRY_FACTS
from pipelines.metrics.time_tracking.time_quality import TIME_QUALITY
from pipelines.metrics.time_tracking.timesheet_compliance import TIMESHEET_COMPLIANCE
from pipelines.metrics.time_tracking.timesheet_submissions import TIMESHEET_SUBMISSIONS
from pipelines.metrics.time_tracking.unbilled import UNBILLED_TABLE
from pipelines.metrics.time_tracking.utilization_weekly import UTILIZATION_WEEKLY

TABLES: tuple[MetricTable, ...] = (
    TIME_ENTRY_FACTS,
    TIME_ENTRY_DAYS,
    TIME_DAILY,
    CAPACITY_DAILY,
    UTILIZATION_WEEKLY,
    TIMESHEET_COMPLIANCE,
    OVERTIME_ACCOUNT,
    LEAVE_BALANCES,
    ATTENDANCE_DAILY,
    SCHEDULE_WEEKLY,
    LOAD_WEEKLY,
    TEAM_WEEKLY,
    TIME_QUALITY,
    TIMESHEET_SUBMISSIONS,
    OVERLAP_DAILY,
    HISTORY_COVERAGE,
    EXPENSE_FACTS,
    PROJECT_FINANCE,
    CLIENT_FINANCE,
    TAG_HOURS,
    PROJECT_BUDGET,
    INVOICE_FACTS,
    UNBILLED_TABLE,
    REALIZATION,
    REPORT_DIFFERENCES,
    TASK_ACCURACY,
    FOCUS_DAILY,
)
