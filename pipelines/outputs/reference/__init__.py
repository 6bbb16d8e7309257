"""The reference pages of ``docs/`` that are written from the code, so that they cannot drift from it.

Here: one module per page, and the Markdown they share. Not here: what the pages say; a stream is described in its
manifest, a metric in its ``MetricTable``, a metric setting in ``metrics.settings``. Nothing here imports Dagster.
"""
