"""Whatever the package uses of libraries' private names has a contract: found in its code, not by memory."""

from __future__ import annotations

import ast

import pytest
from requests import Response

from pipelines.project.folder import PROJECT
from pipelines_tests.defs.test_dagster_private import USES as DAGSTER
from pipelines_tests.pyairbyte.test_private_names import USES as AIRBYTE
from pipelines_tests.support.private_names import Use

REQUESTS = [Use(Response, "_content", "project/requests_private.py")]
CONTRACTS = {use.name for use in (*DAGSTER, *AIRBYTE, *REQUESTS)}
#: Of Python itself, which documents them.
PYTHON = {"_asdict", "_base_executable", "_exit", "_fields", "_replace"}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def own_names(tree: ast.Module) -> set[str]:
    """Functions, methods, fields and attributes that the module makes itself."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
                names.add(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def strangers(code: str) -> set[str]:
    """Private attributes that the code reads or writes and does not make."""
    tree = ast.parse(code)
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return {name for name in used if is_private(name)} - own_names(tree) - PYTHON


MODULES = sorted((PROJECT / "pipelines").rglob("*.py"))


def test_what_is_private_in_a_library_has_a_contract() -> None:
    own = set[str]().union(*(own_names(ast.parse(path.read_text("utf-8"))) for path in MODULES))
    found = {
        f"{path.relative_to(PROJECT)}: {name}"
        for path in MODULES
        for name in strangers(path.read_text("utf-8")) - own
        if name not in CONTRACTS
    }
    assert not found, "give each a Use in the contracts, with the reason beside it in the code"


def test_a_private_name_is_found() -> None:
    assert strangers(
        "class Mine(Theirs):\n    def own(self):\n        self._theirs = self._other"
    ) == {"_other"}
    assert strangers("response._content = b''") == {"_content"}


@pytest.mark.parametrize("use", REQUESTS, ids=str)
def test_requests_is_as_it_was(use: Use) -> None:
    use.hold()
