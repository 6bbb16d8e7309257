"""Which alerts were sent: each is sent once, until it changes.

Not here: the alerts, and sending them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipelines.outputs.alerts.rules import Alert
from pipelines.project.files import replaced

Found = Mapping[str, Sequence[Alert]]


def not_told(file: Path, found: Found) -> dict[str, list[Alert]]:
    """Of the alerts by rule those whose keys the file does not have; one that cannot be read has none."""
    told = _read(file)
    return {
        rule: [one for one in each if one.key not in told.get(rule, ())]
        for rule, each in found.items()
    }


def remember(file: Path, found: Found) -> None:
    """Take what is found now for told. What is not found any more is forgotten, so it is told when it comes back."""
    told = {**_read(file), **{rule: [one.key for one in each] for rule, each in found.items()}}
    with replaced(file) as path:
        path.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")


def _read(file: Path) -> dict[str, list[str]]:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
