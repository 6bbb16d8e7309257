"""Ids for what has none that is a number: made from its name, the same at every run.

They lie between 2^52 and 2^53: no id of Tracker or of an archive is so large, and every program can hold them.
"""

from __future__ import annotations

FIRST_MADE_ID = 2**52


def made_id(text: str) -> str:
    """SQL of the number that is made from the text ``text``, which is SQL, too."""
    return f"((1::BIGINT << 52) + (('0x' || substr(md5({text}), 1, 13))::BIGINT & ((1::BIGINT << 51) - 1)))"
