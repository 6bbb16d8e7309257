"""Reading an input that a table does without where it cannot be read.

Here: what a statement reads then. Not here: which inputs cannot be read (``left_out``), what becomes of the columns, which are
NULL because nobody knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.metrics.model import MetricRun, MetricTable


def if_readable(table: MetricTable, run: MetricRun) -> str:
    """SQL to read ``table`` by: its address, or no rows of its columns where the run leaves it out."""
    if table.address not in run.left_out:
        return table.address
    columns = ", ".join(f"NULL::{column.type} AS {column.name}" for column in table.columns)
    return f"(SELECT {columns} WHERE false)"
