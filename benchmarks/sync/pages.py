"""Pages of the long lists out of rows that were serialised once, so that the server is not what is measured.

Here: an ASGI application between the simulator's gate and its endpoints. It asks an endpoint for a whole list when the
first page of it is asked for, and answers every page from that until the world changes. Not here: what the rows are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipelines.simulator.service import Service

_LONG_LIST = re.compile(r"/(stories|activity|story_transitions|time-entries)$")
#: What an endpoint is asked for; the simulator's own limit on pages must be as high.
WHOLE = 10_000_000
_TRACKER_PAGE_MAX = 1000


@dataclass(frozen=True)
class _List:
    rows: list[bytes]
    headers: dict[str, str]


class SerialisedLists:
    """Answers for ``inner`` where a page of a long list is asked for."""

    def __init__(self, inner: ASGIApp, service: Service) -> None:
        self._inner = inner
        self._service = service
        self._lists: dict[tuple[Any, ...], _List] = {}
        self._revision = -1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _LONG_LIST.search(scope["path"]):
            await self._inner(scope, receive, send)
            return
        query = dict(parse_qsl(scope["query_string"].decode()))
        is_tracker = "time-entries" not in scope["path"]
        paging = ("limit", "offset") if is_tracker else ("page-size", "page")
        size, position = (query.pop(name, None) for name in paging)
        found = await self._list(scope, receive, query, paging[0])
        response = (
            _offset_page(found, min(int(size or 100), _TRACKER_PAGE_MAX), int(position or 0))
            if is_tracker
            else _numbered_page(found, int(size or 50), max(int(position or 1), 1))
        )
        await response(scope, receive, send)

    async def _list(
        self, scope: Scope, receive: Receive, query: dict[str, str], size: str
    ) -> _List:
        revision = self._service.world.revision
        if revision != self._revision:
            self._lists.clear()
            self._revision = revision
        key = (scope["path"], *sorted(query.items()))
        if key not in self._lists:
            asked = {**query, size: str(WHOLE)}
            self._lists[key] = await self._ask(
                {**scope, "query_string": urlencode(asked).encode()}, receive
            )
        return self._lists[key]

    async def _ask(self, scope: Scope, receive: Receive) -> _List:
        body = bytearray()
        headers: dict[str, str] = {}

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                assert message["status"] == 200, f"{scope['path']}: {message['status']}"
                headers.update({k.decode(): v.decode() for k, v in message["headers"]})
            else:
                body.extend(message.get("body", b""))

        await self._inner(scope, receive, keep)
        headers.pop("content-length")
        return _List([orjson.dumps(row) for row in orjson.loads(body)], headers)


def _body(rows: list[bytes]) -> bytes:
    return b"[" + b",".join(rows) + b"]"


def _offset_page(found: _List, limit: int, offset: int) -> Response:
    rows = found.rows[offset : offset + limit]
    counts = {"Total": len(found.rows), "Limit": limit, "Offset": offset, "Returned": len(rows)}
    paging = {f"x-tracker-pagination-{name.lower()}": str(count) for name, count in counts.items()}
    return Response(_body(rows), headers={**found.headers, **paging})


def _numbered_page(found: _List, size: int, number: int) -> Response:
    first = (number - 1) * size
    is_last = first + size >= len(found.rows)
    rows = found.rows[first : first + size]
    return Response(_body(rows), headers={**found.headers, "last-page": str(is_last).lower()})
