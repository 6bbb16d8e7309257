"""The parameter ``fields``, and the fields that Tracker sends only when it names them.

Here: names and their syntax. Not here: records.
"""

from __future__ import annotations

import re

from pipelines.sources.pivotal_tracker.v5 import errors

#: Names asked for, each with the names asked for inside; ``:default`` stands for the default set.
Fields = dict[str, "Fields"]

DEFAULT = ":default"
WHOLE: Fields = {DEFAULT: {}}

EXCLUDED: dict[str, frozenset[str]] = {
    kind: frozenset(names.split())
    for kind, names in {
        "project": "status current_velocity current_volatility current_standard_deviation"
        " shown_iterations_start_time story_ids epic_ids membership_ids label_ids integration_ids"
        " review_type_ids story_template_ids iteration_override_numbers join_as"
        " scm_type_host_url_mapping epics labels account memberships",
        "story": "tasks comments blockers reviews transitions cycle_time_details owners followers"
        " follower_ids before_id after_id label_ids task_ids comment_ids blocker_ids review_ids"
        " pull_requests branches cicd_event_ids blocked_story_ids projected_completion"
        " points_accepted points_total counts_accepted counts_total",
        "release": "story_ids projected_completion projected_completion_interval points_accepted"
        " points_total counts_accepted counts_total",
        "label": "counts",
        "epic": "label_id comment_ids comments follower_ids pull_request_ids branch_ids before_id"
        " after_id completed_at projected_completion past_done_stories_count"
        " past_done_stories_no_point_count past_done_story_estimates",
        "iteration": "velocity points accepted_points effective_points accepted created analytics"
        " story_ids",
        "review": "review_type",
        "comment": "file_attachments google_attachments attachment_ids reactions",
    }.items()
}


def parse_fields(text: str) -> Fields:
    """The tree of ``:default,labels(name)``; 400 for unbalanced parentheses or an empty name."""
    root: Fields = {}
    open_levels = [root]
    last: Fields | None = None
    for token in re.findall(r"[(),]|[^(),]+", text):
        if token == "(" and last is not None:
            open_levels.append(last)
            last = None
        elif token == ")" and len(open_levels) > 1:
            last = None
            open_levels.pop()
        elif token == ",":
            last = None
        elif re.fullmatch(r":default|[a-z_]+", token.strip()):
            last = open_levels[-1].setdefault(token.strip(), {})
        else:
            raise errors.invalid_parameter(f"fields cannot be read near '{token}'", "fields")
    if len(open_levels) > 1:
        raise errors.invalid_parameter("fields has an open parenthesis", "fields")
    return root
