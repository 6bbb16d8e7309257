"""An installed connector that does what a test wants: a program of its own that writes Airbyte's protocol.

Here: the program, its catalog, and messages to have it write. Not here: expectations.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.pyairbyte.catalog import InstalledConnector

_PROGRAM = """\
#!{python}
import json, os, pathlib, signal, sys, time

folder = pathlib.Path({folder!r})
verb, options = sys.argv[1], dict(zip(sys.argv[2::2], sys.argv[3::2]))
given = {{name: json.load(open(path)) for name, path in options.items()}}
with (folder / "asked.jsonl").open("a") as file:
    file.write(json.dumps({{"verb": verb, **given}}) + "\\n")
for step in json.load((folder / "script.json").open()).get(verb, []):
    if "out" in step:
        print(step["out"], flush=True)
    if "piece" in step:
        print(step["piece"], end="", flush=True)
    if "err" in step:
        print(step["err"], file=sys.stderr, flush=True)
    if "signal" in step:
        os.kill(os.getpid(), step["signal"])
    if "sleep" in step:
        time.sleep(step["sleep"])
    if "exit" in step:
        sys.exit(step["exit"])
"""

Step = dict[str, Any]


def say(**message: Any) -> Step:
    """The program writes ``message``, whose type is the name of its body."""
    ((body, value),) = message.items()
    kind = {"connectionStatus": "CONNECTION_STATUS"}.get(body, body.upper())
    return {"out": json.dumps({"type": kind, body: value})}


def record(stream: str, /, **data: Any) -> Step:
    return say(record={"stream": stream, "data": data, "emitted_at": 1})


def status(stream: str, said: str) -> Step:
    return say(
        trace={
            "type": "STREAM_STATUS",
            "emitted_at": 1,
            "stream_status": {"stream_descriptor": {"name": stream}, "status": said},
        }
    )


def error(message: str, stream: str | None = None) -> Step:
    about = {"message": message, "internal_message": f"internal: {message}"}
    if stream:
        about["stream_descriptor"] = {"name": stream}  # type: ignore[assignment]
    return say(trace={"type": "ERROR", "emitted_at": 1, "error": about})


def state(stream: str, /, **value: Any) -> Step:
    return say(
        state={
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": stream}, "stream_state": value},
        }
    )


def stream(name: str, /, *, incremental: bool = False, key: str = "id", **fields: Any) -> Step:
    """An entry of a configured catalog; ``fields`` are JSON schemas by name, beside ``id``."""
    properties = {key: {"type": "integer"}, **fields}
    return {
        "stream": {
            "name": name,
            "json_schema": {"type": "object", "properties": properties},
            "supported_sync_modes": ["full_refresh", "incremental"],
            "source_defined_primary_key": [[key]],
        },
        "sync_mode": "incremental" if incremental else "full_refresh",
        "destination_sync_mode": "append_dedup" if incremental else "overwrite",
        "primary_key": [[key]],
    }


class MadeConnector:
    """A connector in ``folder``, whose next read writes ``script``."""

    def __init__(self, folder: Path, streams: Sequence[Mapping[str, Any]]) -> None:
        self._folder = folder
        self.executable = folder / "source-made"
        self.executable.write_text(
            _PROGRAM.format(python=sys.executable, folder=str(folder)), encoding="utf-8"
        )
        self.executable.chmod(0o700)
        self.catalog = folder / "catalog.json"
        self.catalog.write_text(json.dumps({"streams": streams}), encoding="utf-8")
        self.commands: dict[str, list[Step]] = {
            "spec": [
                say(
                    spec={
                        "connectionSpecification": {
                            "type": "object",
                            "properties": {"key": {"type": "string", "airbyte_secret": True}},
                        }
                    }
                )
            ],
            "check": [say(connectionStatus={"status": "SUCCEEDED"})],
            "discover": [say(catalog={"streams": [entry["stream"] for entry in streams]})],
        }
        self.reads()

    def reads(self, *steps: Step) -> None:
        """The next reads do ``steps``."""
        self.does("read", *steps)

    def does(self, command: str, *steps: Step) -> None:
        """From now on ``command`` does ``steps``."""
        self.commands[command] = list(steps)
        (self._folder / "script.json").write_text(json.dumps(self.commands), encoding="utf-8")

    @property
    def connector(self) -> InstalledConnector:
        return InstalledConnector("source-made", "made", str(self.executable), self.catalog)

    def asked(self, verb: str) -> list[dict[str, Any]]:
        """What it was given each time that it was asked for ``verb``."""
        lines = (self._folder / "asked.jsonl").read_text(encoding="utf-8").splitlines()
        return [told for told in map(json.loads, lines) if told["verb"] == verb]
