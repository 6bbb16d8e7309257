"""API records of the workspace's catalogue at a given moment. Not here: time entries (``timesheets``)."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.simulator.model import Record
from pipelines.simulator.world.clock import HOUR, iso_duration
from pipelines.simulator.world.clockify_catalog import (
    Catalog,
    CatalogClient,
    CatalogProject,
    CatalogTask,
)
from pipelines.simulator.world.people import Person
from pipelines.simulator.world.rng import hex_id

#: The roles of people by the name of their group.
GROUPS = {"Developers": "developer", "Leads": "owner", "Office": "office"}


def money(amount: int | None, currency: str) -> Record | None:
    """A rate as the API shows it: minor units, or nothing at all."""
    return None if amount is None else {"amount": amount, "currency": currency}


def client_record(catalog: Catalog, client: CatalogClient, now: int) -> Record:
    return {
        "id": client.id,
        "name": client.name,
        "email": None,
        "ccEmails": None,
        "workspaceId": catalog.workspace_id,
        "archived": client.archived_at is not None and client.archived_at <= now,
        "address": None if client.currency == "JPY" else "Kaivegen 1\n0150 Oslo",
        "note": None,
        "currencyId": catalog.currency_id(client.currency),
        "currencyCode": client.currency,
    }


def project_record(
    catalog: Catalog,
    project: CatalogProject,
    client: Record | None,
    tracked: Mapping[str, int],
    now: int,
) -> Record:
    """A hydrated project; ``tracked`` has seconds by project and task id.

    ``duration`` counts stopped entries, and what lies before the history.
    """
    kind, hours = _estimate(project)
    resets = None if kind == "AUTO" else "MONTHLY"
    return {
        "id": project.id,
        "name": project.name,
        "hourlyRate": money(project.rate_at(now), project.currency),
        "clientId": client["id"] if client else "",
        "workspaceId": catalog.workspace_id,
        "billable": project.billable,
        "memberships": [
            {
                "userId": user_id,
                "hourlyRate": money(amount, project.currency),
                "costRate": None,
                "targetId": project.id,
                "membershipType": "PROJECT",
                "membershipStatus": "ACTIVE",
            }
            for user_id, amount in project.member_rates.items()
        ],
        "color": ("#03A9F4", "#8BC34A", "#F44336", "#9C27B0", "#795548")[project.index % 5],
        "estimate": {"estimate": iso_duration(hours * HOUR), "type": kind},
        "archived": not project.is_open(now),
        "duration": iso_duration(project.earlier_seconds + tracked.get(project.id, 0)),
        "clientName": client["name"] if client else "",
        "note": "",
        "costRate": money(project.cost_rate, project.currency),
        "timeEstimate": {
            "estimate": iso_duration(hours * HOUR),
            "type": kind,
            "resetOption": resets,
            "active": hours > 0 or kind == "AUTO",
            "includeNonBillable": project.index % 2 == 0,
        },
        "budgetEstimate": _budget(project, resets),
        "estimateReset": {
            "dayOfMonth": 1,
            "dayOfWeek": None,
            "hour": 0,
            "interval": 1,
            "month": None,
        }
        if resets
        else None,
        "template": False,
        "public": True,
        "client": client,
        "tasks": [
            _task_record(project, task, tracked, now)
            for task in project.tasks
            if task.created_at <= now
        ],
        "customFields": [
            {
                "customFieldId": catalog.ticket_field_id,
                "name": "Ticket",
                "type": "TXT",
                "value": None,
                "status": "VISIBLE",
            }
        ],
        "currency": {"id": catalog.currency_id(project.currency), "code": project.currency},
        "favorite": project.index == 2,
    }


def tag_records(catalog: Catalog) -> list[Record]:
    return [
        {
            "id": tag_id,
            "name": name,
            "workspaceId": catalog.workspace_id,
            "archived": name == "legacy",
        }
        for name, tag_id in catalog.tags.items()
    ]


def group_records(catalog: Catalog, people: list[Person]) -> list[Record]:
    return [
        {
            "id": hex_id(catalog.seed, "user group", name),
            "name": name,
            "workspaceId": catalog.workspace_id,
            "userIds": [person.clockify_id for person in people if person.role == role],
            "teamManagers": [{"id": people[0].clockify_id, "name": people[0].name}],
        }
        for name, role in GROUPS.items()
    ]


def custom_field_records(catalog: Catalog) -> list[Record]:
    return [
        {
            "id": catalog.ticket_field_id,
            "workspaceId": catalog.workspace_id,
            "name": "Ticket",
            "description": "Tracker story",
            "placeholder": "#123456789",
            "type": "TXT",
            "entityType": "TIMEENTRY",
            "status": "VISIBLE",
            "required": False,
            "onlyAdminCanEdit": False,
            "allowedValues": [],
            "workspaceDefaultValue": None,
            "projectDefaultValues": [],
        }
    ]


def _estimate(project: CatalogProject) -> tuple[str, int]:
    """(type, hours): by hand, as the sum of the tasks, or none."""
    if project.index % 3 == 0:
        return "AUTO", sum(task.estimate_hours or 0 for task in project.tasks if task.story is None)
    return "MANUAL", 320 if project.index % 3 == 2 else 0


def _budget(project: CatalogProject, resets: str | None) -> Record | None:
    rate = project.rate
    if rate is None:
        return None
    return {
        "estimate": rate * 300,
        "type": "MANUAL",
        "resetOption": resets,
        "active": project.index % 3 == 1,
        # One of those in use counts what the client is to pay beside the time.
        "includeExpenses": project.index == 7,
    }


def _task_record(
    project: CatalogProject, task: CatalogTask, tracked: Mapping[str, int], now: int
) -> Record:
    return {
        "id": task.id,
        "name": task.name,
        "projectId": project.id,
        "assigneeIds": [],
        "assigneeId": None,
        "userGroupIds": [],
        "estimate": None
        if task.estimate_hours is None
        else iso_duration(task.estimate_hours * HOUR),
        "status": "DONE" if task.done_at is not None and task.done_at <= now else "ACTIVE",
        "budgetEstimate": task.budget,
        "duration": iso_duration(tracked.get(task.id, 0)),
        "billable": project.billable,
        "hourlyRate": money(task.rate, project.currency),
        "costRate": None,
        "favorite": False,
    }
