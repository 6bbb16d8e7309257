"""Which mirror an address means, and what is said of a wrong one or one that does not let in."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.defs.settings import load_settings
from pipelines.outputs.mirror.address import CREDENTIALS, mirror_at
from pipelines.outputs.mirror.errors import MirrorError
from pipelines.outputs.mirror.model import Mirror
from pipelines.outputs.mirror.snowflake import Snowflake
from pipelines.project.environment import SettingsError
from pipelines_tests.outputs.mirror.targets import BigQueryTarget, SnowflakeTarget
from pipelines_tests.support.warehouses import PASSWORD

SECRETS = dict.fromkeys(CREDENTIALS, PASSWORD)


@pytest.mark.parametrize(
    ("address", "kind", "label"),
    [
        ("snowflake://ann@acme-x1.eu-west-1/numbers?warehouse=load&role=loader", "snowflake", "snowflake://ann@acme-x1.eu-west-1/numbers"),
        ("snowflake://ann%40acme.com@acme/numbers", "snowflake", "snowflake://ann@acme.com@acme/numbers"),
        ("bigquery://acme-prod/numbers", "bigquery", "bigquery://acme-prod/numbers"),
        ("md:numbers", "motherduck", "md:numbers"),
    ],
)  # fmt: skip
def test_an_address_means_one_mirror(address: str, kind: str, label: str) -> None:
    mirror = mirror_at(address, SECRETS)
    assert (mirror.storage_kind, mirror.label) == (kind, label)
    assert PASSWORD not in repr(mirror)


def test_the_settings_hold_the_mirror_with_its_credentials() -> None:
    settings = load_settings(
        {
            "PIVOTAL_TRACKER_API_TOKEN": "t",
            "PIPELINES_MIRROR": "snowflake://ann@acme/numbers?warehouse=load",
            "SNOWFLAKE_PASSWORD": PASSWORD,
        }
    )
    assert isinstance(settings.mirror, Snowflake)
    assert settings.mirror.credentials["SNOWFLAKE_PASSWORD"] == PASSWORD
    assert PASSWORD not in repr(settings)
    assert load_settings({}).mirror is None


@pytest.mark.parametrize(
    "address",
    [
        f"snowflake://ann:{PASSWORD}@acme/numbers",
        f"snowflake://acme/numbers?password={PASSWORD}",
        f"snowflake://ann@acme/numbers?password={PASSWORD}",
        f"snowflake://ann@acme?{PASSWORD}",
        "snowflake://ann@acme/a/b",
        "snowflake://ann@acme/numbers?warehouse",
        "snowflake://[ann",
        f"bigquery://{PASSWORD}",
        "bigquery://acme/numbers?location=EU",
        f"md:numbers?motherduck_token={PASSWORD}",
        "md:",
        f"postgresql://ann:{PASSWORD}@db/numbers",
        "data/warehouse.duckdb",
    ],
)
def test_what_is_no_mirror_is_said_when_the_settings_are_read(address: str) -> None:
    with pytest.raises(SettingsError, match="PIPELINES_MIRROR") as caught:
        load_settings({"PIPELINES_MIRROR": address})
    assert "\n" not in str(caught.value)
    assert PASSWORD not in str(caught.value)


def sentence(mirror: Mirror) -> str:
    """How opening ``mirror`` fails."""
    with pytest.raises(MirrorError) as caught, mirror.open():
        pytest.fail("it was opened")
    assert "PIPELINES_MIRROR" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    return str(caught.value)


def test_a_missing_credential_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", "/nonexistent")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    assert "SNOWFLAKE_PASSWORD" in sentence(mirror_at("snowflake://ann@acme/numbers", {}))
    for key_file in ({}, {"GOOGLE_APPLICATION_CREDENTIALS": "/nonexistent.json"}):
        said = sentence(mirror_at("bigquery://acme/numbers", key_file))
        assert "GOOGLE_APPLICATION_CREDENTIALS" in said


def test_a_private_key_that_is_none_is_named(tmp_path: Path) -> None:
    key = tmp_path / "key.p8"
    key.write_text(PASSWORD)
    mirror = mirror_at("snowflake://ann@acme/n", {"SNOWFLAKE_PRIVATE_KEY_PATH": str(key)})
    assert "SNOWFLAKE_PRIVATE_KEY_PATH" in sentence(mirror)


def test_the_package_that_motherduck_needs_is_named() -> None:
    assert "duckdb-extension-motherduck==1.4.3" in sentence(mirror_at("md:numbers", SECRETS))


def test_an_unreachable_mirror_is_one_sentence(
    bigquery: BigQueryTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.outputs.mirror.snowflake._LOGIN_SECONDS", 1)
    monkeypatch.setattr("pipelines.outputs.mirror.bigquery._REACH_SECONDS", 1.0)
    nowhere = "snowflake://ann@acme/numbers?host=127.0.0.1&port=1&protocol=http"
    mirror = mirror_at(nowhere, {"SNOWFLAKE_PASSWORD": PASSWORD})
    assert "cannot be reached" in sentence(mirror)
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "http://127.0.0.1:1")
    assert "cannot be reached" in sentence(bigquery.mirror)


def test_a_wrong_password_and_a_missing_database_are_one_sentence(
    snowflake: SnowflakeTarget,
) -> None:
    wrong = mirror_at(snowflake.address, {"SNOWFLAKE_PASSWORD": f"not-{PASSWORD}"})
    assert "Incorrect username or password" in sentence(wrong)
    missing = snowflake.address.replace("/NUMBERS", "/OTHERS")
    assert "does not exist" in sentence(mirror_at(missing, {"SNOWFLAKE_PASSWORD": PASSWORD}))


def test_a_missing_dataset_is_one_sentence(bigquery: BigQueryTarget) -> None:
    bigquery.server.dataset = "others"
    assert "create the dataset" in sentence(bigquery.mirror)
    assert bigquery.server.tables == {}


def test_what_the_mirror_refuses_is_one_sentence(
    snowflake: SnowflakeTarget, bigquery: BigQueryTarget, tmp_path: Path
) -> None:
    from pipelines.outputs.mirror.deliver import deliver
    from pipelines_tests.outputs.mirror.source import ODD, duckdb_file

    warehouse = duckdb_file(tmp_path)
    list(deliver(warehouse, bigquery.mirror, tmp_path / "staging"))
    with warehouse.connect() as connection:
        connection.execute(f"DELETE FROM {ODD}")
    bigquery.server.fail_loads = True
    with pytest.raises(MirrorError, match=r"refused the delivery \(.*Quota exceeded.*\)") as caught:
        list(deliver(warehouse, bigquery.mirror, tmp_path / "staging"))
    assert "PIPELINES_MIRROR" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(bigquery.rows(ODD)) == 5, "the old table stays"

    # A view in the table's place cannot be replaced by a table.
    snowflake.run("CREATE SCHEMA {}", "clockify")
    snowflake.run("CREATE VIEW {} AS SELECT 1 AS x", ODD)
    with pytest.raises(MirrorError) as caught:
        list(deliver(warehouse, snowflake.mirror, tmp_path / "staging"))
    assert "PIPELINES_MIRROR" in str(caught.value)
    assert "\n" not in str(caught.value)
