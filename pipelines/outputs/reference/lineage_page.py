"""``metrics/lineage.md``: which columns of other tables the columns of the metric tables are made of."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.metrics.column_lineage import column_lineage
from pipelines.metrics.model import MetricTable
from pipelines.outputs.reference.links import SCHEMAS, link_to_table
from pipelines.outputs.reference.markdown import item, page

_INTRODUCTION = """\
What the columns of the [metrics](../metrics.md) are made of, as far as that was found out: the columns named are in the SQL of
the table, and emptying them was seen to change its column. What passes through Python may be missing. A column without a line
is made of nothing else, or nothing was found."""


def lineage_page() -> str:
    """The page's text."""
    blocks = [_INTRODUCTION]
    for tables in SCHEMAS.values():
        for metric in tables:
            blocks += _metric(metric)
    return page("Lineage", *blocks)


def _metric(metric: MetricTable) -> list[str]:
    lines = list(_lines(metric))
    definition = f"Defined in {link_to_table(metric.address, folder='metrics')}."
    return [f"## {metric.address}", definition, "\n".join(lines) or "Nothing was found."]


def _lines(metric: MetricTable) -> Iterator[str]:
    lineage = column_lineage(metric.address)
    for column in metric.columns:
        sources = lineage.get(column.name, ())
        if sources:
            named = ", ".join(f"`{source}`" for source in sources)
            yield item(f"`{column.name}`: {named}")
