"""Durations as the API writes them, in seconds.

Here: ISO 8601 and plain numbers. Not here: elapsed time between two instants.
"""

from __future__ import annotations


def iso_seconds(text: str) -> str:
    """SQL of the whole seconds of an ISO 8601 duration (``PT88H36M``, ``P1DT2H``, ``P1W``); NULL if it is none."""
    return f"""(
        CASE WHEN regexp_full_match({text}, 'P([0-9]+W)?([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9.]+S)?)?')
        THEN coalesce(try_cast(regexp_extract({text}, '([0-9]+)W', 1) AS BIGINT), 0) * 604800
           + coalesce(try_cast(regexp_extract({text}, '([0-9]+)D', 1) AS BIGINT), 0) * 86400
           + coalesce(try_cast(regexp_extract({text}, '([0-9]+)H', 1) AS BIGINT), 0) * 3600
           + coalesce(try_cast(regexp_extract({text}, '([0-9]+)M', 1) AS BIGINT), 0) * 60
           + coalesce(trunc(try_cast(regexp_extract({text}, '([0-9.]+)S', 1) AS DOUBLE))::BIGINT, 0)
        END
    )"""


def estimate_seconds(text: str) -> str:
    """SQL of the whole seconds of an estimate or total: ISO 8601, or milliseconds as the published examples write them."""
    return f"coalesce({iso_seconds(text)}, try_cast({text} AS BIGINT) // 1000)"


def entry_seconds(interval: str, text: str) -> str:
    """SQL of the whole seconds of an entry's duration: an estimate's forms as text, seconds as a JSON number.

    ``interval`` is the JSON object, ``text`` the duration as text.
    """
    return f"""(
        CASE WHEN json_type({interval}, '$.duration') = 'VARCHAR'
        THEN {estimate_seconds(text)}
        ELSE try_cast({text} AS BIGINT)
        END
    )"""
