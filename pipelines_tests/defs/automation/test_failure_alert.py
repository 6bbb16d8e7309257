"""The failure alert, fed with real failed runs: one line, one message, never a secret, never a failure of its own."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import dagster as dg
import pytest

from pipelines.defs.automation.failure_alert import failure_alert
from pipelines.defs.settings import load_settings
from pipelines.project.environment import SettingsError

SECRET = "a-secret-token"
ENVIRONMENT = {"PIVOTAL_TRACKER_API_TOKEN": SECRET}


@dg.asset(key=["pivotal_tracker", "labels"])
def labels() -> None: ...


@dg.asset(key=["pivotal_tracker", "stories"], deps=[labels])
def stories() -> None:
    raise dg.Failure(f"stories: the source answered 500 to {SECRET}.")


@dg.asset(key=["project_management", "story_facts"], deps=[stories])
def story_facts() -> None: ...


@contextmanager
def webhook(status: int) -> Iterator[tuple[str, list[object]]]:
    """The address of a webhook that answers ``status``, and the messages it got."""
    messages: list[object] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            messages.append(json.loads(body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", messages
    finally:
        server.shutdown()
        server.server_close()


@dg.asset(key=["pivotal_tracker", "stories"], deps=[labels])
def stories_with_a_bug() -> None:
    try:
        raise KeyError("inner")
    except KeyError:
        raise ValueError(f"no story in {SECRET}\nsecond line")  # noqa: B904


def alert(stories: dg.AssetsDefinition = stories, **environment: str) -> None:
    """Fail a run, then let the sensor tell of it."""
    sensor = failure_alert(load_settings({**ENVIRONMENT, **environment}))
    job = dg.Definitions(
        [labels, stories, story_facts], jobs=[dg.define_asset_job("sync")]
    ).resolve_job_def("sync")
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
        context = dg.build_run_status_sensor_context(
            sensor_name=sensor.name,
            dagster_event=result.get_run_failure_event(),
            dagster_instance=instance,
            dagster_run=result.dagster_run,
        ).for_run_failure()
        sensor(context)  # type: ignore[operator]


def test_the_message_names_run_job_assets_and_reason_without_secrets() -> None:
    with webhook(200) as (url, messages):
        alert(PIPELINES_ALERT_WEBHOOK=url)
    (message,) = messages
    assert isinstance(message, dict)
    text = message["text"]
    assert text.startswith("sync failed: stories: the source answered 500 to [secret]. Not brought")
    assert "pivotal_tracker/stories, project_management/story_facts" in text
    assert "labels" not in text
    assert SECRET not in text
    assert "\n" not in text


def test_an_unexpected_exception_is_told_with_its_step_its_class_and_where_to_look() -> None:
    with webhook(200) as (url, messages):
        alert(stories_with_a_bug, PIPELINES_ALERT_WEBHOOK=url)
    (message,) = messages
    assert isinstance(message, dict)
    text = message["text"]
    assert "pivotal_tracker__stories: ValueError: no story in [secret] " in text
    assert re.search(r"log is at /runs/[0-9a-f-]{36} of the Dagster UI", text)
    assert SECRET not in text
    assert "second line" not in text


@dg.asset(
    key=["pivotal_tracker", "stories"],
    check_specs=[
        dg.AssetCheckSpec("primary_key", asset=["pivotal_tracker", "stories"], blocking=True)
    ],
)
def stories_with_a_bad_key() -> Iterator[Any]:
    yield dg.MaterializeResult(asset_key=["pivotal_tracker", "stories"])
    yield dg.AssetCheckResult(
        asset_key=["pivotal_tracker", "stories"], check_name="primary_key", passed=False
    )


def test_a_failed_check_is_told_by_its_name_and_the_address_of_the_log_can_be_opened() -> None:
    with webhook(200) as (url, messages):
        alert(
            stories_with_a_bad_key,
            PIPELINES_ALERT_WEBHOOK=url,
            PIPELINES_UI_URL="https://dagster.example.com/",
        )
    (message,) = messages
    assert isinstance(message, dict)
    text = message["text"]
    assert "1 blocking asset check failed: pivotal_tracker/stories: primary_key" in text
    assert re.search(r"log is at https://dagster.example.com/runs/[0-9a-f-]{36}$", text)


def test_of_many_assets_the_first_are_named() -> None:
    many = [dg.AssetSpec(["project_management", f"table_{number}"]) for number in range(1, 10)]

    @dg.multi_asset(specs=many, name="many")
    def tables() -> Iterator[Any]:
        raise dg.Failure("the warehouse is full.")
        yield

    with webhook(200) as (url, messages):
        alert(tables, PIPELINES_ALERT_WEBHOOK=url)
    (message,) = messages
    assert isinstance(message, dict)
    assert "table_4, project_management/table_5 and 4 more." in message["text"]


@pytest.mark.parametrize("status", [404, 500])
def test_a_webhook_that_refuses_is_only_logged(
    status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with webhook(status) as (url, messages):
        alert(PIPELINES_ALERT_WEBHOOK=url)
    assert len(messages) == 1
    logged = capfd.readouterr().err
    assert "check PIPELINES_ALERT_WEBHOOK" in logged
    assert url not in logged


def test_an_unreachable_webhook_is_only_logged() -> None:
    alert(PIPELINES_ALERT_WEBHOOK="http://127.0.0.1:1/hook")


def test_without_a_webhook_there_is_only_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    alert()
    assert "sync failed:" in capfd.readouterr().err


def test_a_wrong_webhook_is_named_without_its_value() -> None:
    with pytest.raises(SettingsError, match="PIPELINES_ALERT_WEBHOOK") as error:
        load_settings({"PIPELINES_ALERT_WEBHOOK": "hooks.example.com/secret"})
    assert "secret" not in str(error.value)
