"""A connector's program while it runs: it is handed files that are never on a disk, and ends with the block that started it.

Here: starting, listening, ending. Not here: what its lines mean (``installed``).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

_SECONDS_TO_END = 10
_LAST_LINES = 20
_LONGEST_LINE = 500


class NotStarted(Exception):
    """The program cannot be run; the message is one sentence that says why."""


class ConnectorProcess:
    """A running program: ``lines`` yields each line of its standard output once."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout
        assert process.stderr
        self._process = process
        self.lines: Iterator[bytes] = iter(process.stdout)
        self._said: deque[str] = deque(maxlen=_LAST_LINES)
        # Nobody must wait for the other: a program that says much on one of the two stops until it is taken.
        self._listener = threading.Thread(target=self._listen, args=(process.stderr,), daemon=True)
        self._listener.start()

    def _listen(self, stderr: Iterator[bytes]) -> None:
        for line in stderr:
            if text := line.decode(errors="replace").strip():
                self._said.append(text[:_LONGEST_LINE])

    def ended(self) -> int:
        """The exit status, once there are no more lines; below zero it is the signal that killed the program."""
        return self._process.wait()

    @property
    def last_words(self) -> str:
        """The last line of the standard error, or nothing."""
        self._listener.join(_SECONDS_TO_END)
        return self._said[-1] if self._said else ""

    def end(self) -> None:
        """End the program and whatever it has started, politely at first."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, sign)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_SECONDS_TO_END)
                break
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()


@contextmanager
def running(
    executable: str, arguments: Sequence[str], files: Mapping[str, bytes]
) -> Iterator[ConnectorProcess]:
    """Run ``executable`` for as long as the block lasts; ``files`` are what its options, such as ``--config``, name.

    They are held in memory and are gone with the last process that has them open, even when all are killed: a config
    has secrets. Raises ``NotStarted``.
    """
    with ExitStack() as stack:
        options: list[str] = []
        descriptors: list[int] = []
        for option, content in files.items():
            descriptor = os.memfd_create(option.strip("-"))
            stack.callback(os.close, descriptor)
            with open(descriptor, "wb", closefd=False) as file:
                file.write(content)
            descriptors.append(descriptor)
            options += [option, f"/proc/self/fd/{descriptor}"]
        try:
            process = subprocess.Popen(
                [found(executable), *arguments, *options],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=descriptors,
                # Signals are for this process, which ends the other.
                start_new_session=True,
            )
        except OSError as error:
            raise NotStarted(f"{executable} cannot be run ({error.strerror}).") from None
        connector = ConnectorProcess(process)
        stack.callback(connector.end)
        yield connector


def found(executable: str) -> str:
    """The path of ``executable``: as it is, beside this Python, or on the PATH. Raises ``NotStarted``."""
    if os.sep in executable:
        path: str | None = str(Path(executable).expanduser())
    else:
        beside = str(Path(sys.executable).parent)
        path = shutil.which(executable, path=os.pathsep.join([beside, os.environ.get("PATH", "")]))
    if path is None or not Path(path).exists():
        raise NotStarted(
            f"{executable} is not installed: install the connector's package, or name its program with `executable`."
        )
    return path
