"""Metrics: pure functions from warehouse tables to metric tables.

Here: what each metric means, its columns, and the SQL or pandas that computes it from raw tables, the moment
that counts as now, and the settings. One package per schema of the warehouse, one file per metric family.
Not here: Dagster, the network, the environment, opening or writing the warehouse, charts.
"""
