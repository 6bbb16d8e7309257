"""Variables of the environment read by type: addresses, paths, days, numbers.

Here: what a value of each kind looks like, and the sentence about one that does not. Not here: which settings there are
(``settings``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pipelines.project.folder import PROJECT

#: What a first day can be: the sources are younger, and Dagster lists every day since.
_EARLIEST_START = date(1970, 1, 1)
#: Years of instants for which the metrics' windows of time can be computed.
_YEARS = range(1970, 2200)
_MOST_ROWS_A_PAGE = 10_000
_WHOLE_NUMBER = re.compile(r"[0-9]{1,15}")
#: What a header and the path of an address can carry.
_CREDENTIAL = re.compile(r"[!-~]+")
#: As Dagster takes them, but for commas, with which people part them by mistake.
_OWNER = re.compile(r"team:[^\s,]+|[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,7}")
_ID = re.compile(r"[A-Za-z0-9_-]+")
#: SQLite opens no longer path than 512 bytes, and Dagster's files lie up to a hundred below their home.
_LONGEST_HOME = 400
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"", "0", "false", "no", "off"}


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it."""


#: Connector options, and the most that each can be, by the end of the variable that sets them, e.g.
#: ``CLOCKIFY_PAGE_SIZE``.
_OPTIONS = {
    "PAGE_SIZE": ("page_size", _MOST_ROWS_A_PAGE),
    "REQUESTS_PER_SECOND": ("requests_per_second", 1_000_000),
    "REQUESTS_PER_HOUR": ("requests_per_hour", 1_000_000),
}
#: Options of all connectors, by variable.
_ANSWER_OPTIONS = {
    "PIPELINES_ANSWER_MEGABYTES": ("answer_megabytes", 10_000),
    "PIPELINES_ANSWER_SECONDS": ("answer_seconds", 86_400),
}


@dataclass(frozen=True)
class Environment:
    """Variables read by type; an empty one counts as not set. What is wrong is a ``SettingsError`` that names it."""

    variables: Mapping[str, str]

    def text(self, name: str) -> str | None:
        return self.variables.get(name, "").strip() or None

    def url(self, name: str, default: str) -> str:
        """The address of an API, as it is; what is wrong with it is said without it, because it may hold a secret."""
        url = self.secret_url(name) or default
        parts = urlsplit(url)
        if parts.query or parts.fragment:
            raise SettingsError(
                f"{name} must be the address of a host, such as {default}: leave out what begins with ? or #."
            )
        return url

    def optional_url(self, name: str) -> str | None:
        return self.url(name, "").rstrip("/") if self.text(name) else None

    def secret_url(self, name: str) -> str | None:
        """An optional address that is itself a secret."""
        url = self.text(name)
        if url is None:
            return None
        try:
            parts = urlsplit(url)
            is_whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            is_whole = False
        if not is_whole or not url.isprintable() or " " in url:
            raise SettingsError(
                f"{name} must be an address such as https://example.com: it must start with http:// or https:// and "
                "name a host."
            )
        return url

    def notify(self, name: str) -> tuple[str, ...]:
        """Addresses of Apprise, between spaces or line breaks; what is wrong with one is said without it."""
        addresses = tuple((self.text(name) or "").split())
        for place, address in enumerate(addresses, start=1):
            if not re.match(r"[a-z][a-z0-9+.-]*://.", address, re.IGNORECASE):
                raise SettingsError(
                    f"{name}: address {place} is no address of Apprise, such as mailto://... or slack://...; "
                    "several stand between spaces."
                )
        return addresses

    def owners(self, name: str, default: str) -> tuple[str, ...]:
        """Teams and mail addresses between spaces, as Dagster takes them for owners of assets."""
        owners = tuple((self.text(name) or default).split())
        for owner in owners:
            if not _OWNER.fullmatch(owner):
                raise SettingsError(
                    f"{name} must be teams such as team:data or mail addresses, between spaces, not {owner[:60]!r}."
                )
        return owners

    def credential(self, name: str) -> str | None:
        """A key or token, which travels in a header; what is wrong with it is said without it."""
        text = self.text(name)
        if text and not _CREDENTIAL.fullmatch(text):
            raise SettingsError(
                f"{name} holds a space, a line break or a letter that no key has: copy it once more, in one line."
            )
        return text

    def identifier(self, name: str) -> str | None:
        """An id, which becomes a part of an address."""
        text = self.text(name)
        if text and not _ID.fullmatch(text):
            raise SettingsError(
                f"{name} must be an id, such as 64a687e29ae1f428e7ebe303 in the address of the workspace's settings, "
                f"not {text!r}."
            )
        return text

    def path(self, name: str) -> Path | None:
        """An optional path; a relative one counts from the project's folder, whichever process reads it."""
        text = self.text(name)
        try:
            return (PROJECT / Path(text).expanduser()).resolve() if text else None
        except (OSError, RuntimeError, ValueError) as error:
            raise SettingsError(f"{name} must be the path of a file or folder: {error}.") from None

    def home(self, name: str) -> Path | None:
        """A folder in which Dagster can open its SQLite files, by addresses that it makes of their paths."""
        path = self.path(name)
        if path and ("?" in str(path) or len(os.fsencode(path)) > _LONGEST_HOME):
            raise SettingsError(
                f"{name} must be a folder whose path has no question mark and at most {_LONGEST_HOME} bytes, because "
                f"Dagster opens no other: it is {str(path)[:80]!r}{'...' if len(str(path)) > 80 else ''}."
            )
        return path

    def first_day(self, name: str, default: date) -> date:
        """A UTC day that is not in the future."""
        text = self.text(name)
        today = datetime.now(timezone.utc).date()
        try:
            day = date.fromisoformat(text) if text else default
        except ValueError:
            raise SettingsError(
                f"{name} must be a date such as 2025-01-31, not {text!r}."
            ) from None
        if not _EARLIEST_START <= day <= today:
            raise SettingsError(
                f"{name} must be a day from {_EARLIEST_START} to today, {today} in UTC, not {text!r}."
            )
        return day

    def zone(self, name: str) -> str | None:
        text = self.text(name)
        try:
            return ZoneInfo(text).key if text else None
        except (KeyError, ValueError, OSError):
            raise SettingsError(
                f"{name} must be an IANA time zone such as America/Denver, not {text!r}."
            ) from None

    def instant(self, name: str) -> datetime | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            raise SettingsError(
                f"{name} must be an instant such as 2025-01-31T12:00:00Z, not {text!r}."
            ) from None
        if moment.year not in _YEARS:
            raise SettingsError(
                f"{name} must be an instant of the years {_YEARS[0]} to {_YEARS[-1]}, not {text!r}."
            )
        return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)

    def number(self, name: str, default: int, *, least: int = 0, most: int) -> int:
        """A whole number in decimal digits, from ``least`` to ``most``."""
        text = self.text(name)
        if text is None:
            return default
        if not _WHOLE_NUMBER.fullmatch(text) or not least <= int(text) <= most:
            raise SettingsError(
                f"{name} must be a whole number from {least:,} to {most:,}, not {text[:40]!r}."
            )
        return int(text)

    def flag(self, name: str) -> bool:
        text = (self.text(name) or "").lower()
        if text not in _TRUE | _FALSE:
            raise SettingsError(f"{name} must be 1 or 0, not {text!r}.")
        return text in _TRUE

    def options(self, prefix: str) -> dict[str, float]:
        """Those that are set; without one there is no limit, or the connector's own."""
        options = {f"{prefix}_{suffix}": option for suffix, option in _OPTIONS.items()}
        return {
            option: self.number(name, 0, least=1, most=most)
            for name, (option, most) in {**options, **_ANSWER_OPTIONS}.items()
            if self.text(name)
        }
