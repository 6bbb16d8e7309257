"""What must hold between Clockify's records and its change log, whatever was generated."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from pipelines.simulator.model import Record, World
from pipelines.simulator.world import generate
from pipelines.sources.instants import instant_text, iso_duration, parse_instant


def _length(entry: Record) -> timedelta:
    interval = entry["timeInterval"]
    return parse_instant(interval["end"]) - parse_instant(interval["start"])


def _stopped(world: World) -> list[Record]:
    return [entry for entry in world.clockify.time_entries if entry["timeInterval"]["end"]]


def test_durations_are_end_minus_start(demo: World) -> None:
    for entry in _stopped(demo):
        assert _length(entry) > timedelta(0)
        assert entry["timeInterval"]["duration"] == iso_duration(_length(entry))


def test_references_of_entries_resolve(demo: World) -> None:
    data = demo.clockify
    users = {user["id"] for user in data.users}
    tags = {tag["id"] for tag in data.tags}
    tasks = {project["id"]: {task["id"] for task in project["tasks"]} for project in data.projects}
    for entry in data.time_entries:
        assert entry["userId"] in users
        assert entry["projectId"] is None or entry["projectId"] in tasks
        assert entry["taskId"] is None or entry["taskId"] in tasks[entry["projectId"]]
        assert tags.issuperset(entry["tagIds"] or ())
        assert all(value["timeEntryId"] == entry["id"] for value in entry["customFieldValues"])


def test_ids_are_unique_24_hex_and_some_look_like_numbers(demo: World) -> None:
    ids = [entry["id"] for entry in demo.clockify.time_entries]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[0-9a-f]{24}", entry_id) for entry_id in ids)
    assert any(re.fullmatch(r"\d+e\d+", entry_id) for entry_id in ids)


def test_the_change_log_tells_each_entrys_life(demo: World) -> None:
    """Created first, deleted last; an entry is listed exactly when it was created and not deleted."""
    lives = defaultdict(list)
    for change in demo.clockify.changes:
        if change["documentType"] == "TIME_ENTRY":
            lives[change["document"]["id"]].append(change)
    for life in lives.values():
        kinds = [change["kind"] for change in life]
        assert kinds[0] == "created"
        assert "created" not in kinds[1:]
        assert "deleted" not in kinds[:-1]
        assert all(change["createdAt"] == life[0]["at"] for change in life)
    alive = {entry_id for entry_id, life in lives.items() if life[-1]["kind"] != "deleted"}
    assert alive == {entry["id"] for entry in demo.clockify.time_entries}
    assert len(alive) < len(lives)


def test_changes_are_in_order_and_not_in_the_future(demo: World) -> None:
    moments = [change["at"] for change in demo.clockify.changes]
    assert moments == sorted(moments)
    assert moments[-1] <= instant_text(demo.now)
    types = {change["documentType"] for change in demo.clockify.changes}
    assert types == {
        "TIME_ENTRY",
        "CLIENTS",
        "PROJECTS",
        "TAGS",
        "TASKS",
        "TIME_OFF_REQUEST",
        "SCHEDULED_ASSIGNMENT",
    }


def test_edits_reach_weeks_back(demo: World) -> None:
    ages = [
        parse_instant(change["at"]) - parse_instant(change["createdAt"])
        for change in demo.clockify.changes
        if change["kind"] == "updated" and change["documentType"] == "TIME_ENTRY"
    ]
    assert timedelta(days=30) < max(ages) <= timedelta(days=60)


def test_tracked_durations_are_sums_of_the_entries(demo: World) -> None:
    tracked: dict[str, timedelta] = defaultdict(timedelta)
    for entry in _stopped(demo):
        if entry["type"] == "REGULAR":
            tracked[entry["projectId"]] += _length(entry)
            tracked[entry["taskId"]] += _length(entry)
    for project in demo.clockify.projects:
        # The seventh project began before the history.
        earlier = timedelta(hours=240) if project is demo.clockify.projects[6] else timedelta()
        assert project["duration"] == iso_duration(earlier + tracked[project["id"]])
        for task in project["tasks"]:
            assert task["duration"] == iso_duration(tracked[task["id"]])


def test_rates_are_in_the_currency_of_the_project(demo: World) -> None:
    currencies = {project["id"]: project["currency"]["code"] for project in demo.clockify.projects}
    for entry in demo.clockify.time_entries:
        for rate in (entry["hourlyRate"], entry["costRate"]):
            if rate:
                assert rate["currency"] == currencies.get(entry["projectId"], "EUR")
                assert isinstance(rate["amount"], int)
    assert set(currencies.values()) == {"EUR", "USD", "JPY"}
    regular = [entry for entry in demo.clockify.time_entries if entry["type"] == "REGULAR"]
    assert any(entry["billable"] and entry["hourlyRate"] is None for entry in regular)


def test_entries_of_approved_weeks_are_locked_and_no_others(demo: World) -> None:
    approved = defaultdict(list)
    for row in demo.clockify.approval_requests:
        request = row["approvalRequest"]
        if request["status"]["state"] == "APPROVED":
            dates = request["dateRange"]
            approved[request["owner"]["userId"]].append((dates["start"], dates["end"]))
    for entry in _stopped(demo):
        start = entry["timeInterval"]["start"]
        weeks = approved[entry["userId"]]
        assert entry["isLocked"] == any(first <= start <= last for first, last in weeks)
    states = {r["approvalRequest"]["status"]["state"] for r in demo.clockify.approval_requests}
    assert {"APPROVED", "REJECTED"} <= states


def test_the_odd_entries_are_there(demo: World) -> None:
    entries = demo.clockify.time_entries
    kinds = Counter(entry["type"] for entry in entries)
    assert kinds.keys() == {"REGULAR", "BREAK", "HOLIDAY", "TIME_OFF"}
    descriptions = {entry["description"] for entry in entries}
    assert {"", "007", "1e5", "null"} <= descriptions
    assert any("\n" in text for text in descriptions)
    assert any('"' in text and "'" in text for text in descriptions)
    assert any(entry["tagIds"] is None for entry in entries)
    assert any(entry["tagIds"] for entry in entries)
    assert any(entry["projectId"] is None and entry["type"] == "REGULAR" for entry in entries)
    assert any(_length(entry) < timedelta(minutes=1) for entry in _stopped(demo))
    assert any(entry["timeInterval"]["start"] > instant_text(demo.now) for entry in entries)


def test_timers_run_and_each_person_has_at_most_one(demo: World) -> None:
    running = [entry for entry in demo.clockify.time_entries if not entry["timeInterval"]["end"]]
    owners = [entry["userId"] for entry in running]
    assert owners
    assert len(owners) == len(set(owners))
    for entry in running:
        assert entry["timeInterval"]["duration"] is None
        assert entry["timeInterval"]["start"] <= instant_text(demo.now)


def test_entries_cross_midnight_and_overlap(demo: World) -> None:
    by_user = defaultdict(list)
    for entry in _stopped(demo):
        by_user[entry["userId"]].append(entry["timeInterval"])
    overlaps = sum(
        later["start"] < earlier["end"]
        for intervals in by_user.values()
        for earlier, later in pairwise(intervals)
    )
    entries = sum(map(len, by_user.values()))
    assert 0 < overlaps < 0.05 * entries
    zones = {
        user["id"]: ZoneInfo((user["settings"] or {}).get("timeZone", "UTC"))
        for user in demo.clockify.users
    }
    assert any(
        parse_instant(interval["start"]).astimezone(zones[user]).date()
        < parse_instant(interval["end"]).astimezone(zones[user]).date()
        for user, intervals in by_user.items()
        for interval in intervals
    )


def test_the_odd_users_are_there(demo: World) -> None:
    """No name, no settings, deactivated; an e-mail in other letters and people only one system knows."""
    users = demo.clockify.users
    assert sum(user["name"] is None for user in users) == 1
    assert sum(user["settings"] is None for user in users) == 1
    statuses = Counter(user["memberships"][0]["membershipStatus"] for user in users)
    assert statuses["INACTIVE"] == 1
    zones = {user["settings"]["timeZone"] for user in users if user["settings"]}
    assert len(zones) >= 4
    clockify = {user["email"] for user in users}
    tracker = {membership["person"]["email"] for membership in demo.tracker.memberships}
    assert len(tracker - clockify) == 2  # other letters, and the client's contact
    lowered = {email.lower() for email in tracker}
    assert len(lowered - clockify) == 1
    assert len(clockify - lowered) == 2


def test_the_odd_targets_are_there(demo: World) -> None:
    data = demo.clockify
    assert any(project["clientId"] == "" for project in data.projects)
    assert any(project["archived"] for project in data.projects)
    assert any(client["archived"] for client in data.clients)
    assert any(tag["archived"] for tag in data.tags)
    assert {project["timeEstimate"]["type"] for project in data.projects} == {"AUTO", "MANUAL"}
    assert {project["timeEstimate"]["resetOption"] for project in data.projects} == {
        None,
        "MONTHLY",
    }
    tasks = [task for project in data.projects for task in project["tasks"]]
    assert {task["status"] for task in tasks} == {"ACTIVE", "DONE"}
    assert 50 <= len(tasks) <= 90


def test_people_work_seven_to_eight_hours(demo: World) -> None:
    days: dict[tuple[str, str], timedelta] = defaultdict(timedelta)
    for entry in _stopped(demo):
        if entry["type"] == "REGULAR":
            days[entry["userId"], entry["timeInterval"]["start"][:10]] += _length(entry)
    hours = [day.total_seconds() / 3600 for day in days.values()]
    assert 6.5 <= median(hours) <= 8


def test_stories_are_named_in_every_notation(demo: World) -> None:
    """60 to 75 % of the regular entries name something, a few of them nothing that exists."""
    tasks = {task["id"]: task["name"] for p in demo.clockify.projects for task in p["tasks"]}
    known = {str(story["id"]) for story in demo.tracker.stories}
    regular = [entry for entry in demo.clockify.time_entries if entry["type"] == "REGULAR"]
    named = unknown = 0
    for entry in regular:
        fields = [str(value["value"]) for value in entry["customFieldValues"]]
        text = " ".join([entry["description"], tasks.get(entry["taskId"], ""), *fields])
        ids = set(re.findall(r"\b\d{9}\b", text))
        named += bool(ids)
        unknown += bool(ids - known)
    assert 0.6 <= named / len(regular) <= 0.75
    assert 0 < unknown / len(regular) < 0.08
    notations = {
        r"^#\d{9} \w",
        r"\w #\d{9}$",
        r"^\[#\d{9}\] ",
        r"^\[Finishes #\d{9}\]",
        r"^\[Delivers #\d{9} #\d{9}\]",
        r"/story/show/\d{9}",
        r"/n/projects/\d{7}/stories/\d{9}",
        r"^[a-z ]+ \d{9}$",
    }
    for notation in notations:
        assert any(re.search(notation, entry["description"]) for entry in regular), notation
    assert any(entry["customFieldValues"] for entry in regular)
    assert any("#18" in tasks.get(entry["taskId"], "") for entry in regular)


def test_time_off_follows_the_requests(demo: World) -> None:
    states = {request["status"]["statusType"] for request in demo.clockify.time_off_requests}
    assert states == {"APPROVED", "REJECTED", "PENDING"}
    approved = defaultdict(list)
    for request in demo.clockify.time_off_requests:
        if request["status"]["statusType"] == "APPROVED":
            period = request["timeOffPeriod"]["period"]
            approved[request["userId"]].append((period["start"], period["end"]))
    for entry in demo.clockify.time_entries:
        if entry["type"] == "TIME_OFF":
            start = entry["timeInterval"]["start"]
            assert any(first <= start <= last for first, last in approved[entry["userId"]])


def test_balances_are_what_accrued_less_what_was_asked_for(demo: World) -> None:
    """Of the policies one makes entries, one counts in hours and one is archived."""
    policies = {policy["id"]: policy for policy in demo.clockify.time_off_policies}
    used: dict[tuple[str, str], float] = defaultdict(float)
    for request in demo.clockify.time_off_requests:
        if request["status"]["statusType"] != "REJECTED":
            used[request["userId"], request["policyId"]] += request["balanceDiff"]
    balances = demo.clockify.time_off_balances
    assert len(balances) == len(policies) * len(demo.clockify.users)
    for balance in balances:
        assert balance["used"] == used[balance["userId"], balance["policyId"]]
        assert balance["balance"] == balance["total"] - balance["used"]
        assert balance["policyTimeUnit"] == policies[balance["policyId"]]["timeUnit"]
    assert {policy["timeUnit"] for policy in policies.values()} == {"DAYS", "HOURS"}
    assert sum(p["automaticTimeEntryCreation"]["enabled"] for p in policies.values()) == 1
    assert sum(policy["archived"] for policy in policies.values()) == 1


def test_leave_without_entries_is_taken_all_the_same(demo: World) -> None:
    """Only what is moved later lies on a day of sick leave; half days and hours are there, too."""
    zones = {
        request["userId"]: ZoneInfo(request["userTimeZone"])
        for request in demo.clockify.time_off_requests
    }

    def day_of(user_id: str, instant: str) -> date:
        return parse_instant(instant).astimezone(zones[user_id]).date()

    worked = {
        (entry["userId"], day_of(entry["userId"], entry["timeInterval"]["start"]))
        for entry in demo.clockify.time_entries
        if entry["type"] == "REGULAR" and entry["userId"] in zones
    }
    sick = [r for r in demo.clockify.time_off_requests if r["policyName"] == "Sick leave"]
    assert len(sick) > 5
    at_work = sum(
        (r["userId"], day_of(r["userId"], r["timeOffPeriod"]["period"]["start"])) in worked
        for r in sick
    )
    assert at_work <= 0.1 * len(sick)
    requests = demo.clockify.time_off_requests
    assert any(request["timeOffPeriod"]["halfDay"] for request in requests)
    assert any(request["timeUnit"] == "HOURS" for request in requests)


def test_plans_are_drafted_first_and_published_later(demo: World) -> None:
    rows = demo.clockify.scheduling_assignments
    published = [row["period"]["start"] for row in rows if row["published"]]
    drafts = [row["period"]["start"] for row in rows if not row["published"]]
    assert max(published) < min(drafts)
    assert instant_text(demo.now) < max(published)
    part_time = [p for p in demo.clockify.member_profiles if p["workCapacity"] != "PT8H"]
    assert [profile["workingDays"][-1] for profile in part_time] == ["THURSDAY"]


def test_every_kind_of_expense_is_there(demo: World) -> None:
    data = demo.clockify
    expenses = data.expenses
    assert any(expense["project"] is None for expense in expenses)
    assert any(expense["category"] is None for expense in expenses)
    assert any(expense["total"] < 0 for expense in expenses)
    assert {expense["billable"] for expense in expenses} == {True, False}
    assert set(data.expense_currencies.values()) == {"EUR", "USD", "JPY"}
    priced = [e for e in expenses if e["category"] and e["category"]["hasUnitPrice"]]
    assert priced
    for expense in priced:
        assert expense["total"] == expense["quantity"] * expense["category"]["priceInCents"]
    assert all(expense["date"] <= instant_text(demo.now) for expense in expenses)


def test_invoices_add_up_and_bill_nothing_twice(demo: World) -> None:
    data = demo.clockify
    billed = Counter(
        billed_id
        for invoice in data.invoices
        for item in invoice["items"]
        for billed_id in item["timeEntryIds"] + item["expenseIds"]
    )
    assert max(billed.values()) == 1
    by_hand = {key for key, mark in data.invoicing.items() if mark["manuallyInvoiced"]}
    assert by_hand
    assert set(data.invoicing) == by_hand | set(billed)
    assert not by_hand & set(billed)
    for invoice in data.invoices:
        assert invoice["subtotal"] == sum(item["amount"] for item in invoice["items"])
        taxes = invoice["taxAmount"] + invoice["tax2Amount"]
        assert invoice["amount"] == invoice["subtotal"] - invoice["discountAmount"] + taxes
        assert invoice["balance"] == invoice["amount"] - (invoice["paid"] or 0)
        paid = [p["amount"] for p in data.invoice_payments if p["invoiceId"] == invoice["id"]]
        assert sum(paid) == (invoice["paid"] or 0)
    assert any(invoice["discountAmount"] for invoice in data.invoices)
    assert any(invoice["tax2Amount"] for invoice in data.invoices)


def test_invoices_stand_in_every_state() -> None:
    world = generate(now=datetime(2026, 7, 12, 12, tzinfo=timezone.utc))
    states = {invoice["status"] for invoice in world.clockify.invoices}
    assert states == {"UNSENT", "SENT", "PAID", "PARTIALLY_PAID", "VOID", "OVERDUE"}
    entries = {entry["id"] for entry in world.clockify.time_entries}
    items = [item for invoice in world.clockify.invoices for item in invoice["items"]]
    assert any(not entries.issuperset(item["timeEntryIds"]) for item in items), (
        "an entry that was deleted after it was billed"
    )
