"""Core lists and single records: user, workspaces, users, clients, projects, tasks, tags, groups, fields."""

from __future__ import annotations

from pipelines.simulator.clockify.call import Answer, Call, Page, by_id
from pipelines.simulator.clockify.paging import ordered, page_of
from pipelines.simulator.model import Record

#: Account statuses that ``users`` leaves out unless they are asked for.
HIDDEN_ACCOUNTS = frozenset({"DELETED", "LIMITED", "LIMITED_DELETED"})
MEMBERSHIP_STATUSES = ("PENDING", "ACTIVE", "DECLINED", "INACTIVE", "ALL")
MEMBERSHIP_TYPES = ("ALL", "NONE", "WORKSPACE", "PROJECT", "USERGROUP")
#: Keys of a project that only ``hydrated=true`` sends.
HYDRATED_PROJECT = frozenset({"client", "tasks", "customFields", "currency", "favorite"})
BY_NAME = {"ID": "id", "NAME": "name"}


def get_user(call: Call) -> Record:
    """The owner of the key; memberships only when asked for."""
    return (
        call.account if call.boolean("include-memberships") else {**call.account, "memberships": []}
    )


def list_workspaces(call: Call) -> list[Record]:
    return [call.data.workspace]


def get_workspace(call: Call) -> Record:
    return call.data.workspace


def membership_status(user: Record) -> str:
    """The status of *user* in the workspace; ``ACTIVE`` where no membership says otherwise."""
    for membership in user["memberships"]:
        if membership["membershipType"] == "WORKSPACE":
            return str(membership["membershipStatus"])
    return "ACTIVE"


def list_users(call: Call) -> Page:
    """Active members with an ordinary account, unless ``status`` or ``account-statuses`` say otherwise."""
    status = call.choice("status", MEMBERSHIP_STATUSES, "ACTIVE")
    accounts = call.values("account-statuses")
    kind = call.choice("memberships", MEMBERSHIP_TYPES, "NONE")
    rows = []
    for user in call.data.users:
        if status not in ("ALL", membership_status(user)):
            continue
        if user["status"] not in accounts if accounts else user["status"] in HIDDEN_ACCOUNTS:
            continue
        if not _contains(user, "email", call) or not _contains(user, "name", call):
            continue
        shown = [m for m in user["memberships"] if kind in ("ALL", m["membershipType"])]
        rows.append({**user, "memberships": shown})
    columns = {"ID": "id", "EMAIL": "email", "NAME": "name", "NAME_LOWERCASE": "name"}
    return page_of(call, ordered(call, rows, columns, "EMAIL"))


def _contains(record: Record, field: str, call: Call) -> bool:
    """Whether *field* holds the text of the parameter of the same name, or equals it on ``strict-name-search``."""
    wanted = call.query.get(field)
    if wanted is None:
        return True
    value = record[field] or ""
    if field == "name" and call.boolean("strict-name-search"):
        return bool(value == wanted)
    return wanted.lower() in value.lower()


def _archivable(call: Call, records: list[Record]) -> list[Record]:
    """*records* after ``name`` and ``archived``; without ``archived`` both kinds are returned."""
    archived = call.boolean("archived")
    return [
        record
        for record in records
        if (archived is None or record["archived"] == archived) and _contains(record, "name", call)
    ]


def list_clients(call: Call) -> Page:
    rows = _archivable(call, call.data.clients)
    return page_of(call, ordered(call, rows, {"NAME": "name"}, "NAME"), with_total=True)


def list_tags(call: Call) -> Page:
    excluded = call.values("excluded-ids")
    rows = [t for t in _archivable(call, call.data.tags) if t["id"] not in excluded]
    return page_of(call, ordered(call, rows, BY_NAME, "NAME"), with_total=True)


def list_projects(call: Call) -> Page:
    rows = _archivable(call, call.data.projects)
    for parameter, field in (("billable", "billable"), ("is-template", "template")):
        wanted = call.boolean(parameter)
        if wanted is not None:
            rows = [p for p in rows if p[field] == wanted]
    clients = call.values("clients")
    if clients:
        containing = call.boolean("contains-client") is not False
        rows = [p for p in rows if (p["clientId"] in clients) == containing]
    columns = {**BY_NAME, "CLIENT_NAME": "clientName", "DURATION": "duration"}
    page = page_of(call, ordered(call, rows, columns, "NAME"))
    return Page([_project(call, project) for project in page.rows], page.is_last)


def get_project(call: Call) -> Record:
    return _project(call, by_id(call.data.projects, call.path["project_id"], "Project"))


def _project(call: Call, project: Record) -> Record:
    return project if call.boolean("hydrated") else plain_project(project)


def plain_project(project: Record) -> Record:
    """*project* as it is sent without ``hydrated``."""
    return {key: value for key, value in project.items() if key not in HYDRATED_PROJECT}


def list_tasks(call: Call) -> Page:
    """Tasks of a project, active and done ones unless ``is-active`` chooses."""
    project = by_id(call.data.projects, call.path["project_id"], "Project")
    active = call.boolean("is-active")
    rows = [
        {key: value for key, value in task.items() if key != "favorite"}
        for task in project["tasks"]
        if (active is None or (task["status"] == "ACTIVE") == active)
        and _contains(task, "name", call)
    ]
    return page_of(call, ordered(call, rows, BY_NAME, "NAME"))


def list_user_groups(call: Call) -> Page:
    rows = [g for g in call.data.user_groups if _contains(g, "name", call)]
    page = page_of(call, ordered(call, rows, BY_NAME, "NAME"))
    if call.boolean("includeTeamManagers"):
        return page
    without = [{k: v for k, v in g.items() if k != "teamManagers"} for g in page.rows]
    return Page(without, page.is_last)


def list_custom_fields(call: Call) -> Answer:
    """All custom fields; not paginated."""
    status, entity = call.query.get("status"), call.query.get("entity-type")
    return [
        field
        for field in call.data.custom_fields
        if status in (None, field["status"])
        and entity in (None, field["entityType"])
        and _contains(field, "name", call)
    ]
