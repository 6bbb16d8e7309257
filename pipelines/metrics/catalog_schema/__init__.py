"""The schema ``catalog``: the definitions as tables, so that whoever has the numbers has their meaning beside them.

Here: what is said of each raw and each metric table, its columns, and which tables can be joined how.
Not here: the definitions themselves, which stay where they are (``MetricTable``, the manifests).
"""
