"""The switches of the demo server: what the two APIs do where they differ by plan, host or age.

Here: one frozen record of choices, with the reason for each default. Not here: faults, which come and
go while a server runs (``faults``), nor the data (``model``).

Where the public record of an API is silent, a default takes the choice that is harder on a reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Behaviour:
    """How a server answers; change one with ``dataclasses.replace``."""

    # --- both APIs ---
    #: Wait before each answer, in milliseconds.
    latency_ms: int = 0
    #: Requests allowed to each API in one second, or ``None``. Clockify's paid plans allow 50.
    requests_per_second: int | None = None
    #: Requests allowed to each API in one hour, or ``None``. New free Clockify workspaces have 30.
    requests_per_hour: int | None = None
    #: Whether a 429 says how long to wait. Neither API was ever seen doing so.
    send_retry_after: bool = False

    # --- Tracker ---
    #: LiteTracker's subset of v5 instead of Tracker's own answers.
    look_alike: bool = False
    #: Largest page of any Tracker list; a larger ``limit`` is cut to it without a word.
    tracker_page_max: int = 1000
    #: Whether ``*_after`` and ``*_before`` include the instant itself. Not documented by Tracker.
    date_bounds_inclusive: bool = False
    #: Age in days after which activity is not shown, or ``None``. Tracker showed six months.
    activity_retention_days: int | None = 183

    # --- Clockify ---
    #: Answers in the spellings that were recorded of the real service (``clockify.recorded``).
    as_recorded: bool = False
    #: A smaller plan answers 403 where ``PLAN_REFUSES`` says so; on ``free``, reports reach 31 days at most.
    plan: Literal["paid", "standard", "free"] = "paid"
    #: Largest ``page-size`` of the core lists; more is an error. Help pages name 5000.
    clockify_page_max: int = 5000
    #: Whether ``page=0`` is an error rather than the first page. Not recorded.
    page_zero_is_error: bool = False
    #: Whether ``start`` and ``end`` of the time entry list are read again as wall clock of the account's zone.
    window_shift: bool = True
    #: Whether the list of expense categories shows archived ones unasked. Not recorded.
    categories_show_archived: bool = False
    #: Number of the first page of ``entities/*``. The documentation contradicts itself.
    entities_page_base: Literal[0, 1] = 0
    #: Age in seconds at which a deletion appears in ``entities/deleted``. About 60 was seen.
    deletion_delay_s: int = 0
    #: Whether the key's owner may not see amounts: reports are refused unless they are asked to hide them.
    amounts_hidden: bool = False
    #: Largest page of the detailed report.
    report_page_max: int = 1000
    #: Widest date range of the detailed report on a paid plan, in days.
    report_days_max: int = 366
    #: Status of a refused report; 200 with an error body was seen as well as 400.
    report_error_status: Literal[200, 400] = 400


#: Paths under ``/workspaces/{id}/`` that a free plan refuses, and those that a standard one does.
FREE_PLAN_REFUSES = (
    "custom-fields",
    "holidays",
    "time-off",
    "approval-requests",
    "entities",
    "scheduling",
    "expenses",
    "invoices",
    "reports/expenses",
)
STANDARD_PLAN_REFUSES = ("custom-fields", "scheduling", "expenses")
PLAN_REFUSES = {"paid": (), "standard": STANDARD_PLAN_REFUSES, "free": FREE_PLAN_REFUSES}

#: Widest date range of the detailed report on a free plan, in days.
FREE_PLAN_REPORT_DAYS = 31

#: Page size of LiteTracker's lists: default and maximum.
LOOK_ALIKE_PAGE = 50
