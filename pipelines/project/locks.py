"""Lock files that say whether their holder lives: the system lets go of them when a process ends, however it ends.

Unlike a process id, a lock means the same in every container that sees the file. Here: holding and asking. Not here:
what is locked.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock file ``path`` (created when missing) for the block, waiting for whoever holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def appear_held(path: Path) -> IO[str]:
    """Make the lock file ``path`` and hold it until the file that is returned is closed.

    It appears under its name when it is held already, so nobody sees it free while its holder lives.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unseen = path.with_name(f".{uuid.uuid4().hex}")
    file = unseen.open("x")
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        unseen.rename(path)
    except BaseException:
        file.close()
        unseen.unlink(missing_ok=True)
        raise
    return file


@contextmanager
def held_if_free(path: Path) -> Iterator[IO[str] | None]:
    """The lock file ``path``, held for the block.

    ``None`` when somebody holds it, when it is not there (any more), and where it may not be opened or locked.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("r"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file = None
        yield file if file and _is_still_at(path, file) else None


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock file; nobody does when there is none."""
    try:
        with path.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _is_still_at(path: Path, file: IO[str]) -> bool:
    """Whether the open file is the one of that name: a holder removes its file, or another takes its place."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
