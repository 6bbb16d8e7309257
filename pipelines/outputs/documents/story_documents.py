"""One document per Tracker story, as JSON Lines.

A line is an object with PyAirbyte's own field names for documents, so that ``airbyte.documents.Document`` (and what
is made for it, or for LangChain's) reads it as it is:

* ``id``: ``pivotal_tracker/story/<id>``
* ``content``: Markdown; title, description, comments, state history, tracked time and cost
* ``metadata``: flat values to filter by; see ``_metadata``
* ``last_modified``: when Tracker last changed the story

PyAirbyte's conversion itself (``Dataset.to_documents``) is not used. It renders one record of one stream, each chosen
property under its own heading, as Python prints it: comments, states and costs of other tables, names instead of ids
and readable durations have no place in it, it sets no id, and its import takes five seconds. Its shape of a document
is the useful part, and that is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.outputs.documents.document import Document, line
from pipelines.outputs.documents.story_text import story_text
from pipelines.project.files import replaced

if TYPE_CHECKING:
    import duckdb

#: The tables that are read.
INPUTS = (
    "pivotal_tracker.comments",
    "pivotal_tracker.epics",
    "pivotal_tracker.project_memberships",
    "pivotal_tracker.projects",
    "pivotal_tracker.stories",
    "project_management.story_facts",
    "project_management.story_states",
    "effort.story_effort",
    "effort.time_story_links",
)

_BATCH = 200

# A batch of stories after $after, each with what other tables say about it. Deleted stories are left out.
_SQL = """
WITH
batch AS (
    SELECT
        story_id,
        facts.project_id,
        facts.name,
        facts.story_type,
        facts.current_state,
        facts.estimate,
        facts.owner_ids,
        facts.label_names,
        facts.epic_ids,
        facts.created_at,
        facts.first_started_at,
        facts.accepted_at,
        facts.cycle_hours,
        story.description,
        story.url,
        story.requested_by_id,
        story.updated_at
    FROM project_management.story_facts AS facts
    JOIN pivotal_tracker.stories AS story ON story.id = facts.story_id
    WHERE story_id > $after AND NOT facts.is_deleted
    ORDER BY story_id
    LIMIT $batch
),
people AS (
    SELECT
        CAST(person->>'id' AS BIGINT) AS person_id,
        coalesce(any_value(person->>'name'), any_value(person->>'username')) AS name
    FROM pivotal_tracker.project_memberships
    GROUP BY person_id
),
owners AS (
    SELECT story_id, list(name ORDER BY name) AS owners
    FROM (SELECT story_id, unnest(owner_ids) AS person_id FROM batch)
    JOIN people USING (person_id)
    GROUP BY story_id
),
epic_names AS (
    SELECT story_id, list(epic.name ORDER BY epic.name) AS epics
    FROM (SELECT story_id, unnest(epic_ids) AS epic_id FROM batch) AS member
    JOIN pivotal_tracker.epics AS epic ON epic.id = member.epic_id
    GROUP BY story_id
),
said AS (
    SELECT
        comment.story_id,
        list(
            {'at': comment.created_at, 'author': people.name, 'text': comment.text}
            ORDER BY comment.created_at, comment.id
        ) AS comments
    FROM pivotal_tracker.comments AS comment
    LEFT JOIN people USING (person_id)
    WHERE
        comment.story_id IN (SELECT story_id FROM batch)
        AND comment.created_at <= $as_of
        AND trim(coalesce(comment.text, '')) != ''
    GROUP BY comment.story_id
),
states AS (
    SELECT
        story_id,
        list(
            {
                'state': state,
                'at': entered_at,
                'hours': hours,
                'is_open': left_at IS NULL,
                'is_assumed': is_assumed,
                'by': people.name
            }
            ORDER BY seq
        ) AS states
    FROM project_management.story_states
    LEFT JOIN people ON people.person_id = performed_by_id
    WHERE story_id IN (SELECT story_id FROM batch)
    GROUP BY story_id
),
amounts AS (
    SELECT
        story_id,
        sum(hours) AS hours,
        list({'currency': currency, 'cost': cost, 'revenue': revenue} ORDER BY currency)
            FILTER (currency IS NOT NULL) AS amounts
    FROM effort.story_effort
    WHERE story_id IN (SELECT story_id FROM batch)
    GROUP BY story_id
),
workers AS (
    SELECT story_id, count(DISTINCT user_id) AS contributors
    FROM effort.time_story_links
    WHERE story_id IN (SELECT story_id FROM batch)
    GROUP BY story_id
)
SELECT
    batch.*,
    coalesce(project.name, 'Project ' || batch.project_id) AS project,
    requester.name AS requested_by,
    coalesce(owners, []) AS owners,
    coalesce(epics, []) AS epics,
    coalesce(said.comments, []) AS comments,
    coalesce(states, []) AS states,
    hours,
    coalesce(amounts, []) AS amounts,
    coalesce(contributors, 0) AS contributors
FROM batch
LEFT JOIN pivotal_tracker.projects AS project ON project.id = batch.project_id
LEFT JOIN people AS requester ON requester.person_id = batch.requested_by_id
LEFT JOIN owners USING (story_id)
LEFT JOIN epic_names USING (story_id)
LEFT JOIN said USING (story_id)
LEFT JOIN states USING (story_id)
LEFT JOIN amounts USING (story_id)
LEFT JOIN workers USING (story_id)
ORDER BY story_id
"""


def write_story_documents(con: duckdb.DuckDBPyConnection, as_of: datetime, path: Path) -> int:
    """Write a JSON Line for each story that is not deleted, by id, and return how many there are.

    ``con`` is a connection whose default catalog holds ``INPUTS``. Comments after ``as_of`` are left out; everything
    else is as of the moment for which the metric tables were computed. Memory is bounded by a batch of stories. The
    file is replaced in one step.
    """
    count = 0
    with replaced(path) as written, written.open("w", encoding="utf-8") as lines:
        for document in story_documents(con, as_of):
            lines.write(line(document) + "\n")
            count += 1
    return count


def story_document(
    con: duckdb.DuckDBPyConnection, as_of: datetime, story_id: int
) -> Document | None:
    """The document of one story; None when there is no such story, or it is deleted."""
    for story in _stories(con, as_of, after=story_id - 1, batch=1):
        return _document(story, as_of) if story["story_id"] == story_id else None
    return None


def story_documents(con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[Document]:
    """The document of each story that is not deleted, by id."""
    return (_document(story, as_of) for story in _stories(con, as_of))


def _stories(
    con: duckdb.DuckDBPyConnection, as_of: datetime, after: int = -1, batch: int | None = None
) -> Iterator[dict[str, Any]]:
    while True:
        cursor = con.execute(_SQL, {"after": after, "batch": batch or _BATCH, "as_of": as_of})
        names = [column[0] for column in cursor.description or ()]
        found = cursor.fetchall()
        if not found:
            return
        for row in found:
            story = dict(zip(names, row, strict=True))
            after = story["story_id"]
            yield story


def _document(story: dict[str, Any], as_of: datetime) -> Document:
    return {
        "id": f"pivotal_tracker/story/{story['story_id']}",
        "content": story_text(story),
        "metadata": _metadata(story, as_of),
        "last_modified": _instant(story["updated_at"]),
    }


def _metadata(story: dict[str, Any], as_of: datetime) -> dict[str, Any]:
    """Values to filter by: names, instants as ISO text in UTC, hours, and amounts by ISO 4217 code; null is unknown."""
    return {
        "as_of": _instant(as_of),
        "story_id": story["story_id"],
        "url": story["url"],
        "project_id": story["project_id"],
        "project": story["project"],
        "type": story["story_type"],
        "state": story["current_state"],
        "estimate": story["estimate"],
        "labels": story["label_names"] or [],
        "epics": story["epics"],
        "owners": story["owners"],
        "requested_by": story["requested_by"],
        "created_at": _instant(story["created_at"]),
        "started_at": _instant(story["first_started_at"]),
        "accepted_at": _instant(story["accepted_at"]),
        "cycle_hours": story["cycle_hours"],
        "hours": story["hours"],
        "cost": _by_currency(story["amounts"], "cost"),
        "revenue": _by_currency(story["amounts"], "revenue"),
    }


def _by_currency(amounts: list[dict[str, Any]], name: str) -> dict[str, float]:
    return {
        amount["currency"]: float(amount[name]) for amount in amounts if amount[name] is not None
    }


def _instant(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
