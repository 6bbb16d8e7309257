"""The floor: the requests that are needed, a few at a time, each answer into a file, and DuckDB's JSON reader.

No state, no check, no schema, no retry. The streams are those of the published connectors.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import duckdb
import httpx
import orjson

from benchmarks.sync.contenders.phases import Phases
from benchmarks.sync.contenders.task import Task
from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN

IN_FLIGHT = 8
CLOCKIFY_PAGE = 1000
TRACKER_PAGE = 500
DATABASE = "floor.duckdb"

#: People who left too: without these words their entries would be missing.
EVERYBODY = {
    "status": "ALL",
    "account-statuses": "ACTIVE,PENDING_EMAIL_VERIFICATION,NOT_REGISTERED,LIMITED,LIMITED_DELETED,DELETED",
}

_OF_WORKSPACE = {
    "users": "users",
    "clients": "clients",
    "tags": "tags",
    "user_groups": "user-groups",
}
_OF_PROJECT = {
    "stories": "stories",
    "project_memberships": "memberships",
    "labels": "labels",
    "epics": "epics",
    "releases": "releases",
    "activity": "activity",
}

Rows = list[dict[str, Any]]


class _Download:
    """Answers as files ``<folder>/<source>.<stream>/<n>.json``."""

    def __init__(self, task: Task) -> None:
        self._client = httpx.AsyncClient(base_url=task.server, timeout=60)
        self._folder = task.folder
        self._turns = asyncio.Semaphore(IN_FLIGHT)
        self._pause = 1.05 / task.requests_per_second if task.requests_per_second else 0.0
        self._next_at: dict[str, float] = {}
        self._answers = 0

    async def ask(
        self, stream: str, path: str, headers: dict[str, str], **params: Any
    ) -> httpx.Response:
        async with self._turns:
            await self._wait(stream.partition(".")[0])
            answer = await self._client.get(path, params=params, headers=headers)
        answer.raise_for_status()
        self._answers += 1
        folder = self._folder / stream
        folder.mkdir(exist_ok=True)
        (folder / f"{self._answers}.json").write_bytes(answer.content)
        return answer

    async def _wait(self, source: str) -> None:
        """Until the budget of ``source`` allows another request."""
        if self._pause:
            now = asyncio.get_running_loop().time()
            turn = max(self._next_at.get(source, 0.0), now)
            self._next_at[source] = turn + self._pause
            await asyncio.sleep(turn - now)

    async def clockify(self, stream: str, path: str, **params: Any) -> Rows:
        """All pages of a list; each says whether it is the last."""
        rows: Rows = []
        page = 1
        while True:
            answer = await self.ask(
                f"clockify.{stream}",
                f"/api/v1/{path}",
                {"X-Api-Key": CLOCKIFY_KEY},
                **{"page": page, "page-size": CLOCKIFY_PAGE, **params},
            )
            if stream in ("users", "projects"):
                rows += orjson.loads(answer.content)
            if answer.headers["last-page"] == "true":
                return rows
            page += 1

    async def tracker(self, stream: str, path: str) -> Rows:
        """All pages of a list; the first says how many there are."""

        async def page(offset: int) -> httpx.Response:
            return await self.ask(
                f"pivotal_tracker.{stream}",
                f"/services/v5/{path}",
                {"X-TrackerToken": TRACKER_TOKEN},
                limit=TRACKER_PAGE,
                offset=offset,
            )

        first = await page(0)
        total = int(first.headers.get("X-Tracker-Pagination-Total", 0))
        await asyncio.gather(*(page(offset) for offset in range(TRACKER_PAGE, total, TRACKER_PAGE)))
        return orjson.loads(first.content) if stream == "projects" else []


async def download(task: Task) -> None:
    """Every list of both sources."""
    lists = _Download(task)
    base = f"workspaces/{task.workspace}"

    async def people_and_entries() -> None:
        people = await lists.clockify("users", f"{base}/users", **EVERYBODY)
        await asyncio.gather(
            *(
                lists.clockify("time_entries", f"{base}/user/{person['id']}/time-entries")
                for person in people
            )
        )

    async def projects_and_tasks() -> None:
        projects = await lists.clockify("projects", f"{base}/projects")
        await asyncio.gather(
            *(
                lists.clockify("tasks", f"{base}/projects/{project['id']}/tasks")
                for project in projects
            )
        )

    async def tracker() -> None:
        projects = await lists.tracker("projects", "projects")
        await asyncio.gather(
            *(
                lists.tracker(stream, f"projects/{project['id']}/{path}")
                for project in projects
                for stream, path in _OF_PROJECT.items()
            )
        )

    others = [
        lists.clockify(stream, f"{base}/{path}")
        for stream, path in _OF_WORKSPACE.items()
        if stream != "users"
    ]
    await asyncio.gather(people_and_entries(), projects_and_tasks(), tracker(), *others)


def load(folder: Path) -> None:
    """Each stream's answers as a table."""
    with duckdb.connect(str(folder / DATABASE)) as connection:
        connection.execute("CREATE SCHEMA clockify; CREATE SCHEMA pivotal_tracker")
        for answers in folder.glob("*.*/"):
            connection.execute(
                f"CREATE TABLE {answers.name} AS FROM read_json('{answers}/*.json', "
                "maximum_object_size = 100000000, union_by_name = true)"
            )


def main() -> None:
    task = Task.of_this_process()
    phases = Phases(task.folder)
    phases.end("start")
    asyncio.run(download(task))
    load(task.folder)
    phases.end("run")


if __name__ == "__main__":
    main()
