"""The query parameters of a request to Tracker, by type; a value of another type is answered with 400.

Here: parsing only. Not here: what a parameter means to an endpoint.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from starlette.datastructures import QueryParams

from pipelines.sources.instants import parse_instant
from pipelines.sources.pivotal_tracker.v5 import errors


@dataclass(frozen=True, eq=False)
class Parameters:
    """The parameters of one request."""

    query: QueryParams

    def integer(self, name: str, default: int) -> int:
        """Parameter *name* as an integer; 400 when it is not one."""
        text = self.query.get(name)
        if text is None:
            return default
        try:
            return int(text)
        except ValueError:
            raise errors.invalid_parameter(f"{name} must be an integer", name) from None

    def choice(self, name: str, choices: Collection[str]) -> str | None:
        """Parameter *name* as one of *choices*; 400 for another value."""
        value = self.query.get(name)
        if value is not None and value not in choices:
            raise errors.invalid_parameter(f"{name} must be one of: {', '.join(choices)}", name)
        return value

    def instant(self, name: str) -> datetime | None:
        """Parameter *name* as an instant: ISO 8601 text or epoch milliseconds; 400 for anything else."""
        text = self.query.get(name)
        if text is None:
            return None
        try:
            if text.lstrip("-").isdigit():
                return datetime.fromtimestamp(0, timezone.utc) + timedelta(milliseconds=int(text))
            return parse_instant(text)
        except (ValueError, OverflowError):
            raise errors.invalid_parameter(f"{name} must be a valid date-time", name) from None
