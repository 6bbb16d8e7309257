"""What a report said, kept as one small file a day, so that a later one can say what changed since.

Not here: the comparison of two of them (``changes``).
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.metrics.tables_there import exists
from pipelines.outputs.report.listing import records_if_readable
from pipelines.project.files import replaced

if TYPE_CHECKING:
    import duckdb

FOLDER_NAME = "snapshots"
#: A report is compared with one of about a week before.
_COMPARED_AFTER = timedelta(days=6, hours=12)
_MOST_KEPT = 400

Snapshot = dict[str, Any]

#: Each part by its name: the tables it reads, and a query of ``id``, ``name`` and what is compared.
_PARTS: dict[str, tuple[tuple[str, ...], str]] = {
    "projects": (
        (
            "pivotal_tracker.projects",
            "project_management.burnup_daily",
            "project_management.forecast",
        ),
        """
        SELECT
            project.id,
            coalesce(project.name, 'Project ' || project.id) AS name,
            any_value(scope_stories) AS scope,
            any_value(accepted_stories) AS accepted,
            any_value(forecast.date) AS finish
        FROM pivotal_tracker.projects AS project
        JOIN (
            SELECT scope_id, scope_stories, accepted_stories
            FROM project_management.burnup_daily
            WHERE scope_kind = 'project'
            QUALIFY date = max(date) OVER (PARTITION BY scope_id)
        ) AS today ON today.scope_id = project.id
        LEFT JOIN project_management.forecast AS forecast
            ON forecast.project_id = project.id AND question = 'when' AND forecast.scope = 'growing' AND percentile = 85
        GROUP BY ALL
        """,
    ),
    "releases": (
        (
            "project_management.release_status",
            "pivotal_tracker.releases",
            "pivotal_tracker.projects",
        ),
        """
        SELECT
            release_id AS id,
            coalesce(release.name, 'Release ' || release_id) AS name,
            CAST(status.deadline AT TIME ZONE coalesce(project.time_zone->>'olson_name', 'UTC') AS DATE) AS deadline,
            projected_p85_date AS forecast,
            stories = status.accepted_stories AS is_done
        FROM project_management.release_status AS status
        LEFT JOIN pivotal_tracker.releases AS release ON release.id = release_id
        LEFT JOIN pivotal_tracker.projects AS project ON project.id = status.project_id
        """,
    ),
    "budgets": (
        ("time_tracking.project_budget",),
        """
        SELECT project_id AS id, coalesce(project_name, project_id) AS name, cycle_start, round(used_pct, 1) AS used_pct
        FROM time_tracking.project_budget
        WHERE used_pct IS NOT NULL
        QUALIFY cycle_start = max(cycle_start) OVER (PARTITION BY project_id)
        """,
    ),
}


def taken(con: duckdb.DuckDBPyConnection, as_of: datetime) -> Snapshot:
    """What the tables say now, as far as they are computed."""
    parts: Snapshot = {"as_of": as_of.isoformat()}
    for part, (tables, sql) in _PARTS.items():
        if all(exists(con, table) for table in tables):
            rows = records_if_readable(con, sql)
            if rows is not None:
                parts[part] = {
                    str(row.pop("id")): {k: _plain(v) for k, v in row.items()} for row in rows
                }
    return parts


def keep(folder: Path, snapshot: Snapshot) -> None:
    """Keep the snapshot as that of its day, and remove those that are too old to be compared with."""
    day = datetime.fromisoformat(snapshot["as_of"]).date()
    with replaced(folder / FOLDER_NAME / f"{day}.json") as path:
        path.write_text(json.dumps(snapshot, ensure_ascii=False, indent=1), encoding="utf-8")
    for old in sorted((folder / FOLDER_NAME).glob("*.json"))[:-_MOST_KEPT]:
        old.unlink()


def earlier(folder: Path, as_of: datetime) -> Snapshot | None:
    """The newest snapshot of about a week before or more, else the oldest one of an earlier day; None without any.

    A file that cannot be read is passed over.
    """
    candidates: list[tuple[datetime, Snapshot]] = []
    for path in sorted((folder / FOLDER_NAME).glob("*.json")):
        try:
            snapshot = json.loads(path.read_text(encoding="utf-8"))
            moment = datetime.fromisoformat(snapshot["as_of"])
            if moment.date() < as_of.date():
                candidates.append((moment, snapshot))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    if not candidates:
        return None
    candidates.sort(key=lambda one: one[0])
    old_enough = [one for one in candidates if as_of - one[0] >= _COMPARED_AFTER]
    return (old_enough[-1] if old_enough else candidates[0])[1]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
