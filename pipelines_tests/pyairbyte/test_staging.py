"""One read into a staging file: what it takes, what it says no to, and what is left when it is over."""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.pyairbyte.cache import SpoolWriter, StagingCache
from pipelines.pyairbyte.manifest import ManifestConnector
from pipelines.pyairbyte.request import ReadRequest
from pipelines.pyairbyte.staging import (
    ConnectionRefused,
    StagingFailed,
    UndeclaredStreams,
    staged_read,
)
from pipelines_tests.support.json_server import JsonServer
from pipelines_tests.support.shop import shop_connector

ITEMS = [{"id": 1, "name": "one", "createdAt": "2026-03-01T10:00:00Z"}, {"id": 2, "name": None}]
ORDERS = [{"id": 7, "updated_at": "2026-02-01T00:00:00Z"}]
SECRET = "hush-hush-31415"


@pytest.fixture
def shop() -> Iterator[JsonServer]:
    with JsonServer({"/items": ITEMS, "/orders": ORDERS}) as server:
        yield server


def request(
    connector: ManifestConnector, shop: JsonServer, states: dict[str, dict[str, Any]] | None = None
) -> ReadRequest:
    config = {"api_url": shop.url, "key": SECRET}
    return ReadRequest(connector, config, connector.streams, states or {})


def test_a_read_is_a_file_of_conformed_rows_with_its_state(
    tmp_path: Path, shop: JsonServer
) -> None:
    asked = request(shop_connector(tmp_path), shop)
    with staged_read(asked, tmp_path / "staging") as read:
        items, orders = read.complete()
        assert (read.errors, read.deferred, read.pause) == ({}, [], None)
        assert (items.records, items.requests, items.full, items.state) == (2, 2, True, None)
        assert orders.state == {"updated_at": "2026-02-01T00:00:00Z"}
        with duckdb.connect(str(items.database), read_only=True) as connection:
            rows = connection.execute(
                f"SELECT id, name, createdAt FROM {items.table} ORDER BY id"
            ).fetchall()
        assert rows == [(1, "one", "2026-03-01T10:00:00Z"), (2, None, None)]
        assert list(read.to_pandas("items")["id"]) == [1, 2]
        folder = items.database.parent
    assert not folder.exists()


def test_a_saved_state_is_where_the_next_read_begins(tmp_path: Path, shop: JsonServer) -> None:
    state = {"orders": {"updated_at": "2026-02-01T00:00:00Z"}}
    with staged_read(request(shop_connector(tmp_path), shop, state), tmp_path / "staging") as read:
        _, orders = read.complete()
        assert not orders.full
    assert [path for path in shop.asked if "orders" in path] == [
        "/orders?since=2026-02-01T00%3A00%3A00Z"
    ]


def test_one_stream_that_fails_leaves_the_others(tmp_path: Path, shop: JsonServer) -> None:
    del shop.answers["/orders"]
    with staged_read(request(shop_connector(tmp_path), shop), tmp_path / "staging") as read:
        assert list(read.errors) == ["orders"]
        assert "404" in read.errors["orders"]
        assert [staged.props.name for staged in read.complete()] == ["items"]


def test_a_check_that_fails_is_a_refusal_with_its_reason(tmp_path: Path, shop: JsonServer) -> None:
    del shop.answers["/items"]
    with (
        pytest.raises(ConnectionRefused, match="404"),
        staged_read(request(shop_connector(tmp_path), shop), tmp_path / "staging"),
    ):
        pass


def test_streams_that_differ_from_the_declared_are_named(tmp_path: Path, shop: JsonServer) -> None:
    connector = shop_connector(tmp_path)
    assert connector.streams
    connector.manifest["streams"].pop()
    with (
        pytest.raises(UndeclaredStreams, match=r"lacks \['orders'\]"),
        staged_read(request(connector, shop), tmp_path / "staging"),
    ):
        pass


def test_a_staging_folder_that_is_a_file_is_named(tmp_path: Path, shop: JsonServer) -> None:
    (tmp_path / "staging").touch()
    with (
        pytest.raises(StagingFailed, match="move away what is there"),
        staged_read(request(shop_connector(tmp_path), shop), tmp_path / "staging"),
    ):
        pass


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """As on a full disk: the system refuses to write more. Python leaves out the signal that would come with it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_rows_that_cannot_be_stored_are_the_disk_s_fault(tmp_path: Path, shop: JsonServer) -> None:
    shop.answers["/items"] = [{"id": number, "name": "n" * 1000} for number in range(3000)]
    asked = request(shop_connector(tmp_path), shop)
    with (
        no_file_longer_than(1_000_000),
        pytest.raises(StagingFailed, match="its rows cannot be stored in"),
        staged_read(asked, tmp_path / "staging"),
    ):
        pass
    assert [
        path.name for path in (tmp_path / "staging").iterdir() if path.name.startswith("read-")
    ] == []


def test_no_temporary_file_has_the_config(
    tmp_path: Path, shop: JsonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PyAirbyte writes the config that it was given into files, and these may stay when a process is killed."""
    written: list[str] = []
    make = tempfile.NamedTemporaryFile

    def remembered(*args: Any, **more: Any) -> Any:
        file = make(*args, **more)
        write = file.write
        file.write = lambda text: (written.append(str(text)), write(text))[1]
        return file

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", remembered)
    with staged_read(request(shop_connector(tmp_path), shop), tmp_path / "staging"):
        pass
    assert any("redacted" in text for text in written)
    assert not [text for text in written if SECRET in text]


def test_a_folder_that_a_killed_read_left_is_removed_by_the_next(
    tmp_path: Path, shop: JsonServer
) -> None:
    left = tmp_path / "staging" / "read-dead"
    left.mkdir(parents=True)
    (left / "staging.duckdb").touch()
    with staged_read(request(shop_connector(tmp_path), shop), tmp_path / "staging"):
        assert not left.exists()


def test_a_folder_with_a_quote_in_its_name_does(tmp_path: Path, shop: JsonServer) -> None:
    place = tmp_path / "Ann's data"
    with staged_read(request(shop_connector(tmp_path), shop), place) as read:
        assert [staged.records for staged in read.complete()] == [2, 1]


def test_the_cache_stages_with_the_writer_of_spooled_files(tmp_path: Path) -> None:
    cache = StagingCache(db_path=tmp_path / "s.duckdb", schema_name="streams", cache_dir=tmp_path)
    assert isinstance(cache.processor.file_writer, SpoolWriter)
