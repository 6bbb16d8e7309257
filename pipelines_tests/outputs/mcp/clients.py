"""Asks the server as an AI application does: with the official client, over standard input and output or over HTTP."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import uvicorn
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client
from mcp.types import CallToolResult, ImageContent, TextContent

from pipelines.outputs.mcp.http import PATH, Address, application

Call = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Said:
    """What a tool said: its text, whether it is an error, and its pictures."""

    text: str
    is_error: bool
    pictures: tuple[str, ...] = ()

    @property
    def body(self) -> dict[str, Any]:
        assert not self.is_error, self.text
        found: dict[str, Any] = json.loads(self.text)
        return found


def in_a_thread(run: Callable[[], Awaitable[Any]]) -> Any:
    """What ``run`` gives, in a thread of its own: that of the tests may have the loop of a browser."""
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(anyio.run, run).result()


def ask_over_stdio(snapshot: Path, calls: Sequence[Call]) -> list[Said]:
    """The answers of ``pipelines mcp``, started for these calls."""
    return over_stdio(snapshot, lambda session: _asked(session, calls))


def over_stdio(snapshot: Path, use: Callable[[ClientSession], Awaitable[Any]]) -> Any:
    """What ``use`` makes of a session with ``pipelines mcp``."""

    async def run() -> Any:
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "pipelines.cli", "mcp"],
            env={
                **os.environ,
                "PIPELINES_WAREHOUSE": str(snapshot.parent / "warehouse.duckdb"),
                "PIPELINES_REPORT_DIR": str(snapshot.parent),
            },
        )
        async with stdio_client(server) as streams, ClientSession(*streams) as session:
            await session.initialize()
            return await use(session)

    return in_a_thread(run)


def ask_over_http(address: str, calls: Sequence[Call], token: str | None = None) -> list[Said]:
    """The answers of the server at ``address``."""

    async def run() -> list[Said]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with (
            create_mcp_http_client(headers=headers) as client,
            streamable_http_client(address, http_client=client) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await _asked(session, calls)

    return in_a_thread(run)


@contextmanager
def served_over_http(snapshot: Path, token: str | None = None) -> Iterator[str]:
    """The server on a free port of loopback, in a thread; gives its address."""
    served = application(snapshot, Address("127.0.0.1", 0), token)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(served, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}{PATH}"
        finally:
            server.should_exit = True
            thread.join(60)


async def _asked(session: ClientSession, calls: Sequence[Call]) -> list[Said]:
    return [_said(await session.call_tool(name, arguments)) for name, arguments in calls]


def _said(result: CallToolResult) -> Said:
    texts = [item.text for item in result.content if isinstance(item, TextContent)]
    pictures = [item.data for item in result.content if isinstance(item, ImageContent)]
    return Said("\n".join(texts), bool(result.isError), tuple(pictures))
