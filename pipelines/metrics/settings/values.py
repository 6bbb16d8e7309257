"""What values of settings may be, and how a file writes them. Not here: which settings there are."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def array(value: object) -> object:
    """A TOML array as a tuple."""
    # Strict validation keeps "8" from passing for 8, but would also refuse a TOML array for a tuple.
    return tuple(value) if isinstance(value, list) else value


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        message = "must be an IANA time zone such as Europe/Oslo"
        raise ValueError(message) from error
    return name


def as_day(value: object) -> object:
    """TOML has dates of its own; a text in quotes will do as well."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        message = "must be a date such as 2025-04-30"
        raise ValueError(message) from error


def lower_case_keys(value: object) -> object:
    """Keys that are emails or ids, without regard to case."""
    if isinstance(value, dict):
        return {
            key.strip().lower() if isinstance(key, str) else key: item
            for key, item in value.items()
        }
    return value


def lower_case(values: tuple[str, ...]) -> tuple[str, ...]:
    """Emails or ids, without regard to case."""
    return tuple(value.strip().lower() for value in values)


def lower_case_pairs(value: dict[str, str]) -> dict[str, str]:
    """Emails as values, without regard to case."""
    return {key: email.strip().lower() for key, email in value.items()}


Weekday = Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
StoryType = Literal["feature", "bug", "chore", "release"]
Phase = Literal["before", "during", "after", "unknown"]
Weekdays = Annotated[tuple[Weekday, ...], BeforeValidator(array)]
Texts = Annotated[tuple[str, ...], BeforeValidator(array)]
Phases = Annotated[tuple[Phase, ...], BeforeValidator(array)]
StoryTypes = Annotated[tuple[StoryType, ...], BeforeValidator(array)]
TimeZone = Annotated[str, AfterValidator(_known_time_zone)]
DailyHours = Annotated[float, Field(ge=0, le=24, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Section(BaseModel):
    """A table of the TOML file: read-only, no unknown keys, no silent conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
