"""How long a new user waits: from a clone to the UI with data, in the two commands of the README.

    python -m benchmarks.first_use

Clones the committed state of this repository into a new folder, runs ``make demo`` and ``make ui`` there without any
credential, and prints the seconds until the UI knows a row count of the last metric table and shows the report as
written. What the package installer keeps from earlier installations is used; ``--no-cache`` downloads all of it again.
Needs git, make and the package index.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import requests

_PROJECT = Path(__file__).resolve().parent.parent
_NO_CACHE = {"UV_NO_CACHE": "1", "PIP_NO_CACHE_DIR": "1"}
_LONGEST = 1800
_QUERY = """{ assetNodes(assetKeys: [{path: ["effort", "reconciliation"]}, {path: ["report", "page"]}]) {
    assetMaterializations(limit: 1) { runId } } }"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--no-cache", action="store_true", help="download every package again")
    arguments = parser.parse_args()
    own = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {**own, **(_NO_CACHE if arguments.no_cache else {})}
    print(f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        began = time.monotonic()
        subprocess.run(["git", "clone", "--quiet", str(_PROJECT), str(clone)], check=True)
        _say("git clone", began)
        demo_began = time.monotonic()
        subprocess.run(["make", "demo"], cwd=clone, env=environment, check=True, timeout=_LONGEST)
        _say("make demo", demo_began)
        _wait_for_the_ui(clone, environment)
        _say("from clone to the UI with data", began)


def _wait_for_the_ui(clone: Path, environment: dict[str, str]) -> None:
    """Run ``make ui`` until it shows the demo data, then end it."""
    with socket.socket() as port:
        if port.connect_ex(("127.0.0.1", 3000)) == 0:
            raise SystemExit("Something else answers at port 3000: end it first.")
    began = time.monotonic()
    process = subprocess.Popen(["make", "ui"], cwd=clone, env=environment, start_new_session=True)
    try:
        while not _shows_data():
            if process.poll() is not None or time.monotonic() - began > _LONGEST:
                raise SystemExit("`make ui` did not show the data.")
            time.sleep(0.2)
        _say("make ui, until it shows the data", began)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End everything that the command started: politely, then whoever is left."""
    for wish in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, wish)
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)


def _shows_data() -> bool:
    try:
        answer = requests.post(
            "http://127.0.0.1:3000/graphql", json={"query": _QUERY}, timeout=30
        ).json()
    except requests.ConnectionError:
        return False
    assets = (answer.get("data") or {}).get("assetNodes") or []
    return len(assets) == 2 and all(asset["assetMaterializations"] for asset in assets)


def _say(what: str, began: float) -> None:
    print(f"{what}: {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
