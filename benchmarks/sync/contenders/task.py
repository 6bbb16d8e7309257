"""What a contender is told: arguments of its process."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Task:
    """Read ``workspace`` and all Tracker projects of ``server`` into ``folder``.

    ``packages`` is a folder with what was installed for the contender alone. ``requests_per_second`` is what the server
    allows, 0 where it allows any number.
    """

    server: str
    workspace: str
    folder: Path
    packages: Path
    requests_per_second: int = 0

    @classmethod
    def of_this_process(cls) -> Task:
        server, workspace, folder, packages, rate = sys.argv[1:]
        return cls(server, workspace, Path(folder), Path(packages), int(rate))

    @property
    def arguments(self) -> list[str]:
        return [
            self.server,
            self.workspace,
            str(self.folder),
            str(self.packages),
            str(self.requests_per_second),
        ]
