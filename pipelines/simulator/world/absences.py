"""API records of holidays and time-off requests. Not here: who is away when (``calendar``)."""

from __future__ import annotations

from datetime import timedelta

from pipelines.simulator.model import Record
from pipelines.simulator.world.calendar import HOLIDAYS, Vacation
from pipelines.simulator.world.clock import EPOCH, iso, midnight
from pipelines.simulator.world.clockify_catalog import Catalog
from pipelines.simulator.world.people import Person
from pipelines.simulator.world.rng import hex_id


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
                "everyoneIncludingNew": holiday.zone is None,
                "userIds": [person.clockify_id for person in people if person.zone == holiday.zone],
                "userGroupIds": [],
                "automaticTimeEntryCreation": True,
                "projectId": None,
                "taskId": None,
            }
        )
    return records


def time_off_record(catalog: Catalog, vacation: Vacation, boss: Person, now: int) -> Record:
    """One request as it stands at ``now``; ``balanceDiff`` is in days."""
    person = vacation.person
    decided = vacation.decided_at <= now and vacation.outcome != "PENDING"
    length = (vacation.last - vacation.first).days + 1
    weekdays = sum((vacation.first + timedelta(days=day)).weekday() < 5 for day in range(length))
    begins = midnight(person.zone, vacation.first)
    ends = midnight(person.zone, vacation.last + timedelta(days=1)) - 1
    return {
        "id": vacation.id,
        "workspaceId": catalog.workspace_id,
        "userId": person.clockify_id,
        "userName": person.name if person.has_name else None,
        "userEmail": person.clockify_email,
        "userTimeZone": person.zone,
        "requesterUserId": person.clockify_id,
        "requesterUserName": person.name if person.has_name else None,
        "policyId": hex_id(catalog.seed, "policy", "Vacation"),
        "policyName": "Vacation",
        "timeUnit": "DAYS",
        "balance": 18.0,
        "balanceDiff": 0.5 if vacation.half_day else float(weekdays),
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
            "period": {"start": iso(begins), "end": iso(ends)[:-1] + ".999Z"},
            "halfDay": vacation.half_day,
            "halfDayHours": {"start": "09:00", "end": "13:00"} if vacation.half_day else None,
            "halfDayPeriod": "FIRST_HALF" if vacation.half_day else "NOT_DEFINED",
        },
    }


def vacations_known(vacations: list[Vacation], now: int) -> list[Vacation]:
    """Those requested by ``now``, oldest request first."""
    known = [vacation for vacation in vacations if vacation.requested_at <= now]
    return sorted(known, key=lambda vacation: (vacation.requested_at, vacation.id))
