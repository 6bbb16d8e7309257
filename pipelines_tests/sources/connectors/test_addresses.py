"""Where requests go: to the host of the setting however it is written, never on to another one, and what is said."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.simulator.server import SimulatorServer
from pipelines_tests.support.answering_server import Answer, Asked, answering
from pipelines_tests.support.reading import check, read

Config = dict[str, Any]
SOURCES = {
    "clockify": ("clients", "/api/v1", "CLOCKIFY_API_URL"),
    "pivotal_tracker": ("projects", "/services/v5", "PIVOTAL_TRACKER_API_URL"),
}


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def config(source: str, request: pytest.FixtureRequest) -> Config:
    name = {"clockify": "clockify", "pivotal_tracker": "tracker"}[source]
    value: Config = request.getfixturevalue(name)
    return value


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_takes_no_credential_along(source: str, config: Config, status: int) -> None:
    stream, path, setting = SOURCES[source]
    with (
        answering(lambda _: Answer()) as other,
        answering(
            lambda asked: Answer(status, headers={"Location": other.url + asked.path})
        ) as first,
    ):
        moved = {**config, "api_url": first.url}
        reading = read(source, moved, [stream])
        said = reading.errors[stream]
        refusal = check(source, moved)
        assert not other.asked
    assert not reading.records[stream]
    assert path in first.asked[0].path
    assert f"redirects to {other.url}, which was not followed" in said
    assert f"set {setting} to the address" in said
    assert f"redirects to {other.url}" in (refusal or "")


@pytest.mark.parametrize("ending", ["", "/", "whole", "whole/", "half"])
def test_an_address_may_have_the_path_already(
    source: str, config: Config, server: SimulatorServer, ending: str
) -> None:
    stream, path, _ = SOURCES[source]
    half = path.rpartition("/")[0]
    right = read(source, config, [stream]).records[stream]
    assert right
    address = server.url + ending.replace("whole", path).replace("half", half)
    assert read(source, {**config, "api_url": address}, [stream]).records[stream] == right


def _read_of(source: str, config: Config, answer: Answer) -> str:
    stream = SOURCES[source][0]
    with answering(lambda _: answer) as server:
        secret = server.url.replace("://", "://gate:keeper-word@")
        return read(source, {**config, "api_url": secret}, [stream]).errors[stream]


def test_a_key_of_another_region_is_told_to_be_one(clockify: Config) -> None:
    said = _read_of(
        "clockify", clockify, Answer(401, '{"message": "Api key does not exist", "code": 4003}')
    )
    assert "check CLOCKIFY_API_KEY, and CLOCKIFY_API_URL" in said
    assert "region" in said


def test_a_page_of_a_firewall_is_told_to_be_one(source: str, config: Config) -> None:
    page = Answer(
        403, "<html>The request could not be satisfied</html>", {"Content-Type": "text/html"}
    )
    said = _read_of(source, config, page)
    assert "with a web page" in said
    assert "firewall" in said
    assert f"check {SOURCES[source][2]} and HTTPS_PROXY" in said


def test_large_pages_that_fail_name_the_page_size(clockify: Config) -> None:
    said = _read_of("clockify", clockify, Answer(500, '{"message": "Oops", "code": 500}'))
    assert "or lower CLOCKIFY_PAGE_SIZE" in said


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 500])
def test_a_server_that_repeats_what_it_was_sent_gets_nothing_told(
    source: str, config: Config, status: int
) -> None:
    def repeat(asked: Asked) -> Answer:
        said = str(asked).replace("\n", " ").replace('"', "'")
        return Answer(status, f'{{"message": "{said}", "code": 1}}')

    stream = SOURCES[source][0]
    secret = config.get("api_key") or config["api_token"]
    with answering(repeat) as server:
        address = server.url.replace("://", "://gate:keeper-word@")
        reading = read(source, {**config, "api_url": address}, [stream])
    assert any(secret in str(asked) for asked in server.asked)
    told = f"{reading.errors} {reading.notes}"
    assert secret not in told
    assert "keeper-word" not in told
