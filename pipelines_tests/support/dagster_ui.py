"""The real Dagster UI with its daemon, as ``make ui`` starts it: a process of its own that ends with everything it started.

Here: starting, asking and ending it. Not here: what a person does in it (``browser``).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests

from pipelines.settings import PROJECT

LONGEST_WAIT = 180.0
T = TypeVar("T")


@dataclass(frozen=True)
class DagsterUi:
    """A running UI at ``url``, without a slash at its end."""

    url: str

    def ask(self, query: str, **variables: Any) -> Any:
        """The one answer of a GraphQL query with one field; its errors fail the test."""
        response = requests.post(
            f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60
        )
        answer = response.json()
        assert "errors" not in answer, answer
        (data,) = answer["data"].values()
        return data


@contextmanager
def dagster_ui(environment: Mapping[str, str], log: Path) -> Iterator[DagsterUi]:
    """The UI under ``environment``, ready to answer; what it prints goes to ``log``."""
    port = _free_port()
    ui = DagsterUi(f"http://127.0.0.1:{port}")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.cli", "ui", "--port", str(port)],
            cwd=PROJECT,
            env=dict(environment),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            await_that(lambda: _answers(ui, process, log), "the UI to answer")
            yield ui
        finally:
            _end(process)


def await_that(condition: Callable[[], T | None], what: str, seconds: float = LONGEST_WAIT) -> T:
    """The first true answer of ``condition``, asked twice a second for at most ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.5)


def _answers(ui: DagsterUi, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, f"the UI ended by itself:\n{log.read_text()[-4000:]}"
    try:
        return requests.get(f"{ui.url}/server_info", timeout=5).ok
    except requests.ConnectionError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole process group: politely, then whoever is left of it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(20)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(20)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
