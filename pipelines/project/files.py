"""Files that appear whole or not at all, and that nobody else may read than its user wants."""

from __future__ import annotations

import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A temporary path in the folder of ``path`` (created when missing), to be written in the block.

    When the block ends, the file takes the place of ``path`` in one step; when it fails, ``path`` stays as it was.
    The process's umask says who may read it; of an older file at ``path`` what it forbids, too.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.parent / f".{path.name[:100]}.{uuid.uuid4().hex[:12]}"
    # Created by the system, not by Python's tempfile, which takes no notice of the umask.
    os.close(os.open(written, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield written
        if path.exists():
            _forbid_more(written, than_in=path)
        written.replace(path)
    finally:
        written.unlink(missing_ok=True)


def _forbid_more(file: Path, *, than_in: Path) -> None:
    allowed = stat.S_IMODE(file.stat().st_mode) & stat.S_IMODE(than_in.stat().st_mode)
    if allowed != stat.S_IMODE(file.stat().st_mode):
        file.chmod(allowed)
