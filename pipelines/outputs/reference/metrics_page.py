"""``metrics.md``: the metric tables, as their ``MetricTable`` defines them, and their settings."""

from __future__ import annotations

from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.column_lineage import column_lineage
from pipelines.metrics.model import MetricTable
from pipelines.metrics.settings_document import documented_toml
from pipelines.outputs.reference.markdown import code_list, link, page, table
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.raw_tables import stream_address

_SETTINGS = "Metric settings"

_INTRODUCTION = """\
One section per table. A table's definition is also the description of its asset and of the table in the warehouse.
"Now" is the moment of the run, or `PIPELINES_AS_OF`. A value that cannot be known is NULL; where a column
`..._reason` stands beside it, that column says why.

"Made of" names the columns of other tables that a column's values come from, as far as that was found out: they are in
its SQL, and emptying them was seen to change it."""

_ABOUT_SETTINGS = """\
A TOML file, named by `PIPELINES_SETTINGS`. Every key is optional. This file holds all defaults. A wrong or unknown
key stops the run with a sentence that names it. After a change, the tables that depend on the changed section are
computed again once the code location is reloaded, or by the next sync."""


def metrics_page() -> str:
    """The page's text."""
    blocks = [_INTRODUCTION]
    for family, tables in FAMILIES.items():
        rows = [(link(metric.name, metric.address), code_list(metric.grain)) for metric in tables]
        blocks += [f"## {family}", table(("table", "one row per"), rows)]
        for metric in tables:
            blocks += _metric(metric)
    toml = f"```toml\n{documented_toml().rstrip()}\n```"
    return page("Metrics", *blocks, f"## {_SETTINGS}", _ABOUT_SETTINGS, toml)


def _metric(metric: MetricTable) -> list[str]:
    facts = [
        f"* Grain: {code_list(metric.grain)}.",
        f"* Computed from: {', '.join(_input(address) for address in metric.inputs)}.",
    ]
    if metric.settings:
        sections = ", ".join(link(name, _SETTINGS) for name in metric.settings)
        facts.append(f"* Settings: {sections}.")
    lineage = column_lineage(metric.address)
    columns = [
        (
            f"`{column.name}`",
            column.type,
            column.description,
            code_list(lineage.get(column.name, ())),
        )
        for column in metric.columns
    ]
    return [
        f"### {metric.address}",
        metric.definition.strip(),
        "\n".join(facts),
        table(("column", "type", "meaning", "made of"), columns),
    ]


def _input(address: str) -> str:
    """A link to the section of a table; one beside a stream's own has none."""
    is_stream = address.partition(".")[0] in CONNECTORS
    heading = stream_address(address)
    return link(address, heading, "streams.md" if is_stream else "")
