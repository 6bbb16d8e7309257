"""The metric settings: one TOML file, every key optional, every default written here.

Here: what can be configured, in which unit, with which default; reading the file; errors that name the key.
The field descriptions are the documentation; ``settings_document`` prints them as a complete settings file.
Not here: the environment (which file to read is told by the caller) and any metric.
"""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from pipelines.metrics.time_tracking.local_days import WORKING_DAYS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class MetricSettingsError(ValueError):
    """The settings file cannot be used; the message names the file, each key and what is allowed."""


def _array(value: object) -> object:
    # Strict validation keeps "8" from passing for 8, but would also refuse a TOML array for a tuple.
    return tuple(value) if isinstance(value, list) else value


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        message = "must be an IANA time zone such as Europe/Oslo"
        raise ValueError(message) from error
    return name


def _day(value: object) -> object:
    """TOML has dates of its own; a text in quotes will do as well."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        message = "must be a date such as 2025-04-30"
        raise ValueError(message) from error


def _lower_case_keys(value: object) -> object:
    if isinstance(value, dict):
        return {
            key.strip().lower() if isinstance(key, str) else key: item
            for key, item in value.items()
        }
    return value


def _lower_case(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value.strip().lower() for value in values)


def _lower_case_pairs(value: dict[str, str]) -> dict[str, str]:
    return {key: email.strip().lower() for key, email in value.items()}


Weekday = Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
StoryType = Literal["feature", "bug", "chore", "release"]
Phase = Literal["before", "during", "after", "unknown"]
Weekdays = Annotated[tuple[Weekday, ...], BeforeValidator(_array)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_array)]
Phases = Annotated[tuple[Phase, ...], BeforeValidator(_array)]
StoryTypes = Annotated[tuple[StoryType, ...], BeforeValidator(_array)]
TimeZone = Annotated[str, AfterValidator(_known_time_zone)]
DailyHours = Annotated[float, Field(ge=0, le=24, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Section(BaseModel):
    """A table of the TOML file: read-only, no unknown keys, no silent conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


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
    not_logging: Annotated[Texts, AfterValidator(_lower_case)] = Field(
        default=(),
        description="Clockify emails or user ids of people who log no time, such as owners: they have no timesheets "
        "and no overtime account.",
    )
    overtime: Annotated[dict[str, OvertimeSettings], BeforeValidator(_lower_case_keys)] = Field(
        default_factory=dict,
        description="Overtime account per person: one table for each Clockify email or user id.",
        examples=[
            '[time_tracking.overtime."ann@example.com"]',
            "opening_hours = 12.5",
            "start_date = 2026-01-01",
        ],
    )
    schedules: Annotated[dict[str, ScheduleSettings], BeforeValidator(_lower_case_keys)] = Field(
        default_factory=dict,
        description="Working hours per person: one table for each Clockify email or user id.",
        examples=[
            '[time_tracking.schedules."ann@example.com"]',
            "daily_hours = 6.0",
            'working_days = ["MONDAY", "TUESDAY"]',
        ],
    )


class ForecastSettings(Section):
    """The Monte Carlo forecast from weekly throughput."""

    weeks: Annotated[tuple[Annotated[int, Field(ge=1, le=520)], ...], BeforeValidator(_array)] = (
        Field(default=(1, 2, 4, 8, 12), description="Horizons, in weeks, of the question how many.")
    )
    history_weeks: int = Field(
        default=26, ge=1, description="How many complete past weeks are drawn from."
    )
    trials: int = Field(
        default=10_000, ge=1, le=10_000_000, description="Simulated futures per question."
    )
    seed: int = Field(default=20250430, ge=0, description="Seed of the random numbers.")


class MigrationSettings(Section):
    """The move from Tracker to another system; which stories went on there says PIPELINES_STORY_CROSSWALK."""

    day: Annotated[date | None, BeforeValidator(_day)] = Field(
        default=None,
        description="The day from which on open stories of the crosswalk are done in the other system: they leave "
        "Tracker's scope. Without it they stay.",
        examples=["2025-04-30"],
    )


class DeliverySettings(Section):
    """A second delivery source beside Tracker, told by SQL; see delivery.items and delivery.transitions."""

    items: str | None = Field(
        default=None,
        min_length=1,
        description="A query with a row per item: id, project, state_category, created_at; perhaps name, type, points, "
        "updated_at, finished_at.",
        examples=[
            "SELECT key AS id, project, status AS state_category, created AS created_at FROM jira.issues"
        ],
    )
    transitions: str | None = Field(
        default=None,
        min_length=1,
        description="A query with a row per state that an item entered: item_id, state_category, occurred_at; perhaps "
        "from_state_category.",
        examples=[
            "SELECT key AS item_id, to_status AS state_category, moved AS occurred_at FROM jira.moves"
        ],
    )


class StoryRule(Section):
    """Which stories a rule is about; every condition that is given must hold."""

    name: str = Field(min_length=1, description="Name of the rule, shown beside what it decided.")
    story_types: StoryTypes = Field(default=(), description="Story types; empty: any.")
    labels: Texts = Field(
        default=(), description="The story or its epic has one of these labels; empty: any."
    )


class CapitalizationRule(StoryRule):
    """A rule that puts the time of stories into a category."""

    category: Literal["capex", "opex", "unclassified"] = Field(
        description="capex, opex or unclassified."
    )
    capitalizable: bool = Field(
        default=False, description="Only stories under one of the labels of [capitalization]."
    )
    phases: Phases = Field(
        default=(),
        description="Only time of these phases of the story: before, during, after, unknown; empty: any.",
    )


class CapitalizationSettings(Section):
    """Which linked time is capital expenditure."""

    labels: Texts = Field(
        default=(), description="Capitalizable labels; epics count by their label."
    )
    close_after_days: int | None = Field(
        default=None,
        ge=0,
        le=366,
        description="A month is closed this many days after its end: it stays in capitalization_closed as it was "
        "then. Without it no month is closed.",
        examples=[10],
    )
    rules: Annotated[tuple[CapitalizationRule, ...], BeforeValidator(_array)] = Field(
        default=(
            CapitalizationRule(
                name="before start or after acceptance",
                category="opex",
                story_types=("feature",),
                phases=("before", "after"),
            ),
            CapitalizationRule(
                name="capitalizable feature",
                category="capex",
                story_types=("feature",),
                capitalizable=True,
            ),
            CapitalizationRule(name="bug or chore", category="opex", story_types=("bug", "chore")),
        ),
        description="Rules in order, the first that fits decides; where none fits: unclassified.",
    )


class InvestmentSettings(Section):
    """Categories of the investment balance."""

    categories: Annotated[tuple[StoryRule, ...], BeforeValidator(_array)] = Field(
        default=(
            StoryRule(name="features", story_types=("feature",)),
            StoryRule(name="bugs", story_types=("bug",)),
            StoryRule(name="chores", story_types=("chore",)),
        ),
        description="Categories in order, the first that fits a story decides; where none fits: uncategorized.",
    )


class LinkSettings(Section):
    """How a time entry names the stories it was spent on."""

    sources: Annotated[
        tuple[Literal["description", "task_name", "custom_fields"], ...], BeforeValidator(_array)
    ] = Field(
        default=("description", "task_name", "custom_fields"),
        description="Where story ids are looked for; the first place that names a story decides.",
    )
    custom_fields: Texts = Field(
        default=(), description="Names of the custom fields that are looked at; empty: all."
    )
    bare_ids: bool = Field(
        default=True,
        description="Whether a bare number of 8 to 10 digits links when it is a known story.",
    )
    accepted: str | None = Field(
        default=None,
        description="A CSV file of suggestions that somebody accepted, as `pipelines links review` writes it; a relative path "
        "counts from the folder of this file.",
        examples=["links.csv"],
    )


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

    on: Annotated[tuple[AlertName, ...], BeforeValidator(_array)] = Field(
        default=("budgets", "old_work", "deadlines", "forecasts", "timesheets", "unlinked"),
        description="Which alerts there are.",
    )
    budget_pct: Annotated[tuple[Positive, ...], BeforeValidator(_array)] = Field(
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


class MetricSettings(Section):
    """All settings of all metrics."""

    time_tracking: TimeTrackingSettings = Field(default_factory=TimeTrackingSettings)
    forecast: ForecastSettings = Field(default_factory=ForecastSettings)
    migration: MigrationSettings = Field(default_factory=MigrationSettings)
    delivery: DeliverySettings = Field(default_factory=DeliverySettings)
    capitalization: CapitalizationSettings = Field(default_factory=CapitalizationSettings)
    investment: InvestmentSettings = Field(default_factory=InvestmentSettings)
    links: LinkSettings = Field(default_factory=LinkSettings)
    alerts: AlertSettings = Field(default_factory=AlertSettings)
    report: ReportSettings = Field(default_factory=ReportSettings)
    people: Annotated[
        dict[str, str], BeforeValidator(_lower_case_keys), AfterValidator(_lower_case_pairs)
    ] = Field(
        default_factory=dict,
        description="Clockify email = Tracker email, for people whose emails differ.",
        examples=['"ann@agency.example" = "ann@example.com"'],
    )

    def section(self, path: str) -> Any:
        """The value at a path such as ``time_tracking.rounding``; KeyError if there is none."""
        try:
            return reduce(getattr, path.split("."), self)
        except AttributeError as error:
            raise KeyError(path) from error

    def fingerprint(self, *paths: str) -> str:
        """A hash of the sections at these paths: the same exactly as long as their values are the same."""
        values = self.model_dump(mode="json")
        chosen = {
            path: reduce(lambda table, key: table[key], path.split("."), values) for path in paths
        }
        return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:16]


def load(path: Path | str | None) -> MetricSettings:
    """The settings of a TOML file; all defaults when ``path`` is None. Raises MetricSettingsError."""
    if path is None:
        return MetricSettings()
    try:
        values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise MetricSettingsError(message) from error
    except ValueError as error:  # not TOML, or not UTF-8
        message = f"{path}: is not a TOML file: {error}"
        raise MetricSettingsError(message) from error
    try:
        return MetricSettings.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(_problem(details) for details in error.errors())
        message = f"{path}: {problems}"
        raise MetricSettingsError(message) from error


def _problem(details: Any) -> str:
    """One pydantic error as a sentence: the key as TOML spells it, the value, what is allowed."""
    location = details["loc"]
    key = ".".join(str(part) for part in location) or "the file"
    if details["type"] == "extra_forbidden":
        known = ", ".join(_allowed_keys(location[:-1]))
        return f"unknown key {key}; allowed here: {known}"
    if details["type"] == "missing":
        return f"{key} is missing"
    rule = details["msg"].removeprefix("Value error, ")
    if details["type"] in {"model_type", "dict_type"}:
        rule = "must be a table"
    return f"{key} = {details['input']!r}: {rule[:1].lower()}{rule[1:]}"


def _allowed_keys(location: tuple[str | int, ...]) -> list[str]:
    """The keys of the table at a location such as ``("capitalization", "rules", 0)``."""
    schema = MetricSettings.model_json_schema()
    table: dict[str, Any] = schema
    for part in location:
        if isinstance(part, int):
            table = table["items"]
        elif part in table.get("properties", {}):
            table = table["properties"][part]
        else:
            table = table["additionalProperties"]
        if "$ref" in table:
            table = schema["$defs"][table["$ref"].rsplit("/", 1)[1]]
    return list(table["properties"])
