"""A thread that serves an ASGI application on this machine until it is closed.

Here: sockets and threads. Not here: what is served.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from types import TracebackType
from typing import TypeVar

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

_Server = TypeVar("_Server", bound="LocalServer")


class _Protocol(H11Protocol):
    """HTTP that hands its connection to the application, which must be able to break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def _listen(port: int) -> socket.socket:
    """A socket that queues connections at once, before the thread is up; *port* 0 takes a free one."""
    # With the protocol named, asyncio turns Nagle's algorithm off on what is accepted; without, every
    # answer on a kept connection comes 40 ms late.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener


class LocalServer:
    """*app* on ``127.0.0.1``; use it as a context manager, or ``start`` and ``close`` it."""

    def __init__(self, app: ASGIApp, *, name: str, port: int = 0) -> None:
        self._app = app
        self._name = name
        self._port = port
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self: _Server) -> _Server:
        """Listen, and serve in a thread that ends with the process."""
        self._socket = _listen(self._port)
        config = uvicorn.Config(
            self._app,
            http=_Protocol,
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [self._socket]},
            name=self._name,
            daemon=True,
        )
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop serving and free the port; answers under way have one second to finish."""
        if self._server and self._thread and self._socket:
            self._server.should_exit = True
            self._thread.join()
            self._socket.close()
        self._server = self._thread = self._socket = None

    def __enter__(self: _Server) -> _Server:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """``http://127.0.0.1:<port>``, without any path."""
        if self._socket is None:
            raise RuntimeError("the server is not running")
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"
