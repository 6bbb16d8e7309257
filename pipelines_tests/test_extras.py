"""Parts that need packages of their own: what is said, and what goes on, where these are not installed."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.cli.serve_mcp import serve_mcp
from pipelines.defs.settings import load_settings
from pipelines.metrics import up_to_date
from pipelines.outputs.alerts.send import NotifyError, send
from pipelines.outputs.mirror.address import mirror_at
from pipelines.outputs.mirror.errors import MirrorError
from pipelines.project.environment import SettingsError
from pipelines.project.folder import PROJECT
from pipelines.warehouse.backends import extensions
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.errors import WarehouseError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DECLARED: dict[str, list[str]] = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))[
    "project"
]["optional-dependencies"]
#: A loader for code that is not in its package: neither locked nor installed by `make`.
NOT_LOCKED = {"motherduck"}


def deliver(address: str) -> None:
    with mirror_at(address, {"SNOWFLAKE_PASSWORD": "p"}).open():
        pytest.fail("it was opened")


@pytest.mark.parametrize(
    ("extra", "package", "part", "error", "setting"),
    [
        ("messages", "apprise", lambda: send(["json://h"], "t", "m"), NotifyError, "PIPELINES_NOTIFY"),
        ("mcp", "mcp", lambda: serve_mcp(load_settings({}), None), SettingsError, "pipelines mcp"),
        ("snowflake", "snowflake.connector", lambda: deliver("snowflake://a@b/c"), MirrorError, "PIPELINES_MIRROR"),
        ("bigquery", "google.cloud.bigquery", lambda: deliver("bigquery://a/b"), MirrorError, "PIPELINES_MIRROR"),
    ],
)  # fmt: skip
def test_a_missing_package_is_one_sentence_that_says_how_to_install_it(
    extra: str,
    package: str,
    part: Callable[[], Any],
    error: type[Exception],
    setting: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(error) as raised:
        part()
    said = str(raised.value)
    assert setting in said
    assert f"pip install '.[{extra}]'" in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("extension", "extra"),
    [("ducklake", "lake"), ("httpfs", "lake"), ("postgres_scanner", "postgres")],
)
def test_a_missing_extension_of_a_warehouse_is_one_sentence(
    extension: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extensions, "extension_file", lambda _: None)
    with pytest.raises(WarehouseError, match=re.escape(f"pip install '.[{extra}]'")) as raised:
        extensions.load_extension(duckdb.connect(), extension)
    assert "PIPELINES_WAREHOUSE" in str(raised.value)
    (package,) = [each for each in DECLARED[extra] if extension.replace("_", "-") in each]
    assert package in str(raised.value)


def test_a_lake_without_its_extension_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extensions, "extension_file", lambda _: None)
    with (
        pytest.raises(WarehouseError, match="duckdb-extension-ducklake"),
        Warehouse(f"ducklake:{tmp_path}/lake.ducklake").connect(),
    ):
        pytest.fail("it was opened")
    assert not list(tmp_path.glob("lake*"))


def test_every_extra_that_is_named_is_declared_and_locked() -> None:
    named = {
        extra
        for file in (PROJECT / "pipelines").rglob("*.py")
        for extra in re.findall(
            r"(?:needing\(|how_to_install\()['\"](\w+)['\"]", file.read_text("utf-8")
        )
    }
    assert named | {"lake", "postgres", "deploy"} == set(DECLARED)
    makefile = (PROJECT / "Makefile").read_text("utf-8")
    (locked,) = re.findall(r"^EXTRAS := (.*)$", makefile, re.MULTILINE)
    assert set(locked.split()) == set(DECLARED) - NOT_LOCKED
    dockerfile = (PROJECT / "deploy" / "Dockerfile").read_text("utf-8")
    assert set(re.findall(r"--extra (\w+)", dockerfile)) == set(DECLARED) - NOT_LOCKED


def test_a_package_that_is_not_there_is_an_engine_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was computed without it is computed anew when it comes."""
    there = up_to_date._engines()
    up_to_date._engines.cache_clear()
    monkeypatch.setattr(up_to_date, "version", missing_version)
    assert up_to_date._engines() != there
    up_to_date._engines.cache_clear()


def missing_version(package: str) -> str:
    if package == "wordllama":
        raise PackageNotFoundError(package)
    return version(package)
