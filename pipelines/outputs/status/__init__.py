"""How the streams are doing: what Dagster's history says of each one's last read, and of its failures in the last seven days.

Here: the facts (``streams``; of one run, ``runs``), as a table for a terminal (``table``) and as OpenMetrics for a monitoring system
(``openmetrics``). Nothing is recorded for it: a read's numbers are its materialization's metadata. Not here: who asks
(``cli``, ``defs.automation.metrics_file``).
"""
