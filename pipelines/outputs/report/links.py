"""Addresses that a page may link to. What a source sends as an address is not trusted to be one."""

from __future__ import annotations

from urllib.parse import urlsplit


def safe_url(address: object) -> str | None:
    """The address if it leads to a web page or to another page of the report; None for anything else."""
    if not isinstance(address, str):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme in ("http", "https") and parts.hostname and not parts.username:
        return address
    is_beside = not parts.scheme and not parts.netloc and parts.path.endswith(".html")
    return address if is_beside and not address.startswith("/") else None
