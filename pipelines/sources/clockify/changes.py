"""Clockify's entity changes: what was created, updated or deleted within a window of at most 30 days.

Here: the three feeds and their rules (pages, repeats, what hides what). Not here: what to do about a change.

Rules of the feeds, from Clockify's documentation: an entity that was created and updated inside the
asked window is only in *created*. An entity that was created and deleted inside it is in neither of
the two. So a deletion is asked for once more from every moment at which days were read: what the
warehouse holds was created before such a moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from pipelines.project.texts.addresses import with_path
from pipelines.sources.http import Allowance, AllowanceSpent, Api, FeedError

#: The feeds reach back this far.
REACH = timedelta(days=30)
_TYPES = ("TIME_ENTRY", "TIME_ENTRY_RATE", "TIME_ENTRY_CUSTOM_FIELD_VALUE")
_LIMIT = 200
#: The documented default; a server that caps pages in silence sends at least this many rows of a full page.
_FULL_PAGE = 50


@dataclass(frozen=True)
class EntryChange:
    """A time entry changed at ``at``. ``day``: the UTC day of its start, where the feed says so."""

    entry_id: str
    at: datetime
    day: date | None


@dataclass(frozen=True)
class ChangesFound:
    """The distinct changes of a window, oldest first; ``complete`` unless the allowance ended before the window."""

    changes: Sequence[EntryChange]
    complete: bool
    unreadable: int


def clockify_api(config: Mapping[str, Any]) -> Api:
    """The feeds' API under a connector config: ``api_key``, ``workspace_id``, ``api_url``."""
    base = with_path(str(config["api_url"]), "/api/v1")
    return Api(
        service="Clockify",
        base_url=f"{base}/workspaces/{config['workspace_id']}",
        headers={"X-Api-Key": str(config["api_key"])},
        url_setting="CLOCKIFY_API_URL",
        credential_setting="CLOCKIFY_API_KEY",
    )


def entry_changes(
    api: Api, start: datetime, end: datetime, read_at: Sequence[datetime], allowance: Allowance
) -> ChangesFound:
    """The changes in ``[start, end)``. ``read_at``: moments at which the warehouse read days, the newest first.

    Raises ``FeedRefused`` where the plan has no such feed and ``FeedError`` where it gives no usable answer.
    """
    questions = [("created", start), ("updated", start), ("deleted", start)]
    # The feeds count in whole seconds: what was read at 10:00:00.7 is asked for from 10:00:01 on.
    questions += [
        ("deleted", moment + timedelta(seconds=1)) for moment in read_at if start < moment < end
    ]
    changes: set[EntryChange] = set()
    unreadable = 0
    complete = True
    try:
        for feed, since in questions:
            for row in _rows(api, feed, _TYPES, since, end, allowance):
                change = _change(row)
                if change:
                    changes.add(change)
                else:
                    unreadable += 1
    except AllowanceSpent:
        complete = False
    ordered = sorted(changes, key=lambda change: (change.at, change.entry_id))
    return ChangesFound(ordered, complete, unreadable)


@dataclass(frozen=True)
class KindsChanged:
    """When each kind of entity changed last within a window; ``complete`` unless the allowance ended before the window."""

    moments: Mapping[str, datetime]
    complete: bool


def kinds_changed(
    api: Api, kinds: Collection[str], start: datetime, end: datetime, allowance: Allowance
) -> KindsChanged:
    """Which of ``kinds`` changed in ``[start, end)``. A row that names no kind stands for all of them.

    Raises as ``entry_changes`` does.
    """
    moments: dict[str, datetime] = {}
    try:
        for feed in ("created", "updated", "deleted"):
            for row in _rows(api, feed, tuple(kinds), start, end, allowance):
                # A row without a moment changed at some time of the window.
                at = max(_moments(row), default=end)
                told = (row.get("documentType"), row.get("documentCode"))
                named = [kind for kind in kinds if kind in told]
                for kind in named or kinds:
                    moments[kind] = max(moments.get(kind, at), at)
    except AllowanceSpent:
        return KindsChanged(moments, complete=False)
    return KindsChanged(moments, complete=True)


def _rows(
    api: Api, feed: str, types: Sequence[str], start: datetime, end: datetime, allowance: Allowance
) -> Iterator[Mapping[str, Any]]:
    """All rows of one feed, each once.

    The documentation contradicts itself on whether pages count from 0 or 1, so page 1 may repeat page 0, and only
    from page 2 on does a page without news mean the end.
    """
    seen: set[str] = set()
    page = 0
    while True:
        answer = api.get(
            f"/entities/{feed}",
            {
                "type": types,
                "start": instant_of_feed(start),
                "end": instant_of_feed(end),
                "page": page,
                "limit": _LIMIT,
            },
            allowance,
        )
        rows = answer.get("response") if isinstance(answer, dict) else answer
        if not isinstance(rows, list):
            raise FeedError("Clockify's answer does not look like a list of changes.")
        news = [row for row in rows if isinstance(row, dict) and repr(row) not in seen]
        seen.update(repr(row) for row in news)
        yield from news
        if len(rows) < _FULL_PAGE or (page > 1 and not news):
            return
        page += 1


def _change(row: Mapping[str, Any]) -> EntryChange | None:
    """The change that a feed's row tells of, or ``None`` when it names no entry or no moment.

    A row of *deleted* has the last state in ``document``; a rate or a custom field names its entry.
    """
    record = row.get("document") if isinstance(row.get("document"), dict) else row
    assert isinstance(record, Mapping)
    entry_id = record.get("timeEntryId") or record.get("id") or row.get("id")
    instants = _moments(row)
    if not isinstance(entry_id, str) or not instants:
        return None
    interval = record.get("timeInterval")
    begun = _instant(interval.get("start")) if isinstance(interval, Mapping) else None
    return EntryChange(entry_id, max(instants), begun.date() if begun else None)


def _moments(row: Mapping[str, Any]) -> list[datetime]:
    """The instants at which a feed's row says that something changed."""
    audit = row.get("auditMetadata") or {}
    moments = [row.get("deletedAt")]
    if isinstance(audit, Mapping):
        moments += [audit.get("updatedAt"), audit.get("createdAt")]
    return [instant for instant in map(_instant, moments) if instant]


def _instant(value: Any) -> datetime | None:
    """The UTC instant of ISO text, or ``None`` for anything else."""
    if not isinstance(value, str):
        return None
    text = value[:-1] + "+00:00" if value.endswith("Z") else value
    if "." in text:
        # Python 3.10 reads three or six digits of a second only; whole seconds are exact enough here.
        whole, _, rest = text.partition(".")
        text = whole + rest.lstrip("0123456789")
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant.replace(tzinfo=instant.tzinfo or timezone.utc).astimezone(timezone.utc)


def instant_of_feed(instant: datetime) -> str:
    """How the feeds want an instant written."""
    return instant.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
