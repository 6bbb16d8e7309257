"""How long an archive takes and how much memory: a large CSV export, and an archive of JSON dumps with its log.

    python -m benchmarks.archive --stories 100000

Generates both in a temporary folder, then measures each step in a process of its own, and prints a Markdown table:
reading the files into a store, and a sync of all Tracker streams from it into a new warehouse.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.archive.lists import Record
from pipelines.sources.pivotal_tracker.archive.manifest import Manifest, write_rows

PROJECTS = 20
_FIRST_DAY = date(2016, 1, 4)
_TYPES = ("feature", "feature", "feature", "bug", "chore")
_COMMENTS = 3
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HEADER = (
    "Id,Title,Labels,Iteration,Iteration Start,Iteration End,Type,Estimate,Priority,Current State,"
    "Created at,Accepted at,Deadline,Requested By,Description,URL,Owned By,Owned By,"
    "Comment,Comment,Comment,Task,Task Status,Task,Task Status\n"
)
_TEXT = "As somebody who pays by card I want a failed charge to be tried again. " * 6


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stories", type=int, default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{arguments.stories:,} stories in {PROJECTS} projects\n")
        print("| archive | size | step | seconds | peak memory | rows |")
        print("| --- | ---: | --- | ---: | ---: | ---: |")
        for kind, generate in (("CSV export", export), ("JSON dumps", dumps)):
            archive = folder / kind
            generate(archive, arguments.stories)
            size = sum(file.stat().st_size for file in archive.rglob("*") if file.is_file())
            for step, function in (("into a store", store), ("sync", sync)):
                seconds, peak, rows = _measured(function, archive, folder / f"{kind} home")
                print(
                    f"| {kind} | {size / 1e6:,.0f} MB | {step} | {seconds:.1f} "
                    f"| {peak / 1024:,.0f} MB | {rows:,} |",
                    flush=True,
                )


def store(archive: Path, home: Path) -> int:
    """Read the files into a store; returns its number of stories."""
    from pipelines.sources.pivotal_tracker.archive.source import archive_store
    from pipelines.sources.pivotal_tracker.archive.store import Store

    opened = Store.open(archive_store(archive, time_zone="UTC", crosswalk=(), home=home))
    return sum(opened.count("stories", project["id"]) for project in opened.projects())


def sync(archive: Path, home: Path) -> int:
    """Synchronize all Tracker streams; returns the number of rows of all their tables."""
    import dagster as dg

    from pipelines.cli.instance import open_instance, prepare_home
    from pipelines.definitions import build_defs
    from pipelines.defs.jobs import range_tags
    from pipelines.defs.settings import load_settings
    from pipelines.sources.registry import CONNECTORS, PIVOTAL_TRACKER
    from pipelines.warehouse.connection import Warehouse

    settings = load_settings(
        {
            "PIVOTAL_TRACKER_ARCHIVE": str(archive),
            "PIVOTAL_TRACKER_ARCHIVE_TIME_ZONE": "UTC",
            "PIPELINES_WAREHOUSE": str(home / "warehouse.duckdb"),
            "PIPELINES_START_DATE": _FIRST_DAY.isoformat(),
            "DAGSTER_HOME": str(home),
        }
    )
    streams = [f"{PIVOTAL_TRACKER}/{props.name}" for props in CONNECTORS[PIVOTAL_TRACKER].streams]
    job = dg.define_asset_job("sync_tracker", selection=dg.AssetSelection.assets(*streams))
    definitions = dg.Definitions.merge(build_defs(settings), dg.Definitions(jobs=[job]))
    # Dagster's history is most of the work unless it is written as the commands write it.
    prepare_home(settings)
    with open_instance() as instance:
        result = definitions.resolve_job_def("sync_tracker").execute_in_process(
            instance=instance,
            tags=range_tags(_FIRST_DAY.isoformat(), datetime.now(timezone.utc).date().isoformat()),
            run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
        )
    if not result.success:
        raise ArchiveError("The sync failed.")
    with Warehouse(settings.warehouse).connect(read_only=True) as connection:
        return sum(
            connection.execute(f'SELECT count(*) FROM pivotal_tracker."{props.name}"').fetchall()[
                0
            ][0]
            for props in CONNECTORS[PIVOTAL_TRACKER].streams
        )


def _measured(
    function: Callable[[Path, Path], int], archive: Path, home: Path
) -> tuple[float, int, int]:
    """Seconds, peak memory in KB and result of ``function`` in a new process."""
    home.mkdir(exist_ok=True)
    context = multiprocessing.get_context("spawn")
    results = context.SimpleQueue()
    process = context.Process(target=_measure, args=(function, archive, home, results))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(process.exitcode)
    seconds, peak, rows = results.get()
    return seconds, peak, rows


def _measure(
    function: Callable[[Path, Path], int], archive: Path, home: Path, results: Any
) -> None:
    began = time.perf_counter()
    rows = function(archive, home)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    results.put((time.perf_counter() - began, peak, rows))


def export(folder: Path, stories: int) -> None:
    """A CSV file per project; a story has three comments, two tasks, an owner and a label."""
    folder.mkdir()
    for project in range(PROJECTS):
        path = folder / f"project_{project:02}_20250430_1200.csv"
        with path.open("w", encoding="utf-8") as file:
            file.write(_HEADER)
            for number in range(project, stories, PROJECTS):
                file.write(_csv_row(number, stories))


def _csv_row(number: int, stories: int) -> str:
    created = _FIRST_DAY + timedelta(days=number * 3300 // stories)
    accepted = created + timedelta(days=9)
    week = (accepted - _FIRST_DAY).days // 7
    start = _FIRST_DAY + timedelta(weeks=week)
    comment = f'"{_TEXT[:200]} (Person {number % 97} - {_human(accepted)})"'
    is_open = number % 10 == 9
    cells = [
        str(180_000_000 + number),
        f"Story {number}",
        f'"label {number % 50}, all"',
        *(("", "", "") if is_open else (str(week + 1), *_quoted(start, start + timedelta(days=6)))),
        _TYPES[number % 5],
        str(number % 5 - 1),
        "p2 - Medium",
        "started" if is_open else "accepted",
        *_quoted(created),
        "" if is_open else _quoted(accepted)[0],
        "",
        f"Person {number % 97}",
        f'"{_TEXT}"',
        f"https://www.pivotaltracker.com/story/show/{180_000_000 + number}",
        f"Person {number % 89}",
        "",
        *(comment for _ in range(_COMMENTS)),
        *("Write it", "Completed", "Test it", "not completed"),
    ]
    return ",".join(cells) + "\n"


def _human(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def _quoted(*days: date) -> list[str]:
    return [f'"{_human(day)}"' for day in days]


def dumps(folder: Path, stories: int) -> None:
    """An archive; a story has three comments, four transitions and four activities."""
    projects = [
        {"id": 1 + n, "kind": "project", "name": f"P{n}", "version": 1} for n in range(PROJECTS)
    ]
    files = [write_rows(folder, "projects.jsonl", projects)]
    for project in range(PROJECTS):
        numbers = range(project, stories, PROJECTS)
        for name, make in (
            ("stories", _story),
            ("story_transitions", _transitions),
            ("activity", _activity),
        ):
            rows = (row for number in numbers for row in make(number, 1 + project, stories))
            files.append(write_rows(folder, f"projects/{1 + project}/{name}.jsonl", rows))
        files += [
            write_rows(folder, f"projects/{1 + project}/{name}.jsonl", [])
            for name in ("labels", "memberships", "epics", "releases", "iterations")
        ]
    Manifest(host="http://generated", made_at="2025-04-30T00:00:00Z", files=files).write(folder)


def _instant(number: int, stories: int, hours: int) -> str:
    minutes = number * 3300 * 1440 // stories + hours * 60
    day = _FIRST_DAY + timedelta(days=minutes // 1440)
    return f"{day}T{minutes // 60 % 24:02}:{minutes % 60:02}:00Z"


def _story(number: int, project_id: int, stories: int) -> Iterator[Record]:
    story_id = 180_000_000 + number
    at = _instant(number, stories, 40)
    comment = {"kind": "comment", "story_id": story_id, "text": _TEXT[:200], "person_id": 7}
    yield {
        "kind": "story",
        "id": story_id,
        "project_id": project_id,
        "name": f"Story {number}",
        "description": _TEXT,
        "story_type": _TYPES[number % 5],
        "current_state": "accepted",
        "estimate": number % 4,
        "created_at": _instant(number, stories, 0),
        "updated_at": at,
        "accepted_at": at,
        "owner_ids": [number % 89],
        "labels": [{"kind": "label", "id": number % 50, "project_id": project_id, "name": "x"}],
        "comments": [
            {**comment, "id": 10 * story_id + part, "created_at": at, "updated_at": at}
            for part in range(_COMMENTS)
        ],
        **{part: [] for part in ("tasks", "blockers", "reviews")},
    }


def _transitions(number: int, project_id: int, stories: int) -> Iterator[Record]:
    for step, state in enumerate(("started", "finished", "delivered", "accepted")):
        yield {
            "kind": "story_transition",
            "state": state,
            "story_id": 180_000_000 + number,
            "project_id": project_id,
            "project_version": 4 * number + step,
            "occurred_at": _instant(number, stories, 10 * (step + 1)),
            "performed_by_id": 7,
        }


def _activity(number: int, project_id: int, stories: int) -> Iterator[Record]:
    for row in _transitions(number, project_id, stories):
        change = {"kind": "story", "change_type": "update", "id": row["story_id"]}
        yield {
            "kind": "story_update_activity",
            "guid": f"{project_id}_{row['project_version']}",
            "project_version": row["project_version"],
            "message": f"Person {row['state']} this story",
            "changes": [{**change, "new_values": {"current_state": row["state"]}}],
            "primary_resources": [],
            "project": {"kind": "project", "id": project_id, "name": "P"},
            "performed_by": {"kind": "person", "id": 7, "name": "Person", "initials": "P"},
            "occurred_at": row["occurred_at"],
        }


if __name__ == "__main__":
    main()
