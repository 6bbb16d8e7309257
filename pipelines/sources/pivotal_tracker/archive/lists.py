"""The lists of a v5 host that are kept and served: where they are, what identifies a row, which fields are asked for.

Here: names and paths. The fields are the connector's own, from its manifest, and a few that only an archive keeps.
Not here: reading (``host``) and serving (``server``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.sources.registry import CONNECTORS, PIVOTAL_TRACKER

Record = dict[str, Any]

PROJECTS = "projects"


@dataclass(frozen=True)
class TrackerList:
    """One list of a project; its ``name`` is the last part of its path and the name of its file in an archive."""

    name: str
    #: The stream that reads it.
    stream: str
    #: The fields that together identify a row on its host.
    key: tuple[str, ...] = ("id",)
    #: Whether Tracker sends it in pages.
    is_paged: bool = False
    #: The field with the instant that ``occurred_after`` and ``occurred_before`` bound.
    instant: str | None = None
    #: What is kept of it beyond what the connector asks for.
    more_fields: str = ""

    @property
    def fields(self) -> str:
        """The parameter ``fields`` with which to ask for everything that is kept; empty: the default fields."""
        return ",".join(filter(None, (fields_of(self.stream), self.more_fields)))

    def path(self, project_id: int) -> str:
        return f"/projects/{project_id}/{self.name}"

    def key_of(self, row: Record) -> str:
        """What identifies ``row`` among all rows of the list, whichever its project."""
        parts = [row.get(name) for name in self.key]
        return "/".join(str(part) for part in parts) if None not in parts else ""


#: In the order in which they are read: what changes most often comes last.
LISTS = {
    tracker_list.name: tracker_list
    for tracker_list in (
        TrackerList("memberships", "project_memberships"),
        TrackerList("labels", "labels"),
        TrackerList("epics", "epics"),
        TrackerList("releases", "releases", is_paged=True),
        TrackerList("iterations", "iterations", key=("project_id", "number"), is_paged=True),
        TrackerList(
            "stories", "stories", is_paged=True, more_fields="pull_requests,branches,follower_ids"
        ),
        TrackerList(
            "story_transitions",
            "story_transitions",
            key=("project_id", "story_id", "project_version"),
            is_paged=True,
            instant="occurred_at",
        ),
        TrackerList("activity", "activity", key=("guid",), is_paged=True, instant="occurred_at"),
    )
}

#: Rows that a host gives one at a time or below another row; an archive keeps them as lists of a project.
OVERRIDES = TrackerList("iteration_overrides", "iteration_overrides", key=("project_id", "number"))
EPIC_COMMENTS = TrackerList("epic_comments", "epics")

KEPT = {**LISTS, OVERRIDES.name: OVERRIDES, EPIC_COMMENTS.name: EPIC_COMMENTS}


COMMENT_FIELDS = ":default,file_attachments,google_attachments"
#: Parts that the connector finds inside stories, and the fields to ask for where each has to be read by itself.
STORY_PARTS = {
    "comments": COMMENT_FIELDS,
    "tasks": "",
    "blockers": "",
    "reviews": ":default,review_type",
}


def fields_of(stream: str) -> str:
    """The fields that the connector asks for when it reads ``stream``; empty: the default ones."""
    retriever = CONNECTORS[PIVOTAL_TRACKER].manifest["definitions"][stream]
    return str(retriever["requester"].get("request_parameters", {}).get("fields", ""))
