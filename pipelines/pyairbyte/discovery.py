"""What an installed connector says of itself: its streams as a configured catalog, and which values of a config are secret.

Here: asking it. Not here: reading it (``installed``). Importing this module imports PyAirbyte: do it inside functions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from airbyte_cdk.utils.airbyte_secrets_utils import get_secrets

from pipelines.project.texts.secrets import blotted
from pipelines.pyairbyte.messages import Message, ended_sentence, error_of, messages
from pipelines.pyairbyte.process import running


class NotDiscovered(Exception):
    """The connector did not say what streams it has; the message is one sentence that says why."""


def discover(executable: str, config: Mapping[str, Any]) -> tuple[dict[str, Any], Sequence[str]]:
    """A configured catalog of the streams with a primary key, and the names of the streams without one.

    Whatever can be read incrementally is. Raises ``NotStarted`` and ``NotDiscovered``.
    """
    streams: list[Message] | None = None
    error = None
    with running(
        executable, ["discover"], {"--config": json.dumps(dict(config)).encode()}
    ) as process:
        for message in messages(process):
            if message["type"] == "CATALOG":
                streams = message["catalog"]["streams"]
            error = error_of(message) or error
        why = error or blotted(process.last_words)
        if streams is None:
            ended = ended_sentence(executable, "discover", process.ended())
            raise NotDiscovered(f"{ended}: {why}. Does it need a --config-file?")
    keyed = [stream for stream in streams if stream.get("source_defined_primary_key")]
    catalog = {"streams": [_configured(stream) for stream in keyed]}
    return catalog, [stream["name"] for stream in streams if stream not in keyed]


def _configured(stream: Message) -> dict[str, Any]:
    is_incremental = "incremental" in stream.get("supported_sync_modes", ())
    configured = {
        "stream": stream,
        "sync_mode": "incremental" if is_incremental else "full_refresh",
        "destination_sync_mode": "append_dedup" if is_incremental else "overwrite",
        "primary_key": stream["source_defined_primary_key"],
    }
    if stream.get("default_cursor_field"):
        configured["cursor_field"] = stream["default_cursor_field"]
    return configured


def secrets_of(executable: str, config: Mapping[str, Any]) -> frozenset[str]:
    """The values of ``config`` that the connector calls secret; all texts where it does not say. Raises ``NotStarted``."""
    specification: Any = None
    with running(executable, ["spec"], {}) as process:
        for message in messages(process):
            if message["type"] == "SPEC":
                specification = message["spec"].get("connectionSpecification")
    if isinstance(specification, Mapping):
        return frozenset(str(secret) for secret in get_secrets(specification, config))
    return frozenset(_texts(config))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value
