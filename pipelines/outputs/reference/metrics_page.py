"""The pages of the metric tables, as their ``MetricTable`` defines them: an index, a page per family, one of settings.

Here: ``metrics.md`` and the folder ``metrics`` but for the lineage (``lineage_page``).
"""

from __future__ import annotations

import inspect
from pathlib import Path

from pipelines.metrics.model import MetricTable
from pipelines.metrics.settings_document import documented_toml
from pipelines.outputs.reference.links import LINEAGE, SCHEMAS, SETTINGS, link_to_table
from pipelines.outputs.reference.markdown import code_list, first_sentence, item, page, table
from pipelines.project.folder import PROJECT

TITLES = {
    "delivery": "Delivery of another system",
    "project_management": "Delivery (Tracker)",
    "time_tracking": "Time and money (Clockify)",
    "effort": "Both together",
    "catalog": "Definitions as tables",
}

_INTRODUCTION = """\
What is computed from the [streams](streams.md), a page per family. A table's definition is also the description of its asset
and of the table in the warehouse. It begins with a plain sentence, then says how the values are computed, then names the
file with the SQL."""

_HOW_TO_READ = f"""\
"Now" is the moment of the run, or `PIPELINES_AS_OF`. A value that cannot be known is NULL; where a column
`..._reason` stands beside it, that column says why.

* [Lineage]({LINEAGE}): which columns of other tables a column's values come from.
* [Metric settings]({SETTINGS}): what a team may decide about the definitions, with all defaults.
* [Charts](charts.md): how to read them."""

_ABOUT_SETTINGS = """\
A TOML file, named by `PIPELINES_SETTINGS`. Every key is optional. This file holds all defaults. A wrong or unknown
key stops the run with a sentence that names it. After a change, the tables that depend on the changed section are
computed again once the code location is reloaded, or by the next sync."""


def metrics_page() -> str:
    """The index."""
    blocks = [_INTRODUCTION, _HOW_TO_READ]
    for schema, title in TITLES.items():
        listed = [
            item(
                f"{link_to_table(metric.address, metric.name)}: {first_sentence(metric.definition)}"
            )
            for metric in SCHEMAS[schema]
        ]
        blocks += [f"## {title}: `{schema}`", "\n".join(listed)]
    return page("Metrics", *blocks)


def family_page(schema: str) -> str:
    """The definitions of one schema's tables."""
    blocks = ["How to read these definitions: [metrics](../metrics.md)."]
    for metric in SCHEMAS[schema]:
        blocks += _metric(metric)
    return page(TITLES[schema], *blocks)


def metric_settings_page() -> str:
    """The file of metric settings, with every default."""
    return page("Metric settings", _ABOUT_SETTINGS, f"```toml\n{documented_toml().rstrip()}\n```")


def _metric(metric: MetricTable) -> list[str]:
    columns = [(f"`{column.name}`", column.type, column.description) for column in metric.columns]
    return [
        f"## {metric.address}",
        metric.definition.strip(),
        "\n".join(map(item, _facts(metric))),
        table(("column", "type", "meaning"), columns),
    ]


def _facts(metric: MetricTable) -> list[str]:
    inputs = ", ".join(link_to_table(address, folder="metrics") for address in metric.inputs)
    source = Path(inspect.getfile(metric.compute)).relative_to(PROJECT).as_posix()
    facts = [
        f"Grain: {code_list(metric.grain)}.",
        f"Computed from: {inputs or 'what the settings name'}.",
        f"SQL: [`{source}`](../../{source}).",
        f"{link_to_table(metric.address, 'Made of', page=LINEAGE, folder='metrics')}: the columns behind each column.",
    ]
    if metric.settings:
        sections = ", ".join(f"`[{name}]`" for name in metric.settings)
        facts.insert(2, f"Settings: {sections} of the [metric settings](settings.md).")
    return facts
