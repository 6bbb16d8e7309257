"""``streams.md``: the raw tables, as the manifests declare them."""

from __future__ import annotations

from pipelines.outputs.reference.markdown import code_list, link, page, table
from pipelines.pyairbyte.props import AirbyteStreamProps, Connector, StreamColumn, StreamScope
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.raw_tables import LAST_SEEN, OWN_COLUMNS, VALIDITY

_TITLES = {"pivotal_tracker": "Pivotal Tracker", "clockify": "Clockify"}

_INTRODUCTION = """\
One section per stream. A stream is a table of the warehouse and an asset of the graph: `clockify.tags` is the asset
`clockify/tags`. The columns are those of the API, with names in snake_case. Keys inside JSON values stay as the API
spells them: `time_interval->>'start'`. Instants are `TIMESTAMPTZ`, read as UTC."""

_MODES = """\
| published as | what a read does to the table |
| --- | --- |
| snapshot | The whole list is read, and the table becomes what the list says. |
| incremental | What changed since the last read is merged by primary key. A read from scratch compares ids as well. |
| daily window | Partitions are UTC days. What the days held is replaced by what the source says now. |
| daily log | Partitions are UTC days. Rows are added and never removed. |"""

_HISTORY = """\
Rows that vanish at the source move to `<stream>_deleted`, with the columns of the table and `_last_seen_at`. When a
declared column of a snapshot's row changes, the version before goes to `<stream>_history`, with the columns of the table,
`_valid_from` and `_valid_to`. The version in the table is valid from `_extracted_at` on. A row that comes back begins a
new version; the one before ended when the row was last seen. Records that cannot be placed, because they lack a usable key
or the instant of their day, are kept in `<stream>_unreadable` with the reason, their text and what is known of them.

These columns are in every table:"""

_OPTIONAL = "A plan or host may lack it. Then the table is empty and the run logs a warning."

_MODE_NAMES = {
    "snapshot": "snapshot",
    "incremental": "incremental",
    "daily_window": "daily window",
    "daily_log": "daily log",
}


def streams_page() -> str:
    """The page's text."""
    blocks = [
        _INTRODUCTION,
        _MODES,
        _HISTORY,
        _columns([*OWN_COLUMNS, LAST_SEEN, *VALIDITY]),
    ]
    for connector in CONNECTORS.values():
        blocks += _source(connector)
    return page("Streams", *blocks)


def _source(connector: Connector) -> list[str]:
    rows = [
        (
            link(props.name, _address(props)),
            _MODE_NAMES[props.publish],
            "may be missing" if props.optional else "",
        )
        for props in connector.streams
    ]
    blocks = [f"## {_TITLES[connector.namespace]}", table(("stream", "published as", "note"), rows)]
    for props in connector.streams:
        blocks += _stream(props)
    return blocks


def _stream(props: AirbyteStreamProps) -> list[str]:
    facts = [
        f"* Published as: {_MODE_NAMES[props.publish]}{_how(props)}.",
        f"* Primary key: {code_list(props.primary_key)}.",
    ]
    if props.scope:
        facts.append(_scope(props, props.scope))
    if props.replace_by:
        facts.append(f"* All rows of one `{props.replace_by}` are replaced together.")
    if props.once_a_day:
        facts.append(
            "* Read once a day: a sync leaves it out when it was read on the same UTC day."
        )
    if props.optional:
        facts.append(f"* {_OPTIONAL}")
    return [f"### {_address(props)}", props.description, "\n".join(facts), _columns(props.columns)]


def _scope(props: AirbyteStreamProps, scope: StreamScope) -> str:
    facts = [f"* Read per row of {link(scope.stream, f'{props.namespace}.{scope.stream}')}"]
    if scope.version:
        versions = " and ".join(f"`{name}`" for name in scope.version)
        facts.append(f"one whose {versions} did not move is not read again")
    if props.is_daily:
        facts.append("rows of one that the source no longer lists are kept")
    return "; ".join(facts) + "."


def _how(props: AirbyteStreamProps) -> str:
    if props.cursor:
        return f", by `{props.cursor}`"
    return f" of `{props.day}`" if props.day else ""


def _columns(columns: tuple[StreamColumn, ...] | list[StreamColumn]) -> str:
    rows = [(f"`{column.name}`", column.type, column.description) for column in columns]
    return table(("column", "type", "meaning"), rows)


def _address(props: AirbyteStreamProps) -> str:
    return f"{props.namespace}.{props.name}"
