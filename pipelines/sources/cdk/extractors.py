"""Records out of a JSON answer. An answer of another shape is an error, never "no records".

Records are copied at their top level, where transformations write: an answer may be shared by several streams.
"""

# No `from __future__ import annotations` here: the CDK asks for the types of components, and Python 3.10 cannot tell it
# an `InitVar` that is text.

import logging
from collections.abc import Iterator, Mapping
from dataclasses import InitVar, dataclass
from dataclasses import field as dataclass_field
from typing import Any

from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.extractors.record_extractor import RecordExtractor
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from requests import Response

from pipelines.sources.cdk.body import error_text, parsed_body

logger = logging.getLogger("airbyte.connectors")

Record = dict[str, Any]


def rows_of(response: Response, envelope: str | None = None) -> list[Record]:
    """The objects of a list answer, or of the list under ``envelope`` in an object."""
    body = parsed_body(response)
    if envelope is not None and isinstance(body, dict):
        body = body.get(envelope)
    if not isinstance(body, list) or not all(isinstance(row, dict) for row in body):
        raise _unexpected(response, "a list")
    return body


def _unexpected(response: Response, expected: str) -> AirbyteTracedException:
    path = response.request.path_url.partition("?")[0]
    return AirbyteTracedException(
        message=f"{path} answered with something else than {expected} ({error_text(response)}): "
        "the server is not the API it is taken for, or it failed.",
        failure_type=FailureType.system_error,
    )


@dataclass
class ListExtractor(RecordExtractor):
    """One record per object of a list; ``envelope`` is the key of the list where an object holds it."""

    parameters: InitVar[Mapping[str, Any]]
    envelope: str | None = None

    def extract_records(self, response: Response) -> Iterator[Record]:
        for row in rows_of(response, self.envelope):
            yield dict(row)


@dataclass
class ObjectExtractor(RecordExtractor):
    """The answer is the record."""

    parameters: InitVar[Mapping[str, Any]]

    def extract_records(self, response: Response) -> Iterator[Record]:
        body = parsed_body(response)
        if not isinstance(body, dict) or body.get("kind") == "error":
            raise _unexpected(response, "an object")
        yield dict(body)


@dataclass
class NestedListExtractor(RecordExtractor):
    """One record per item of the list ``field`` inside each object of a list.

    ``parent_fields`` says what the record has of its parent: ``{name in the record: name in the parent}``. Items that
    are no objects become ``{item_field: item}``.
    """

    parameters: InitVar[Mapping[str, Any]]
    field: str
    parent_fields: Mapping[str, str]
    item_field: str = "value"

    def extract_records(self, response: Response) -> Iterator[Record]:
        for row in rows_of(response):
            of_parent = {name: row.get(key) for name, key in self.parent_fields.items()}
            for item in row.get(self.field) or []:
                record = item if isinstance(item, dict) else {self.item_field: item}
                yield {**record, **of_parent}


def _not_nested(field: str, path: str) -> str:
    return (
        f"{field}: this host sends no {field} in its list of stories ({path}), so none are read. A host that has them "
        "story by story takes a request per story for them: `make archive` keeps them, and an archive is read whole."
    )


@dataclass
class StoryChildrenExtractor(RecordExtractor):
    """One record per child under ``field`` of each story, with the story's ids and ``updated_at``.

    A record without ``id`` stands for a story that has no children. Where only changed stories were asked for, every
    such story has one, so that children which are gone can be told from children which were not read. In a full read
    only the newest story of a page has one: state follows ``story_updated_at`` and must not fall behind the stories'.
    A host that does not know ``field`` gives no records, which is said once.
    """

    parameters: InitVar[Mapping[str, Any]]
    field: str
    _is_told: bool = dataclass_field(default=False, init=False)

    def extract_records(self, response: Response) -> Iterator[Record]:
        rows = rows_of(response)
        stories = [story for story in rows if self.field in story]
        if rows and not stories and not self._is_told:
            self._is_told = True
            path = response.request.path_url.partition("?")[0]
            logger.warning("%s", _not_nested(self.field, path))
        only_changed = "updated_after=" in response.url
        newest = max((story["updated_at"] for story in stories), default=None)
        for story in stories:
            of_story = {
                "project_id": story.get("project_id"),
                "story_id": story["id"],
                "story_updated_at": story["updated_at"],
            }
            children = story[self.field] or []
            for child in children:
                yield {**child, **of_story}
            if not children and (only_changed or story["updated_at"] == newest):
                yield {"id": None, **of_story}
