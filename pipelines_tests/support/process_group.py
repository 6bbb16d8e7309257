"""A command in a process group of its own, which ends with everything it started.

Here: starting and ending it, and waiting. Not here: which command (``dagster_ui``, ``dagster_daemon``).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from pipelines.project.folder import PROJECT

LONGEST_WAIT = 300.0
_TAIL = 4000
T = TypeVar("T")


@contextmanager
def process_group(
    arguments: Sequence[str], environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """``python -m arguments`` in the project's folder under ``environment``; what it prints goes to ``log``."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=PROJECT,
            env=dict(environment),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end(process)


def await_that(
    condition: Callable[[], T | None],
    what: str,
    seconds: float = LONGEST_WAIT,
    report: Callable[[], str] | None = None,
) -> T:
    """The first true answer of ``condition``, asked twice a second for at most ``seconds``.

    What ``report`` says is part of the failure.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            seen = f"\n{report()}" if report else ""
            raise AssertionError(f"waited {seconds:.0f} s for {what}{seen}")
        time.sleep(0.5)


def tail(log: Path) -> str:
    """The end of what was printed."""
    return log.read_text(errors="replace")[-_TAIL:]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole process group: politely, then whoever is left of it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(60)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(300)
