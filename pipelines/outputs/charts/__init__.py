"""Charts: what a person looks at. Pictures of metric tables, the report made of them, and the exported tables.

Here: one small file per chart family, listed in ``catalog``; their common look (``theme``), their common building
blocks (``parts``), and turning them into specifications and pictures (``render``); the report (``report``).
Not here: how a number is defined or computed (``pipelines.metrics``), Dagster, opening the warehouse, the network.
A chart selects, groups and draws what metric tables say; it never recomputes a metric.
"""
