"""Secrets: the one list of settings that hold one, and blotting them out of whatever is told.

A secret gets into a text in ways that nobody foresees: a server repeats what it was sent, a library quotes an address.
So whatever a process was given as a secret is remembered here, and blotted out of log records, failures, answers of
servers and printed errors. It is found in the spellings that programs give it, too, such as ``%40`` for ``@``.
Not here: what else is wrong with a setting.
"""

from __future__ import annotations

import base64
import html
import json
import logging
import re
import threading
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from pipelines.project.texts.addresses import secrets_in

BLOT = "[secret]"

#: Variables that hold a credential and nothing else.
CREDENTIALS = (
    "PIVOTAL_TRACKER_API_TOKEN",
    "CLOCKIFY_API_KEY",
    "PIPELINES_MCP_TOKEN",
    "PIPELINES_LINEAGE_KEY",
    "SNOWFLAKE_PASSWORD",
    "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE",
    "MOTHERDUCK_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "PGPASSWORD",
    "POSTGRES_PASSWORD",
)
#: Addresses of HTTP servers, which may hold one. Proxies are written either way.
HTTP_ADDRESSES = (
    "PIVOTAL_TRACKER_API_URL",
    "CLOCKIFY_API_URL",
    "CLOCKIFY_REPORTS_URL",
    "PIPELINES_UI_URL",
    "PIPELINES_CODE_URL",
    "PIPELINES_LINEAGE_URL",
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
    *("http_proxy", "https_proxy", "all_proxy"),
)
#: Addresses of databases and brokers, which may hold one.
OTHER_ADDRESSES = (
    "PIPELINES_WAREHOUSE",
    "PIPELINES_MOVE_TO",
    "PIPELINES_MIRROR",
    "DAGSTER_POSTGRES_URL",
    "CELERY_BROKER_URL",
)
#: Addresses that are one themselves: whoever knows them may use them.
SECRET_ADDRESSES = ("PIPELINES_ALERT_WEBHOOK", "PIPELINES_NOTIFY")

#: A shorter one cannot be told from ordinary words.
_SHORTEST = 4
#: A shorter one is blotted only where it stands alone: a password may be part of ordinary words.
_SHORTEST_ANYWHERE = 8

_LOCK = threading.Lock()
_KNOWN: set[str] = set()
_PATTERN: re.Pattern[str] | None = None


def may_hold_secret(variable: str) -> bool:
    """Whether the value of ``variable`` is a secret, or an address that may have one in it."""
    return is_secret(variable) or variable in (*HTTP_ADDRESSES, *OTHER_ADDRESSES)


def is_secret(variable: str) -> bool:
    """Whether the whole value of ``variable`` is a secret."""
    return variable in (*CREDENTIALS, *SECRET_ADDRESSES)


def keep_secrets_of(environment: Mapping[str, str]) -> None:
    """Remember what the settings of ``environment`` hold."""
    for name, value in environment.items():
        if name in CREDENTIALS:
            keep_secret(value)
        elif name in HTTP_ADDRESSES or name in OTHER_ADDRESSES:
            keep_secrets_in(value, is_http=name in HTTP_ADDRESSES)
        elif name in SECRET_ADDRESSES:
            for address in value.split():
                _keep_secret_address(address)
                _keep_tokens_of(address)


def _keep_secret_address(address: str) -> None:
    place = re.match(r"[a-z0-9+.-]+://[^/?#]*", address)
    path = address[place.end() :] if place else ""
    keep_secret(address)
    # Errors of HTTP clients tell host and path apart. A short path is an ordinary word.
    if len(path) > _SHORTEST_ANYWHERE:
        keep_secret(path.strip("/"))
    keep_secrets_in(address, is_http=True)


def _keep_tokens_of(address: str) -> None:
    """Any part of an address may be a token, where a host would stand, too; what has a dot is a host or a file."""
    for part in re.split(r"[/?&=:@]+", address.partition("://")[2]):
        if len(part) >= _SHORTEST_ANYWHERE and "." not in part:
            keep_secret(part)


def keep_secrets_in(address: str | None, *, is_http: bool) -> None:
    """Remember what an address holds; see ``addresses.secrets_in``."""
    for secret in secrets_in(address or "", is_http=is_http):
        keep_secret(secret)


def keep_secret(secret: str | None) -> None:
    """Remember ``secret``, in all its spellings, for as long as this process lives."""
    global _PATTERN
    told = (secret or "").strip()
    forms = {form for form in _forms(told) if len(form) >= _SHORTEST}
    with _LOCK:
        if forms <= _KNOWN:
            return
        _KNOWN.update(forms)
        # The longest first: one may be part of another.
        longest_first = sorted(_KNOWN, key=len, reverse=True)
        _PATTERN = re.compile("|".join(map(_expression, longest_first)))


def blotted(text: str) -> str:
    """``text`` with every remembered secret blotted out."""
    return _PATTERN.sub(BLOT, text) if _PATTERN else text


def blot_error(error: BaseException) -> BaseException:
    """``error`` without secrets in what it and the errors behind it say, to be raised or told in its place.

    It is the same object unless it keeps its text where nobody can change it.
    """
    for each in _chain(error):
        if blotted(str(each)) == str(each):
            continue
        each.args = tuple(blotted(part) if isinstance(part, str) else part for part in each.args)
        # Dagster's failures keep their sentence twice.
        if isinstance(getattr(each, "description", None), str):
            each.description = blotted(each.description)  # type: ignore[attr-defined]
        if blotted(str(each)) != str(each):
            return RuntimeError(blotted(f"{type(each).__name__}: {each}"))
    return error


def blot_logs() -> None:
    """From now on no log record of this process holds a secret, whoever writes and whoever handles it."""
    make = logging.getLogRecordFactory()
    if make is not _record:
        _MAKERS[:] = [make]
        logging.setLogRecordFactory(_record)


_MAKERS: list[Any] = [logging.LogRecord]


def _record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record: logging.LogRecord = _MAKERS[0](*args, **kwargs)
    try:
        message = record.getMessage()
    except (TypeError, ValueError):
        # Its arguments do not fit. Whoever handles it says so.
        return record
    if blotted(message) != message:
        record.msg, record.args = blotted(message), ()
    if isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
        told = logging.Formatter().formatException(record.exc_info)
        if blotted(told) != told:
            # Formatters take this text where there is one.
            record.exc_text = blotted(told)
    return record


def _chain(error: BaseException) -> Iterator[BaseException]:
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [behind for behind in (each.__cause__, each.__context__) if behind is not None]


def _forms(secret: str) -> Iterator[str]:
    """What may be told of a secret: itself, what it stands for in an address, and a pair in basic authentication."""
    for plain in {secret, unquote(secret)}:
        yield plain
        if ":" in plain:
            yield base64.b64encode(plain.encode(errors="replace")).decode()


def _expression(form: str) -> str:
    spelled = "".join(map(_character, form))
    if len(form) >= _SHORTEST_ANYWHERE:
        return spelled
    return rf"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{{2}})){spelled}(?![A-Za-z0-9])"


def _character(character: str) -> str:
    """A character as it is, or as URLs (encoded once or more often), JSON, HTML and Python write it."""
    if character.isascii() and character.isalnum():
        return character
    encoded = (f"%(?:25)*(?i:{byte:02x})" for byte in character.encode(errors="replace"))
    spellings = {
        character,
        json.dumps(character)[1:-1],
        repr(character)[1:-1],
        html.escape(character),
        "+" if character == " " else character,
    }
    return f"(?:{'|'.join([*map(re.escape, sorted(spellings, reverse=True)), ''.join(encoded)])})"
