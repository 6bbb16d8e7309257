"""Of what there are pages beside that of the company: projects, clients, teams and people; and what is on each.

Not here: how the pages are filled and written.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pipelines.metrics.tables_there import exists
from pipelines.outputs.charts.aging_wip import AGING_WIP
from pipelines.outputs.charts.burnup import BURNUP
from pipelines.outputs.charts.cycle_time import CYCLE_TIME
from pipelines.outputs.charts.forecast import FORECAST
from pipelines.outputs.charts.model import Chart
from pipelines.outputs.charts.throughput import THROUGHPUT
from pipelines.outputs.charts.velocity import VELOCITY
from pipelines.outputs.report.delivery_lists import AT_RISK, OLDEST_WORK
from pipelines.outputs.report.listing import Listing
from pipelines.outputs.report.measures import (
    CLIENT_MEASURES,
    PERSON_MEASURES,
    PROJECT_MEASURES,
    TEAM_MEASURES,
    Measure,
)
from pipelines.outputs.report.people_sql import person_name
from pipelines.outputs.report.subject_lists import (
    CLIENT_BUDGETS,
    CLIENT_PROJECTS,
    PERSON_PROJECTS,
    PROJECT_PEOPLE,
    TEAM_PEOPLE,
)
from pipelines.outputs.report.time_lists import TIMESHEETS

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Subject:
    """One project, client, team or person; nothing is known of it before ``since``."""

    id: str
    name: str
    since: date | None


@dataclass(frozen=True)
class SubjectKind:
    """A kind of pages: ``sql`` gives ``id``, ``name`` and ``since`` of each; lists are split by their column ``key``."""

    name: str
    plural: str
    title: str
    tables: tuple[str, ...]
    sql: str
    measures: tuple[Measure, ...]
    lists: tuple[Listing, ...]
    key: str
    charts: tuple[Chart, ...] = ()

    def subjects(self, con: duckdb.DuckDBPyConnection) -> list[Subject]:
        """Those there are; none where a table is missing."""
        if not all(exists(con, table) for table in self.tables):
            return []
        return [Subject(str(row[0]), *row[1:]) for row in con.execute(self.sql).fetchall()]

    def file_name(self, subject: str) -> str:
        """The file of a subject's page. An id that is no plain word is hashed."""
        plain = re.fullmatch(r"[A-Za-z0-9_-]{1,60}", subject)
        short = subject if plain else hashlib.sha256(subject.encode()).hexdigest()[:16]
        return f"{self.name}-{short}.html"


_FIRST_DAY = "(SELECT min(local_date) FROM time_tracking.time_daily)"

PROJECT = SubjectKind(
    "project",
    "projects",
    "Projects",
    ("pivotal_tracker.projects", "project_management.story_facts"),
    """
SELECT project.id, coalesce(name, 'Project ' || project.id), since
FROM pivotal_tracker.projects AS project
LEFT JOIN (
    SELECT
        project_id,
        CAST(min(created_at) AS DATE) AS since,
        count(*) FILTER (accepted_at IS NOT NULL) AS accepted
    FROM project_management.story_facts
    GROUP BY project_id
) AS stories ON stories.project_id = project.id
ORDER BY accepted DESC NULLS LAST, project.id
""",
    PROJECT_MEASURES,
    (AT_RISK, OLDEST_WORK, PROJECT_PEOPLE),
    "project_id",
    (BURNUP, FORECAST, VELOCITY, THROUGHPUT, CYCLE_TIME, AGING_WIP),
)
CLIENT = SubjectKind(
    "client",
    "clients",
    "Clients",
    ("clockify.clients", "time_tracking.time_daily"),
    f"SELECT id, coalesce(name, id), {_FIRST_DAY} FROM clockify.clients ORDER BY name, id",
    CLIENT_MEASURES,
    (CLIENT_PROJECTS, CLIENT_BUDGETS),
    "client_id",
)
TEAM = SubjectKind(
    "team",
    "teams",
    "Teams",
    ("clockify.user_groups", "time_tracking.time_daily"),
    f"SELECT id, coalesce(name, id), {_FIRST_DAY} FROM clockify.user_groups ORDER BY name, id",
    TEAM_MEASURES,
    (TEAM_PEOPLE,),
    "team_id",
)
PERSON = SubjectKind(
    "person",
    "people",
    "People",
    ("clockify.users", "time_tracking.time_daily"),
    f"SELECT id, {person_name('name', 'id')}, {_FIRST_DAY} FROM clockify.users ORDER BY 2, id",
    PERSON_MEASURES,
    (PERSON_PROJECTS, TIMESHEETS),
    "user_id",
)
SUBJECT_KINDS = (PROJECT, CLIENT, TEAM, PERSON)
