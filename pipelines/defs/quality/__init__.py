"""Judgements on warehouse tables: keys, row counts, drift, sums and windows that must agree.

Here: pure functions of a connection or of plain numbers, each with the verdict's reasons as a record. They write
nothing. Not here: Dagster, which table is judged when and how severe it is (``defs.checks``), what metrics mean.
"""
