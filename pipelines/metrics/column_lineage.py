"""Which columns the columns of the metric tables are made of.

``column_lineage.json`` says it: by table address and column, the addresses of columns of its inputs. It is written
by ``make lineage`` from the SQL, and holds only what was also seen on data: emptying the one column changes the
other. What cannot be found out so is not in it, for example what passes through Python.
Not here: how it is found out (``pipelines_tests.support.column_lineage``), Dagster.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

PATH = Path(__file__).with_suffix(".json")

#: By column, the columns it is made of, each as ``schema.table.column``.
TableLineage = Mapping[str, tuple[str, ...]]


def column_lineage(address: str) -> TableLineage:
    """The lineage of the metric table at ``address``; empty where nothing is known."""
    return _all_tables().get(address, {})


@cache
def _all_tables() -> dict[str, TableLineage]:
    tables = json.loads(PATH.read_text(encoding="utf-8"))
    return {
        address: {column: tuple(sources) for column, sources in columns.items()}
        for address, columns in tables.items()
    }
