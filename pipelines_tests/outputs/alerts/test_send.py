"""Messages reach the addresses, are sent once, and no address is ever told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.defs.alerts import tell
from pipelines.defs.settings import Settings, load_settings
from pipelines.outputs.alerts.rules import Alert
from pipelines.outputs.alerts.send import NotifyError, send
from pipelines.project.environment import SettingsError
from pipelines.project.texts.secrets import blotted
from pipelines_tests.support.answering_server import Answer, answering

FOUND = {"budgets": [Alert("a:100", "Build: 134 % of the budget used")]}


def settings(tmp_path: Path, *addresses: str) -> Settings:
    environment = {"DAGSTER_HOME": str(tmp_path), "PIPELINES_NOTIFY": " ".join(addresses)}
    return load_settings(environment)


def test_a_message_reaches_every_address() -> None:
    with answering(lambda _: Answer()) as server:
        address = server.url.replace("http://", "json://")
        send([f"{address}/one", f"{address}/two"], "Title", "* a line")
        assert [asked.path for asked in server.asked] == ["/one", "/two"]
        body = json.loads(server.asked[0].body)
    assert (body["title"], body["message"]) == ("Title", "* a line")


def test_alerts_are_sent_once_and_again_after_a_failure(tmp_path: Path) -> None:
    answers = [Answer(status=500), Answer()]
    with answering(lambda _: answers.pop(0)) as server:
        told = settings(tmp_path, server.url.replace("http://", "json://") + "/hook")
        assert "did not take the message" in str(tell(told, FOUND))
        assert tell(told, FOUND) is None
        assert tell(told, FOUND) is None
        assert len(server.asked) == 2
        assert "Demo: 1 new alert" in server.asked[1].body.decode()
        assert "Budgets: Build: 134 % of the budget used" in server.asked[1].body.decode()


def test_a_redirect_is_not_followed() -> None:
    with answering(lambda _: Answer()) as other:
        moved = Answer(status=302, headers={"Location": f"{other.url}/elsewhere"})
        with (
            answering(lambda _: moved) as server,
            pytest.raises(NotifyError),
        ):
            send([server.url.replace("http://", "json://")], "Title", "text")
        assert other.asked == []


def test_no_address_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    address = "json://user:planted-password@127.0.0.1:1/planted-token-of-a-hook"
    token = "slack://planted-tokenA/planted-tokenB/planted-tokenC"
    known = settings(tmp_path, address, token)
    assert len(known.notify) == 2
    with pytest.raises(NotifyError) as error:
        send([address, "nothing-known://planted-host-token"], "Title", "text")
    assert "planted" not in str(error.value)
    assert "planted" not in caplog.text
    for text in (address, token, "planted-tokenB", "planted-token-of-a-hook"):
        assert "planted" not in blotted(f"says {text} somewhere")
    with pytest.raises(SettingsError, match="PIPELINES_NOTIFY: address 1") as refused:
        load_settings({"PIPELINES_NOTIFY": "planted-no-address"})
    assert "planted" not in str(refused.value)


def test_without_addresses_nothing_is_sent_or_remembered(tmp_path: Path) -> None:
    none = settings(tmp_path).model_copy(update={"notify": ()})
    assert tell(none, FOUND) is None
    assert not (tmp_path / "alerts.json").exists()
