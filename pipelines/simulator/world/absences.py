"""API records of holidays, and of time off: policies, requests, balances. Not here: who is away when (``calendar``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pipelines.simulator.model import Record
from pipelines.simulator.world.calendar import (
    HOLIDAYS,
    SICK_LEAVE,
    TIME_IN_LIEU,
    VACATION,
    Vacation,
)
from pipelines.simulator.world.clock import EPOCH, HOUR, iso, midnight
from pipelines.simulator.world.clockify_catalog import Catalog
from pipelines.simulator.world.clockify_records import GROUPS
from pipelines.simulator.world.people import Person
from pipelines.simulator.world.rng import hex_id


@dataclass(frozen=True)
class Policy:
    """A policy for time off: what accrues in a year, in its unit."""

    name: str
    accrues: float
    unit: str = "DAYS"
    makes_entries: bool = False
    archived: bool = False


POLICIES = (
    Policy(VACATION, 25.0, makes_entries=True),
    Policy(SICK_LEAVE, 0.0),
    Policy(TIME_IN_LIEU, 40.0, unit="HOURS"),
    Policy("Volunteering", 2.0, archived=True),
)


def policy_records(catalog: Catalog) -> list[Record]:
    return [_policy_record(catalog, policy) for policy in POLICIES]


def _policy_record(catalog: Catalog, policy: Policy) -> Record:
    accrual = {"amount": policy.accrues, "period": "YEAR", "timeUnit": policy.unit}
    return {
        "id": hex_id(catalog.seed, "policy", policy.name),
        "workspaceId": catalog.workspace_id,
        "name": policy.name,
        "archived": policy.archived,
        "timeUnit": policy.unit,
        "allowHalfDay": policy.unit == "DAYS",
        "allowNegativeBalance": True,
        "negativeBalance": None,
        "approve": {
            "requiresApproval": policy.name == VACATION,
            "teamManagers": False,
            "specificMembers": False,
            "userIds": [],
        },
        "automaticAccrual": accrual if policy.accrues else None,
        "automaticTimeEntryCreation": {
            "enabled": policy.makes_entries,
            "defaultEntities": {"projectId": None, "taskId": None},
        },
        "projectId": None,
        "everyoneIncludingNew": True,
        "userIds": [],
        "userGroupIds": [],
        "color": "#8BC34A",
        "icon": "SUNNY",
    }


def balance_records(
    catalog: Catalog, people: Sequence[Person], requests: Sequence[Record]
) -> list[Record]:
    """Everybody's balance of every policy; what is asked for counts as used until it is refused."""
    used: dict[tuple[str, str], float] = defaultdict(float)
    for request in requests:
        if request["status"]["statusType"] != "REJECTED":
            used[request["userId"], request["policyName"]] += request["balanceDiff"]
    return [
        {
            "id": hex_id(catalog.seed, "balance", policy.name, person.index),
            "userId": person.clockify_id,
            "userName": person.name if person.has_name else None,
            "policyId": hex_id(catalog.seed, "policy", policy.name),
            "policyName": policy.name,
            "policyArchived": policy.archived,
            "policyTimeUnit": policy.unit,
            "total": policy.accrues,
            "used": used[person.clockify_id or "", policy.name],
            "balance": policy.accrues - used[person.clockify_id or "", policy.name],
            "negativeBalanceAmount": 0.0,
            "negativeBalanceLimit": False,
            "negativeBalanceUsed": 0.0,
            "workspaceId": catalog.workspace_id,
        }
        for policy in POLICIES
        for person in people
    ]


def holiday_records(catalog: Catalog, people: list[Person]) -> list[Record]:
    """Annual holidays, dated in the first twelve months of the company."""
    records = []
    for holiday in HOLIDAYS:
        year = EPOCH.year if holiday.month >= EPOCH.month else EPOCH.year + 1
        day = f"{year}-{holiday.month:02d}-{holiday.day:02d}"
        records.append(
            {
                "id": hex_id(catalog.seed, "holiday", holiday.name),
                "name": holiday.name,
                "workspaceId": catalog.workspace_id,
                "datePeriod": {"startDate": day, "endDate": day},
                "occursAnnually": True,
                "everyoneIncludingNew": holiday.zone is None and holiday.role is None,
                "userIds": [person.clockify_id for person in people if person.zone == holiday.zone],
                "userGroupIds": [
                    hex_id(catalog.seed, "user group", name)
                    for name, role in GROUPS.items()
                    if role == holiday.role
                ],
                "automaticTimeEntryCreation": holiday.makes_entries,
                "projectId": None,
                "taskId": None,
            }
        )
    return records


def time_off_record(catalog: Catalog, vacation: Vacation, boss: Person, now: int) -> Record:
    """One request as it stands at ``now``; ``balanceDiff`` is in the policy's unit."""
    person = vacation.person
    decided = vacation.decided_at <= now and vacation.outcome != "PENDING"
    length = (vacation.last - vacation.first).days + 1
    working_days = sum(
        (vacation.first + timedelta(days=day)).weekday() in person.working_days
        for day in range(length)
    )
    begins = midnight(person.zone, vacation.first)
    ends = midnight(person.zone, vacation.last + timedelta(days=1)) - 1
    taken = 0.5 if vacation.half_day else float(working_days)
    if vacation.hours:
        begins, ends = (begins + after for after in vacation.hours)
        taken = (ends - begins) / HOUR
    return {
        "id": vacation.id,
        "workspaceId": catalog.workspace_id,
        "userId": person.clockify_id,
        "userName": person.name if person.has_name else None,
        "userEmail": person.clockify_email,
        "userTimeZone": person.zone,
        "requesterUserId": person.clockify_id,
        "requesterUserName": person.name if person.has_name else None,
        "policyId": hex_id(catalog.seed, "policy", vacation.policy),
        "policyName": vacation.policy,
        "timeUnit": "HOURS" if vacation.hours else "DAYS",
        "balance": 18.0,
        "balanceDiff": taken,
        "createdAt": iso(vacation.requested_at).replace("Z", ".123456Z"),
        "note": vacation.note,
        "status": {
            "statusType": vacation.outcome if decided else "PENDING",
            "changedAt": iso(vacation.decided_at) if decided else None,
            "changedByUserId": boss.clockify_id if decided else None,
            "changedByUserName": boss.name if decided else None,
            "changedForUserName": person.name if decided and person.has_name else None,
            "note": None,
        },
        "timeOffPeriod": {
            "period": {
                "start": iso(begins),
                "end": iso(ends) if vacation.hours else iso(ends)[:-1] + ".999Z",
            },
            "halfDay": vacation.half_day,
            "halfDayHours": {"start": "09:00", "end": "13:00"} if vacation.half_day else None,
            "halfDayPeriod": "FIRST_HALF" if vacation.half_day else "NOT_DEFINED",
        },
    }


def vacations_known(vacations: list[Vacation], now: int) -> list[Vacation]:
    """Those requested by ``now``, oldest request first."""
    known = [vacation for vacation in vacations if vacation.requested_at <= now]
    return sorted(known, key=lambda vacation: (vacation.requested_at, vacation.id))
