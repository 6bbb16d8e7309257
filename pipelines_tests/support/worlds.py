"""Small handmade worlds: one function per kind of record, complete and API-shaped, every field a keyword.

Here: builders with plain defaults, for any test that needs a source. Not here: the generated company
(``pipelines.simulator.world``), and expectations.

``world(...)`` puts records together; what it is not given it fills with the least that is coherent: one
Tracker project with one member, one Clockify workspace with one user.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from pipelines.simulator.instants import iso_duration, parse_instant
from pipelines.simulator.model import ClockifyData, Record, TrackerData, World

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=timezone.utc)
CREATED = "2026-01-05T09:00:00Z"

PROJECT_ID = 101
PERSON_ID = 501
WORKSPACE_ID = "64a0c0ffee00112233445500"
USER_ID = "64b0c0ffee00112233445501"


def hex_id(number: int) -> str:
    """A Clockify id: 24 hexadecimal characters that end in *number*."""
    return f"{number:024x}"


# --- Tracker ---


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


# --- Clockify ---


def workspace(**values: Any) -> Record:
    return {
        "id": WORKSPACE_ID,
        "name": "Workspace",
        "hourlyRate": {"amount": 0, "currency": "EUR"},
        "costRate": {"amount": 0, "currency": "EUR"},
        "memberships": [],
        "workspaceSettings": {
            "lockTimeEntries": None,
            "lockTimeZone": "Etc/UTC",
            "automaticLock": None,
            "workingDays": ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"],
        },
        "imageUrl": "",
        "featureSubscriptionType": "PRO",
        "features": [],
        "currencies": [{"id": hex_id(1), "code": "EUR", "isDefault": True}],
        "subdomain": {"name": None, "enabled": False},
        "cakeOrganizationId": hex_id(2),
        **values,
    }


def user(
    user_id: str = USER_ID, *, time_zone: str = "Etc/UTC", membership: str = "ACTIVE", **values: Any
) -> Record:
    """A member of the workspace; *membership* is the status of that membership."""
    return {
        "id": user_id,
        "email": f"user-{user_id[-3:]}@example.com",
        "name": f"User {user_id[-3:]}",
        "memberships": [
            {
                "userId": user_id,
                "hourlyRate": None,
                "costRate": None,
                "targetId": WORKSPACE_ID,
                "membershipType": "WORKSPACE",
                "membershipStatus": membership,
            }
        ],
        "profilePicture": "",
        "activeWorkspace": WORKSPACE_ID,
        "defaultWorkspace": WORKSPACE_ID,
        "settings": {"weekStart": "MONDAY", "timeZone": time_zone},
        "status": "ACTIVE",
        "customFields": [],
        **values,
    }


def client(number: int, **values: Any) -> Record:
    return {
        "id": hex_id(number),
        "name": f"Client {number}",
        "email": None,
        "ccEmails": None,
        "workspaceId": WORKSPACE_ID,
        "archived": False,
        "address": None,
        "note": None,
        "currencyId": hex_id(1),
        "currencyCode": "EUR",
        **values,
    }


def tag(number: int, **values: Any) -> Record:
    return {
        "id": hex_id(number),
        "name": f"tag {number}",
        "workspaceId": WORKSPACE_ID,
        "archived": False,
        **values,
    }


def user_group(number: int, **values: Any) -> Record:
    return {
        "id": hex_id(number),
        "name": f"Group {number}",
        "workspaceId": WORKSPACE_ID,
        "userIds": [USER_ID],
        "teamManagers": [{"id": USER_ID, "name": "User 501"}],
        **values,
    }


def task(number: int, project_id: str, **values: Any) -> Record:
    return {
        "id": hex_id(number),
        "name": f"Task {number}",
        "projectId": project_id,
        "assigneeIds": [],
        "assigneeId": None,
        "userGroupIds": [],
        "estimate": None,
        "status": "ACTIVE",
        "budgetEstimate": 0,
        "duration": "PT0S",
        "billable": True,
        "hourlyRate": None,
        "costRate": None,
        "favorite": False,
        **values,
    }


def clockify_project(number: int, **values: Any) -> Record:
    """A hydrated project without client, budget or tasks."""
    estimate = {"estimate": "PT0S", "type": "AUTO"}
    return {
        "id": hex_id(number),
        "name": f"Project {number}",
        "hourlyRate": None,
        "clientId": "",
        "workspaceId": WORKSPACE_ID,
        "billable": True,
        "memberships": [],
        "color": "#03A9F4",
        "estimate": estimate,
        "archived": False,
        "duration": "PT0S",
        "clientName": "",
        "note": "",
        "costRate": None,
        "timeEstimate": {
            **estimate,
            "resetOption": None,
            "active": False,
            "includeNonBillable": True,
        },
        "budgetEstimate": None,
        "estimateReset": None,
        "template": False,
        "public": True,
        "client": None,
        "tasks": [],
        "customFields": [],
        "currency": {"id": hex_id(1), "code": "EUR"},
        "favorite": False,
        **values,
    }


def time_entry(number: int, start: str, end: str | None = None, **values: Any) -> Record:
    """An entry from *start* to *end*; a running timer without *end*."""
    duration = iso_duration(parse_instant(end) - parse_instant(start)) if end else None
    return {
        "id": hex_id(number),
        "description": "",
        "tagIds": [],
        "userId": USER_ID,
        "billable": True,
        "taskId": None,
        "projectId": None,
        "workspaceId": WORKSPACE_ID,
        "timeInterval": {"start": start, "end": end, "duration": duration},
        "customFieldValues": [],
        "type": "REGULAR",
        "kioskId": None,
        "hourlyRate": None,
        "costRate": None,
        "isLocked": False,
        **values,
    }


def custom_field(number: int, **values: Any) -> Record:
    return {
        "id": hex_id(number),
        "workspaceId": WORKSPACE_ID,
        "name": f"Field {number}",
        "description": "",
        "placeholder": "",
        "type": "TXT",
        "entityType": "TIMEENTRY",
        "status": "VISIBLE",
        "required": False,
        "onlyAdminCanEdit": False,
        "allowedValues": [],
        "workspaceDefaultValue": None,
        "projectDefaultValues": [],
        **values,
    }


def holiday(number: int, day: str, **values: Any) -> Record:
    return {
        "id": hex_id(number),
        "name": f"Holiday {number}",
        "workspaceId": WORKSPACE_ID,
        "datePeriod": {"startDate": day, "endDate": day},
        "occursAnnually": False,
        "everyoneIncludingNew": True,
        "userIds": [],
        "userGroupIds": [],
        "automaticTimeEntryCreation": False,
        "projectId": None,
        "taskId": None,
        **values,
    }


def time_off_request(number: int, start: str, end: str, **values: Any) -> Record:
    return {
        "id": hex_id(number),
        "workspaceId": WORKSPACE_ID,
        "userId": USER_ID,
        "userName": "User 501",
        "userEmail": "user-501@example.com",
        "userTimeZone": "Etc/UTC",
        "requesterUserId": USER_ID,
        "requesterUserName": "User 501",
        "policyId": hex_id(3),
        "policyName": "Vacation",
        "timeUnit": "DAYS",
        "balance": 20.0,
        "balanceDiff": 1.0,
        "createdAt": "2026-01-05T09:00:00.123456Z",
        "note": "",
        "status": {
            "statusType": "APPROVED",
            "changedAt": CREATED,
            "changedByUserId": USER_ID,
            "changedByUserName": "User 501",
            "changedForUserName": "User 501",
            "note": None,
        },
        "timeOffPeriod": {
            "period": {"start": start, "end": end},
            "halfDay": False,
            "halfDayHours": None,
            "halfDayPeriod": "NOT_DEFINED",
        },
        **values,
    }


def approval_request(number: int, updated_at: str, *, state: str = "APPROVED") -> Record:
    """A week's approval of the default user, last decided at *updated_at*."""
    return {
        "approvalRequest": {
            "id": hex_id(number),
            "workspaceId": WORKSPACE_ID,
            "dateRange": {"start": "2026-03-02T00:00:00Z", "end": "2026-03-08T23:59:59Z"},
            "owner": {
                "userId": USER_ID,
                "userName": "User 501",
                "timeZone": "Etc/UTC",
                "startOfWeek": "MONDAY",
            },
            "status": {
                "state": state,
                "note": "",
                "updatedBy": USER_ID,
                "updatedByUserName": "User 501",
                "updatedAt": updated_at,
            },
            "creator": {
                "userId": USER_ID,
                "userName": "User 501",
                "userEmail": "user-501@example.com",
            },
        },
        "approvedTime": "PT8H",
        "billableTime": "PT8H",
        "billableAmount": 0,
        "breakTime": "PT0S",
        "costAmount": 0,
        "expenseTotal": 0,
        "pendingTime": "PT0S",
        "trackedTime": "PT8H",
        "entries": [],
        "expenses": [],
    }


def change(kind: str, at: str, document: Record, **values: Any) -> Record:
    """A line of Clockify's audit log; of a time entry unless ``documentType`` says otherwise."""
    return {
        "kind": kind,
        "documentType": "TIME_ENTRY",
        "at": at,
        "createdAt": at,
        "document": document,
        **values,
    }


# --- both ---


def tracker_data(**lists: Any) -> TrackerData:
    """Tracker's side; ``projects`` and ``memberships`` default to one each."""
    defaults = {"me": me(), "projects": [project()], "memberships": [membership()]}
    return TrackerData(**{**defaults, **lists})


def clockify_data(**lists: Any) -> ClockifyData:
    """Clockify's side; ``users`` defaults to one."""
    return ClockifyData(**{"workspace": workspace(), "users": [user()], **lists})


def world(
    *,
    now: datetime = NOW,
    tracker: TrackerData | None = None,
    clockify: ClockifyData | None = None,
) -> World:
    """A world of the given sides at *now*."""
    return World(now=now, tracker=tracker or tracker_data(), clockify=clockify or clockify_data())
