"""A small warehouse to deliver: one table with a column of every type and its oddest values, one without rows."""

from __future__ import annotations

from pathlib import Path

from pipelines.warehouse.connection import Warehouse

ODD = "clockify.tags"
EMPTY = "clockify.tags_deleted"
METRIC = "time_tracking.time_daily"
#: Of no interest to anybody else, or of somebody else.
INNER = ("_pipelines.streams", "theirs.story_facts")

_COLUMNS = {
    "id": "VARCHAR",
    "document": "JSON",
    "ids": "BIGINT[]",
    "names": "VARCHAR[]",
    "at": "TIMESTAMPTZ",
    "day": "DATE",
    "amount": "DECIMAL(18,4)",
    "rate": "DECIMAL(28,10)",
    "number": "BIGINT",
    "order": "INTEGER",
    "share": "DOUBLE",
    "is_done": "BOOLEAN",
    "_extra": "JSON",
}
#: Ids that are numbers to a loader that guesses, text that stands for NULL elsewhere, quotes and line breaks.
_ODD_ROWS = r"""
    ('5e1000000000000000000000', '{"b": 1.10, "a": 12345678901234567890.5, "b2": null}', [9007199254740993, NULL],
     ['007', '', NULL], '2026-03-02 23:59:59.999999+00', DATE '1969-12-31', 99999999999999.9999, -0.0000000001,
     9223372036854775807, -2147483648, 0.1, true, 'null'),
    ('007', '[]', [], [], '1970-01-01 00:00:00+00', DATE '2026-02-28', -0.0001, 123456789012345678.0123456789,
     -9223372036854775808, 2147483647, 1e308, false, '"text"'),
    ('\N', '{"it''s": "a \"quote\"\nand é 😀"}', NULL, ['a,b', 'c"d'], '2026-11-01 06:30:00.000001+00', NULL, 0, 0, 0, 0,
     -0.0, NULL, NULL),
    ('', NULL, [1], NULL, NULL, DATE '9999-12-31', NULL, NULL, NULL, NULL, NULL, true, '{}'),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
"""


def fill(warehouse: Warehouse) -> None:
    """Make the tables."""
    columns = ", ".join(f'"{name}" {kind}' for name, kind in _COLUMNS.items())
    with warehouse.connect() as connection:
        for schema in ("clockify", "time_tracking", "_pipelines", "theirs"):
            connection.execute(f"CREATE SCHEMA {schema}")
        for table in (ODD, EMPTY):
            connection.execute(f"CREATE TABLE {table} ({columns})")
        connection.execute(f"INSERT INTO {ODD} VALUES {_ODD_ROWS}")
        for table in (METRIC, *INNER):
            connection.execute(
                f"CREATE TABLE {table} AS SELECT DATE '2026-03-02' AS day, 7.5 AS hours"
            )


def duckdb_file(folder: Path) -> Warehouse:
    """A new warehouse with these tables."""
    warehouse = Warehouse(str(folder / "warehouse.duckdb"), lock_timeout=120)
    fill(warehouse)
    return warehouse
