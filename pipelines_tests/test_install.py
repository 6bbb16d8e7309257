"""Installing on machines as people have them: old pips, odd configurations, and what earlier tries left behind.

A small project stands for this one: the same scripts and the same lock, cut to what takes seconds. That the whole lock
can be installed, with nothing but an interpreter and the package index, is shown by the first step of ``.ci/run``.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipelines.project.folder import PROJECT

pytestmark = pytest.mark.slow

#: What the small project locks: the installer, and what an editable install needs.
LOCKED = (
    *("pip", "hatchling", "editables", "packaging", "pathspec", "pluggy", "tomli", "tomlkit"),
    "trove-classifiers",
)
INTERPRETER: str = sys._base_executable  # type: ignore[attr-defined]  # typeshed lacks it
PATIENCE = 600
PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "small"
version = "1"

[tool.hatch.build.targets.wheel]
packages = ["small"]
"""


def sections(*names: str) -> str:
    """What the project's lock says about some packages."""
    locked = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    return "".join(
        re.search(rf"^{name}(==|\[).*?(?=^[A-Za-z0-9])", locked, re.MULTILINE | re.DOTALL).group()  # type: ignore[union-attr]
        for name in names
    )


def locked_pip() -> str:
    """The version of pip that the lock names."""
    return sections("pip").split()[0].removeprefix("pip==")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what is locked, from the machine's package index."""
    folder = tmp_path_factory.mktemp("wheels")
    lock = folder / "wanted.lock"
    lock.write_text(sections(*LOCKED), encoding="utf-8")
    done = run(
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"),
        *("--requirement", str(lock), "--dest", str(folder)),
        environment=dict(os.environ),
    )
    if done.returncode:
        reason = f"NOT TESTED: the package index gives no {', '.join(LOCKED)}: {done.stderr[-500:]}"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@dataclass
class Machine:
    """A machine with a clone of the small project, an interpreter, and a package index that is a folder."""

    clone: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> Path:
        return self.clone / ".venv"

    def command(self, python: str = INTERPRETER) -> list[str]:
        return ["/bin/sh", str(self.clone / "scripts" / "install"), str(self.place), python]

    def install(self, python: str = INTERPRETER, **more: str) -> subprocess.CompletedProcess[str]:
        return run(*self.command(python), environment={**self.environment, **more})

    def assert_installed(self, done: subprocess.CompletedProcess[str]) -> None:
        """The environment has what is locked, and the project."""
        assert done.returncode == 0, done.stderr
        show = (str(self.place / "bin" / "python"), "-c")
        versions = "from importlib.metadata import version; import small; print(version('pip'))"
        assert run(*show, versions, environment={}).stdout.strip() == locked_pip()
        assert (self.place / "installed").exists()


def run(*command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@pytest.fixture
def machine(tmp_path: Path, wheels: Path) -> Machine:
    """A machine whose index is known from pip's configuration file alone."""
    clone = tmp_path / "clone"
    shutil.copytree(PROJECT / "scripts", clone / "scripts")
    (clone / "small").mkdir()
    (clone / "small" / "__init__.py").touch()
    (clone / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (clone / "requirements.lock").write_text(sections(*LOCKED), encoding="utf-8")
    configuration = tmp_path / "home" / ".config" / "pip" / "pip.conf"
    configuration.parent.mkdir(parents=True)
    configuration.write_text(
        f"[global]\nno-index = true\nfind-links = {wheels}\nuser = true\n", encoding="utf-8"
    )
    return Machine(clone, {"HOME": str(tmp_path / "home"), "PATH": os.defpath})


@pytest.mark.parametrize("bundled", ["22.0.2", "23.0.1", "23.2.1", "24.0", None])
def test_any_pip_installs_the_locked_one(machine: Machine, bundled: str | None) -> None:
    """``None`` is the newest: the locked one itself."""
    version = bundled or locked_pip()
    run(INTERPRETER, "-m", "venv", str(machine.place), environment={})
    python = str(machine.place / "bin" / "python")
    prepared = run(
        *(python, "-m", "pip", "install", "--quiet", f"pip=={version}"),
        environment=dict(os.environ),
    )
    assert prepared.returncode == 0, prepared.stderr
    # As after an upgrade of the lock: the environment was whole, and is older than what is to be installed.
    (machine.place / "installed").touch()
    os.utime(machine.place / "installed", (0, 0))
    done = machine.install()
    machine.assert_installed(done)
    assert "made anew" not in done.stderr


def test_what_pip_finds_odd_in_a_configuration_goes_to_the_log(machine: Machine) -> None:
    done = machine.install(PIP_NO_INDEX="0", PIP_INDEX_URL="file:///nowhere")
    machine.assert_installed(done)
    assert "is ignored" in (machine.place / "install.log").read_text(encoding="utf-8")
    assert "is ignored" not in done.stderr
    assert len(done.stderr.splitlines()) < 10


def test_an_index_that_does_not_answer_is_told_and_tried_again(
    machine: Machine, tmp_path: Path
) -> None:
    nothing = {"PIP_FIND_LINKS": str(tmp_path), "PIP_NO_INDEX": "0", "PIP_RETRIES": "1"}
    failed = machine.install(**nothing, PIP_INDEX_URL="http://127.0.0.1:9/simple")
    assert failed.returncode == 1
    assert "Installing pip failed: Could not find a version" in failed.stderr
    assert "Connection refused" in failed.stderr
    assert "Traceback" not in failed.stderr
    machine.assert_installed(machine.install())


def test_a_package_with_another_hash_is_refused(machine: Machine) -> None:
    lock = machine.clone / "requirements.lock"
    text = lock.read_text(encoding="utf-8")
    lock.write_text(re.sub(r"sha256:[0-9a-f]{8}", "sha256:00000000", text), encoding="utf-8")
    failed = machine.install()
    assert failed.returncode == 1
    assert "DO NOT MATCH THE HASHES" in failed.stderr


def test_an_interrupted_install_is_begun_anew(machine: Machine) -> None:
    with subprocess.Popen(
        machine.command(), env=machine.environment, start_new_session=True
    ) as process:
        until(lambda: (machine.place / "pip.lock").exists())
        os.killpg(process.pid, signal.SIGKILL)
    again = machine.install()
    machine.assert_installed(again)
    assert "made anew" in again.stderr


def test_ctrl_c_ends_with_a_sentence(machine: Machine) -> None:
    with subprocess.Popen(
        machine.command(),
        env=machine.environment,
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        until(lambda: (machine.place / "pip.lock").exists())
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=PATIENCE)[1]
    assert said.splitlines()[-1] == "Interrupted: the same command begins anew."
    assert "Traceback" not in said


def test_two_commands_at_once_install_once(machine: Machine) -> None:
    with subprocess.Popen(machine.command(), env=machine.environment) as first:
        until(lambda: (machine.place / "pip.lock").exists())
        second = machine.install()
        assert first.wait(PATIENCE) == 0
    machine.assert_installed(second)
    assert second.stderr == "Another command installs here; waiting for it.\n"


def test_an_environment_lasts_as_long_as_its_interpreter(machine: Machine) -> None:
    machine.assert_installed(machine.install())
    again = machine.install()
    assert (again.returncode, again.stderr) == (0, "")
    # A later lock: whatever is on the PATH by now, the environment stays what it is.
    os.utime(machine.place / "installed", (0, 0))
    later = machine.install(python="", PATH="/nowhere")
    machine.assert_installed(later)
    assert "made anew" not in later.stderr
    (machine.place / "bin" / "python").unlink()
    (machine.place / "bin" / "python").symlink_to("/gone/python3.11")
    machine.assert_installed(machine.install())


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_is_somebody_elses_stays(machine: Machine, is_folder: bool) -> None:
    precious = machine.place / "thesis.txt" if is_folder else machine.place
    precious.parent.mkdir(exist_ok=True)
    precious.write_text("precious", encoding="utf-8")
    failed = machine.install()
    assert failed.returncode == 1
    assert "is in the way" in failed.stderr
    assert precious.read_text(encoding="utf-8") == "precious"


def test_no_interpreter_in_range_is_told(machine: Machine, tmp_path: Path) -> None:
    failed = machine.install(python="", PATH=str(tmp_path))
    assert failed.returncode == 1
    assert failed.stderr.startswith("No Python 3.10, 3.11 or 3.12 was found")
    old = tmp_path / "python3.9"
    old.write_text(f"#!{shutil.which('sh')}\n[ $# -gt 1 ] && exit 1\necho Python 3.9.2\n")
    old.chmod(0o755)
    failed = machine.install(python=str(old))
    assert failed.returncode == 1
    assert f"is needed, and {old} is Python 3.9.2" in failed.stderr


def test_an_interpreter_that_cannot_make_environments_is_told(
    machine: Machine, tmp_path: Path
) -> None:
    """As Debian's is without python3-venv."""
    (tmp_path / "ensurepip.py").write_text("raise ImportError('left out')", encoding="utf-8")
    failed = machine.install(PYTHONPATH=str(tmp_path))
    assert failed.returncode == 1
    assert "apt-get install python3-venv" in failed.stderr


def test_a_place_that_cannot_be_written_is_told(machine: Machine) -> None:
    failed = run(*machine.command()[:2], "/proc/.venv", INTERPRETER, environment={})
    assert failed.returncode == 1
    assert "/proc/.venv cannot be written" in failed.stderr
    assert "Traceback" not in failed.stderr


def until(condition: object, seconds: float = PATIENCE) -> None:
    """Wait until ``condition()`` is true."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
