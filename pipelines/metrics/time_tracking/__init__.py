"""Time tracking: what was logged in Clockify, by entry, day, week, project, client and tag.

Here: the tables of the schema ``time_tracking``, one file per family, listed in ``tables.py``; the few SQL
helpers they share (``query``, ``local_days``, ``money``, ``durations``, ``ever_known``, ``person_days``).
Not here: stories and what time on them costs (``effort``), settings, Dagster.
"""
