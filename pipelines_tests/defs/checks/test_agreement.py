"""Agreement in real runs: an injected discrepancy makes its check fail."""

from __future__ import annotations

import dagster as dg
import pytest

from pipelines_tests.defs.checks.support import edit, evaluations, run_checks
from pipelines_tests.support.project import Project, failure_of

SUMS = ("effort/reconciliation", "sums_agree")
ITERATIONS = ("project_management/iterations", "api_and_settings_agree")


#: What the sums are made of.
SUMMED = (
    "clockify/time_entries",
    "pivotal_tracker/projects",
    "pivotal_tracker/stories",
    "pivotal_tracker/iterations",
    "project_management/iterations",
    "project_management/story_states",
    "project_management/story_facts",
    "project_management/iteration_metrics",
    "time_tracking/time_entry_facts",
    "time_tracking/time_entry_days",
    "time_tracking/history_coverage",
    "time_tracking/expense_facts",
    "time_tracking/project_finance",
    "effort/story_references",
    "effort/time_story_links",
    "clockify/users",
    "pivotal_tracker/project_memberships",
    "effort/people",
    "effort/story_vectors",
    "effort/link_suggestions",
    "effort/link_coverage",
)

DISCREPANCIES = {
    "DELETE FROM time_tracking.time_entry_days WHERE local_date = '2026-03-03'": (
        "hours_of_entries_and_days: 6 against 4, different keys: 1."
    ),
    "UPDATE time_tracking.project_finance SET hours = hours + 1": (
        "hours_of_entries_and_finance: 6 against 7, different keys: 1."
    ),
    "UPDATE effort.link_coverage SET unlinked_hours = 2.5 WHERE unlinked_hours > 0": (
        "hours_of_entries_and_links: 6 against 2.5, different keys: 1."
    ),
    "UPDATE project_management.iteration_metrics SET points = 5 WHERE points = 3": (
        "points_of_iterations_and_tracker: 5 against 3, different keys: 1. "
        "points_of_stories_and_iterations: 3 against 5, different keys: 1."
    ),
}


@pytest.mark.slow
def test_sums_that_do_not_agree_fail_naming_the_check_and_both_values(project: Project) -> None:
    first = project.materialize(*SUMMED, SUMS[0])
    assert first.success, failure_of(first)
    assert evaluations(first)[SUMS].passed
    assert len(project.keys("effort.reconciliation WHERE right_value > 0", "check_name")) == 7

    for discrepancy in DISCREPANCIES:
        edit(project, discrepancy)
    result = project.materialize(SUMS[0])
    found = evaluations(result)[SUMS]
    assert not found.passed
    assert found.severity == dg.AssetCheckSeverity.ERROR
    assert found.description == " ".join(DISCREPANCIES.values())
    assert found.metadata["failed"].value == 5
    assert found.metadata["hours_of_entries_and_days (left)"].value == 6.0
    assert found.metadata["hours_of_entries_and_days (right)"].value == 4.0
    assert result.success


def test_iterations_of_the_api_that_differ_from_the_settings_fail(project: Project) -> None:
    project.materialize(
        "pivotal_tracker/projects", "pivotal_tracker/iterations", "project_management/iterations"
    )
    agreeing = evaluations(run_checks(project, ITERATIONS[0]))[ITERATIONS]
    assert agreeing.passed
    known = agreeing.metadata["known_from_both"].value
    assert isinstance(known, int)
    assert known > 3

    edit(
        project,
        "UPDATE pivotal_tracker.iterations SET finish = finish + INTERVAL 1 DAY WHERE number = 3",
    )
    found = evaluations(run_checks(project, ITERATIONS[0]))[ITERATIONS]
    assert not found.passed
    assert found.severity == dg.AssetCheckSeverity.ERROR
    assert found.metadata["differing"].value == 1
    assert found.description == (
        f"1 of {known} iterations differ: project 101, iteration 3: 2026-01-19 00:00 to 2026-01-27 00:00 "
        "from the API, 2026-01-19 00:00 to 2026-01-26 00:00 from the settings."
    )
