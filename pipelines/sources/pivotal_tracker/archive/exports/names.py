"""Ids for what an export only names: projects, people, labels; and for parts of stories, which have no id there.

Where another part of the same archive knows the name, its id is taken. Otherwise an id is made from the name, the same
at every reading. Made ids are 2**48 or more, so that nobody takes one for an id of Tracker's, which are far smaller.
Not here: ids of stories and epics, which an export has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pipelines.sources.pivotal_tracker.archive.lists import Record

FIRST_MADE_ID = 1 << 48


@lru_cache(maxsize=1 << 14)
def made_id(*names: object) -> int:
    """An id made from what names a thing."""
    text = "\0".join(str(name) for name in names)
    return FIRST_MADE_ID + int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def name_key(name: str) -> str:
    """What a name and the slug that Tracker makes of it for a file have in common.

    >>> name_key("CF BOSH (Dev)") == name_key("cf_bosh__dev_")
    True
    """
    return "".join(filter(str.isalnum, name.casefold())) or name.casefold()


@dataclass(frozen=True)
class Names:
    """What other parts of the archive know: projects by ``name_key``, people and labels by name in lower case."""

    projects: Mapping[str, Record] = field(default_factory=dict)
    people: Mapping[str, Record] = field(default_factory=dict)
    labels: Mapping[tuple[int, str], Record] = field(default_factory=dict)

    def project_id(self, name: str) -> int:
        known = self.projects.get(name_key(name))
        return int(known["id"]) if known else made_id("project", name_key(name))

    def project_zone(self, name: str) -> str | None:
        """The project's IANA zone, where it is known."""
        zone = self.projects.get(name_key(name), {}).get("time_zone") or {}
        return zone.get("olson_name")

    def person(self, name: str) -> Record:
        known = self.people.get(name.lower())
        return known or {"kind": "person", "id": made_id("person", name), "name": name}

    def label(self, project_id: int, name: str) -> Record:
        known = self.labels.get((project_id, name))
        return known or {
            "kind": "label",
            "id": made_id("label", project_id, name),
            "project_id": project_id,
            "name": name,
        }
