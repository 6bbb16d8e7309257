"""Amounts of the API, which are minor units of their currency, as major units.

Here: the number of minor units of each currency, in one place. Not here: which rate applies to what.
"""

from __future__ import annotations

# ISO 4217: currencies whose minor unit is not a hundredth.
WITHOUT_MINOR_UNIT = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND"),
    *("VUV", "XAF", "XOF", "XPF"),
)
WITH_THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")


def major_units(amount: str, currency: str) -> str:
    """SQL of an amount in major units, DECIMAL with 4 places, from SQL of minor units and of the ISO 4217 code.

    4500 EUR are 45.0000, 4500 JPY are 4500.0000, 4500 KWD are 4.5000; an unknown currency has hundredths.
    """
    # list_contains, because DuckDB makes a join of IN with many values.
    return f"""(
        {amount}::DECIMAL(18, 2) * CASE
            WHEN list_contains({list(WITHOUT_MINOR_UNIT)}, {currency}) THEN 1::DECIMAL(4, 3)
            WHEN list_contains({list(WITH_THOUSANDTHS)}, {currency}) THEN 0.001::DECIMAL(4, 3)
            ELSE 0.01::DECIMAL(4, 3)
        END
    )::DECIMAL(18, 4)"""
