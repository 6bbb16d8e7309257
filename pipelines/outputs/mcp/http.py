"""The server over HTTP: on loopback for whoever is on this machine, elsewhere only for who has the token."""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.outputs.mcp.server import make_server

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/mcp"


class AddressError(Exception):
    """The address cannot be served at; the message says what to give instead."""


@dataclass(frozen=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only programs of this machine reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def address_of(text: str) -> Address:
    """``HOST:PORT``, ``:PORT`` or ``PORT``; the host is 127.0.0.1 without one. Raises ``AddressError``."""
    host, _, port = text.strip().rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not port.isdigit() or not 0 <= int(port) <= 65535:
        raise AddressError(
            f"--http takes HOST:PORT, such as 127.0.0.1:8765, with a port from 0 to 65535, not {text!r}."
        )
    return Address(host, int(port))


def application(file: Path, address: Address, token: str | None) -> ASGIApp:
    """The server as an ASGI application that asks for the token, where there is one.

    Raises ``AddressError`` for an address that others reach, without a token.
    """
    from mcp.server.transport_security import TransportSecuritySettings

    if token is None and not address.is_loopback:
        raise AddressError(
            f"{address.host} can be reached from other machines: set PIPELINES_MCP_TOKEN to a token that clients must send, "
            "or listen on 127.0.0.1."
        )
    # A page in a browser of this machine must not ask on its user's behalf. Elsewhere the token keeps it out.
    names = ["127.0.0.1", "localhost", "[::1]"]
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=address.is_loopback,
        allowed_hosts=[f"{name}:*" for name in names],
        allowed_origins=[f"http://{name}:*" for name in names],
    )
    server = make_server(
        file,
        host=address.host,
        port=address.port,
        streamable_http_path=PATH,
        transport_security=security,
    )
    served = server.streamable_http_app()
    return served if token is None else _WithToken(served, token)


class _WithToken:
    """Lets requests through that carry ``Authorization: Bearer <token>``, and tells the others so."""

    def __init__(self, served: ASGIApp, token: str) -> None:
        self._served = served
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_let_in(scope):
            await _refuse(send)
        else:
            await self._served(scope, receive, send)

    def _is_let_in(self, scope: Any) -> bool:
        sent = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
        return len(sent) == 1 and hmac.compare_digest(sent[0], self._expected)


async def _refuse(send: Send) -> None:
    body = (
        b'{"error": "Send the header Authorization: Bearer with the token of PIPELINES_MCP_TOKEN."}'
    )
    headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": body})
