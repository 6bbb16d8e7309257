"""Settings of the report and of alerts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from pipelines.metrics.settings.values import Positive, Section, Share, array


class ReportSettings(Section):
    """The report and its pages."""

    keep: int = Field(
        default=0,
        ge=0,
        le=3660,
        description="So many dated copies of the report are kept in the folder kept beside it, one a day.",
    )
    person_pages: bool = Field(
        default=False, description="Whether each person gets a page; all others have theirs."
    )
    people: Literal["names", "initials", "hidden"] = Field(
        default="names",
        description="How people are told in the report, the exports, the documents, the snapshot, alerts and digests: "
        "names, initials or hidden. With other than names the snapshot has only raw tables without names. Texts that people write stay.",
    )


AlertName = Literal["budgets", "old_work", "deadlines", "forecasts", "timesheets", "unlinked"]


class AlertSettings(Section):
    """Numbers that people are told of when they go over a threshold: see docs/operating.md."""

    on: Annotated[tuple[AlertName, ...], BeforeValidator(array)] = Field(
        default=("budgets", "old_work", "deadlines", "forecasts", "timesheets", "unlinked"),
        description="Which alerts there are.",
    )
    budget_pct: Annotated[tuple[Positive, ...], BeforeValidator(array)] = Field(
        default=(80.0, 100.0), description="Percentages of a budget at which its use is told."
    )
    old_work_percentile: Annotated[float, Field(ge=0, le=100)] = Field(
        default=95.0,
        description="Work in progress is old when it took longer than this percentage of the finished stories.",
    )
    forecast_moved_days: int = Field(
        default=7,
        ge=0,
        description="A forecast that moved by more days than this within a week is told.",
    )
    missing_timesheet_days: int = Field(
        default=1, ge=1, le=7, description="So many days of the last seven without time are told."
    )
    unlinked_pct: Share = Field(
        default=50.0,
        description="A larger share of the hours of the last 4 full weeks without a story is told, in percent.",
    )
