"""Installs exactly what ``requirements.lock`` says into a virtual environment, with the pip that the lock names.

Here: one way for every machine. The pip that an interpreter brings may be too old to read the lock, so all it does is
install the locked pip, checked by hash like everything else. Each pip reads the machine's own configuration: index,
proxy, certificates. Standard library only, because nothing is installed yet. Not here: which interpreter
(``scripts/install``).
"""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
LOCK = PROJECT / "requirements.lock"
#: What a virtual environment and this script put into its folder. A folder with anything else is somebody else's.
OURS = frozenset(
    [
        "bin",
        "etc",
        "include",
        "lib",
        "lib64",
        "share",
        "pyvenv.cfg",
        ".gitignore",
        "install.log",
        "installed",
        "pip.lock",
    ]
)
#: Seconds between two words about the progress: in place on a terminal, else as lines.
TERMINAL_PAUSE, LINES_PAUSE = 0.5, 15.0


class InstallError(Exception):
    """Installing is not possible; the message says why and what to do."""


class Environment:
    """The virtual environment in the folder ``place``."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.python = place / "bin" / "python"
        #: Newer than the lock when everything was installed, and only then.
        self.stamp = place / "installed"
        self.log = place / "install.log"

    def is_up_to_date(self) -> bool:
        """Whether everything was installed after the last change of what is to be installed."""
        sources = (LOCK, PROJECT / "pyproject.toml")
        return self.is_whole() and all(
            self.stamp.stat().st_mtime >= source.stat().st_mtime for source in sources
        )

    def is_whole(self) -> bool:
        """Whether everything was installed once, with an interpreter of this version that still runs."""
        if not self.stamp.exists():
            return False
        version = [str(self.python), "-I", "-c", "import sys, pip; print(*sys.version_info[:2])"]
        try:
            answer = subprocess.check_output(version, stderr=subprocess.DEVNULL, text=True)
        except (OSError, subprocess.CalledProcessError):
            return False
        return answer.split() == [str(part) for part in sys.version_info[:2]]

    def make(self) -> None:
        """Make it, in place of what an interrupted install or another interpreter left in the folder."""
        if os.path.lexists(self.place):
            if not self.place.is_dir() or {entry.name for entry in self.place.iterdir()} - OURS:
                raise InstallError(
                    f"{self.place} is in the way, and no virtual environment of this project: move it away."
                )
            say(f"{self.place.name} is incomplete or of another Python; it is made anew.")
        try:
            venv.EnvBuilder(clear=True, symlinks=True, with_pip=True).create(self.place)
        except subprocess.CalledProcessError as error:
            raise InstallError(
                f"{sys.executable} cannot make a virtual environment (its ensurepip failed with status "
                f"{error.returncode}): repair it, or name another Python with make PYTHON=..."
            ) from None

    def install(self) -> None:
        """Install everything that is locked, and this project itself from its folder."""
        self.stamp.unlink(missing_ok=True)
        self.log.unlink(missing_ok=True)
        locked = LOCK.read_text("utf-8")
        pip_alone = self.place / "pip.lock"
        pip_alone.write_text(section("pip", locked), "utf-8")
        self.pip("pip", "--require-hashes", "--no-deps", "--requirement", str(pip_alone))
        self.pip("packages", "--require-hashes", "--no-compile", "--requirement", str(LOCK))
        self.pip("the project", "--no-deps", "--no-build-isolation", "--editable", str(PROJECT))
        # On all cores, and now: compiling is half of what the first start would take. A package may hold files that
        # are meant for other interpreters, so it does not matter whether all compile.
        self.run("compiling", "compileall", "-qq", "-j", "0", str(self.place / "lib"))
        self.stamp.touch()

    def pip(self, what: str, *arguments: str) -> None:
        """Run ``pip install`` with ``arguments``; raises ``InstallError`` with what pip says is wrong."""
        options = ("--disable-pip-version-check", "--no-input")
        status, said = self.run(f"installing {what}", "pip", "install", *options, *arguments)
        if status:
            raise InstallError(
                f"Installing {what} failed: {complaint(said)} (All that pip said is in {self.log}.)"
            )

    def run(self, doing: str, *module: str) -> tuple[int, str]:
        """Run a module of the environment's Python and tell how far it is; its exit status and what it said.

        What it says goes to the log: pip warns once per package of whatever it finds odd in a machine's configuration.
        """
        start = self.log.stat().st_size if self.log.exists() else 0

        def said() -> str:
            return self.log.read_bytes()[start:].decode("utf-8", "replace")

        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [str(self.python), "-I", "-m", *module],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=PROJECT,
                # Where packages go to a user's own folder by configuration, an environment would stay empty.
                env={**os.environ, "PIP_USER": "0"},
                # Also the lock of `main`: nobody else begins while a pip works whose starter was killed.
                close_fds=False,
            )
        try:
            wait(process, doing, lambda: self.position(said()))
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        return process.returncode, said()

    def position(self, said: str) -> str:
        """How far pip is, by what it said so far."""
        lines = said.splitlines() or [""]
        if lines[-1].startswith("WARNING: Retrying"):
            return ": the package index does not answer, trying again"
        wanted = len(requirements(LOCK.read_text("utf-8")))
        wanted -= sum(line.startswith("Ignoring ") for line in lines)
        if any(line.startswith("Installing collected packages") for line in lines):
            there = len(list(self.place.glob("lib/python*/site-packages/*.dist-info")))
            return f": {min(there, wanted)} of {wanted} installed"
        found = sum(line.startswith(("Collecting ", "Requirement already ")) for line in lines)
        return f": {found} of {wanted} found" if found else ""


def requirements(locked: str) -> list[str]:
    """The requirements of a lock, each with the lines of its hashes."""
    return re.findall(r"^[A-Za-z0-9].*?(?=^[A-Za-z0-9]|\Z)", locked, re.MULTILINE | re.DOTALL)


def section(name: str, locked: str) -> str:
    """What a lock says about the package ``name``."""
    return "".join(part for part in requirements(locked) if part.startswith(f"{name}=="))


def complaint(said: str) -> str:
    """Why pip failed, in its own words: its first error, and what it last said of the network."""
    lines = said.splitlines()
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    retries = [line.removeprefix("WARNING: ") for line in lines if "Retrying" in line]
    return " ".join((errors[:1] or lines[-1:]) + retries[-1:])


def wait(process: subprocess.Popen[bytes], doing: str, position: Callable[[], str]) -> None:
    """Wait for the end of ``process``, telling now and then what it is ``doing`` and its ``position``."""
    began = told = time.monotonic()
    terminal = sys.stderr.isatty()
    while process.poll() is None:
        time.sleep(0.1)
        now = time.monotonic()
        if now - told >= (TERMINAL_PAUSE if terminal else LINES_PAUSE):
            told = now
            line = f"{now - began:3.0f} s {doing}{position()}"
            say(f"\r\x1b[K{line}" if terminal else line, end="" if terminal else "\n")
    if terminal:
        say("\r\x1b[K", end="")


def say(line: str, end: str = "\n") -> None:
    """Tell somebody who waits."""
    sys.stderr.write(f"{line}{end}")
    sys.stderr.flush()


def install(place: Path) -> None:
    """Bring the environment in ``place`` up to date; one process at a time does that."""
    environment = Environment(place)
    with LOCK.open() as lock:
        os.set_inheritable(lock.fileno(), True)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another command installs here; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if environment.is_up_to_date():
            return
        say(f"Installing what requirements.lock says into {place.name}, in a minute or two ...")
        if not environment.is_whole():
            environment.make()
        environment.install()


def main() -> None:
    """Install into the folder that the command line names."""
    place = Path(sys.argv[1]).absolute()
    try:
        install(place)
    except InstallError as error:
        sys.exit(f"{error} The same command tries again.")
    except OSError as error:
        sys.exit(f"{place} cannot be written ({error}): make room or take a folder of your own.")
    except KeyboardInterrupt:
        sys.exit("Interrupted: the same command begins anew.")


if __name__ == "__main__":
    main()
