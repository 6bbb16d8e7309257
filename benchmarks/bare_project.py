"""The least a Dagster project can be, for ``startup`` to compare with: one asset and one sensor."""

import dagster as dg


@dg.asset
def one() -> None:
    """Nothing."""


@dg.sensor(target=one)
def nothing_to_do() -> dg.SkipReason:
    return dg.SkipReason("Nothing to do.")


defs = dg.Definitions(assets=[one], sensors=[nothing_to_do])
