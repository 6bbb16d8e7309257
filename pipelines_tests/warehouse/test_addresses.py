"""Which warehouse an address means, and what is said of a wrong or unreachable one: one sentence, nothing created."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.defs.settings import load_settings
from pipelines.project.environment import SettingsError
from pipelines.warehouse.backends import extensions
from pipelines.warehouse.backends.address import backend_of
from pipelines.warehouse.backends.ducklake import DuckLake
from pipelines.warehouse.backends.postgres_server import PostgresServer
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.errors import WarehouseError
from pipelines_tests.support.warehouses import PASSWORD, Warehouses, table_names

CLOSED_PORT = f"postgresql://ann:{PASSWORD}@127.0.0.1:1/numbers"


@pytest.mark.parametrize(
    ("address", "kind", "label"),
    [
        ("/srv/w.duckdb", "duckdb", "/srv/w.duckdb"),
        ("ducklake:/srv/c.ducklake", "ducklake", "ducklake:/srv/c.ducklake"),
        (
            "ducklake:postgresql://ann:pw@db:5433/lake?data_path=s3://b/l",
            "ducklake",
            "ducklake:postgresql://ann@db:5433/lake",
        ),
        (
            "ducklake:postgres:dbname=lake host=db password=pw",
            "ducklake",
            "ducklake:postgresql://db/lake",
        ),
        ("postgres://ann:p%40w@db/numbers", "postgres", "postgresql://ann@db/numbers"),
    ],
)
def test_an_address_means_one_warehouse(address: str, kind: str, label: str) -> None:
    backend = backend_of(address)
    assert (backend.storage_kind, backend.label) == (kind, label)
    assert "pw" not in repr(backend)
    assert "pw" not in repr(Warehouse(address))


@pytest.mark.parametrize(
    ("address", "namespace", "name"),
    [
        ("/srv/w.duckdb", "duckdb:///srv", "w.s.t"),
        ("ducklake:/srv/c.ducklake", "ducklake:///srv", "c.s.t"),
        ("ducklake:postgresql://ann:pw@db:5433/lake", "ducklake://db:5433", "lake.s.t"),
        ("postgres://ann:pw@db/numbers", "postgres://db:5432", "numbers.s.t"),
        ("postgresql://ann:pw@/", "postgres://localhost:5432", "ann.s.t"),
    ],
)
def test_catalogues_call_a_warehouse_by_its_place_and_nobody_else(
    address: str, namespace: str, name: str
) -> None:
    store = backend_of(address).store
    assert (store.namespace, store.name_of("s.t")) == (namespace, name)


@pytest.mark.parametrize(
    ("address", "data_path", "keywords"),
    [
        ("ducklake:postgresql://h/d?data_path=/x&sslmode=require", "/x/", {"sslmode": "require"}),
        ("ducklake:postgresql://h/d?sslmode=require&data_path=s3://b/x", "s3://b/x/", {"sslmode": "require"}),
        ("ducklake:postgres:host=h dbname=d sslmode=require", None, {"sslmode": "require"}),
    ],
)  # fmt: skip
def test_the_data_path_is_taken_out_and_the_other_parameters_stay(
    address: str, data_path: str | None, keywords: dict[str, str]
) -> None:
    lake = backend_of(address)
    assert isinstance(lake, DuckLake)
    assert lake.data_path == data_path
    assert isinstance(lake.catalog, PostgresServer)
    assert lake.catalog.keywords == {
        "connect_timeout": "10",
        "host": "h",
        "dbname": "d",
        **keywords,
    }


@pytest.mark.parametrize(
    "address",
    [
        f"snowflake://ann:{PASSWORD}@account/db",
        f"bigquery://{PASSWORD}",
        f"md:numbers?motherduck_token={PASSWORD}",
        f"mysql://ann:{PASSWORD}@db/numbers",
        f"postgresql://ann:{PASSWORD}@[db/numbers",
        f"postgresql://ann@db/numbers?{PASSWORD}=1",
        f"postgresql//ann:{PASSWORD}@127.0.0.1/numbers",
        f"//ann:{PASSWORD}@127.0.0.1/numbers",
        f"host=127.0.0.1 password={PASSWORD}",
        f"ducklake://ann:{PASSWORD}@127.0.0.1/numbers",
        f"ducklake:sqlite:{PASSWORD}.db",
        "ducklake:",
        "/srv/what?.duckdb",
        "ducklake:/srv/what?.ducklake",
        "~nobody-of-this-name/w.duckdb",
    ],
)
def test_what_is_no_warehouse_is_said_when_the_settings_are_read(address: str) -> None:
    with pytest.raises(SettingsError, match="PIPELINES_WAREHOUSE") as caught:
        load_settings({"PIPELINES_WAREHOUSE": address})
    assert "\n" not in str(caught.value)
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize("address", ["snowflake://ann@a/db", "bigquery://p/d", "md:numbers"])
def test_what_can_only_be_a_mirror_is_told_so(address: str) -> None:
    with pytest.raises(WarehouseError, match="PIPELINES_MIRROR"):
        backend_of(address)


def sentence(address: str, *, read_only: bool = False) -> str:
    """How opening ``address`` fails."""
    with (
        pytest.raises(WarehouseError) as caught,
        Warehouse(address, lock_timeout=1).connect(read_only=read_only),
    ):
        pytest.fail("it was opened")
    assert "PIPELINES_WAREHOUSE" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "content", [b"SQLite format 3\0" + b"\0" * 500, b"", b"text", b"\0" * 5000]
)
def test_a_file_that_is_something_else_is_one_sentence_and_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    other = tmp_path / "other.duckdb"
    other.write_bytes(content)
    said = sentence(str(other))
    assert str(other) in said
    assert ("SQLite" in said) == content.startswith(b"SQLite")
    assert other.read_bytes() == content


def test_a_path_that_is_too_long_is_one_sentence(tmp_path: Path) -> None:
    sentence(str(tmp_path / ("w" * 300 + ".duckdb")))
    sentence(str(tmp_path / ("w" * 300) / "w.duckdb"))


@pytest.mark.parametrize("read_only", [False, True])
def test_an_unreachable_server_is_one_sentence_and_creates_nothing(
    tmp_path: Path, read_only: bool
) -> None:
    data = tmp_path / "lake"
    for address in (CLOSED_PORT, f"ducklake:{CLOSED_PORT}?data_path={data}"):
        assert "ann@127.0.0.1:1/numbers" in sentence(address, read_only=read_only)
    assert list(tmp_path.iterdir()) == []


def test_a_lake_in_a_file_that_is_something_else_leaves_it_alone(tmp_path: Path) -> None:
    text, database = tmp_path / "text.ducklake", tmp_path / "database.duckdb"
    text.write_text("no catalog")
    with Warehouse(str(database)).connect() as connection:
        connection.execute("CREATE TABLE mine (x INTEGER)")
    sentence(f"ducklake:{text}")
    sentence(f"ducklake:{database}")
    assert text.read_text() == "no catalog"
    assert table_names(str(database)) == ["main.mine"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["database.duckdb", "text.ducklake"]


def test_a_lake_whose_data_can_lie_nowhere_is_not_created(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    catalog = tmp_path / "catalog.ducklake"
    assert str(file) in sentence(f"ducklake:{catalog}?data_path={file}/lake")
    assert not catalog.exists()


def test_a_reader_who_comes_before_the_first_writer_creates_nothing(tmp_path: Path) -> None:
    for address in (tmp_path / "w.duckdb", f"ducklake:{tmp_path}/c.ducklake"):
        assert "no warehouse at" in sentence(str(address), read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_an_extension_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extensions.importlib.util, "find_spec", lambda _: None)
    said = sentence(f"ducklake:{tmp_path}/catalog.ducklake")
    assert "duckdb-extension-ducklake==1.4.3" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_server_without_the_database_or_the_rights_is_one_sentence(
    warehouses: Warehouses, tmp_path: Path
) -> None:
    import psycopg

    address = warehouses.database()
    missing = address.replace("@/", "@/missing_")
    assert "does not exist" in sentence(missing)
    assert "does not exist" in sentence(missing, read_only=True)

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE ROLE reader LOGIN")
    reader = address.replace("postgres:", "reader:")
    assert "no warehouse at" in sentence(reader, read_only=True)
    said = refused_preparation(reader)
    assert "permission denied" in said
    lake = f"ducklake:{reader}&data_path={tmp_path}/lake"
    assert "no warehouse at" in sentence(lake, read_only=True)
    sentence(f"ducklake:{address}")  # nothing says where its data shall lie
    sentence(lake)
    with psycopg.connect(address, autocommit=True) as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchone() == (0,)


def refused_preparation(address: str) -> str:
    """What preparing a sync says."""
    from pipelines.sources.registry import CLOCKIFY, CONNECTORS
    from pipelines.warehouse.destination import WarehouseDestination
    from pipelines_tests.support.staging import prepare

    destination = WarehouseDestination(Warehouse(address), CONNECTORS[CLOCKIFY], "live")
    with pytest.raises(WarehouseError) as caught:
        prepare(destination)
    assert "PIPELINES_WAREHOUSE" in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)
