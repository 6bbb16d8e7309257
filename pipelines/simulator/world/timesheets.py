"""Books the planned entries: what of them exists at ``now``, in which state, and the log of changes.

Here: API records of time entries, ``changes`` and the assembly of ``ClockifyData``. Not here: what is planned
(``time_entries``) and what can be booked on (``clockify_catalog``).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from pipelines.simulator.model import ClockifyData, Record
from pipelines.simulator.world.absences import (
    balance_records,
    holiday_records,
    policy_records,
    time_off_record,
    vacations_known,
)
from pipelines.simulator.world.approvals import approve
from pipelines.simulator.world.calendar import VACATION, Calendar, Vacation
from pipelines.simulator.world.clock import EPOCH, days, iso, iso_duration, utc_day
from pipelines.simulator.world.clockify_catalog import Catalog
from pipelines.simulator.world.clockify_records import (
    client_record,
    custom_field_records,
    group_records,
    money,
    project_record,
    tag_records,
)
from pipelines.simulator.world.drafts import Draft
from pipelines.simulator.world.expenses import category_records, expense_record, plan_expenses
from pipelines.simulator.world.invoices import Billing
from pipelines.simulator.world.people import Person
from pipelines.simulator.world.schedules import (
    assignment_record,
    plan_assignments,
    profile_record,
)
from pipelines.simulator.world.size import CompanySize
from pipelines.simulator.world.story_plans import StoryPlanner
from pipelines.simulator.world.time_entries import DayPlanner
from pipelines.simulator.world.tracker_projects import SETUP_AT
from pipelines.simulator.world.workspace_records import user_record, workspace_record

#: Time off is requested at most this long ahead, so entries may exist for days as far in the future.
_LONGEST_NOTICE = timedelta(days=45)


class Timesheets:
    """The entries and the audit log, filled draft by draft."""

    def __init__(self, catalog: Catalog, now: int) -> None:
        self.entries: list[Record] = []
        self.changes: list[Record] = []
        #: (start, seconds, entry) of stopped entries by user id.
        self.booked: dict[str, list[tuple[int, int, Record]]] = defaultdict(list)
        #: Seconds of work by project id and by task id.
        self.tracked: dict[str, int] = defaultdict(int)
        self._catalog, self._now = catalog, now

    def book(self, draft: Draft) -> None:
        """Carry out what of the draft's life lies before now."""
        now = self._now
        if draft.created_at > now or draft.start < SETUP_AT:
            return
        made: list[tuple[str, int]] = [("created", draft.created_at)]
        running = draft.stopped_at > now
        if draft.created_at < draft.stopped_at <= now:
            made.append(("updated", draft.stopped_at))
        for at, values in draft.edits:
            if at <= now:
                made.append(("updated", at))
                for name, value in values.items():
                    setattr(draft, name, value)
        entry = self._record(draft, running)
        if draft.deleted_at is not None and draft.deleted_at <= now:
            made.append(("deleted", draft.deleted_at))
        else:
            self._keep(draft, entry, running)
        for kind, at in made:
            self.note(kind, "TIME_ENTRY", at, draft.created_at, entry)

    def note(
        self, kind: str, document_type: str, at: int, created_at: int, document: Record
    ) -> None:
        """Log a change, unless it lies in the future. ``document`` is the record as it stands now."""
        if at <= self._now:
            self.changes.append(
                {
                    "kind": kind,
                    "documentType": document_type,
                    "at": iso(at),
                    "createdAt": iso(created_at),
                    "document": document,
                }
            )

    def _keep(self, draft: Draft, entry: Record, running: bool) -> None:
        self.entries.append(entry)
        if running:
            return
        length = draft.end - draft.start
        self.booked[entry["userId"]].append((draft.start, length, entry))
        if draft.type == "REGULAR":
            for target in (draft.project, draft.task):
                if target:
                    self.tracked[target.id] += length

    def _record(self, draft: Draft, running: bool) -> Record:
        project, task, person = draft.project, draft.task, draft.person
        currency = project.currency if project else "EUR"
        rated = draft.type == "REGULAR" and draft.shows_rates
        rate = (
            self._catalog.hourly_rate(project, task, person, draft.start)
            if rated and project
            else None
        )
        cost = self._catalog.cost_rate(project, person) if rated else None
        field = {
            "customFieldId": self._catalog.ticket_field_id,
            "timeEntryId": draft.id,
            "value": draft.ticket,
            "name": "Ticket",
            "type": "TXT",
        }
        return {
            "id": draft.id,
            "description": draft.description,
            "tagIds": draft.tags,
            "userId": person.clockify_id,
            "billable": draft.billable,
            "taskId": task.id if task else None,
            "projectId": project.id if project else None,
            "workspaceId": self._catalog.workspace_id,
            "timeInterval": {
                "start": iso(draft.start),
                "end": None if running else iso(draft.end),
                "duration": None if running else iso_duration(draft.end - draft.start),
            },
            "customFieldValues": [field] if draft.ticket else [],
            "type": draft.type,
            "kioskId": None,
            "hourlyRate": money(rate, currency),
            "costRate": money(cost, currency),
            "isLocked": False,
        }


def clockify_data(
    seed: int,
    size: CompanySize,
    now: int,
    people: list[Person],
    calendar: Calendar,
    catalog: Catalog,
    stories: StoryPlanner,
) -> ClockifyData:
    """The workspace at ``now``: entries oldest first, changes in the order in which they happened."""
    users = [person for person in people if person.clockify_id]
    catalog.add_story_tasks(stories.stories)
    planner = DayPlanner(seed, size, people, calendar, catalog, stories)
    vacations = _vacations(calendar, users, now)
    sheets = Timesheets(catalog, now)
    billing = Billing(catalog, users[0], now)
    for day in days(EPOCH, utc_day(now) + timedelta(days=1)):
        for person in users:
            for draft in planner.plan_day(person, day):
                billing.note_entry(draft)
                sheets.book(draft)
    for vacation in vacations:
        for draft in planner.plan_vacation(vacation) if vacation.policy == VACATION else ():
            sheets.book(draft)
    requests = [time_off_record(catalog, vacation, users[0], now) for vacation in vacations]
    data = ClockifyData(
        workspace=workspace_record(catalog, users),
        users=[user_record(catalog, person, now) for person in users],
        tags=tag_records(catalog),
        user_groups=group_records(catalog, users),
        custom_fields=custom_field_records(catalog),
        holidays=holiday_records(catalog, users),
        time_off_requests=requests,
        time_off_policies=policy_records(catalog),
        time_off_balances=balance_records(catalog, users, requests),
        member_profiles=[profile_record(person) for person in users],
        time_entries=sorted(
            sheets.entries, key=lambda entry: (entry["timeInterval"]["start"], entry["id"])
        ),
    )
    for person in users:
        data.approval_requests += approve(
            catalog, person, sheets.booked[person.clockify_id or ""], users[0], now
        )
    _add_targets(data, catalog, sheets, now)
    _add_plans(data, catalog, users, vacations, sheets, now)
    _add_money(data, catalog, users, billing, now)
    data.changes = sorted(sheets.changes, key=lambda change: change["at"])
    return data


def _add_money(
    data: ClockifyData, catalog: Catalog, users: list[Person], billing: Billing, now: int
) -> None:
    """Expenses, invoices and what is on which."""
    expenses = plan_expenses(catalog, users, now)
    for expense in expenses:
        billing.note_expense(expense)
    data.expenses = [expense_record(catalog, expense, now) for expense in expenses]
    data.expense_currencies = {expense.id: expense.currency for expense in expenses}
    data.expense_categories = category_records(catalog, now)
    made = billing.result()
    data.invoices, data.invoice_payments, data.invoicing = made.invoices, made.payments, made.marks


def _vacations(calendar: Calendar, users: list[Person], now: int) -> list[Vacation]:
    last = utc_day(now) + _LONGEST_NOTICE
    months = sorted({(day.year, day.month) for day in days(EPOCH, last)})
    planned = [
        vacation
        for person in users
        for year, month in months
        for vacation in calendar.vacations(person, year, month)
    ]
    today = utc_day(now) + timedelta(days=1)
    planned += [
        leave
        for person in users
        for day in days(EPOCH, today)
        if not (person.last_day and day > person.last_day)
        and (leave := calendar.other_leave(person, day))
    ]
    return vacations_known(planned, now)


def _add_plans(
    data: ClockifyData,
    catalog: Catalog,
    users: list[Person],
    vacations: list[Vacation],
    sheets: Timesheets,
    now: int,
) -> None:
    """Assignments, and the changes of these and of requests for time off."""
    for assignment in plan_assignments(catalog, users, now):
        record = assignment_record(catalog, assignment, now)
        data.scheduling_assignments.append(record)
        made_at = assignment.drafted_at
        sheets.note("created", "SCHEDULED_ASSIGNMENT", made_at, made_at, record)
        if assignment.published_at > made_at:
            sheets.note("updated", "SCHEDULED_ASSIGNMENT", assignment.published_at, made_at, record)
    for vacation, record in zip(vacations, data.time_off_requests, strict=True):
        asked_at = vacation.requested_at
        sheets.note("created", "TIME_OFF_REQUEST", asked_at, asked_at, record)
        if vacation.outcome != "PENDING":
            sheets.note("updated", "TIME_OFF_REQUEST", vacation.decided_at, asked_at, record)


def _add_targets(data: ClockifyData, catalog: Catalog, sheets: Timesheets, now: int) -> None:
    """Clients, projects and tasks with their changes; everything of the catalogue was made on the first morning."""
    made_at = SETUP_AT + 300
    clients = {client.id: client_record(catalog, client, now) for client in catalog.clients}
    data.clients = list(clients.values())
    for client in catalog.clients:
        sheets.note("created", "CLIENTS", made_at, made_at, clients[client.id])
        if client.archived_at:
            sheets.note("updated", "CLIENTS", client.archived_at, made_at, clients[client.id])
    for tag in data.tags:
        sheets.note("created", "TAGS", made_at, made_at, tag)
    for project in catalog.projects:
        owner = clients[project.client.id] if project.client else None
        record = project_record(catalog, project, owner, sheets.tracked, now)
        data.projects.append(record)
        sheets.note("created", "PROJECTS", made_at, made_at, record)
        for at in project.changed_at(now):
            sheets.note("updated", "PROJECTS", at, made_at, record)
        tasks = {task["id"]: task for task in record["tasks"]}
        for task in project.tasks:
            if task.id in tasks:
                sheets.note("created", "TASKS", task.created_at, task.created_at, tasks[task.id])
                if task.done_at:
                    sheets.note("updated", "TASKS", task.done_at, task.created_at, tasks[task.id])
