"""Ctrl-C and SIGTERM end a command with one sentence and exit status 130 (143), at whatever moment.

From the signal on nothing else is printed. The command has a few seconds to end by itself, which marks its run as
canceled; then the process ends, whatever its threads still wait for. That harms nothing, because everything is written
whole or not at all, and the next command ends the runs of a process that is gone. Here: the signals of a command. It
imports little, because it comes before everything else.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from pipelines.defs.runs.signals import await_listeners, watch_signals

SENTENCE = "Stopped. Nothing is half written; run again to go on."
_GRACE_SECONDS = 5.0
# They write a word into a file each.
_LISTENING_SECONDS = 2.0


class _Stopped(BaseException):
    """Not ``KeyboardInterrupt``: libraries print their own words about that one."""


class _Terminal:
    """Where the sentence goes once everything else is silent."""

    def __init__(self) -> None:
        self._file = os.dup(2)
        self._ending = threading.Lock()
        self.signal: int | None = None

    def silence(self, number: int) -> None:
        """At the first signal: print nothing any more, and end soon. At the second: end."""
        if self.signal is not None:
            self.end()
        self.signal = number
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        timer = threading.Timer(_GRACE_SECONDS, self.end)
        timer.daemon = True
        timer.start()

    def end(self) -> NoReturn:
        """Say the sentence and end the process, whatever its other threads do."""
        self._ending.acquire()
        await_listeners(_LISTENING_SECONDS)
        newline = "\n" if os.isatty(self._file) else ""
        os.write(self._file, f"{newline}{SENTENCE}\n".encode())
        os._exit(128 + (self.signal or signal.SIGINT))


@contextmanager
def stoppable() -> Iterator[None]:
    """Stop the block at a signal, and the process with it. Once the block has ended, signals do nothing any more."""
    terminal = _Terminal()

    def stop(number: int, _: FrameType | None) -> NoReturn:
        terminal.signal = terminal.signal or number
        raise _Stopped

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    watch_signals(terminal.silence)
    try:
        yield
    except _Stopped:
        terminal.end()
    finally:
        if terminal.signal is not None:
            terminal.end()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
