"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A temporary path in the folder of ``path`` (created when missing), to be written in the block.

    When the block ends, the file takes the place of ``path`` in one step; when it fails, ``path`` stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    written = Path(name)
    try:
        yield written
        # mkstemp makes files that only their owner can read; a report is for others.
        written.chmod(0o644)
        written.replace(path)
    finally:
        written.unlink(missing_ok=True)
