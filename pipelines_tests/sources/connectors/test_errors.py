"""What goes wrong, and what is said about it."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pipelines.pyairbyte.waits import waits_told
from pipelines.simulator.server import SimulatorServer
from pipelines_tests.support.reading import check, read

Config = dict[str, Any]
#: A stream of one request, part of its path, and the prefix of the source's settings.
SOURCES = {
    "clockify": ("clients", "/clients", "CLOCKIFY"),
    "pivotal_tracker": ("projects", "/projects", "PIVOTAL_TRACKER"),
}


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def config(source: str, request: pytest.FixtureRequest) -> Config:
    value: Config = request.getfixturevalue(
        {"clockify": "clockify", "pivotal_tracker": "tracker"}[source]
    )
    return value


FAULTS: list[dict[str, Any]] = [
    {"status": 429},
    {"status": 429, "retry_after": 0},
    {"status": 500},
    {"status": 502},
    {"kind": "reset"},
    {"kind": "truncated"},
    {"kind": "invalid_json"},
]


@pytest.mark.parametrize("faults", [FAULTS[:4], FAULTS[3:]], ids=["statuses", "breaks"])
def test_passing_faults_are_retried(
    faults: list[dict[str, Any]], source: str, config: Config, server: SimulatorServer
) -> None:
    """Each of the faults once, one after another."""
    stream, path, _ = SOURCES[source]
    right = read(source, config, [stream]).records[stream]
    for fault in faults:
        server.add_fault(path, **fault)
    reading = read(source, config, [stream])
    assert not reading.errors
    assert reading.records[stream] == right


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: "-".join(map(str, f.values())))
def test_lasting_faults_end_with_one_sentence(
    fault: dict[str, Any], server: SimulatorServer, clockify: Config
) -> None:
    server.add_fault("/clients", **fault, times=None)
    reading = read("clockify", clockify, ["clients"])
    assert not reading.records["clients"]
    assert server.requests.total == 6
    _is_one_clean_sentence(reading.errors["clients"], clockify)


def _is_one_clean_sentence(message: str, config: Config) -> None:
    secret = config.get("api_key") or config["api_token"]
    assert secret not in message
    assert "Traceback" not in message
    assert "\n" not in message
    assert message.endswith(".")
    assert len(message) < 400


def test_retry_after_is_waited_for(source: str, config: Config, server: SimulatorServer) -> None:
    stream, path, _ = SOURCES[source]
    server.add_fault(path, status=429, retry_after=1)
    started = time.monotonic()
    told: list[str] = []
    with waits_told(told.append):
        assert not read(source, config, [stream]).errors
    assert time.monotonic() - started >= 1
    assert len(told) == 1
    assert told[0].endswith(" answers 429 (try 1 of 6), waiting 1 s")


def test_too_long_a_retry_after_ends_the_read(
    source: str, config: Config, server: SimulatorServer
) -> None:
    stream, path, prefix = SOURCES[source]
    server.add_fault(path, status=429, retry_after=1800)
    message = read(source, config, [stream]).errors[stream]
    assert "1800 seconds" in message
    assert f"{prefix}_REQUESTS_PER_HOUR" in message


def test_a_web_page_names_the_url_setting_at_once(
    source: str, config: Config, server: SimulatorServer
) -> None:
    stream, path, prefix = SOURCES[source]
    server.add_fault(path, kind="html", status=200, times=None)
    message = read(source, config, [stream]).errors[stream]
    assert f"check {prefix}_API_URL" in message
    assert server.requests.total == 1
    _is_one_clean_sentence(message, config)


def test_a_wrong_credential_names_its_setting_at_once(
    source: str, config: Config, server: SimulatorServer
) -> None:
    stream, _, _ = SOURCES[source]
    key = "api_key" if source == "clockify" else "api_token"
    setting = "CLOCKIFY_API_KEY" if source == "clockify" else "PIVOTAL_TRACKER_API_TOKEN"
    wrong = {**config, key: "not-it"}
    message = read(source, wrong, [stream]).errors[stream]
    assert f"check {setting}" in message
    assert "not-it" not in message
    assert server.requests.total == 1
    verdict = check(source, wrong)
    assert verdict is not None
    assert setting in verdict


def test_a_credential_revoked_midway_fails_what_is_left(
    server: SimulatorServer, clockify: Config
) -> None:
    server.revoke_credentials("clockify", after=2)
    reading = read("clockify", {**clockify, "num_workers": 2}, ["time_entries"])
    assert "CLOCKIFY_API_KEY" in reading.errors["time_entries"]


def test_a_wrong_credential_is_no_missing_plan(clockify: Config) -> None:
    reading = read("clockify", {**clockify, "api_key": "not-it"}, ["holidays"])
    assert "CLOCKIFY_API_KEY" in reading.errors["holidays"]


def test_a_wrong_workspace_names_its_setting(clockify: Config) -> None:
    wrong = {**clockify, "workspace_id": "0" * 24}
    verdict = check("clockify", wrong)
    assert verdict is not None
    assert "CLOCKIFY_WORKSPACE_ID" in verdict


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "http://no-such-host.invalid", "localhost:1", "http://"]
)
def test_an_unreachable_host_names_the_url_setting(source: str, config: Config, url: str) -> None:
    stream, _, prefix = SOURCES[source]
    message = read(source, {**config, "api_url": url}, [stream]).errors[stream]
    assert f"{prefix}_API_URL" in message
    _is_one_clean_sentence(message, config)


@pytest.mark.parametrize("ending", ["/", "{path}", "{path}/"])
def test_the_url_may_have_a_slash_or_the_path(source: str, config: Config, ending: str) -> None:
    stream, _, _ = SOURCES[source]
    path = {"clockify": "/api/v1", "pivotal_tracker": "/services/v5"}[source]
    url = config["api_url"] + ending.format(path=path)
    assert read(source, {**config, "api_url": url}, [stream]).records[stream]


def test_a_refused_page_size_names_its_setting(server: SimulatorServer, clockify: Config) -> None:
    server.change_behaviour(clockify_page_max=200)
    message = read("clockify", clockify, ["clients"]).errors["clients"]
    assert "CLOCKIFY_PAGE_SIZE" in message


def test_the_right_config_is_found_right(
    source: str, config: Config, server: SimulatorServer
) -> None:
    assert check(source, config) is None
    assert server.requests.total == 1


@contextmanager
def _answering(
    body: Any, content_type: str | None = "application/json", *, drips: bool = False, **headers: str
) -> Iterator[str]:
    """A server that answers everything with ``body`` and status 200; where it ``drips``, a byte at a time."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            payload = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(200)
            if content_type:
                self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(payload)))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            with suppress(OSError):
                for piece in (payload[n : n + 1] for n in range(len(payload) if drips else 0)):
                    self.wfile.write(piece)
                    time.sleep(0.05)
                if not drips:
                    self.wfile.write(payload)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_answer_that_is_too_large_once_unpacked_is_refused() -> None:
    """Three megabytes of spaces inside an empty list are three kilobytes on the way."""
    bomb = gzip.compress(b"[" + b" " * 3_000_000 + b"]")
    config = {"api_token": "secret-token", "retry_seconds": 0.01, "answer_megabytes": 2}
    with _answering(bomb, Content_Encoding="gzip") as url:
        reading = read("pivotal_tracker", {**config, "api_url": url}, ["projects"])
        assert not read(
            "pivotal_tracker", {**config, "api_url": url, "answer_megabytes": 4}, ["projects"]
        ).errors
    assert "more than 2 MB" in reading.errors["projects"]
    assert "PIPELINES_ANSWER_MEGABYTES" in reading.errors["projects"]


def test_an_answer_that_does_not_end_in_time_is_refused() -> None:
    """Each of its thousand bytes comes soon enough; all of them would take 50 seconds."""
    config = {"api_token": "secret-token", "retry_seconds": 0.01, "answer_seconds": 1}
    with _answering(b"[" + b" " * 1000 + b"]", drips=True) as url:
        reading = read("pivotal_tracker", {**config, "api_url": url}, ["projects"])
    assert "PIPELINES_ANSWER_SECONDS" in reading.errors["projects"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ({"code": 501, "message": "Something went wrong"}, "application/json"),
        ({"message": "no list for secret-token\nbut two lines"}, "application/json"),
        ({}, "application/json"),
        (None, "application/json"),
        ("text", "application/json"),
        ([1, 2], "application/json"),
        ([["nested"]], "application/json"),
        (b"", "application/json"),
        (b"", None),
        (b"plain", "text/plain"),
    ],
)
def test_anything_but_a_list_fails(body: Any, content_type: str | None) -> None:
    config = {"api_token": "secret-token", "retry_seconds": 0.01}
    with _answering(body, content_type) as url:
        reading = read("pivotal_tracker", {**config, "api_url": url}, ["projects"])
    assert not reading.records["projects"]
    _is_one_clean_sentence(reading.errors["projects"], config)


def test_a_failing_stream_leaves_the_others_alone(
    server: SimulatorServer, clockify: Config
) -> None:
    server.add_fault("/clients", status=500, times=None)
    reading = read("clockify", clockify, ["clients", "tags"])
    assert set(reading.errors) == {"clients"}
    assert reading.records["tags"]


def test_a_budget_is_kept(server: SimulatorServer, clockify: Config) -> None:
    """Nine pages at four a second take two seconds."""
    tag = server.world.clockify.tags[0]
    server.world.clockify.tags = [{**tag, "id": f"{number:024x}"} for number in range(9)]
    budget = {"page_size": 1, "requests_per_second": 4, "requests_per_hour": 3000}
    started = time.monotonic()
    assert len(read("clockify", {**clockify, **budget}, ["tags"]).records["tags"]) == 9
    assert time.monotonic() - started >= 1.9


@pytest.mark.parametrize(
    "budget",
    [
        {"requests_per_second": 1},
        {"requests_per_hour": 2},
        {"requests_per_second": 50, "requests_per_hour": 30},
        {"requests_per_second": 1, "requests_per_hour": 100_000},
    ],
)
def test_any_budget_is_accepted(source: str, config: Config, budget: dict[str, int]) -> None:
    assert check(source, {**config, **budget}) is None
