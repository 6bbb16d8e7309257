"""Questions about what belongs together: time and stories, people of both sources, totals of different tables."""

from __future__ import annotations

from pipelines.outputs.report.people_sql import PEOPLE, person_name
from pipelines.outputs.report.periods import FULL_WEEKS
from pipelines.outputs.report.questions.model import question


def _of_links(value: str) -> str:
    """Hours of the last four full weeks by person."""
    return f"""
WITH{FULL_WEEKS},{PEOPLE}
SELECT {person_name("any_value(person)")} AS name, sum({value}) AS amount
FROM effort.link_coverage
JOIN weeks USING (week_start)
LEFT JOIN people USING (user_id)
WHERE place <= 4
GROUP BY user_id
"""


LINK_QUESTIONS = (
    question(
        "failed_reconciliation",
        "Totals that disagree between tables",
        "effort.reconciliation",
        found="""
SELECT replace(check_name, '_', ' ') AS name, 1 AS amount, examples AS note
FROM effort.reconciliation
WHERE NOT ok
""",
        action="Trust no figure that depends on them: look at effort.reconciliation, whose rows name the tables and the "
        "first keys that differ, and read the sources again for the days concerned.",
        period="all time",
        detail="""
SELECT string_agg(check_name || coalesce(' (' || examples || ')', ''), '; ' ORDER BY check_name)
FROM effort.reconciliation
WHERE NOT ok
""",
    ),
    question(
        "unlinked_hours",
        "Hours not linked to any story",
        "effort.link_coverage",
        "time_tracking.utilization_weekly",
        "effort.people",
        found=_of_links("unlinked_hours - unmatched_reference_hours"),
        action="Write the story into the description of the entry, for example #123456789; cost per story, point and "
        "epic sees only linked time.",
        kind="hours",
        period="last 4 full weeks",
    ),
    question(
        "unmatched_reference_hours",
        "Hours linked to a story id that does not exist",
        "effort.link_coverage",
        "time_tracking.utilization_weekly",
        "effort.people",
        found=_of_links("unmatched_reference_hours"),
        action="Look for mistyped ids in effort.story_references, or for a Tracker project that is not read.",
        kind="hours",
        period="last 4 full weeks",
    ),
    question(
        "unmatched_people",
        "People found in only one of Tracker and Clockify",
        "effort.people",
        found="""
SELECT
    coalesce(name, clockify_email, tracker_email, person_key) AS name,
    1 AS amount,
    CASE WHEN clockify_user_id IS NULL THEN 'only in Tracker' ELSE 'only in Clockify' END
        || coalesce(': ' || coalesce(clockify_email, tracker_email), '') AS note
FROM effort.people
WHERE match = 'unmatched'
""",
        worst="name",
        action="If they are the same person, map them under [people] in the metric settings: Clockify email = Tracker "
        "email.",
        period="now",
    ),
)
