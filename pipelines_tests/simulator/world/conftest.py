"""Generated companies, made once for all tests, and the story histories folded from their logs."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timezone

import pytest

from pipelines.simulator.model import Record, World
from pipelines.simulator.world import DEMO, generate

#: A Friday afternoon in Europe: people are at work, in other zones not any more.
NOW = datetime(2026, 11, 20, 14, 30, tzinfo=timezone.utc)


@pytest.fixture(scope="session")
def demo() -> World:
    return generate(now=NOW, size=DEMO)


@pytest.fixture(scope="session")
def story_changes(demo: World) -> dict[int, list[tuple[Record, Record]]]:
    """(activity, change) of each story, oldest first; deleted stories included."""
    changes: dict[int, list[tuple[Record, Record]]] = defaultdict(list)
    for activity in demo.tracker.activity:
        for change in activity["changes"]:
            if change["kind"] == "story":
                changes[change["id"]].append((activity, change))
    return changes
