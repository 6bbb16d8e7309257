"""API records of the workspace and its users. Not here: what they book time on (``clockify_records``)."""

from __future__ import annotations

from typing import Any

from pipelines.simulator.model import Record
from pipelines.simulator.world.clock import HOUR, WEEKDAYS, local_day
from pipelines.simulator.world.clockify_catalog import Catalog
from pipelines.simulator.world.clockify_records import money
from pipelines.simulator.world.people import Person
from pipelines.simulator.world.rng import hex_id


def workspace_record(catalog: Catalog, people: list[Person]) -> Record:
    return {
        "id": catalog.workspace_id,
        "name": "Northwind Studio",
        "hourlyRate": None,
        "costRate": None,
        "memberships": [_workspace_membership(catalog, person, True) for person in people],
        "workspaceSettings": {
            "timeRoundingInReports": True,
            "onlyAdminsSeeBillableRates": True,
            "onlyAdminsCreateProject": True,
            "onlyAdminsSeeDashboard": False,
            "defaultBillableProjects": True,
            "lockTimeEntries": None,
            "lockTimeZone": people[0].zone,
            "round": {"round": "Round to nearest", "minutes": "15"},
            "projectFavorites": True,
            "canSeeTimeSheet": True,
            "canSeeTracker": True,
            "projectPickerSpecialFilter": False,
            "forceProjects": False,
            "forceTasks": False,
            "forceTags": False,
            "forceDescription": False,
            "onlyAdminsSeeAllTimeEntries": True,
            "onlyAdminsSeePublicProjectsEntries": False,
            "trackTimeDownToSecond": True,
            "projectGroupingLabel": "client",
            "adminOnlyPages": [],
            "automaticLock": None,
            "onlyAdminsCreateTag": False,
            "onlyAdminsCreateTask": False,
            "timeTrackingMode": "DEFAULT",
            "isProjectPublicByDefault": True,
            "durationFormat": "FULL",
            "numberFormat": "COMMA_PERIOD",
            "currencyFormat": "CURRENCY_SPACE_VALUE",
            "workingDays": list(WEEKDAYS[:5]),
            "projectLabel": "Project",
            "taskLabel": "Task",
            "activeBillableHours": True,
            "multiFactorEnabled": False,
            "onlyAdminsCanChangeBillableStatus": False,
            "entityCreationPermissions": {
                "whoCanCreateProjectsAndClients": "ADMINS",
                "whoCanCreateTags": "EVERYONE",
                "whoCanCreateTasks": "ADMINS",
            },
        },
        "imageUrl": "",
        "featureSubscriptionType": "PRO",
        "features": ["TIME_TRACKING", "APPROVAL", "TIME_OFF", "CUSTOM_FIELDS"],
        "currencies": [
            {"id": catalog.currency_id(code), "code": code, "isDefault": code == "EUR"}
            for code in catalog.currencies()
        ],
        "subdomain": {"name": "northwind", "enabled": False},
        "cakeOrganizationId": hex_id(catalog.seed, "organization"),
    }


def user_record(catalog: Catalog, person: Person, now: int) -> Record:
    """One user. ``memberships[0].membershipStatus`` tells ACTIVE from INACTIVE (deactivated) people.

    ``status`` is the state of the account, which stays ACTIVE when a workspace deactivates somebody.
    """
    active = person.last_day is None or local_day(person.zone, now) <= person.last_day
    return {
        "id": person.clockify_id,
        "email": person.clockify_email,
        "name": person.name if person.has_name else None,
        "memberships": [_workspace_membership(catalog, person, active)],
        "profilePicture": f"https://img.example.com/{person.username}.png",
        "activeWorkspace": catalog.workspace_id,
        "defaultWorkspace": catalog.workspace_id,
        "settings": _user_settings(person, now) if person.has_settings else None,
        "status": "ACTIVE",
        "customFields": [],
    }


def _workspace_membership(catalog: Catalog, person: Person, active: bool) -> Record:
    return {
        "userId": person.clockify_id,
        "hourlyRate": money(catalog.person_rate(person), "EUR"),
        "costRate": money(catalog.person_cost(person), "EUR"),
        "targetId": catalog.workspace_id,
        "membershipType": "WORKSPACE",
        "membershipStatus": "ACTIVE" if active else "INACTIVE",
    }


def _user_settings(person: Person, now: int) -> dict[str, Any]:
    american = person.zone.startswith("America")
    return {
        "weekStart": "SUNDAY" if american else "MONDAY",
        "timeZone": person.listed_zone(now),
        "timeFormat": "HOUR12" if american else "HOUR24",
        "dateFormat": "MM/DD/YYYY" if american else "DD/MM/YYYY",
        "sendNewsletter": False,
        "weeklyUpdates": False,
        "longRunning": True,
        "scheduledReports": True,
        "approval": True,
        "pto": True,
        "alerts": True,
        "reminders": True,
        "invoiceReminders": False,
        "timeTrackingManual": person.fills_weekly,
        "summaryReportSettings": {"group": "Project", "subgroup": "Time Entry"},
        "isCompactViewOn": False,
        "dashboardSelection": "ME",
        "dashboardViewType": "PROJECT",
        "dashboardPinToTop": False,
        "projectListCollapse": 50,
        "collapseAllProjectLists": False,
        "groupSimilarEntriesDisabled": False,
        "myStartOfDay": f"{person.day_start // HOUR:02d}:{person.day_start % HOUR // 60:02d}",
        "projectPickerTaskFilter": False,
        "lang": "EN",
        "multiFactorEnabled": False,
        "theme": "DEFAULT",
        "scheduling": True,
        "onboarding": False,
        "showOnlyWorkingDays": False,
    }
