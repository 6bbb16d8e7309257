"""What a setting's text must look like, by kind: addresses, paths, days, numbers.

Here: for each kind the type of a field, whose check turns text into a value. What it says of a text that is none goes on
after the setting's name. Not here: which settings there are (each room's ``settings``), and where they come from
(``project.settings``).

The checks are our own although pydantic has types for most of it: its messages name the field and repeat what was given,
which may be a secret, and it takes spellings that a person did not mean (``1e3`` and ``²`` for numbers, a number for a
date).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from pipelines.project.folder import PROJECT

#: What a first day can be: the sources are younger, and Dagster lists every day since.
_EARLIEST_START = date(1970, 1, 1)
#: Years of instants for which the metrics' windows of time can be computed.
_YEARS = range(1970, 2200)
_WHOLE_NUMBER = re.compile(r"[0-9]{1,15}")
#: What a header and the path of an address can carry.
_CREDENTIAL = re.compile(r"[!-~]+")
_ID = re.compile(r"[A-Za-z0-9_-]+")
_APPRISE = re.compile(r"[a-z][a-z0-9+.-]*://.", re.IGNORECASE)
#: As Dagster takes them, but for commas, with which people part them by mistake.
_OWNER = re.compile(r"team:[^\s,]+|[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,7}")
#: SQLite opens no longer path than 512 bytes, and Dagster's files lie up to a hundred below their home.
_LONGEST_HOME = 400
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def _web_address(url: str) -> str:
    """What is wrong with it is said without it, because it may hold a secret."""
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or not url.isprintable() or " " in url:
        raise ValueError(
            "must be an address such as https://example.com: it must start with http:// or https:// and name a host."
        )
    return url


def _host(url: str) -> str:
    parts = urlsplit(_web_address(url))
    if parts.query or parts.fragment:
        raise ValueError(
            "must be the address of a host, such as https://example.com: leave out what begins with ? or #."
        )
    return url


def _apprise(text: str) -> tuple[str, ...]:
    addresses = tuple(text.split())
    for place, address in enumerate(addresses, start=1):
        if not _APPRISE.match(address):
            raise ValueError(
                f": address {place} is no address of Apprise, such as mailto://... or slack://...; "
                "several stand between spaces."
            )
    return addresses


def _owners(text: str) -> tuple[str, ...]:
    owners = tuple(text.split())
    for owner in owners:
        if not _OWNER.fullmatch(owner):
            raise ValueError(
                f"must be teams such as team:data or mail addresses, between spaces, not {owner[:60]!r}."
            )
    return owners


def _without_slash(address: str) -> str:
    return address.rstrip("/")


def _credential(text: str) -> str:
    if not _CREDENTIAL.fullmatch(text):
        raise ValueError(
            "holds a space, a line break or a letter that no key has: copy it once more, in one line."
        )
    return text


def _identifier(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError(
            "must be an id, such as 64a687e29ae1f428e7ebe303 in the address of the workspace's settings, "
            f"not {text!r}."
        )
    return text


def _path(text: str) -> Path:
    try:
        return (PROJECT / Path(text).expanduser()).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ValueError(f"must be the path of a file or folder: {error}.") from None


def _home(text: str) -> Path:
    path = _path(text)
    if "?" in str(path) or len(os.fsencode(path)) > _LONGEST_HOME:
        raise ValueError(
            f"must be a folder whose path has no question mark and at most {_LONGEST_HOME} bytes, because "
            f"Dagster opens no other: it is {str(path)[:80]!r}{'...' if len(str(path)) > 80 else ''}."
        )
    return path


def _first_day(text: str) -> date:
    today = datetime.now(timezone.utc).date()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"must be a date such as 2025-01-31, not {text!r}.") from None
    if not _EARLIEST_START <= day <= today:
        raise ValueError(
            f"must be a day from {_EARLIEST_START} to today, {today} in UTC, not {text!r}."
        )
    return day


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f"must be an IANA time zone such as America/Denver, not {text!r}."
        ) from None


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise ValueError(
            f"must be an instant such as 2025-01-31T12:00:00Z, not {text!r}."
        ) from None
    if moment.year not in _YEARS:
        raise ValueError(
            f"must be an instant of the years {_YEARS[0]} to {_YEARS[-1]}, not {text!r}."
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _flag(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError(f"must be 1 or 0, not {text!r}.")
    return text.lower() in _TRUE


def within(least: int, most: int) -> BeforeValidator:
    """Whole numbers in decimal digits between two, as a part of a type annotated with it."""

    def number(text: str) -> int:
        if not _WHOLE_NUMBER.fullmatch(text) or not least <= int(text) <= most:
            raise ValueError(
                f"must be a whole number from {least:,} to {most:,}, not {text[:40]!r}."
            )
        return int(text)

    return _check(number)


def one_of(*words: str) -> BeforeValidator:
    """One of a few words, in whatever case, as a part of a type annotated with it."""

    def word(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"must be {', '.join(words[:-1])} or {words[-1]}, not {text[:40]!r}.")
        return text.lower()

    return _check(word)


def _check(convert: Callable[[str], Any]) -> BeforeValidator:
    """Text is converted; what is no text is a default or another value of the type, as it was."""
    return BeforeValidator(lambda value: convert(value) if isinstance(value, str) else value)


#: The address of an API or of the UI.
Host = Annotated[str, _check(_host)]
#: The same without a slash at its end, because more is appended.
Site = Annotated[Host, AfterValidator(_without_slash)]
#: An address that may have anything behind its host.
WebAddress = Annotated[str, _check(_web_address)]
#: Addresses of Apprise, between spaces or line breaks.
AppriseAddresses = Annotated[tuple[str, ...], NoDecode, _check(_apprise)]
#: Owners of assets in Dagster, between spaces.
Owners = Annotated[tuple[str, ...], NoDecode, _check(_owners)]
#: A key or token, which travels in a header.
Credential = Annotated[str, _check(_credential)]
#: An id, which becomes a part of an address.
Identifier = Annotated[str, _check(_identifier)]
#: A path; a relative one counts from the project's folder, whichever process reads it.
ProjectPath = Annotated[Path, _check(_path)]
#: A folder in which Dagster can open its SQLite files, by addresses that it makes of their paths.
Home = Annotated[Path, _check(_home)]
#: A UTC day that is not in the future.
FirstDay = Annotated[date, _check(_first_day)]
Zone = Annotated[str, _check(_zone)]
Instant = Annotated[datetime, _check(_instant)]
Flag = Annotated[bool, _check(_flag)]
