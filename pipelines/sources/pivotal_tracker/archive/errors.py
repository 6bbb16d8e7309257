"""What can be wrong with an archive, an export or the host to be archived."""

from __future__ import annotations


class ArchiveError(Exception):
    """One sentence for people; where a file is wrong it names the file, and the line and column if it has them."""
