"""Amounts of the API, which are minor units of their currency, as major units.

Here: how many minor units of each currency make a major one, in one place. Not here: which rate applies to what.

Clockify stores hundredths of every currency, as its own client libraries and help pages show. The setting
``[time_tracking.money] minor_units = "iso"`` is for who sees otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.metrics.settings import TimeTrackingSettings

SETTINGS = ("time_tracking.money",)

# ISO 4217: currencies whose minor unit is not a hundredth.
WITHOUT_MINOR_UNIT = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND"),
    *("VUV", "XAF", "XOF", "XPF"),
)
WITH_THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")


def values(settings: TimeTrackingSettings) -> dict[str, Any]:
    """The variable that ``major_units`` reads."""
    return {"iso_minor_units": settings.money.minor_units == "iso"}


def major_units(amount: str, currency: str) -> str:
    """SQL of an amount in major units, DECIMAL with 4 places, from SQL of minor units and of the ISO 4217 code.

    4500 of any currency are 45.0000. With ISO 4217's units 4500 JPY are 4500.0000 and 4500 KWD are 4.5000.
    """
    # list_contains, because DuckDB makes a join of IN with many values.
    return f"""(
        try_cast({amount} AS DECIMAL(18, 2)) * CASE
            WHEN NOT getvariable('iso_minor_units') THEN 0.01::DECIMAL(4, 3)
            WHEN list_contains({list(WITHOUT_MINOR_UNIT)}, {currency}) THEN 1::DECIMAL(4, 3)
            WHEN list_contains({list(WITH_THOUSANDTHS)}, {currency}) THEN 0.001::DECIMAL(4, 3)
            ELSE 0.01::DECIMAL(4, 3)
        END
    )::DECIMAL(18, 4)"""
