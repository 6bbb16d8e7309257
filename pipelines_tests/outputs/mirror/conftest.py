"""Mirrors of each kind, empty."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from pipelines_tests.outputs.mirror.targets import (
    BigQueryTarget,
    MotherDuckTarget,
    SnowflakeTarget,
    Target,
)
from pipelines_tests.support.bigquery_server import running_bigquery
from pipelines_tests.support.snowflake_server import SnowflakeServer, running_snowflake

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def snowflake_server() -> Iterator[tuple[SnowflakeServer, str]]:
    with running_snowflake() as server:
        yield server


@pytest.fixture
def snowflake(snowflake_server: tuple[SnowflakeServer, str]) -> SnowflakeTarget:
    return SnowflakeTarget(*snowflake_server, database=f"NUMBERS{next(_NUMBERS)}")


@pytest.fixture
def bigquery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BigQueryTarget]:
    with running_bigquery() as (server, url):
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", url)
        yield BigQueryTarget(server, server.key_file(tmp_path, url))


@pytest.fixture
def motherduck(tmp_path: Path) -> MotherDuckTarget:
    return MotherDuckTarget(tmp_path / "motherduck.duckdb")


@pytest.fixture(params=["snowflake", "bigquery", "motherduck"])
def target(request: pytest.FixtureRequest) -> Target:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Target)
    return found
