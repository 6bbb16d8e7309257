"""Effort: what stories, points, labels, epics and releases cost in logged time, from both sources together.

Here: tables that need Clockify's entries *and* Tracker's stories, and the checks that tie all tables together.
Not here: what one source alone can answer (``time_tracking``, ``project_management``).
The way of the data: ``story_references`` (what entries say) -> ``time_story_links`` (which story gets which
share) -> everything else, by summing links.
"""
