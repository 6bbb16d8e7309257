"""A folder for one read, which is gone when the read ends, however it ends.

Here: making it, and removing those that killed processes left. Not here: what lies in it (``staging``).
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pipelines.project.locks import held, is_held

_LOCK = "lock"


@contextmanager
def own_folder(staging_dir: Path) -> Iterator[Path]:
    """A new folder with a lock file in it that is held for the block; it is removed when the block ends.

    A folder without a held lock was left by a killed process. It is removed at the beginning.
    """
    folder = staging_dir / f"read-{uuid.uuid4().hex[:8]}"
    with ExitStack() as stack:
        # Alone: a folder that is made just now must not be taken for one that was left.
        with held(staging_dir / _LOCK):
            for other in staging_dir.glob("*-*"):
                if not is_held(other / _LOCK):
                    shutil.rmtree(other, ignore_errors=True)
            folder.mkdir()
            stack.enter_context(held(folder / _LOCK))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
