"""What a v5 host offers: each list, whether it is there, how it is paged, and which of the connector's columns it fills.

One project is looked at, the one with the most stories on its first page, with a handful of requests.
Not here: the verdict of a sync, which copes with all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.project.texts.addresses import shown
from pipelines.sources.http import FeedError, FeedRefused
from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.archive.host import Host
from pipelines.sources.pivotal_tracker.archive.lists import (
    LISTS,
    PROJECTS,
    STORY_PARTS,
    Record,
    fields_of,
)
from pipelines.sources.registry import CONNECTORS, PIVOTAL_TRACKER

_FAR_AHEAD = "2999-01-01T00:00:00Z"
#: Filled by the connector, or a look-alike's other word for it.
_NEVER_MISSED = {"project_id", "kind"}
#: Fields that Tracker leaves out where they have no value, so that their absence says nothing.
_MAY_BE_ABSENT = {
    *("description", "deadline", "accepted_at", "estimate", "owned_by_id", "external_id"),
    *("integration_id", "profile_content", "start_date", "requested_by_id"),
    *("projected_completion", "current_volatility", "current_standard_deviation"),
    *("points_accepted", "points_total", "counts_accepted", "counts_total", "last_viewed_at"),
    *("secondary_resources", "effective_points"),
}


@dataclass(frozen=True)
class Offer:
    """One list of the host: ``offered`` or why not, the size of its page and of the whole, and what its rows lack."""

    name: str
    offered: str
    paging: str = ""
    lacks: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compatibility:
    """What a host offers, from one of its projects."""

    host: str
    projects: int
    project: str
    offers: list[Offer]

    def has(self, name: str, field: str) -> bool:
        """Whether the host offers the list (a part of stories is one), and rows with the field; unknown without rows."""
        of_name = {offer.name: offer for offer in self.offers}
        if name == "stories" and field in STORY_PARTS:
            name, field = field, ""
        offer = of_name.get(name)
        return offer is None or (offer.offered == "yes" and field not in offer.lacks)


def compatibility(host: Host) -> Compatibility:
    """Ask the host for the first page of everything. Raises ``ArchiveError`` when it cannot be asked at all."""
    try:
        projects = host.projects()
        offers = [_of_rows(PROJECTS, PROJECTS, projects, ())]
        if not projects:
            return Compatibility(shown(host.api.base_url), 0, "", offers)
        project = _busiest(host, projects)
        offers += [_list_offer(host, name, project) for name in LISTS]
        offers += _part_offers(host, project)
    except FeedError as error:
        raise ArchiveError(str(error)) from None
    name = str(project.get("name") or project.get("title") or project["id"])
    return Compatibility(shown(host.api.base_url), len(projects), name, offers)


def _busiest(host: Host, projects: list[Record]) -> Record:
    """The first project that has stories, of the first twenty."""
    for project in projects[:20]:
        page, _ = host.get(LISTS["stories"].path(project["id"]), {"limit": 1})
        if page:
            return project
    return projects[0]


def _list_offer(host: Host, name: str, project: Record) -> Offer:
    tracker_list = LISTS[name]
    path = tracker_list.path(project["id"])
    params = {"limit": host.page_size} if tracker_list.is_paged else {}
    try:
        rows, headers = host.get(path, params, tracker_list.fields)
    except FeedRefused as refusal:
        return Offer(name, f"no ({refusal.status})")
    total = headers.get("X-Tracker-Pagination-Total")
    remarks = []
    if name == "stories":
        filtered, _ = host.get(path, {"limit": 1, "updated_after": _FAR_AHEAD})
        remarks.append("filters ignored" if filtered and rows else "filters work")
    if any("title" in row for row in rows):
        remarks.append("title for name")
    paging = f"{len(rows):,} of {int(total):,}" if total is not None else f"{len(rows):,}"
    return _of_rows(name, tracker_list.stream, rows, tuple(remarks), paging)


def _of_rows(
    name: str, stream: str, rows: list[Record], remarks: tuple[str, ...], paging: str | None = None
) -> Offer:
    """What a host offers, by the rows that were seen: a field that no row has is lacking."""
    sent = {field for row in rows for field in row} | _NEVER_MISSED
    if "title" in sent:
        sent.add("name")
    props = CONNECTORS[PIVOTAL_TRACKER].stream(stream)
    wanted = [column.name for column in props.columns]
    lacks = [field for field in wanted if field not in sent | _MAY_BE_ABSENT] if rows else []
    return Offer(name, "yes", paging or f"{len(rows):,}", tuple(lacks), remarks)


def _part_offers(host: Host, project: Record) -> list[Offer]:
    """The parts of stories: inside them, or at least by themselves."""
    stories = LISTS["stories"]
    page, _ = host.get(stories.path(project["id"]), {"limit": 1}, fields_of(stories.stream))
    if not page:
        return []
    offers = []
    for part in STORY_PARTS:
        if part in page[0]:
            offers.append(Offer(part, "yes", remarks=("inside stories",)))
            continue
        try:
            host.get(f"{stories.path(project['id'])}/{page[0]['id']}/{part}", {})
        except FeedRefused as refusal:
            offers.append(Offer(part, f"no ({refusal.status})"))
        else:
            offers.append(
                Offer(
                    part,
                    "per story",
                    remarks=("not in the list of stories: archived, not synchronized",),
                )
            )
    return offers


def table_rows(report: Compatibility) -> list[tuple[Any, ...]]:
    """The report as rows: list, whether it is offered, rows seen, fields that are lacking, remarks."""
    return [
        (o.name, o.offered, o.paging, ", ".join(o.lacks), ", ".join(o.remarks))
        for o in report.offers
    ]
