"""No secret of any setting is told anywhere: commands run against servers that repeat all that they are sent.

Every byte that the commands print and write is searched, in the spellings of the secrets, and as rows of the tables. The
files are for nobody whom the umask excludes, since rates and costs of people are in them.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import duckdb
import pytest
import requests

from pipelines.project.folder import PROJECT
from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN
from pipelines.simulator.server import SimulatorServer
from pipelines_tests.support import worlds
from pipelines_tests.support.answering_server import Answer, AnsweringServer, Asked, answering

#: What the servers refuse, each in another way; the rest they know.
_REFUSED = {"/tags": 500, "/holidays": 403, "/clients": 400, "/epics": 403, "/labels": 400}
_SECONDS = 600
#: Stricter than most machines', and not so strict that everything would follow it by chance.
UMASK = 0o027


@contextmanager
def talkative(server: SimulatorServer) -> Iterator[AnsweringServer]:
    """Hands requests on to ``server``, but refuses some with everything that was sent."""

    def answer(asked: Asked) -> Answer:
        path = asked.path.partition("?")[0]
        for ending, status in _REFUSED.items():
            if path.endswith(ending):
                told = str(asked).replace("\\", "/").replace("\n", " ").replace('"', "'")
                return Answer(
                    status, f'{{"message": "{told}", "code": 1, "general_problem": "{told}"}}'
                )
        kept = {
            name: value for name, value in asked.headers.items() if name.lower().startswith("x-")
        }
        found = requests.request(
            asked.method, server.url + asked.path, headers=kept, data=asked.body, timeout=_SECONDS
        )
        return Answer(
            found.status_code,
            found.text,
            {
                k: v
                for k, v in found.headers.items()
                if k.lower() in ("last-page", "x-tracker-pagination-total", "content-type")
            },
        )

    with answering(answer) as running:
        yield running


def secrets_of(settings: Mapping[str, str]) -> set[str]:
    """Every planted secret, as it is and as programs write it."""
    planted = {
        TRACKER_TOKEN,
        CLOCKIFY_KEY,
        *(word for word in _words(settings) if "planted" in word),
    }
    encoded = {quote(word, safe="") for word in planted}
    pairs = {base64.b64encode(f"gate:{word}".encode()).decode() for word in planted}
    return planted | encoded | pairs


def _words(settings: Mapping[str, str]) -> Iterator[str]:
    for value in settings.values():
        yield from (
            value.replace("/", " ").replace("@", " ").replace(":", " ").replace("=", " ").split()
        )


def run(folder: Path, settings: Mapping[str, str], *arguments: str) -> str:
    """What the command printed; it may fail."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    folders = {"HOME": str(folder), "TMPDIR": str(folder), "DAGSTER_HOME": str(folder / "home")}
    ended = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *arguments],
        cwd=PROJECT,
        env={**kept, **folders, **settings},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
        umask=UMASK,
    )
    return ended.stdout + ended.stderr


def files_that_tell(folder: Path, secrets: set[str]) -> list[str]:
    """The files with a secret in them, and the tables of warehouses."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        found += [f"{path}: {secret}" for secret in secrets if secret.encode() in content]
        if path.suffix == ".duckdb":
            export = folder / f"export of {path.name}"
            with duckdb.connect(str(path), read_only=True) as connection:
                connection.execute(f"EXPORT DATABASE '{export}'")
            found += files_that_tell(export, secrets)
    return found


def files_for_others(folder: Path) -> list[str]:
    """The files and folders that somebody may use whom the umask excludes."""
    made = (path for path in folder.rglob("*") if not path.is_symlink() and not path.is_socket())
    return [str(path) for path in made if path.stat().st_mode & UMASK]


def nothing_is_told(printed: str, folder: Path, settings: Mapping[str, str]) -> None:
    secrets = secrets_of(settings)
    assert len(secrets) > 6
    assert not [secret for secret in secrets if secret in printed], printed
    assert not files_for_others(folder)
    assert not files_that_tell(folder, secrets)


def in_every_setting(url: str, folder: Path) -> dict[str, str]:
    """Settings with a secret in each that may hold one, for a server at ``url``."""
    gate = url.replace("://", "://gate:planted-gate-pass@")
    return {
        "PIVOTAL_TRACKER_API_TOKEN": TRACKER_TOKEN,
        "PIVOTAL_TRACKER_API_URL": gate,
        "CLOCKIFY_API_KEY": CLOCKIFY_KEY,
        "CLOCKIFY_WORKSPACE_ID": worlds.WORKSPACE_ID,
        "CLOCKIFY_API_URL": f"{gate}/api/v1/",
        "CLOCKIFY_REPORTS_URL": f"{gate}/report",
        "PIPELINES_WAREHOUSE": str(folder / "warehouse.duckdb"),
        "PIPELINES_START_DATE": "2026-03-18",
        "PIPELINES_MIRROR": f"snowflake://ann@acme/numbers?warehouse=wh&protocol=http&host=127.0.0.1&port={urlsplit(url).port}",
        "SNOWFLAKE_PASSWORD": "planted-snow%41 pass",
        "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": "planted-passphrase",
        "MOTHERDUCK_TOKEN": "planted-duck",
        "PIPELINES_ALERT_WEBHOOK": f"{url}/services/planted-hook?key=planted-query",
        "http_proxy": "http://gate:planted-proxy-pass@127.0.0.1:9",
        "AWS_SECRET_ACCESS_KEY": "planted-aws",
        "PGPASSWORD": "planted-pg",
    }


@pytest.mark.slow
def test_a_sync_of_servers_that_repeat_everything_tells_no_secret(tmp_path: Path) -> None:
    with SimulatorServer(worlds.world()) as server, talkative(server) as gate:
        settings = in_every_setting(gate.url, tmp_path)
        printed = run(tmp_path, settings, "sync")
        # Refused streams were told, the others published, and the mirror was tried.
        assert "does not" in printed or "refuses" in printed
        assert "Failed: " in printed
        assert "[secret]" in printed
        assert "clockify.users" in printed
        for command in (
            ["status"],
            ["mirror"],
            ["archive", "--to", str(tmp_path / "kept")],
            ["compatibility"],
        ):
            printed += run(tmp_path, settings, *command)
    assert any(
        "planted" in str(asked) or "gate" in str(asked) or "Basic" in str(asked)
        for asked in gate.asked
    )
    nothing_is_told(printed, tmp_path, settings)


@pytest.mark.slow
@pytest.mark.parametrize(
    "warehouse",
    [
        "postgresql://ann:planted-pw%40x@127.0.0.1:9/numbers?sslpassword=planted-ssl",
        "ducklake:postgresql://ann:planted-pw@127.0.0.1:9/lake?data_path=s3://key:planted-s3@bucket/x",
    ],
)
def test_a_warehouse_that_cannot_be_opened_is_told_without_its_secrets(
    tmp_path: Path, warehouse: str
) -> None:
    settings = {
        **in_every_setting("http://127.0.0.1:9", tmp_path),
        "PIPELINES_WAREHOUSE": warehouse,
    }
    printed = "".join(run(tmp_path, settings, command) for command in ("sync", "status"))
    assert "PIPELINES_WAREHOUSE" in printed
    nothing_is_told(printed, tmp_path, settings)
