"""The settings file: defaults, errors that name the key, and what a change touches."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.metrics.settings import MetricSettings, MetricSettingsError, load
from pipelines.metrics.settings_document import documented_toml


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "metrics.toml"


def test_defaults_without_a_file(file: Path) -> None:
    file.write_text("")
    assert load(None) == load(file) == MetricSettings()
    assert load(None).time_tracking.daily_hours == 8.0
    assert load(None).forecast.weeks == (1, 2, 4, 8, 12)


def test_the_documentation_is_a_file_of_all_defaults(file: Path) -> None:
    file.write_text(documented_toml())
    assert load(file) == MetricSettings()
    assert "# week_start = " in documented_toml()


def test_values_are_read(file: Path) -> None:
    """Whole numbers do for hours; emails and user ids are compared in lower case."""
    file.write_text(
        """
        [time_tracking]
        daily_hours = 7
        working_days = ["MONDAY", "TUESDAY"]
        [time_tracking.rounding]
        mode = "up"
        [time_tracking.schedules."Ann@Example.com"]
        daily_hours = 4.5
        [people]
        "Ann@Example.com" = "Ann@Tracker.example"
        [[capitalization.rules]]
        name = "everything"
        category = "capex"
        """
    )
    settings = load(file)
    assert settings.time_tracking.daily_hours == 7.0
    assert settings.time_tracking.working_days == ("MONDAY", "TUESDAY")
    assert settings.time_tracking.rounding.mode == "up"
    assert settings.time_tracking.schedules["ann@example.com"].daily_hours == 4.5
    assert settings.people == {"ann@example.com": "ann@tracker.example"}
    assert [rule.name for rule in settings.capitalization.rules] == ["everything"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            '[time_tracking.overtime."a@b.c"]\nopening_hours = "12"',
            ["time_tracking.overtime.a@b.c.opening_hours = '12'", "number"],
        ),
        (
            '[time_tracking.overtime."a@b.c"]\nstart_date = "soon"',
            ["time_tracking.overtime.a@b.c.start_date = 'soon'", "date"],
        ),
        (
            '[time_tracking.overtime."a@b.c"]\nopening = 1',
            ["unknown key time_tracking.overtime.a@b.c.opening", "opening_hours, start_date"],
        ),
        ("[time_tracking]\nnot_logging = [7]", ["time_tracking.not_logging.0 = 7", "string"]),
        (
            "[time_tracking]\ndaly_hours = 8",
            ["unknown key time_tracking.daly_hours", "daily_hours"],
        ),
        ("[forecats]\nseed = 1", ["unknown key forecats", "forecast"]),
        (
            '[time_tracking.schedules."a@b.c"]\nhours = 8',
            ["unknown key time_tracking.schedules.a@b.c.hours", "daily_hours, working_days"],
        ),
        ('[time_tracking]\ndaily_hours = "8"', ["time_tracking.daily_hours = '8'", "number"]),
        ("[time_tracking]\ndaily_hours = 25", ["time_tracking.daily_hours = 25", "24"]),
        ("[time_tracking]\ndaily_hours = nan", ["time_tracking.daily_hours = nan", "finite"]),
        ("[forecast]\nseed = 1.5", ["forecast.seed = 1.5", "integer"]),
        ("[forecast]\ntrials = true", ["forecast.trials = True", "integer"]),
        ('[forecast]\nweeks = [1, "2"]', ["forecast.weeks.1 = '2'", "integer"]),
        (
            '[time_tracking]\nworking_days = ["Monday"]',
            ["time_tracking.working_days.0 = 'Monday'", "'MONDAY'"],
        ),
        (
            '[time_tracking]\ntime_zone = "Mars"',
            ["time_tracking.time_zone = 'Mars'", "Europe/Oslo"],
        ),
        ("forecast = 3", ["forecast = 3", "must be a table"]),
        (
            "[time_tracking.compliance]\nok_from_pct = 130.0",
            ["time_tracking.compliance", "ok_from_pct must not be larger than ok_to_pct"],
        ),
        ('[[capitalization.rules]]\nname = "x"', ["capitalization.rules.0.category is missing"]),
        ("forecast =", ["not a TOML file"]),
        ("[a]\n[b]\nx = 1", ["unknown key a", "unknown key b"]),
    ],
)
def test_errors_name_the_file_the_key_and_what_is_allowed(
    file: Path, text: str, parts: list[str]
) -> None:
    file.write_text(text)
    with pytest.raises(MetricSettingsError) as raised:
        load(file)
    message = str(raised.value)
    assert message.startswith(f"{file}: ")
    for part in parts:
        assert part in message


def test_a_missing_file_is_named(file: Path) -> None:
    with pytest.raises(MetricSettingsError, match=r"metrics\.toml: cannot be read"):
        load(file)


def test_a_fingerprint_changes_with_its_section_only() -> None:
    """A new rounding touches rounding and time_tracking, not the thresholds beside it nor the forecast."""
    before = MetricSettings()
    after = MetricSettings.model_validate({"time_tracking": {"rounding": {"mode": "up"}}})
    for path in ("time_tracking", "time_tracking.rounding", "time_tracking.rounding.mode"):
        assert before.fingerprint(path) != after.fingerprint(path)
    for path in ("time_tracking.quality", "time_tracking.daily_hours", "forecast", "people"):
        assert before.fingerprint(path) == after.fingerprint(path)
    assert before.fingerprint("forecast", "people") != before.fingerprint("forecast")


def test_sections_by_path() -> None:
    settings = MetricSettings()
    assert settings.section("time_tracking.rounding") is settings.time_tracking.rounding
    with pytest.raises(KeyError):
        settings.section("time_tracking.nothing")
