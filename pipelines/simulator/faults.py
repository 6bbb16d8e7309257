"""Faults a server can be told to show: which request goes wrong, how, and how often.

Here: the rules and who of them is next. Not here: how a fault looks on the wire (``app``), nor standing
differences between hosts and plans (``behaviour``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FaultKind = Literal["status", "reset", "truncated", "invalid_json", "html", "slow", "answer"]


@dataclass
class FaultRule:
    """One fault and the requests it applies to."""

    #: Regular expression searched in the path with its query, such as ``/stories\\?.*offset=100``.
    path: str
    #: ``status``: an error in the API's own words; ``reset``: the connection breaks before an answer;
    #: ``truncated``: it breaks in the middle of the right answer; ``invalid_json``: the right answer,
    #: cut short but complete for HTTP; ``html``: a web page instead of JSON; ``slow``: the right answer, late;
    #: ``answer``: any other, made of the right one.
    kind: FaultKind = "status"
    #: HTTP status of the kinds ``status``, ``html`` and ``answer``.
    status: int = 500
    #: Kind ``answer``: the body in place of the right one, as text; headers to send, ``None`` for those to leave out; and what
    #: is made of the JSON of the right body, for servers in this process.
    body: str | None = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    change: Callable[[Any], Any] | None = None
    #: ``Retry-After`` in seconds, sent with ``status`` when given.
    retry_after: int | None = None
    #: Delay of the kind ``slow``, in milliseconds.
    delay_ms: int = 0
    #: How many matching requests go wrong; ``None``: all.
    times: int | None = 1
    #: How many matching requests pass first.
    after: int = 0

    def strikes(self, target: str) -> bool:
        """Whether the request for *target* is to go wrong; counts it when it matches."""
        if self.times == 0 or not re.search(self.path, target):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True

    def answer(self, right: bytes) -> bytes:
        """The body of the kind ``answer``, where the right one is ``right``."""
        if self.body is not None:
            return self.body.encode()
        return json.dumps(self.change(json.loads(right))).encode() if self.change else right


class FaultBook:
    """The rules in force, oldest first; the first that strikes wins."""

    def __init__(self) -> None:
        self.rules: list[FaultRule] = []

    def add(self, rule: FaultRule) -> FaultRule:
        re.compile(rule.path)
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        self.rules.clear()

    def strike(self, target: str) -> FaultRule | None:
        """The rule that spoils the request for *target*, or ``None``."""
        return next((rule for rule in self.rules if rule.strikes(target)), None)
