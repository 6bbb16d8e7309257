"""Reads a connector straight through the CDK, without PyAirbyte, staging or a warehouse.

Here: a read and what came of it, as plain values. Not here: servers and expectations.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.pyairbyte.session import ReadSession, with_session
from pipelines.sources.registry import CONNECTORS

Record = dict[str, Any]


@dataclass
class Reading:
    """Records by stream in the order they came; last states, errors and what is to be told of it by stream."""

    records: dict[str, list[Record]]
    states: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def refusals(self) -> list[str]:
        """What is to be told of answers that were left out, of all streams."""
        return [note for notes in self.notes.values() for note in notes if " answered " in note]

    def ids(self, stream: str) -> list[Any]:
        return [record["id"] for record in self.records[stream]]


def read(
    source: str,
    config: Mapping[str, Any],
    streams: Iterable[str],
    states: Mapping[str, Any] | None = None,
) -> Reading:
    """Read ``streams`` of ``source`` (``clockify`` or ``pivotal_tracker``), each from its state if there is one."""
    from airbyte_cdk.models import (
        AirbyteStateBlob,
        AirbyteStateMessage,
        AirbyteStateType,
        AirbyteStream,
        AirbyteStreamState,
        ConfiguredAirbyteCatalog,
        ConfiguredAirbyteStream,
        DestinationSyncMode,
        StreamDescriptor,
        SyncMode,
        Type,
    )
    from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
        ConcurrentDeclarativeSource,
    )
    from airbyte_cdk.utils.traced_exception import AirbyteTracedException

    streams = list(streams)
    scopes = {name: CONNECTORS[source].stream(name).scope for name in streams}
    session = ReadSession({name: scope.column for name, scope in scopes.items() if scope})
    config = with_session(config, session)
    catalog = ConfiguredAirbyteCatalog(
        streams=[
            ConfiguredAirbyteStream(
                stream=AirbyteStream(
                    name=name,
                    json_schema={},
                    supported_sync_modes=[SyncMode.full_refresh, SyncMode.incremental],
                ),
                sync_mode=SyncMode.incremental,
                destination_sync_mode=DestinationSyncMode.append,
            )
            for name in streams
        ]
    )
    state = [
        AirbyteStateMessage(
            type=AirbyteStateType.STREAM,
            stream=AirbyteStreamState(
                stream_descriptor=StreamDescriptor(name=name),
                stream_state=AirbyteStateBlob(value),
            ),
        )
        for name, value in (states or {}).items()
    ]
    connector = ConcurrentDeclarativeSource(
        catalog=catalog,
        config=config,
        state=state,
        source_config=_manifest(source, [configured.stream.name for configured in catalog.streams]),
    )
    reading = Reading(records=defaultdict(list))
    try:
        for message in connector.read(logging.getLogger("test"), config, catalog, state):
            if message.type == Type.RECORD and message.record:
                reading.records[message.record.stream].append(message.record.data)
            elif message.type == Type.STATE and message.state and message.state.stream:
                blob = message.state.stream.stream_state
                name = message.state.stream.stream_descriptor.name
                reading.states[name] = dict(blob.__dict__) if blob else None
            elif message.type == Type.TRACE and message.trace and message.trace.error:
                descriptor = message.trace.error.stream_descriptor
                reading.errors[descriptor.name if descriptor else ""] = message.trace.error.message
    except AirbyteTracedException:
        # Raised at the end when a stream failed; the stream's own error came as a message before.
        assert reading.errors
    reading.notes = {name: session.notes(name) for name in streams if session.notes(name)}
    return reading


def _manifest(source: str, streams: Iterable[str]) -> dict[str, Any]:
    """The manifest with only the ``streams``: building all of them takes longer than most reads."""
    manifest = CONNECTORS[source].manifest
    selected = [stream for stream in manifest["streams"] if stream["name"] in streams]
    return {**manifest, "streams": selected}


def check(source: str, config: Mapping[str, Any]) -> str | None:
    """``None`` when the connector finds the config right, else its verdict."""
    from airbyte_cdk.models import Status
    from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
        ConcurrentDeclarativeSource,
    )

    connector = ConcurrentDeclarativeSource(
        catalog=None, config=config, state=None, source_config=CONNECTORS[source].manifest
    )
    status = connector.check(logging.getLogger("test"), config)
    return None if status.status == Status.SUCCEEDED else str(status.message)
