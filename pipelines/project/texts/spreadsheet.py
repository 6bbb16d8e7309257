"""Texts of others in CSV files: a spreadsheet computes a cell that looks like a formula, so it gets an apostrophe.

Source: OWASP, "CSV Injection". Not here: writing files.
"""

from __future__ import annotations

#: ``=``, ``+``, ``-`` or ``@``, also in full width, behind whatever a spreadsheet skips; or a tab or line break first.
_FORMULA = (
    r"^[\s\x00-\x20\x{A0}\x{200B}\x{FEFF}]*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]|^[\x00-\x1f]"
)
#: A text that is a number stays one.
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


def harmless_cell(expression: str) -> str:
    """SQL (DuckDB) for the text ``expression`` as a cell that no spreadsheet computes."""
    return (
        f"CASE WHEN regexp_matches({expression}, '{_FORMULA}') AND NOT regexp_matches({expression}, '{_NUMBER}') "
        f"THEN '''' || {expression} ELSE {expression} END"
    )
