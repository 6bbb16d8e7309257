"""A connector that is a program of its own: what it says becomes rows, and what it does not say removes none."""

from __future__ import annotations

import logging
import os
import signal
import tempfile
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.defs.resources import Sources
from pipelines.defs.settings import load_settings
from pipelines.pyairbyte import PyAirbyteComponent
from pipelines.pyairbyte.installed import InstalledExecutor
from pipelines.pyairbyte.resource import PyAirbyteResource
from pipelines.pyairbyte.session import Part
from pipelines.warehouse.connection import Warehouse
from pipelines_tests.support.made_connector import (
    MadeConnector,
    Step,
    error,
    record,
    say,
    state,
    status,
    stream,
)
from pipelines_tests.support.project import failure_of

SECRET = "not-to-be-told-31415"
TEXT = {"type": ["null", "string"]}


class Made:
    """A made connector, the assets of its component, and the warehouse that they are read into."""

    def __init__(self, folder: Path, **config: Any) -> None:
        self.folder = folder
        (folder / "connector").mkdir()
        self.source = MadeConnector(
            folder / "connector",
            [
                stream("orders", name=TEXT),
                stream(
                    "Ad-Groups", incremental=True, shownAt={"type": "string", "format": "date-time"}
                ),
            ],
        )
        self.warehouse = Warehouse(str(folder / "made.duckdb"))
        settings = load_settings({"DAGSTER_HOME": str(folder)})
        component = PyAirbyteComponent(
            connector="source-made",
            executable=str(self.source.executable),
            catalog=str(self.source.catalog),
            config={"key": SECRET, **config},
        )
        self.definitions = dg.Definitions.merge(
            component.build_defs(dg.ComponentTree.for_test().load_context),
            dg.Definitions(
                resources={
                    "airbyte": PyAirbyteResource(staging_dir=str(folder / "staging")),
                    "destinations": Sources(settings, self.warehouse),
                }
            ),
        )

    def read(self, *steps: Step, **config: Any) -> dg.ExecuteInProcessResult:
        self.source.reads(*steps)
        job = self.definitions.resolve_implicit_global_asset_job_def()
        run_config = {"ops": {"made_streams": {"config": config}}} if config else {}
        return job.execute_in_process(run_config=run_config, raise_on_error=False)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.warehouse.connect(read_only=True) as connection:
            return connection.execute(sql).fetchall()

    @property
    def orders(self) -> list[int]:
        return [key for (key,) in self.rows("SELECT id FROM made.orders ORDER BY id")]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


def warnings_of(result: dg.ExecuteInProcessResult, stream: str) -> str:
    """What the materialization of ``stream`` warns of."""
    (event,) = [
        each
        for each in result.asset_materializations_for_node("made_streams")
        if each.asset_key == dg.AssetKey(["made", stream])
    ]
    found = event.metadata.get("warnings")
    return str(found.value) if found else ""


COMPLETE = [status("orders", "COMPLETE"), status("Ad-Groups", "COMPLETE")]
THREE = [record("orders", id=number, name=f"no {number}") for number in (1, 2, 3)]


def test_records_become_rows_and_the_state_is_handed_back(made: Made) -> None:
    shown = record("Ad-Groups", id=7, shownAt="2026-03-01T10:00:00Z")
    assert made.read(*THREE, shown, state("Ad-Groups", at="2026-03-01"), *COMPLETE).success
    assert made.orders == [1, 2, 3]
    assert made.rows("SELECT id, (shownAt AT TIME ZONE 'UTC')::VARCHAR FROM made.ad_groups") == [
        (7, "2026-03-01 10:00:00")
    ]

    result = made.read(*THREE, *COMPLETE)
    assert result.success
    assert made.rows("SELECT id FROM made.ad_groups") == [(7,)]
    first, second = made.source.asked("read")
    assert first["--state"] == []
    assert second["--state"] == [
        {
            "type": "STREAM",
            "stream": {
                "stream_descriptor": {"name": "Ad-Groups"},
                "stream_state": {"at": "2026-03-01"},
            },
        }
    ]
    added = {
        event.asset_key.path[-1]: event.metadata["rows_added"].value
        for event in result.asset_materializations_for_node("made_streams")
    }
    assert added == {"orders": 0, "ad_groups": 0}
    told = [event.metadata for event in result.asset_materializations_for_node("made_streams")]
    assert not [metadata for metadata in told if "requests" in metadata], "they are not known"
    # A read that brought no state keeps the one there was.
    assert made.read(*THREE, *COMPLETE).success
    assert made.source.asked("read")[2]["--state"] == second["--state"]


def test_a_full_refresh_is_asked_without_state(made: Made) -> None:
    assert made.read(*THREE, state("Ad-Groups", at="x"), *COMPLETE).success
    assert made.read(*THREE, state("Ad-Groups", at="y"), *COMPLETE, full_refresh=True).success
    assert made.source.asked("read")[1]["--state"] == []


def test_what_is_gone_from_a_whole_read_is_gone(made: Made) -> None:
    assert made.read(*THREE, *COMPLETE).success
    assert made.read(*THREE[:2], *COMPLETE).success
    assert made.orders == [1, 2]
    assert made.rows("SELECT id FROM made.orders_deleted") == [(3,)]


def test_a_read_that_would_remove_most_is_held_back_once(made: Made) -> None:
    assert made.read(*THREE, *COMPLETE).success
    assert "would remove 2 of 3 rows" in failure_of(made.read(THREE[0], *COMPLETE))
    assert made.orders == [1, 2, 3]
    assert made.read(THREE[0], *COMPLETE).success
    assert made.orders == [1]


ENDS: list[tuple[list[Step], str]] = [
    ([{"exit": 1}], "source-made ended with exit status 1 in its read"),
    ([{"err": "no memory"}, {"exit": 3}], "exit status 3 in its read: no memory"),
    ([{"signal": signal.SIGKILL}], "was killed by signal 9"),
    ([error("The list is locked.")], "The list is locked."),
    ([error("The list is locked.", "orders"), *COMPLETE], "orders: The list is locked."),
    ([status("orders", "STARTED")], "ended before orders was complete"),
    ([status("orders", "INCOMPLETE")], "ended before orders was complete"),
    ([{"out": '{"type": "RECORD", "record": {"stream": "orders", "da'}], "no message of Airbyte"),
    ([{"out": '{"type": "TRACE", "trace": {"error": 3}}'}], "no message of Airbyte"),
]


def test_a_read_without_an_end_removes_nothing(made: Made) -> None:
    assert made.read(*THREE, *COMPLETE).success
    for steps, reason in ENDS:
        result = made.read(record("orders", id=1, name="changed"), *steps)
        assert reason in failure_of(result)
        assert made.rows("SELECT id, name FROM made.orders ORDER BY id") == [
            (1, "no 1"),
            (2, "no 2"),
            (3, "no 3"),
        ], reason


def test_what_was_complete_before_the_program_died_is_kept_and_removes_nothing(made: Made) -> None:
    assert made.read(*THREE, *COMPLETE).success
    four = record("orders", id=4, name="new")
    result = made.read(four, status("orders", "COMPLETE"), {"exit": 1})
    assert "ad_groups: source-made ended with exit status 1" in failure_of(result)
    assert made.orders == [1, 2, 3, 4]
    assert "nothing that is missing is removed" in warnings_of(result, "orders")


def test_silence_about_a_stream_removes_nothing(made: Made) -> None:
    assert made.read(*THREE, *COMPLETE).success
    result = made.read()
    assert result.success
    assert made.orders == [1, 2, 3]
    assert "said nothing of orders" in warnings_of(result, "orders")


def test_a_program_that_tells_of_no_stream_is_believed_by_its_exit_status(made: Made) -> None:
    assert made.read(*THREE).success
    assert made.read(*THREE[:2]).success
    assert made.orders == [1, 2]


def test_one_state_for_all_streams_is_not_kept(made: Made) -> None:
    whole = say(
        state={"type": "GLOBAL", "global": {"shared_state": {"lsn": 1}, "stream_states": []}}
    )
    result = made.read(*THREE, whole, *COMPLETE)
    assert result.success
    assert "keeps one state for all its streams" in warnings_of(result, "orders")
    made.read(*THREE, *COMPLETE)
    assert made.source.asked("read")[1]["--state"] == []


def test_what_does_not_fit_is_kept_beside_and_told(made: Made) -> None:
    odd = [
        record("orders", id=1, name=["a", "b"], colour="red"),
        {
            "out": '{"type": "RECORD", "record": {"stream": "orders", "data": [1, 2], "emitted_at": 1}}'
        },
        record("orders", id=2, name="\ud83d"),
        record("unknown", id=1),
        {"out": "Downloading the internet"},
    ]
    result = made.read(*odd, *COMPLETE)
    assert result.success
    assert made.rows(
        "SELECT id, name, _extra ->> 'name', _extra ->> 'colour' FROM made.orders ORDER BY id"
    ) == [
        (1, None, '["a","b"]', "red"),
        (2, "\ufffd", '"\\ud83d"', None),
    ]
    (event,) = [
        each
        for each in result.asset_materializations_for_node("made_streams")
        if each.asset_key.path[-1] == "orders"
    ]
    assert event.metadata["undeclared_fields"].value == {"colour": '"red"'}
    assert "name" in event.metadata["retyped_fields"].value


def test_a_refused_check_says_why_and_changes_nothing(made: Made) -> None:
    made.source.does(
        "check", say(connectionStatus={"status": "FAILED", "message": f"no entry with {SECRET}"})
    )
    assert "made was not read, nothing was changed: no entry with [secret]" in failure_of(
        made.read()
    )
    made.source.does("check", {"err": "Traceback ..."}, {"err": "KeyError: 'user'"}, {"exit": 1})
    assert "exit status 1 in its check: KeyError: 'user'" in failure_of(made.read())
    made.source.executable.unlink()
    assert "source-made is not installed" in failure_of(made.read())


def test_secrets_are_in_no_log_no_metadata_and_no_file(
    made: Made, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = made.folder / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    with caplog.at_level(logging.DEBUG):
        result = made.read(
            say(log={"level": "INFO", "message": f"signing in with {SECRET}"}),
            {"out": f"signing in with {SECRET}"},
            error(f"{SECRET} is not welcome", "Ad-Groups"),
            {"err": f"config was {SECRET}"},
            *THREE,
            status("orders", "COMPLETE"),
            {"exit": 1},
        )
    assert made.source.asked("read")[0]["--config"]["key"] == SECRET
    told = [caplog.text, failure_of(result), warnings_of(result, "orders")]
    assert "[secret] is not welcome" in told[1]
    assert not [text for text in told if SECRET in text]
    mine = made.folder / "connector"
    holding = [
        str(Path(folder) / name)
        for folder, _, names in os.walk(made.folder)
        for name in names
        if not Path(folder).is_relative_to(mine)
        if SECRET.encode() in (Path(folder) / name).read_bytes()
    ]
    assert holding == []


TRANSCRIPT = "".join(
    step["out"] + "\n"
    for step in [
        say(log={"level": "INFO", "message": "begins"}),
        status("orders", "STARTED"),
        *THREE,
        state("Ad-Groups", at="2026-03-01"),
        status("orders", "COMPLETE"),
        record("Ad-Groups", id=7),
        status("Ad-Groups", "COMPLETE"),
    ]
)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(cut=st.integers(0, len(TRANSCRIPT)), end=st.sampled_from(["exit 0", "exit 1", "signal 9"]))
@example(cut=0, end="exit 0")
@example(cut=len(TRANSCRIPT), end="exit 0")
def test_wherever_it_breaks_off_only_what_was_complete_speaks_for_what_is_missing(
    cut: int, end: str
) -> None:
    """Whatever part of its words came, and however the program ended."""
    how, _, number = end.partition(" ")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = MadeConnector(
            folder, [stream("orders", name=TEXT), stream("Ad-Groups", incremental=True)]
        )
        made.reads({"piece": TRANSCRIPT[:cut]}, {how: int(number)})
        read = InstalledExecutor(made.connector, {}, folder, streams=["orders", "ad_groups"])
        list(read.execute(["read"]))
    came = TRANSCRIPT[:cut].splitlines()
    for table, said in (("orders", COMPLETE[0]), ("ad_groups", COMPLETE[1])):
        outcome, refusal = read.outcomes[table], read.session.refusal(Part(table))
        is_told = said["out"] in came
        is_whole = outcome.complete and outcome.error is None
        assert is_whole or not is_told, "what was complete stays complete"
        if end != "exit 0" or not is_told:
            assert not is_whole or refusal or (end == "exit 0" and outcome.records)


def test_many_records_travel_in_batches_and_the_last_of_a_key_counts(made: Made) -> None:
    many = [record("orders", id=number, name="first") for number in range(2500)]
    assert made.read(*many, record("orders", id=0, name="last"), *COMPLETE).success
    assert made.rows("SELECT count(*), min(name) FILTER (id = 0) FROM made.orders") == [
        (2500, "last")
    ]
