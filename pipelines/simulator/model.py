"""What the demo company consists of, in the shape in which the two APIs would send it.

Here: plain containers of API-shaped records. Not here: how they are generated (``world``), nor how
HTTP serves them (``tracker``, ``clockify``). Every record is a ``dict`` with *all* keys of its resource,
``None`` where a value is absent; each server decides how its API shows an absent value.
Instants are ISO 8601 UTC strings with whole seconds and ``Z``, as on the wire.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Record = dict[str, Any]


@dataclass
class TrackerData:
    """Everything a Tracker v5 server knows; lists hold the records of all projects."""

    me: Record
    projects: list[Record] = field(default_factory=list)
    memberships: list[Record] = field(default_factory=list)
    labels: list[Record] = field(default_factory=list)
    epics: list[Record] = field(default_factory=list)
    #: All stories, releases included (``story_type == "release"``), in priority order per project.
    stories: list[Record] = field(default_factory=list)
    #: Oldest first; exactly one per project version.
    activity: list[Record] = field(default_factory=list)
    #: Oldest first.
    story_transitions: list[Record] = field(default_factory=list)
    #: ``{project_id, number, length, team_strength}``; iterations themselves follow from project settings.
    iteration_overrides: list[Record] = field(default_factory=list)
    comments: list[Record] = field(default_factory=list)
    story_tasks: list[Record] = field(default_factory=list)
    blockers: list[Record] = field(default_factory=list)
    reviews: list[Record] = field(default_factory=list)


@dataclass
class ClockifyData:
    """Everything one Clockify workspace knows."""

    workspace: Record
    users: list[Record] = field(default_factory=list)
    clients: list[Record] = field(default_factory=list)
    #: Hydrated projects: ``tasks``, ``customFields`` and ``currency`` inside.
    projects: list[Record] = field(default_factory=list)
    tags: list[Record] = field(default_factory=list)
    user_groups: list[Record] = field(default_factory=list)
    time_entries: list[Record] = field(default_factory=list)
    custom_fields: list[Record] = field(default_factory=list)
    holidays: list[Record] = field(default_factory=list)
    time_off_requests: list[Record] = field(default_factory=list)
    time_off_policies: list[Record] = field(default_factory=list)
    time_off_balances: list[Record] = field(default_factory=list)
    #: With ``userId``, which the API does not send.
    member_profiles: list[Record] = field(default_factory=list)
    #: With ``published``, which the API does not send.
    scheduling_assignments: list[Record] = field(default_factory=list)
    approval_requests: list[Record] = field(default_factory=list)
    expenses: list[Record] = field(default_factory=list)
    #: The currency that each expense was made in, by its id; only reports can be asked about it.
    expense_currencies: dict[str, str] = field(default_factory=dict)
    expense_categories: list[Record] = field(default_factory=list)
    #: Single invoices, with their ``items``.
    invoices: list[Record] = field(default_factory=list)
    #: Payments, each with its ``invoiceId``.
    invoice_payments: list[Record] = field(default_factory=list)
    #: ``invoicingInfo`` of entries and expenses that are on an invoice or marked by hand, by id; only reports show it.
    invoicing: dict[str, Record] = field(default_factory=dict)
    #: Audit log behind ``entities/created|updated|deleted``:
    #: ``{kind: created|updated|deleted, documentType, at, createdAt, document}``.
    #: ``document`` is the record as it is now, or as it was last before its deletion.
    changes: list[Record] = field(default_factory=list)


@dataclass
class World:
    """One company at one moment: what both servers would answer at ``now``."""

    now: datetime
    tracker: TrackerData
    clockify: ClockifyData
    #: Grows with every write, so that servers know when what they have sorted is out of date.
    revision: int = 0
