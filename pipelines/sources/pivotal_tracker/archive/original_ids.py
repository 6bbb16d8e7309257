"""Stories of a successor with Tracker's API under the ids that they had in Tracker.

Here: putting one id in place of another wherever a v5 resource names a story. Not here: which id it was (``crosswalk``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pipelines.sources.pivotal_tracker.archive.dumps import Resource
from pipelines.sources.pivotal_tracker.archive.lists import Record

_STORIES = ("story", "release")


def with_original_ids(resources: Iterable[Resource], ids: Mapping[int, int]) -> Iterator[Resource]:
    """``resources`` with the story ids that are keys of ``ids`` replaced by their values."""
    for name, project_id, record in resources:
        renamed = _renamed(record, ids) if ids else record
        # Not every look-alike says what kind a row is.
        if name in ("stories", "releases") and record.get("id") in ids:
            renamed["id"] = ids[record["id"]]
        yield name, project_id, renamed


def _renamed(value: Any, ids: Mapping[int, int]) -> Any:
    if isinstance(value, list):
        return [_renamed(item, ids) for item in value]
    if not isinstance(value, dict):
        return value
    renamed: Record = {name: _renamed(item, ids) for name, item in value.items()}
    if value.get("kind") in _STORIES and value.get("id") in ids:
        renamed["id"] = ids[value["id"]]
    if value.get("story_id") in ids:
        renamed["story_id"] = ids[value["story_id"]]
    for name in ("story_ids", "blocked_story_ids"):
        if isinstance(value.get(name), list):
            renamed[name] = [ids.get(story_id, story_id) for story_id in value[name]]
    return renamed
