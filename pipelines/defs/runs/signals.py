"""Whether somebody asked this process to stop, known even while its main thread is busy.

Dagster and DuckDB each have their own way with a signal: one keeps it for later, the other raises an ordinary error that
looks like a stream's fault. Here the system's own note of a signal is read, beside whatever they do. Not here: what is
done about it (``executor``, ``cli.stopping``).
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable

#: Set when a signal to stop came; a run that begins clears it.
stop_requested = threading.Event()

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
#: Set when every listener was told of a signal.
_is_told = threading.Event()
_is_own = threading.Event()
_listeners: list[Callable[[int], None]] = []
_sockets: list[socket.socket] = []


def watch_signals(listener: Callable[[int], None] | None = None) -> None:
    """Note signals to stop from now on, and tell ``listener`` of each, in a thread of its own.

    It changes no handler. Outside the main thread of a process it does nothing, because Python does not allow it.
    """
    if listener and listener not in _listeners:
        _listeners.append(listener)
    if _sockets or threading.current_thread() is not threading.main_thread():
        return
    ours, pythons = socket.socketpair()
    pythons.setblocking(False)
    _sockets.extend((ours, pythons))
    signal.set_wakeup_fd(pythons.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(ours,), daemon=True, name="signals").start()


def interrupt_main_thread() -> None:
    """As Ctrl-C does, but of our own accord: nobody asked to stop."""
    _is_own.set()
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def await_listeners(seconds: float) -> None:
    """Wait until every listener was told of a signal that came: a process may end before their thread has its turn."""
    _is_told.wait(seconds)


def _watch(ours: socket.socket) -> None:
    while number := ours.recv(1):
        if _is_own.is_set():
            _is_own.clear()
        elif number[0] in _SIGNALS:
            stop_requested.set()
            for listener in _listeners:
                listener(number[0])
            _is_told.set()
