"""What the history says of the streams, as facts, as a table, and as text that two other parsers read."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from io import StringIO
from pathlib import Path

import dagster as dg
import pytest
from prometheus_client import parser as prometheus_library
from prometheus_client.openmetrics import parser as openmetrics_parser
from rich.console import Console

from pipelines.cli.show_status import show_status
from pipelines.defs.settings import load_settings
from pipelines.outputs.status.openmetrics import openmetrics
from pipelines.outputs.status.streams import LastRead, Status, status
from pipelines.outputs.status.table import age, status_table
from pipelines.sources.registry import CONNECTORS
from pipelines_tests.outputs.status.conftest import NOW


def last_read(found: Status, stream: str) -> LastRead | None:
    (of_stream,) = [each for each in found.streams if each.stream == stream]
    return of_stream.last_read


def test_the_last_read_counts_with_its_numbers(found: Status) -> None:
    read = last_read(found, "tags")
    assert read is not None
    assert (read.requests, read.rows, read.rows_read) == (2, 1002, 12)
    assert (read.rows_added, read.rows_changed, read.rows_removed) == (1, 2, 3)
    assert abs(read.ended_at - NOW) < timedelta(hours=6)


def test_a_backfill_of_old_days_does_not_bring_a_stream_up_to_date(found: Status) -> None:
    read = last_read(found, "time_entries")
    assert read is not None
    assert read.requests == 3


def test_failures_and_runs_are_counted(found: Status) -> None:
    failures = {each.stream: each.recent_failures for each in found.streams}
    assert failures.pop("users") == 1
    assert set(failures.values()) == {0}
    assert found.recent_runs == {"success": 4, "failure": 1, "canceled": 0}
    assert last_read(found, "users") is None


def test_streams_of_a_source_that_is_off_are_left_out(found: Status) -> None:
    names = {(each.source, each.stream) for each in found.streams}
    assert names == {("clockify", props.name) for props in CONNECTORS["clockify"].streams}


@pytest.mark.parametrize("library", [openmetrics_parser, prometheus_library])
def test_prometheus_and_openmetrics_read_the_same_numbers(found: Status, library: object) -> None:
    families = library.text_string_to_metric_families(openmetrics(found))  # type: ignore[attr-defined]
    samples = {
        (sample.name, sample.labels.get("stream", sample.labels.get("status"))): sample.value
        for family in families
        for sample in family.samples
    }
    assert samples["pipelines_stream_rows", "tags"] == 1002
    assert samples["pipelines_stream_read_requests", "tags"] == 2
    assert samples["pipelines_stream_read_records", "tags"] == 12
    assert samples["pipelines_stream_rows_removed", "tags"] == 3
    assert samples["pipelines_stream_read_seconds", "tags"] == 0.5
    assert samples["pipelines_stream_recent_failures", "users"] == 1
    assert samples["pipelines_recent_runs", "success"] == 4
    assert ("pipelines_stream_rows", "users") not in samples
    ended = samples["pipelines_stream_last_success_timestamp_seconds", "tags"]
    assert abs(ended - NOW.timestamp()) < 6 * 3600


def test_the_table_has_a_line_for_every_stream(found: Status) -> None:
    read = last_read(found, "tags")
    assert read is not None
    output = StringIO()
    Console(file=output, width=130).print(
        status_table(found, read.ended_at + timedelta(hours=4, minutes=59, seconds=1))
    )
    lines = output.getvalue().splitlines()
    (tags,) = [line for line in lines if line.startswith("clockify.tags ")]
    assert tags.split()[1:] == [
        *read.ended_at.strftime("%Y-%m-%d %H:%M").split(),
        *("4", "h", "59", "min", "1,002", "12", "1", "2", "3", "2", "0.5", "0"),
    ]
    (users,) = [line for line in lines if line.startswith("clockify.users ")]
    assert users.split()[1:] == ["never", "1"]


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=23, minutes=5), "23 h 5 min"),
        (timedelta(days=3, hours=4, minutes=5), "3 d 4 h"),
        (timedelta(seconds=-5), "0 min"),
    ],
)
def test_an_age_is_told_in_its_largest_units(span: timedelta, text: str) -> None:
    assert age(span) == text


@pytest.mark.parametrize(
    ("environment", "rows"),
    [({}, 2), ({"CLOCKIFY_API_KEY": "k", "CLOCKIFY_WORKSPACE_ID": "w"}, 1)],
    ids=["demo", "live"],
)
def test_the_demo_does_not_pass_for_a_real_source_nor_the_other_way_round(
    environment: dict[str, str], rows: int
) -> None:
    """Both may have the same history, where DAGSTER_HOME says so."""
    key = dg.AssetKey(["clockify", "tags"])
    with dg.DagsterInstance.ephemeral() as instance:
        for number, mode in enumerate(("live", "demo"), start=1):
            instance.report_runless_asset_event(
                dg.AssetMaterialization(key, metadata={"mode": mode, "dagster/row_count": number})
            )
        found = status(instance, load_settings(environment), datetime.now(timezone.utc))
    (read,) = [stream.last_read for stream in found.streams if stream.last_read]
    assert read.rows == rows


def test_a_fresh_clone_is_told_its_mode_its_warehouse_and_the_next_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(
        {"DAGSTER_HOME": str(tmp_path), "PIPELINES_WAREHOUSE": str(tmp_path / "demo.duckdb")}
    )
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    show_status(settings, as_openmetrics=False)
    assert capsys.readouterr().out.splitlines() == [
        "Demo: no credentials are set.",
        f"Warehouse: {tmp_path / 'demo.duckdb'}, not there yet.",
        f"History: {tmp_path}.",
        "Nothing was read yet: `make demo`.",
    ]
