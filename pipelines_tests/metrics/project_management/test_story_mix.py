"""The mix of work in iterations."""

from __future__ import annotations

from pipelines_tests.metrics.project_management.support import add_story, computed, warehouse


def test_shares_are_of_the_accepted_stories() -> None:
    """Week 1: three features (2 + 3 + no points) and a bug accepted, a chore and a release created: 75 % and 25 %.

    Week 2: nothing accepted, so no share.
    """
    con = warehouse()
    for story_id, estimate in enumerate([2, 3, None]):
        add_story(
            con,
            story_id,
            ("started", "2026-01-05 00:00"),
            ("accepted", "2026-01-06 00:00"),
            estimate=estimate,
        )
    add_story(
        con, 4, ("started", "2026-01-05 00:00"), ("accepted", "2026-01-06 00:00"), story_type="bug"
    )
    add_story(con, 5, ("unstarted", "2026-01-06 00:00"), story_type="chore")
    add_story(con, 6, ("unstarted", "2026-01-06 00:00"), story_type="release")
    columns = "iteration_number, story_type, accepted, points, created, share_pct"
    assert computed(con, "story_mix", columns, as_of="2026-01-13 00:00") == [
        (1, "bug", 1, 0.0, 1, 25.0),
        (1, "chore", 0, 0.0, 1, 0.0),
        (1, "feature", 3, 5.0, 3, 75.0),
        (2, "bug", 0, 0.0, 0, None),
        (2, "chore", 0, 0.0, 0, None),
        (2, "feature", 0, 0.0, 0, None),
    ]
