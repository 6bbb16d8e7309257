"""Clockify's records: one function per kind, complete and API-shaped, every field a keyword."""

from __future__ import annotations

from typing import Any

from pipelines.simulator.model import Record
from pipelines.sources.instants import iso_duration, parse_instant
from pipelines_tests.support.worlds.common import CREATED

WORKSPACE_ID = "64a0c0ffee00112233445500"
USER_ID = "64b0c0ffee00112233445501"


def hex_id(number: int) -> str:
    """A Clockify id: 24 hexadecimal characters that end in *number*."""
    return f"{number:024x}"


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


def time_off_policy(number: int, **values: Any) -> Record:
    """A policy in days, whose leave makes no entries."""
    return {
        "id": hex_id(number),
        "workspaceId": WORKSPACE_ID,
        "name": f"Policy {number}",
        "archived": False,
        "timeUnit": "DAYS",
        "allowHalfDay": True,
        "allowNegativeBalance": True,
        "negativeBalance": None,
        "approve": {
            "requiresApproval": True,
            "teamManagers": False,
            "specificMembers": False,
            "userIds": [],
        },
        "automaticAccrual": None,
        "automaticTimeEntryCreation": {
            "enabled": False,
            "defaultEntities": {"projectId": None, "taskId": None},
        },
        "projectId": None,
        "everyoneIncludingNew": True,
        "userIds": [],
        "userGroupIds": [],
        "color": "#8BC34A",
        "icon": "SUNNY",
        **values,
    }


def time_off_balance(number: int, policy_id: str, **values: Any) -> Record:
    return {
        "id": hex_id(number),
        "userId": USER_ID,
        "userName": "User 501",
        "policyId": policy_id,
        "policyName": "Vacation",
        "policyArchived": False,
        "policyTimeUnit": "DAYS",
        "total": 25.0,
        "used": 5.0,
        "balance": 20.0,
        "negativeBalanceAmount": 0.0,
        "negativeBalanceLimit": False,
        "negativeBalanceUsed": 0.0,
        "workspaceId": WORKSPACE_ID,
        **values,
    }


def member_profile(user_id: str = USER_ID, **values: Any) -> Record:
    """A profile of eight hours from Monday to Friday, with the id of whose it is."""
    return {
        "userId": user_id,
        "email": f"user-{user_id[-3:]}@example.com",
        "name": f"User {user_id[-3:]}",
        "imageUrl": "",
        "hasPassword": True,
        "hasPendingApprovalRequest": False,
        "workspaceNumber": 1,
        "workCapacity": "PT8H",
        "workingDays": ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"],
        "weekStart": "MONDAY",
        "userCustomFieldValues": [],
        **values,
    }


def scheduling_assignment(number: int, first: str, last: str, **values: Any) -> Record:
    """A published assignment of four hours a day from one day to another."""
    return {
        "id": hex_id(number),
        "workspaceId": WORKSPACE_ID,
        "userId": USER_ID,
        "userName": "User 501",
        "projectId": hex_id(10),
        "projectName": "Project 10",
        "clientId": "",
        "clientName": "",
        "projectColor": "#03A9F4",
        "projectBillable": True,
        "projectArchived": False,
        "taskId": None,
        "taskName": None,
        "period": {"start": f"{first}T00:00:00Z", "end": f"{last}T23:59:59.999Z"},
        "hoursPerDay": 4.0,
        "startTime": None,
        "note": "",
        "billable": True,
        "published": True,
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


def expense_category(number: int, **values: Any) -> Record:
    """A category without a unit price."""
    return {
        "id": hex_id(number),
        "workspaceId": WORKSPACE_ID,
        "name": f"Category {number}",
        "hasUnitPrice": False,
        "priceInCents": 0,
        "unit": "",
        "archived": False,
        **values,
    }


def expense(number: int, day: str, total: float, **values: Any) -> Record:
    """An expense of *total* hundredths on *day*, of no project."""
    return {
        "id": hex_id(number),
        "workspaceId": WORKSPACE_ID,
        "userId": USER_ID,
        "date": f"{day}T00:00:00Z",
        "project": None,
        "task": None,
        "category": None,
        "notes": "",
        "quantity": 1.0,
        "billable": False,
        "fileId": "",
        "fileName": "",
        "total": total,
        "locked": False,
        **values,
    }


def invoice(number: int, *items: Record, **values: Any) -> Record:
    """A sent invoice of *items*, without discount and taxes, of which nothing is paid."""
    amount = sum(item["amount"] for item in items)
    return {
        "id": hex_id(number),
        "number": f"2026-{number:04d}",
        "issuedDate": "2026-03-31T00:00:00Z",
        "dueDate": "2026-04-30T00:00:00Z",
        "status": "SENT",
        "clientId": hex_id(7),
        "clientName": "Client 7",
        "currency": "EUR",
        "amount": amount,
        "balance": amount,
        "paid": None,
        "subtotal": amount,
        "discount": 0.0,
        "discountAmount": 0,
        "tax": 0.0,
        "taxAmount": 0,
        "tax2": 0.0,
        "tax2Amount": 0,
        "taxType": "SIMPLE",
        "calculationType": "INVOICE_BASED",
        "items": list(items),
        **values,
    }


def invoice_item(order: int, quantity: int, unit_price: int, **values: Any) -> Record:
    """A line of *quantity* hundredths of an hour, made of no entries."""
    return {
        "order": order,
        "description": f"Line {order}",
        "itemType": "Service",
        "importType": "NOT_IMPORTED",
        "quantity": quantity,
        "unitPrice": unit_price,
        "amount": quantity * unit_price // 100,
        "applyTaxes": "NONE",
        "timeEntryIds": [],
        "expenseIds": [],
        **values,
    }


def invoice_payment(number: int, invoice_id: str, amount: int) -> Record:
    return {
        "id": hex_id(number),
        "invoiceId": invoice_id,
        "amount": amount,
        "author": "User 501",
        "date": "2026-04-12T09:00:00Z",
        "note": "",
    }
