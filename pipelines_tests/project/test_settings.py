"""Settings: defaults, modes, and errors that name the variable."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipelines.defs.settings import Settings, load_settings
from pipelines.project.environment import SettingsError
from pipelines.project.folder import PROJECT
from pipelines.project.settings import _warn, declared
from pipelines.project.texts.secrets import blotted
from pipelines.warehouse.backends.address import backend_of

CLOCKIFY = {"CLOCKIFY_API_KEY": "k", "CLOCKIFY_WORKSPACE_ID": "w"}
TRACKER = {"PIVOTAL_TRACKER_API_TOKEN": "t"}


@pytest.mark.parametrize(
    ("environment", "tracker", "clockify"),
    [
        ({}, "demo", "demo"),
        ({**CLOCKIFY, **TRACKER}, "live", "live"),
        (CLOCKIFY, "off", "live"),
        (TRACKER, "live", "off"),
        ({"PIVOTAL_TRACKER_API_TOKEN": " "}, "demo", "demo"),
        ({"PIVOTAL_TRACKER_ARCHIVE": "kept"}, "archive", "off"),
        ({**CLOCKIFY, **TRACKER, "PIVOTAL_TRACKER_ARCHIVE": "kept"}, "archive", "live"),
    ],
)
def test_a_source_is_live_archived_demo_or_off(
    environment: dict[str, str], tracker: str, clockify: str
) -> None:
    settings = load_settings(environment)
    assert (settings.mode("pivotal_tracker"), settings.mode("clockify")) == (tracker, clockify)


def test_demo_and_live_data_have_files_of_their_own() -> None:
    assert load_settings({}).warehouse.endswith("demo.duckdb")
    assert load_settings(TRACKER).warehouse.endswith("warehouse.duckdb")
    assert load_settings({"PIPELINES_WAREHOUSE": "/tmp/x.duckdb"}).warehouse == "/tmp/x.duckdb"


def test_hosts_are_settings() -> None:
    settings = load_settings({**CLOCKIFY, "CLOCKIFY_API_URL": "https://euc1.clockify.me"})
    assert settings.connector_config("clockify") == {
        "api_key": "k",
        "workspace_id": "w",
        "api_url": "https://euc1.clockify.me",
        "reports_url": "https://euc1.clockify.me/report",
        "earliest_start_date": "2024-01-01T00:00:00Z",
    }
    assert load_settings(TRACKER).connector_config("pivotal_tracker") == {
        "api_token": "t",
        "api_url": "https://www.pivotaltracker.com",
    }


@pytest.mark.parametrize(
    ("api_url", "reports_url"),
    [
        ("https://api.clockify.me", "https://reports.api.clockify.me"),
        ("https://api.clockify.me/api/v1/", "https://reports.api.clockify.me"),
        ("https://euc1.clockify.me/api/v1", "https://euc1.clockify.me/report"),
        ("https://acme.clockify.me", "https://acme.clockify.me/report"),
        ("http://127.0.0.1:9/clockify/", "http://127.0.0.1:9/clockify/report"),
    ],
)
def test_the_reports_host_follows_from_the_api(api_url: str, reports_url: str) -> None:
    settings = load_settings({**CLOCKIFY, "CLOCKIFY_API_URL": api_url})
    assert settings.clockify_reports_url == reports_url
    own = {"CLOCKIFY_REPORTS_URL": "https://reports.example.com"}
    settings = load_settings({**CLOCKIFY, "CLOCKIFY_API_URL": api_url, **own})
    assert settings.connector_config("clockify")["reports_url"] == "https://reports.example.com"


@pytest.mark.parametrize(
    "address",
    [
        "api.example.com/secret-part",
        "ftp://ann:secret-part@example.com",
        "https://ann:secret-part@example.com?x=1",
        "https://example.com/?token=secret-part",
        "https://example.com#secret-part",
        "https://ann:secret-part@:443",
        "https://ann:secret-part@example.com:port",
        "https://ann:secret-part@exam ple.com",
        "https://ann:secret-part@example.com\n.example.org",
    ],
)
@pytest.mark.parametrize(
    "name", ["PIVOTAL_TRACKER_API_URL", "CLOCKIFY_API_URL", "CLOCKIFY_REPORTS_URL"]
)
def test_a_wrong_address_is_named_by_its_setting_alone(name: str, address: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings({**CLOCKIFY, **TRACKER, name: address})
    assert name in str(error.value)
    assert "secret-part" not in str(error.value)


def test_values_are_read_by_type() -> None:
    settings = load_settings(
        {
            "PIPELINES_UI_URL": "https://dagster.example.com/",
            **CLOCKIFY,
            "PIPELINES_START_DATE": "2025-01-31",
            "PIPELINES_AS_OF": "2026-03-02T10:00:00Z",
            "CLOCKIFY_PAGE_SIZE": "200",
        }
    )
    assert settings.ui_url == "https://dagster.example.com"
    assert settings.start_date == date(2025, 1, 31)
    assert settings.as_of == datetime(2026, 3, 2, 10, tzinfo=timezone.utc)
    assert settings.connector_config("clockify")["page_size"] == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PIPELINES_START_DATE", "31.1.2025"),
        ("PIPELINES_AS_OF", "now"),
        ("PIPELINES_LOOKBACK_DAYS", "two"),
        ("PIPELINES_ALLOW_LARGE_REMOVALS", "maybe"),
        ("CLOCKIFY_API_URL", "api.clockify.me"),
        ("CLOCKIFY_TIME_ENTRIES", "feed"),
        ("CLOCKIFY_PAGE_SIZE", "-1"),
        ("PIVOTAL_TRACKER_ARCHIVE_TIME_ZONE", "Denver"),
        ("PIPELINES_WAREHOUSE", "snowflake://account/warehouse"),
        ("PIPELINES_START_DATE", "0001-01-01"),
        ("PIPELINES_START_DATE", "9999-12-31"),
        ("PIPELINES_START_DATE", str(datetime.now(timezone.utc).date() + timedelta(days=1))),
        ("PIPELINES_START_DATE", "-"),
        ("PIPELINES_AS_OF", "0001-01-01T00:00:00Z"),
        ("PIPELINES_AS_OF", "9999-12-31T23:59:59Z"),
        ("PIPELINES_LOOKBACK_DAYS", "99999999"),
        ("PIPELINES_LOOKBACK_DAYS", "²"),
        ("PIPELINES_LOOKBACK_DAYS", "٣"),
        ("PIPELINES_LOOKBACK_DAYS", "1.5"),
        ("PIPELINES_LOOKBACK_DAYS", "9" * 5000),
        ("PIPELINES_SWEEP_DAYS", "36526"),
        ("PIPELINES_SENSOR_SECONDS", "0"),
        ("CLOCKIFY_PAGE_SIZE", "0"),
        ("CLOCKIFY_REQUESTS_PER_HOUR", "0"),
        ("PIVOTAL_TRACKER_PAGE_SIZE", "1000000000000"),
        ("PIVOTAL_TRACKER_REQUESTS_PER_SECOND", "0"),
        ("CLOCKIFY_WORKSPACE_ID", "a/b"),
        ("CLOCKIFY_WORKSPACE_ID", ".."),
        ("CLOCKIFY_WORKSPACE_ID", "a?b"),
        ("CLOCKIFY_API_KEY", "top\nsecret"),
        ("CLOCKIFY_API_KEY", "top secret"),
        ("PIVOTAL_TRACKER_API_TOKEN", "topsecrét"),
        ("DAGSTER_HOME", "/tmp/really?"),
        ("DAGSTER_HOME", "/tmp/" + "a" * 200 + "/" + "b" * 200),
        ("PIPELINES_REPORT_DIR", "~nobody-of-this-name/report"),
    ],
)
def test_a_wrong_value_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as raised:
        load_settings({name: value})
    assert len(str(raised.value)) < 400
    assert "secr" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PIPELINES_START_DATE", "1970-01-01"),
        ("PIPELINES_START_DATE", str(datetime.now(timezone.utc).date())),
        ("PIPELINES_LOOKBACK_DAYS", "0"),
        ("PIPELINES_SENSOR_SECONDS", "1"),
        ("CLOCKIFY_TIME_ENTRIES", "Report"),
        ("CLOCKIFY_REQUESTS_PER_HOUR", "1"),
        ("CLOCKIFY_WORKSPACE_ID", "64a687e29ae1f428e7ebe303"),
        ("DAGSTER_HOME", "/tmp/a 'b' [c] #d %20 *é"),
    ],
)
def test_values_at_the_edge_of_what_is_possible_are_taken(name: str, value: str) -> None:
    load_settings({name: value})


def test_a_key_without_a_workspace_is_an_error() -> None:
    with pytest.raises(SettingsError, match="CLOCKIFY_WORKSPACE_ID"):
        load_settings({"CLOCKIFY_API_KEY": "k"})


def test_requests_are_counted_by_account_without_its_secret() -> None:
    """The workspace is one account, whatever the key; without a limit nothing is counted."""
    limited = {**CLOCKIFY, "CLOCKIFY_REQUESTS_PER_HOUR": "30"}
    config = load_settings(limited).connector_config("clockify")
    assert config["request_ledger"].endswith("requests.sqlite")
    other_key = load_settings({**limited, "CLOCKIFY_API_KEY": "other"}).connector_config("clockify")
    assert config["request_account"] == other_key["request_account"]
    assert "request_ledger" not in load_settings(CLOCKIFY).connector_config("clockify")


def test_relative_paths_count_from_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command line, the UI and its daemon run in different folders and must mean the same file."""
    monkeypatch.chdir(tmp_path)
    settings = load_settings({"PIPELINES_WAREHOUSE": "data/x.duckdb", "DAGSTER_HOME": "home"})
    assert backend_of(settings.warehouse).label == str(PROJECT / "data" / "x.duckdb")
    assert settings.dagster_home == PROJECT / "home"


def test_the_demo_and_the_real_sources_have_histories_of_their_own() -> None:
    demo, live = load_settings({}).dagster_home, load_settings(CLOCKIFY).dagster_home
    assert (demo, live) == (PROJECT / ".dagster_home" / "demo", PROJECT / ".dagster_home")
    chosen = {"DAGSTER_HOME": "/somewhere"}
    assert load_settings(chosen).dagster_home == load_settings({**CLOCKIFY, **chosen}).dagster_home


def test_every_wrong_value_is_told_at_once() -> None:
    """One line each; a default that follows from a wrong setting is not told as another mistake."""
    with pytest.raises(SettingsError) as raised:
        load_settings(
            {
                "CLOCKIFY_API_URL": "here",
                "PIPELINES_WAREHOUSE": "mysql://x",
                "PIPELINES_SWEEP_DAYS": "-",
            }
        )
    lines = sorted(str(raised.value).splitlines())
    assert [line.split()[0] for line in lines] == [
        "CLOCKIFY_API_URL",
        "PIPELINES_SWEEP_DAYS",
        "PIPELINES_WAREHOUSE",
    ]


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's ``.env``, in a folder of the test's own."""
    file = tmp_path / ".env"
    monkeypatch.setattr("pipelines.project.settings._DOTENV", file)
    return file


def test_a_variable_wins_over_the_file_and_a_blank_one_hides_it(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dotenv.write_text(
        "PIPELINES_SWEEP_DAYS=7\nPIPELINES_LOOKBACK_DAYS=8\nPIPELINES_SENSOR_SECONDS='9'\nNOBODY=x\n"
        "PIPELINES_UI_URL=\n"
    )
    monkeypatch.setenv("PIPELINES_LOOKBACK_DAYS", "2")
    monkeypatch.setenv("PIPELINES_SENSOR_SECONDS", " ")
    for name in ("PIPELINES_SWEEP_DAYS", "PIPELINES_UI_URL"):
        monkeypatch.delenv(name, raising=False)
    settings = load_settings()
    assert (settings.sweep_days, settings.lookback_days, settings.sensor_seconds) == (7, 2, 60)
    assert settings.ui_url is None


def test_a_secret_is_kept_wherever_it_comes_from(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is checked: what is told of a mistake may hold one, of no setting of ours, too."""
    dotenv.write_text("PGPASSWORD=from-the-file-41\n")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "from-the-process-42")
    monkeypatch.setenv("PIPELINES_WAREHOUSE", "mysql://from-the-file-41:from-the-process-42@db")
    with pytest.raises(SettingsError):
        load_settings()
    assert blotted("from-the-file-41, from-the-process-42") == "[secret], [secret]"


@pytest.mark.parametrize("place", ["file", "process", "given"])
def test_a_former_setting_is_told_once_with_what_is_there_in_its_place(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    _warn.cache_clear()
    if place == "file":
        dotenv.write_text("CLOCKIFY_TRUST_CHANGES=value-47\n")
    elif place == "process":
        monkeypatch.setenv("CLOCKIFY_TRUST_CHANGES", "value-47")
    given = {"CLOCKIFY_TRUST_CHANGES": "value-47"} if place == "given" else None
    assert load_settings(given) == load_settings(given)
    (told,) = caplog.messages
    assert "CLOCKIFY_TRUST_CHANGES is no setting any more" in told
    assert "CLOCKIFY_TIME_ENTRIES=auto" in told
    assert "value-47" not in told


def test_a_blank_former_setting_is_none_and_hides_the_one_of_the_file(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _warn.cache_clear()
    dotenv.write_text("CLOCKIFY_TRUST_CHANGES=1\n")
    monkeypatch.setenv("CLOCKIFY_TRUST_CHANGES", " ")
    load_settings()
    assert not caplog.messages


def test_a_former_setting_is_none_of_todays_and_names_one() -> None:
    today = {variable for _, variable, _ in declared(Settings)}
    former = {
        variable: instead
        for room in Settings.__mro__
        for variable, instead in vars(room).get("former", {}).items()
    }
    assert former
    for variable, instead in former.items():
        assert variable not in today
        assert any(name in instead for name in today), variable


def test_a_file_that_cannot_be_read_is_one_sentence(dotenv: Path) -> None:
    dotenv.write_bytes(b"PIPELINES_UI_URL=\xff\xfe")
    with pytest.raises(SettingsError, match=r"\.env cannot be read"):
        load_settings()


def test_what_may_hold_a_secret_is_not_shown() -> None:
    shown = repr(
        load_settings(
            {
                **CLOCKIFY,
                "CLOCKIFY_API_KEY": "key-of-43",
                "PIPELINES_MOVE_TO": "postgresql://a:key-of-43@h/d",
            }
        )
    )
    assert "key-of-43" not in shown
    assert "sweep_days=90" in shown


def test_no_setting_is_declared_twice_and_each_is_told() -> None:
    found = list(declared(Settings))
    variables = [variable for _, variable, _ in found]
    assert len(variables) == len(set(variables))
    assert {field.validation_alias for field in Settings.model_fields.values()} == set(variables)
    for room, variable, field in found:
        assert room.title, room
        assert (field.description or "").endswith("."), variable
