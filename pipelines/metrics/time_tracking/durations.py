"""Durations as the API writes them, in seconds.

Here: ISO 8601 and plain numbers. Not here: elapsed time between two instants.
"""

from __future__ import annotations


def iso_seconds(text: str) -> str:
    """SQL of the whole seconds of an ISO 8601 duration (``PT88H36M``, ``P1DT2H``); NULL if it is none."""
    return f"""(
        CASE WHEN regexp_full_match({text}, 'P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9.]+S)?)?')
        THEN coalesce(try_cast(regexp_extract({text}, '([0-9]+)D', 1) AS BIGINT), 0) * 86400
           + coalesce(try_cast(regexp_extract({text}, '([0-9]+)H', 1) AS BIGINT), 0) * 3600
           + coalesce(try_cast(regexp_extract({text}, '([0-9]+)M', 1) AS BIGINT), 0) * 60
           + coalesce(trunc(try_cast(regexp_extract({text}, '([0-9.]+)S', 1) AS DOUBLE))::BIGINT, 0)
        END
    )"""


def estimate_seconds(text: str) -> str:
    """SQL of the whole seconds of an estimate: ISO 8601, or milliseconds as the published examples write them."""
    return f"coalesce({iso_seconds(text)}, try_cast({text} AS BIGINT) // 1000)"
