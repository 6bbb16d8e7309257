"""The manifest against the fields of Clockify's documentation: what is documented and not declared is a decision.

A field is spelled as the API spells it. Here: top-level fields, because what is nested is kept whole. Not here: their types.
"""

from __future__ import annotations

import pytest

from pipelines.sources.cdk.transformations import snake_case
from pipelines.sources.registry import CLOCKIFY, CONNECTORS

#: What the documentation has, and recorded answers where they have more.
OFFICIAL = {
    "workspaces": "id name hourlyRate costRate memberships workspaceSettings imageUrl featureSubscriptionType features "
    "currencies subdomain cakeOrganizationId",
    "users": "id email name memberships profilePicture activeWorkspace defaultWorkspace settings status customFields",
    "clients": "id name email ccEmails workspaceId archived address note currencyId currencyCode",
    "projects": "id name hourlyRate costRate clientId clientName workspaceId billable memberships color estimate archived "
    "duration note timeEstimate budgetEstimate estimateReset template public client tasks customFields currency favorite",
    "tasks": "id name projectId assigneeIds assigneeId userGroupIds estimate status budgetEstimate duration billable "
    "hourlyRate costRate favorite",
    "tags": "id name workspaceId archived",
    "user_groups": "id name workspaceId userIds teamManagers",
    "time_entries": "id workspaceId userId description billable projectId taskId tagIds timeInterval customFieldValues type "
    "kioskId hourlyRate costRate isLocked tags user task project kiosk",
    "custom_fields": "id workspaceId name description placeholder type entityType status required onlyAdminCanEdit "
    "allowedValues workspaceDefaultValue projectDefaultValues",
    "holidays": "id name workspaceId datePeriod occursAnnually everyoneIncludingNew userIds userGroupIds "
    "automaticTimeEntryCreation projectId taskId color",
    "time_off_requests": "id workspaceId userId userName userEmail userTimeZone requesterUserId requesterUserName policyId "
    "policyName timeUnit balance balanceDiff createdAt note status timeOffPeriod",
    "approval_requests": "approvalRequest approvedTime billableTime billableAmount breakTime costAmount expenseTotal "
    "pendingTime trackedTime entries expenses",
    "time_off_policies": "id name workspaceId archived timeUnit allowHalfDay allowNegativeBalance negativeBalance approve "
    "automaticAccrual automaticTimeEntryCreation everyoneIncludingNew userIds userGroupIds projectId color hasExpiration",
    "time_off_balances": "id userId userName policyId policyName policyArchived policyTimeUnit balance used total "
    "negativeBalanceAmount negativeBalanceLimit negativeBalanceUsed workspaceId",
    "expenses": "id workspaceId userId date project task category notes quantity billable fileId fileName total locked "
    "isLocked",
    "expense_categories": "id name priceInCents unit hasUnitPrice archived workspaceId",
    "invoices": "id number issuedDate dueDate status clientId clientName currency amount balance paid",
    "invoice_payments": "id amount author date note",
    "scheduling_assignments": "id workspaceId userId userName projectId projectName projectColor projectArchived "
    "projectBillable clientId clientName taskId taskName billable hoursPerDay startTime period note recurring published",
    "member_profiles": "email name imageUrl hasPassword hasPendingApprovalRequest workspaceNumber workCapacity workingDays "
    "weekStart userCustomFieldValues",
}
#: What is not declared, and why.
LEFT_OUT = {
    ("projects", "tasks"): "the stream tasks has them",
    **{
        ("time_entries", name): "only comes with hydrated=true, and has a stream of its own"
        for name in ("tags", "user", "task", "project", "kiosk")
    },
    ("holidays", "color"): "how a calendar is painted",
    ("time_off_policies", "hasExpiration"): "seen once, and described nowhere",
    ("expenses", "isLocked"): "the same as locked",
    ("scheduling_assignments", "recurring"): "seen once, and described nowhere",
    ("scheduling_assignments", "published"): "seen once, and described nowhere",
}
#: What is declared and documented nowhere, and why.
ADDED = {
    ("approval_requests", "id"): "out of approvalRequest, for a key",
    ("invoice_payments", "invoice_id"): "the invoice it was read for",
    ("member_profiles", "user_id"): "the person it was read for",
    ("member_profiles", "capacity_per_day"): "how the totals of scheduling spell it",
    ("time_off_policies", "icon"): "recorded answers have it",
    ("expenses", "project_id"): "the single record has it",
    ("expenses", "task_id"): "the single record has it",
    ("expenses", "category_id"): "the single record has it",
}


@pytest.mark.parametrize("name", OFFICIAL)
def test_every_documented_field_is_declared_or_left_out_on_purpose(name: str) -> None:
    declared = set(CONNECTORS[CLOCKIFY].stream(name).column_names)
    documented = set(OFFICIAL[name].split())
    left_out = {field for stream, field in LEFT_OUT if stream == name}
    added = {field for stream, field in ADDED if stream == name}
    assert left_out <= documented
    assert declared - added == {snake_case(field) for field in documented - left_out}


def test_every_decision_is_about_a_documented_stream() -> None:
    assert {stream for stream, _ in (*LEFT_OUT, *ADDED)} <= OFFICIAL.keys()
