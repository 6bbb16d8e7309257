"""Records that a list of another stream shows along, each asked for by itself only where that list is refused.

Here: the slices, one per record, and the requester that takes a record which is known for the answer. Not here: what the
list is and what the records are; a manifest says both.
"""

# No `from __future__ import annotations` here: the CDK asks for the types of components, and Python 3.10 cannot tell it
# an `InitVar` that is text.

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from airbyte_cdk.sources.declarative.partition_routers import SubstreamPartitionRouter
from airbyte_cdk.sources.declarative.partition_routers.substream_partition_router import (
    ParentStreamConfig,
)
from airbyte_cdk.sources.types import StreamSlice
from requests import Response

from pipelines.pyairbyte.session import Part, session_of
from pipelines.sources.cdk.body import as_list
from pipelines.sources.cdk.requester import ApiRequester

_ROW = "row"


@dataclass
class ListedElseAsked(SubstreamPartitionRouter):
    """Of two parents, the first has a list; where it is empty, the second is asked one by one.

    With an hourly budget, nothing is asked one by one where that would take more than half of it. A
    note says so, and the records are missing.
    """

    stream_name: str = ""

    def stream_slices(self) -> Iterator[StreamSlice]:
        """One per record."""
        listed, asked = self.parent_stream_configs
        rows = list(self._rows(listed))
        if rows:
            yield from (self._slice(listed, row, {_ROW: row}) for row in rows)
            return
        people = list(self._rows(asked))
        if self._is_too_dear(len(people)):
            return
        for person in people:
            names = {path[0].eval(self.config): None for path in asked.extra_fields or ()}
            yield self._slice(asked, person, {name: person.get(name) for name in names})

    def _rows(self, parent: ParentStreamConfig) -> Iterator[dict[str, Any]]:
        key = parent.parent_key.eval(self.config)
        for partition in parent.stream.generate_partitions():
            for record in partition.read():
                if record.data.get(key) is not None:
                    yield dict(record.data)

    def _slice(
        self, parent: ParentStreamConfig, row: dict[str, Any], extra: dict[str, Any]
    ) -> StreamSlice:
        key, name = parent.parent_key.eval(self.config), parent.partition_field.eval(self.config)
        return StreamSlice(partition={name: str(row[key])}, cursor_slice={}, extra_fields=extra)

    def _is_too_dear(self, requests: int) -> bool:
        budget = self.config.get("requests_per_hour")
        if not budget or requests <= int(budget) // 2:
            return False
        session_of(self.config).note(
            self.stream_name,
            f"{requests:,} requests, one for each, would take more than half of the budget of {budget} an hour: "
            "none is asked for.",
        )
        return True


@dataclass
class KnownOrAskedRequester(ApiRequester):
    """One object a request, as a list of one; where the slice has it already, nothing is asked."""

    def at_hand(self, stream_slice: StreamSlice) -> tuple[list[Any], Part] | None:
        """See ``ApiRequester``."""
        row = stream_slice.extra_fields.get(_ROW)
        if row is None:
            return None
        return [row], self._session.part(self.name, stream_slice.partition)

    def send_request(self, *arguments: Any, **options: Any) -> Response | None:
        """See ``ApiRequester``; the one object as a list."""
        response = super().send_request(*arguments, **options)
        return None if response is None else as_list(response)
