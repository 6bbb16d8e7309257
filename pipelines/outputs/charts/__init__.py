"""Charts: pictures of metric tables, and the exported tables.

Here: one small file per chart family, listed in ``catalog``; their common look (``theme``), their common building
blocks (``parts``), turning them into specifications and pictures (``render``), and the exports.
Not here: how a number is defined or computed (``metrics``), the page that shows them (``outputs.report``), Dagster, opening the warehouse, the network.
A chart selects, groups and draws what metric tables say; it never recomputes a metric.
"""
