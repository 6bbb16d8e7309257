"""The settings file as a whole: all sections, reading it, and errors that name the key."""

from __future__ import annotations

import hashlib
import json
import sys
from functools import reduce
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from pipelines.metrics.settings.delivery import (
    DeliverySettings,
    ForecastSettings,
    MigrationSettings,
)
from pipelines.metrics.settings.effort import (
    CapitalizationSettings,
    InvestmentSettings,
    LinkSettings,
)
from pipelines.metrics.settings.outputs import AlertSettings, ReportSettings
from pipelines.metrics.settings.time_tracking import TimeTrackingSettings
from pipelines.metrics.settings.values import Section, lower_case_keys, lower_case_pairs

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class MetricSettingsError(ValueError):
    """The settings file cannot be used; the message names the file, each key and what is allowed."""


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
        dict[str, str], BeforeValidator(lower_case_keys), AfterValidator(lower_case_pairs)
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
