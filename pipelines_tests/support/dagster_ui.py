"""The real Dagster UI with its daemon, as ``make ui`` starts it.

Here: starting and asking it. Not here: what a person does in it (``browser``).
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from pipelines_tests.support.process_group import await_that, process_group, tail


@dataclass(frozen=True)
class DagsterUi:
    """A running UI at ``url``, without a slash at its end."""

    url: str

    def ask(self, query: str, **variables: Any) -> Any:
        """The one answer of a GraphQL query with one field; its errors fail the test."""
        response = requests.post(
            f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=300
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
    with process_group(["pipelines.cli", "ui", "--port", str(port)], environment, log) as process:
        await_that(lambda: _answers(ui, process, log), "the UI to answer", report=lambda: tail(log))
        yield ui


def _answers(ui: DagsterUi, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, f"the UI ended by itself:\n{tail(log)}"
    try:
        return requests.get(f"{ui.url}/server_info", timeout=60).ok
    except requests.RequestException:
        return False


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
