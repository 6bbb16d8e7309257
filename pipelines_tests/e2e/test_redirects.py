"""A host that was moved, or taken over: its redirects are not followed, and no table believes their target."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN
from pipelines_tests.support import worlds
from pipelines_tests.support.answering_server import Answer, Asked, answering
from pipelines_tests.support.project import failure_of, running_project

READ = ("clockify/users", "clockify/clients", "clockify/tags", "pivotal_tracker/projects")


@pytest.mark.parametrize("status", [302, 308])
def test_tables_stay_when_a_host_redirects(tmp_path: Path, status: int) -> None:
    """The other host answers every list with an empty one, which would empty the tables."""
    lists = {"clients": [worlds.client(0)], "tags": [worlds.tag(0)]}
    world = worlds.world(clockify=worlds.clockify_data(**lists))
    with running_project(tmp_path, world) as project:
        assert project.materialize(*READ).success
        before = {table: project.keys(table.replace("/", ".")) for table in READ}
        assert all(before.values())
        with answering(lambda _: Answer()) as other:

            def redirect(asked: Asked) -> Answer:
                return Answer(status, headers={"Location": other.url + asked.path})

            with answering(redirect) as first:
                project.environment["PIVOTAL_TRACKER_API_URL"] = first.url
                project.environment["CLOCKIFY_API_URL"] = first.url
                result = project.materialize(*READ, full_refresh=True)
        said = failure_of(result)
        assert "set CLOCKIFY_API_URL" in said
        assert "set PIVOTAL_TRACKER_API_URL" in said
        assert {table: project.keys(table.replace("/", ".")) for table in READ} == before
    assert not other.asked
    sent = "\n".join(map(str, first.asked))
    assert CLOCKIFY_KEY in sent
    assert TRACKER_TOKEN in sent
