"""Settings of hours, capacity, timesheets and their findings."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from pipelines.metrics.settings.values import (
    DailyHours,
    Positive,
    Section,
    Share,
    Texts,
    TimeZone,
    Weekday,
    Weekdays,
    lower_case,
    lower_case_keys,
)
from pipelines.metrics.time_tracking.local_days import WORKING_DAYS


class RoundingSettings(Section):
    """Rounding of each time entry before sums and amounts are made of it."""

    mode: Literal["none", "up", "down", "nearest", "workspace"] = Field(
        default="none",
        description="none, up, down, nearest (half a step goes up), or workspace: as Clockify's reports do; "
        "each entry, then sums.",
    )
    minutes: int = Field(
        default=15, ge=1, le=1440, description="The step, in minutes; not used by workspace."
    )


class MoneySettings(Section):
    """In which unit Clockify sends amounts."""

    minor_units: Literal["hundredths", "iso"] = Field(
        default="hundredths",
        description="hundredths: of every currency; iso: of JPY and the like whole units, of KWD and the like "
        "thousandths.",
    )


class ScheduleSettings(Section):
    """Working hours of one person where they differ from everybody's."""

    daily_hours: DailyHours | None = Field(default=None, description="Hours of a working day.")
    working_days: Weekdays | None = Field(default=None, description="The days this person works.")


class OvertimeSettings(Section):
    """Where one person's overtime account begins."""

    opening_hours: Annotated[float, Field(allow_inf_nan=False)] = Field(
        default=0.0, description="Hours on the account on the first day; negative: owed."
    )
    start_date: date | None = Field(
        default=None,
        description="First day of the account; without it the person's first day.",
        examples=["2026-01-01"],
    )


class ComplianceSettings(Section):
    """When a day's timesheet counts as complete, in percent of the expected hours."""

    ok_from_pct: Share = Field(default=95.0, description="Below this a day is under.")
    ok_to_pct: Share = Field(default=120.0, description="Above this a day is over.")

    @model_validator(mode="after")
    def _ordered(self) -> ComplianceSettings:
        if self.ok_from_pct > self.ok_to_pct:
            message = "ok_from_pct must not be larger than ok_to_pct"
            raise ValueError(message)
        return self


class QualitySettings(Section):
    """Limits of the findings about single time entries."""

    too_short_minutes: Positive = Field(
        default=1.0, description="Work below this many minutes is too_short."
    )
    too_long_hours: Positive = Field(
        default=8.0, description="Work above this many hours is too_long."
    )
    running_stale_hours: Positive = Field(
        default=12.0, description="A timer running for more than this many hours is running_stale."
    )
    implausible_hours: Positive = Field(
        default=999.0,
        description="An entry longer than this many hours is implausible: it has no hours and no money.",
    )
    lock_grace_hours: Share = Field(
        default=24.0,
        description="A change read this many hours after a lock was first read is changed_after_lock.",
    )


class FocusSettings(Section):
    """What a block of focused work is (a heuristic)."""

    gap_minutes: Share = Field(
        default=10.0, description="Longest pause, in minutes, inside one block."
    )
    block_minutes: Positive = Field(
        default=90.0, description="Shortest block, in minutes, that is focus."
    )


class TimeTrackingSettings(Section):
    """Capacity, local days and the limits of the time-tracking tables."""

    daily_hours: DailyHours = Field(default=8.0, description="Hours of a working day.")
    working_days: Weekdays | None = Field(
        default=None,
        description="The days people work; without it the workspace's, else Monday to Friday.",
        examples=[list(WORKING_DAYS)],
    )
    time_zone: TimeZone = Field(
        default="UTC", description="IANA zone where neither the user nor the workspace has one."
    )
    finance_zone: TimeZone | None = Field(
        default=None,
        description="IANA zone in which months of money and cycles of budgets begin; without it the workspace's, "
        "else time_zone.",
        examples=["Europe/Oslo"],
    )
    week_start: Weekday | None = Field(
        default=None,
        description="First day of a week; without it the workspace's, else Monday.",
        examples=["MONDAY"],
    )
    rounding: RoundingSettings = Field(default_factory=RoundingSettings)
    money: MoneySettings = Field(default_factory=MoneySettings)
    compliance: ComplianceSettings = Field(default_factory=ComplianceSettings)
    quality: QualitySettings = Field(default_factory=QualitySettings)
    focus: FocusSettings = Field(default_factory=FocusSettings)
    not_logging: Annotated[Texts, AfterValidator(lower_case)] = Field(
        default=(),
        description="Clockify emails or user ids of people who log no time, such as owners: they have no timesheets "
        "and no overtime account.",
    )
    overtime: Annotated[dict[str, OvertimeSettings], BeforeValidator(lower_case_keys)] = Field(
        default_factory=dict,
        description="Overtime account per person: one table for each Clockify email or user id.",
        examples=[
            '[time_tracking.overtime."ann@example.com"]',
            "opening_hours = 12.5",
            "start_date = 2026-01-01",
        ],
    )
    schedules: Annotated[dict[str, ScheduleSettings], BeforeValidator(lower_case_keys)] = Field(
        default_factory=dict,
        description="Working hours per person: one table for each Clockify email or user id.",
        examples=[
            '[time_tracking.schedules."ann@example.com"]',
            "daily_hours = 6.0",
            'working_days = ["MONDAY", "TUESDAY"]',
        ],
    )
