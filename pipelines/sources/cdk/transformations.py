"""Small changes of records, in place.

Plain Python rather than the CDK's ``AddFields`` and ``RemoveFields``, which evaluate a template or search a path for
every record and would take longer than everything else together.
"""

# No `from __future__ import annotations` here: the CDK asks for the types of components, and Python 3.10 cannot tell it
# an `InitVar` that is text.

import re
from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from functools import lru_cache
from typing import Any

from airbyte_cdk.sources.declarative.transformations import RecordTransformation
from airbyte_cdk.sources.types import StreamSlice


@lru_cache(maxsize=1024)
def snake_case(name: str) -> str:
    """``ccEmails`` -> ``cc_emails``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


# The records of a list have the same keys, unless they are odd.
@lru_cache(maxsize=1024)
def _in_snake_case(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(snake_case(name) for name in names)


@dataclass
class SnakeCaseKeys(RecordTransformation):
    """Top-level keys in snake_case; what is nested keeps the API's spelling."""

    parameters: InitVar[Mapping[str, Any]]

    def transform(self, record: dict[str, Any], *_: Any, **__: Any) -> None:
        renamed = dict(zip(_in_snake_case(tuple(record)), record.values(), strict=True))
        record.clear()
        record.update(renamed)


@dataclass
class WithoutKeys(RecordTransformation):
    """Leaves out the top-level ``keys``."""

    parameters: InitVar[Mapping[str, Any]]
    keys: list[str]

    def transform(self, record: dict[str, Any], *_: Any, **__: Any) -> None:
        for key in self.keys:
            record.pop(key, None)


@dataclass
class WithoutZeros(RecordTransformation):
    """Leaves out items of the list ``key`` with 0 in ``field``, so that a moving window changes nothing."""

    parameters: InitVar[Mapping[str, Any]]
    key: str
    field: str

    def transform(self, record: dict[str, Any], *_: Any, **__: Any) -> None:
        items = record.get(self.key)
        if isinstance(items, list):
            record[self.key] = [
                item for item in items if not (isinstance(item, dict) and item.get(self.field) == 0)
            ]


@dataclass
class PartitionKey(RecordTransformation):
    """Adds what the record was read for, such as its project, under ``key``."""

    parameters: InitVar[Mapping[str, Any]]
    key: str

    def transform(
        self,
        record: dict[str, Any],
        *_: Any,
        stream_slice: StreamSlice | None = None,
        **__: Any,
    ) -> None:
        if stream_slice is not None:
            record[self.key] = stream_slice[self.key]


@dataclass
class NestedIsKey(RecordTransformation):
    """Adds the value at ``path``, which leads into nested objects, under ``key``."""

    parameters: InitVar[Mapping[str, Any]]
    key: str
    path: list[str]

    def transform(self, record: dict[str, Any], *_: Any, **__: Any) -> None:
        value: Any = record
        for part in self.path:
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None:
            record[self.key] = value


@dataclass
class TitleIsName(RecordTransformation):
    """``title`` of a look-alike becomes Tracker's ``name``."""

    parameters: InitVar[Mapping[str, Any]]

    def transform(self, record: dict[str, Any], *_: Any, **__: Any) -> None:
        title = record.pop("title", None)
        record.setdefault("name", title)


@dataclass
class IterationStoryIds(RecordTransformation):
    """``story_ids`` out of the nested ``stories`` of a host that does not know ``fields``."""

    parameters: InitVar[Mapping[str, Any]]

    def transform(self, record: dict[str, Any], *_: Any, **__: Any) -> None:
        stories = record.pop("stories", None)
        if isinstance(stories, list):
            nested = [story for story in stories if isinstance(story, dict)]
            record.setdefault("story_ids", [story.get("id") for story in nested])
