"""Messages of Airbyte's protocol as a program writes them, one a line.

Here: which lines are messages. Not here: what they mean for a stream (``installed``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.project.texts.secrets import blotted
from pipelines.pyairbyte.process import ConnectorProcess

Message = Mapping[str, Any]

#: Type of what stands for a line that looks like a message and cannot be read.
UNREADABLE = "unreadable"

#: What a message of a type must have to be one.
_BODIES = {
    "RECORD": "record",
    "STATE": "state",
    "TRACE": "trace",
    "LOG": "log",
    "SPEC": "spec",
    "CATALOG": "catalog",
    "CONNECTION_STATUS": "connectionStatus",
}


def messages(process: ConnectorProcess) -> Iterator[Message]:
    """What the program says; lines that are no messages are its log, but for what looks like half of one."""
    for line in process.lines:
        text = line.strip()
        if not text:
            continue
        message = _parsed(text)
        if message is not None:
            yield message
        elif text.startswith(b"{"):
            yield {"type": UNREADABLE}
        else:
            yield {"type": "LOG", "log": {"message": text.decode(errors="replace")}}


def _parsed(text: bytes) -> Message | None:
    """The message, or ``None`` if it is none. Python's own parser keeps numbers of any size and half characters."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return None
    body = _BODIES.get(message["type"])
    return message if body is None or isinstance(message.get(body), dict) else None


def error_of(message: Message) -> str | None:
    """The sentence of a message that tells of an error; ``None`` for all others."""
    if message["type"] != "TRACE" or not isinstance(message["trace"].get("error"), dict):
        return None
    return blotted(str(message["trace"]["error"].get("message") or "The connector gave no reason."))


def ended_sentence(name: str, command: str, code: int) -> str:
    """How a program ended, without the point."""
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit status {code}"
    return f"{name} {how} in its {command}"
