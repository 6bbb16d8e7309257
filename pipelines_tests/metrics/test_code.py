"""What counts as the code of a table."""

from __future__ import annotations

import pytest

from pipelines.metrics import code
from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.time_tracking.tables import TABLES

ALL = [table for tables in FAMILIES.values() for table in tables]


def modules(name: str) -> frozenset[str]:
    table = next(table for table in ALL if table.name == name)
    return code._behind(code._module_of(table))


def test_the_module_and_what_it_imports_through_others() -> None:
    found = modules("time_entry_facts")
    family = "pipelines.metrics.time_tracking"
    assert {f"{family}.time_entry_facts", f"{family}.intervals", f"{family}.durations"} <= found
    assert f"{family}.overtime_account" not in found


def test_no_table_is_without_its_own_module() -> None:
    for table in ALL:
        assert table.compute.__module__ in modules(table.name), table.address


def test_a_change_of_a_module_changes_the_tables_that_use_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = {table.name: code.code_of(table) for table in TABLES}
    source = code._source
    monkeypatch.setattr(
        code,
        "_source",
        lambda module: ("other", ()) if module.endswith(".overtime_account") else source(module),
    )
    after = {table.name: code.code_of(table) for table in TABLES}
    assert {name for name in before if before[name] != after[name]} == {"overtime_account"}


def test_names_in_parentheses_and_imports_inside_functions_count() -> None:
    text = (
        "from pipelines.metrics.time_tracking import (\n    money,\n    rates,\n)\n"
        "def f():\n    from pipelines.metrics.units import adds\n    import pipelines.metrics.headlines\n"
    )
    assert set(code._imported(text)) == {
        "pipelines.metrics.time_tracking",
        "pipelines.metrics.time_tracking.money",
        "pipelines.metrics.time_tracking.rates",
        "pipelines.metrics.units",
        "pipelines.metrics.headlines",
    }
