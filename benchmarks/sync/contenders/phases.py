"""How long the parts of a contender's process took, and how much of a processor."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

_FILE = "phases.json"


class Phases:
    """Wall and CPU seconds of each phase; the first begins with the process, the interpreter's own start included."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / _FILE
        self._phases: dict[str, dict[str, float]] = {}
        self._last = (_process_start(), 0.0)

    def end(self, phase: str) -> None:
        """The phase that was going on is over, and the next begins."""
        now = (time.clock_gettime(time.CLOCK_BOOTTIME), time.process_time())
        self._phases[phase] = {"wall": now[0] - self._last[0], "cpu": now[1] - self._last[1]}
        self._last = now
        self._file.write_text(json.dumps(self._phases))


def read_phases(folder: Path) -> dict[str, dict[str, float]]:
    """The phases that the contender in ``folder`` came to the end of."""
    file = folder / _FILE
    phases: dict[str, dict[str, float]] = json.loads(file.read_text()) if file.exists() else {}
    return phases


def _process_start() -> float:
    """When this process began, in seconds since the machine did."""
    ticks = Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]
    return int(ticks) / os.sysconf("SC_CLK_TCK")
