"""What the metrics need names lists, fields and tables that there are."""

from __future__ import annotations

import pytest

from pipelines.metrics.project_management.needs import NEEDS, Need, unmet
from pipelines.metrics.project_management.tables import TABLES
from pipelines.sources.pivotal_tracker.archive.lists import LISTS, PROJECTS, STORY_PARTS
from pipelines.sources.registry import CONNECTORS, PIVOTAL_TRACKER


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: need.name)
def test_a_need_names_what_there_is(need: Need) -> None:
    name, _, field = need.name.partition(".")
    stream = PROJECTS if name == PROJECTS else LISTS[name].stream
    columns = {column.name for column in CONNECTORS[PIVOTAL_TRACKER].stream(stream).columns}
    assert not field or field in columns | STORY_PARTS.keys()
    assert set(need.tables) <= {table.name for table in TABLES}


def test_needs_that_are_not_met() -> None:
    names = [need.name for need in unmet(lambda name, field: (name, field) != ("epics", ""))]
    assert names == ["epics"]
