"""Addresses of settings: the part that may be shown, the parts that may be secret, and how a path is appended.

Not here: which settings are addresses (``secrets``), and HTTP.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

#: As long as this, the user of an address is likely a token.
_TOKEN_LENGTH = 16
_USER_INFO = re.compile(r"//(?P<info>[^\s]+)@")
_PARAMETER = re.compile(r"[?&;](?P<name>[^=&;#\s]+)=(?P<value>[^&;#\s]+)")
_KEYWORD = re.compile(
    r"(?P<name>\w*password\w*)\s*=\s*(?:'(?P<quoted>(?:[^'\\]|\\.)*)'|(?P<bare>[^\s&]+))"
)
_SECRET_NAME = re.compile(r"pass|pwd|token|secret|key|sig|auth|cred", re.IGNORECASE)
_UNREADABLE = "an unreadable address"
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}")


def origin(address: str) -> str:
    """``scheme://host:port`` of an HTTP address and nothing else of it; ``an unreadable address`` for what is none.

    >>> origin("https://ann:secret@api.example.com:8443/v1?token=abc")
    'https://api.example.com:8443'
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return _UNREADABLE
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        return _UNREADABLE
    place = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{place}{f':{port}' if port else ''}"


def shown(address: str) -> str:
    """An HTTP address without user, password and what comes after ``?``.

    >>> shown("https://ann:secret@api.example.com/services/v5?token=abc")
    'https://api.example.com/services/v5'
    """
    start = origin(address)
    return start if start == _UNREADABLE else start + urlsplit(address).path


def with_path(address: str, path: str) -> str:
    """``address`` with ``path`` at its end, of which it may have a part already; without a slash at the end.

    >>> with_path("https://api.clockify.me/api/", "/api/v1")
    'https://api.clockify.me/api/v1'
    """
    start = address.strip().rstrip("/")
    pieces = path.strip("/").split("/")
    for length in range(len(pieces), 0, -1):
        part = "/" + "/".join(pieces[:length])
        # The host's name is no part of the path.
        if start.lower().endswith(part) and urlsplit(start).path.lower().endswith(part):
            return start[: -len(part)] + path
    return start + path


def is_this_machine(address: str) -> bool:
    """Whether an HTTP address is one of this machine, which no proxy could reach.

    >>> is_this_machine("http://127.0.0.1:3000/x"), is_this_machine("https://api.clockify.me")
    (True, False)
    """
    try:
        host = (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return False
    return number.is_loopback or number.is_unspecified


def secrets_in(address: str, *, is_http: bool) -> Iterator[str]:
    """What of an address nobody should read: passwords, tokens, and ``user:password`` as a pair.

    Everything that an HTTP address has after its ``?`` counts, and a user without a password; a database's user does
    not. It is read generously, because an address with a mistake in it holds its secret all the same.
    """
    for found in _USER_INFO.finditer(address):
        for info in {found["info"], found["info"].partition("/")[0].rpartition("@")[0]} - {""}:
            user, _, password = info.partition(":")
            yield password
            if password:
                yield info
            if is_http and (not password or len(user) >= _TOKEN_LENGTH):
                yield user
    for found in _PARAMETER.finditer(address):
        if is_http or _SECRET_NAME.search(found["name"]):
            yield found["value"]
    for found in _KEYWORD.finditer(address):
        yield found["quoted"] or found["bare"] or ""
