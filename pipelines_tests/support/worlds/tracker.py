"""Tracker's records: one function per kind, complete and API-shaped, every field a keyword."""

from __future__ import annotations

from typing import Any

from pipelines.simulator.model import Record
from pipelines_tests.support.worlds.common import CREATED

PROJECT_ID = 101
PERSON_ID = 501


def person(person_id: int = PERSON_ID, **values: Any) -> Record:
    return {
        "kind": "person",
        "id": person_id,
        "name": f"Person {person_id}",
        "email": f"person{person_id}@example.com",
        "initials": "PP",
        "username": f"person{person_id}",
        **values,
    }


def project(project_id: int = PROJECT_ID, **values: Any) -> Record:
    """A private project of one-week iterations that start on Monday 2026-01-05 in UTC."""
    return {
        "id": project_id,
        "kind": "project",
        "name": f"Project {project_id}",
        "version": 1,
        "iteration_length": 1,
        "week_start_day": "Monday",
        "point_scale": "0,1,2,3,5,8",
        "point_scale_is_custom": False,
        "bugs_and_chores_are_estimatable": False,
        "automatic_planning": True,
        "enable_tasks": True,
        "time_zone": {"kind": "time_zone", "olson_name": "Etc/UTC", "offset": "+00:00"},
        "velocity_averaged_over": 3,
        "number_of_done_iterations_to_show": 4,
        "has_google_domain": False,
        "description": None,
        "profile_content": None,
        "enable_incoming_emails": True,
        "initial_velocity": 10,
        "public": False,
        "atom_enabled": False,
        "project_type": "private",
        "start_date": "2026-01-05",
        "start_time": "2026-01-05T00:00:00Z",
        "created_at": CREATED,
        "updated_at": CREATED,
        "show_story_priority": True,
        "show_priority_icon": True,
        "show_priority_icon_in_all_panels": False,
        "account_id": 7,
        "current_iteration_number": 11,
        "enable_following": True,
        **values,
    }


def membership(membership_id: int = 601, **values: Any) -> Record:
    return {
        "kind": "project_membership",
        "id": membership_id,
        "project_id": PROJECT_ID,
        "last_viewed_at": CREATED,
        "created_at": CREATED,
        "updated_at": CREATED,
        "role": "owner",
        "project_color": "8100ea",
        "favorite": False,
        "wants_comment_notification_emails": True,
        "will_receive_mention_notifications_or_emails": True,
        "person": person(),
        **values,
    }


def label(label_id: int = 201, **values: Any) -> Record:
    return {
        "id": label_id,
        "project_id": PROJECT_ID,
        "kind": "label",
        "name": f"label {label_id}",
        "created_at": CREATED,
        "updated_at": CREATED,
        **values,
    }


def epic(epic_id: int = 301, **values: Any) -> Record:
    return {
        "id": epic_id,
        "kind": "epic",
        "created_at": CREATED,
        "updated_at": CREATED,
        "project_id": PROJECT_ID,
        "name": f"Epic {epic_id}",
        "description": None,
        "url": f"https://www.pivotaltracker.com/epic/show/{epic_id}",
        "label": label(),
        **values,
    }


def story(story_id: int = 1001, **values: Any) -> Record:
    """An unestimated feature in the icebox; ``owned_by_id`` follows ``owner_ids``."""
    owner_ids = values.get("owner_ids", [])
    return {
        "kind": "story",
        "id": story_id,
        "project_id": PROJECT_ID,
        "created_at": CREATED,
        "updated_at": CREATED,
        "accepted_at": None,
        "deadline": None,
        "estimate": None,
        "story_type": "feature",
        "story_priority": "none",
        "name": f"Story {story_id}",
        "description": None,
        "current_state": "unscheduled",
        "requested_by_id": PERSON_ID,
        "owner_ids": owner_ids,
        "owned_by_id": owner_ids[0] if owner_ids else None,
        "labels": [],
        "url": f"https://www.pivotaltracker.com/story/show/{story_id}",
        "integration_id": None,
        "external_id": None,
        **values,
    }


def accepted_story(story_id: int, accepted_at: str, **values: Any) -> Record:
    """A story accepted at *accepted_at*, which is also when it was last changed."""
    return story(
        story_id,
        **{
            "current_state": "accepted",
            "accepted_at": accepted_at,
            "updated_at": accepted_at,
            **values,
        },
    )


def story_transition(story_id: int, state: str, occurred_at: str, **values: Any) -> Record:
    return {
        "kind": "story_transition",
        "state": state,
        "story_id": story_id,
        "project_id": PROJECT_ID,
        "project_version": 1,
        "occurred_at": occurred_at,
        "performed_by_id": PERSON_ID,
        **values,
    }


def activity(project_version: int, occurred_at: str, **values: Any) -> Record:
    """A story update without changes; give ``changes`` and ``primary_resources`` where they matter."""
    project_id = values.pop("project_id", PROJECT_ID)
    return {
        "kind": "story_update_activity",
        "guid": f"{project_id}_{project_version}",
        "project_version": project_version,
        "message": "Person 501 edited a story",
        "highlight": "edited",
        "changes": [],
        "primary_resources": [],
        "secondary_resources": [],
        "project": {"kind": "project", "id": project_id, "name": f"Project {project_id}"},
        "performed_by": {
            "kind": "person",
            "id": PERSON_ID,
            "name": f"Person {PERSON_ID}",
            "initials": "PP",
        },
        "occurred_at": occurred_at,
        **values,
    }


def _story_part(kind: str, record_id: int, story_id: int | None, values: Record) -> Record:
    return {
        "kind": kind,
        "id": record_id,
        "story_id": story_id,
        "created_at": CREATED,
        "updated_at": CREATED,
        **values,
    }


def comment(comment_id: int, story_id: int | None, **values: Any) -> Record:
    defaults = {"epic_id": None, "text": f"Comment {comment_id}", "person_id": PERSON_ID}
    return _story_part("comment", comment_id, story_id, {**defaults, **values})


def story_task(task_id: int, story_id: int, **values: Any) -> Record:
    defaults = {"description": f"Task {task_id}", "complete": False, "position": 1}
    return _story_part("task", task_id, story_id, {**defaults, **values})


def blocker(blocker_id: int, story_id: int, **values: Any) -> Record:
    defaults = {"person_id": PERSON_ID, "description": f"Blocker {blocker_id}", "resolved": False}
    return _story_part("blocker", blocker_id, story_id, {**defaults, **values})


def review(review_id: int, story_id: int, **values: Any) -> Record:
    defaults = {"review_type_id": 1, "reviewer_id": PERSON_ID, "status": "unstarted"}
    return _story_part("review", review_id, story_id, {**defaults, **values})


def iteration_override(number: int, **values: Any) -> Record:
    return {
        "project_id": PROJECT_ID,
        "number": number,
        "length": 1,
        "team_strength": 1.0,
        **values,
    }


def me(**values: Any) -> Record:
    return {
        **person(),
        "kind": "me",
        "time_zone": {"kind": "time_zone", "olson_name": "Etc/UTC", "offset": "+00:00"},
        "api_token": None,
        "has_google_identity": False,
        "projects": [],
        "receives_in_app_notifications": True,
        "created_at": CREATED,
        "updated_at": CREATED,
        **values,
    }
