"""Records out of a JSON answer. An answer of another shape is a ``Contradiction``, never "no records".

A list inside a record that is not there says nothing about what it would hold: its part of the stream is refused.

Records are copied at their top level, where transformations write: an answer may be shared by several streams.
"""

# No `from __future__ import annotations` here: the CDK asks for the types of components, and Python 3.10 cannot tell it
# an `InitVar` that is text.

from collections.abc import Iterator, Mapping
from dataclasses import InitVar, dataclass
from typing import Any

from airbyte_cdk.sources.declarative.extractors.record_extractor import RecordExtractor
from requests import Response

from pipelines.pyairbyte.session import Part
from pipelines.pyairbyte.unreadable import set_aside, text_of
from pipelines.sources.cdk.answers import Contradiction, path_of, question_of
from pipelines.sources.cdk.body import error_text, parsed_body

Record = dict[str, Any]


def rows_of(response: Response, envelope: str | None = None) -> list[Record]:
    """The objects of a list answer, or of the list under ``envelope`` in an object; a row that is none is set aside.

    A dot in ``envelope`` leads into a nested object.
    """
    body = parsed_body(response)
    for key in envelope.split(".") if envelope else ():
        body = body.get(key) if isinstance(body, dict) else body
    if not isinstance(body, list) or (body and not any(isinstance(row, dict) for row in body)):
        raise _unexpected(response, "a list")
    return [row if isinstance(row, dict) else no_object(row) for row in body]


def no_object(row: Any) -> Record:
    """What stands for a row that is no object."""
    return set_aside("is no object", text_of(row))


def _unexpected(response: Response, expected: str) -> Contradiction:
    return Contradiction(
        f"{path_of(response)} answered with something else than {expected} ({error_text(response)}): "
        "the server is not the API it is taken for, or it failed."
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
    """The answer is the record; it has ``required``."""

    parameters: InitVar[Mapping[str, Any]]
    required: str

    def extract_records(self, response: Response) -> Iterator[Record]:
        body = parsed_body(response)
        if not isinstance(body, dict) or body.get("kind") == "error" or self.required not in body:
            raise _unexpected(response, f"an object with {self.required}")
        yield dict(body)


@dataclass
class NestedListExtractor(RecordExtractor):
    """One record per item of the list ``field`` inside each object of a list.

    ``parent_fields`` says what the record takes from its parent:
    ``{name in the record: name in the parent}``. Items that are no objects become
    ``{item_field: item}``. ``stream`` is the stream that the items are rows of, or are read for. An
    object without the list is a parent of that stream that does not show its children.
    """

    parameters: InitVar[Mapping[str, Any]]
    field: str
    parent_fields: Mapping[str, str]
    stream: str
    item_field: str = "value"

    def extract_records(self, response: Response) -> Iterator[Record]:
        session = question_of(response).session
        for row in rows_of(response):
            items = row.get(self.field)
            part = Part(self.stream, str(row.get("id")))
            if not isinstance(items, list):
                session.refuse(part, f"{path_of(response)} does not show {self.field} of all.")
                continue
            session.finish(part)
            of_parent = {name: row.get(key) for name, key in self.parent_fields.items()}
            for item in items:
                record = item if isinstance(item, dict) else {self.item_field: item}
                yield {**record, **of_parent}


@dataclass
class ItemsOfObjectExtractor(RecordExtractor):
    """One record per item of the list ``field`` of the answer, which is one object.

    Items have no ids: ``position`` counts them from 1. What the answer has of ``beside_fields`` goes with each of them, as an
    object under ``beside``.
    """

    parameters: InitVar[Mapping[str, Any]]
    field: str
    beside: str
    beside_fields: list[str]

    def extract_records(self, response: Response) -> Iterator[Record]:
        body = parsed_body(response)
        items = body.get(self.field) if isinstance(body, dict) else None
        if not isinstance(items, list):
            raise _unexpected(response, f"an object with {self.field}")
        beside = {name: body[name] for name in self.beside_fields if name in body}
        for position, item in enumerate(items, start=1):
            record = item if isinstance(item, dict) else no_object(item)
            yield {**record, "position": position, self.beside: beside}
