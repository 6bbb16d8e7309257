"""Which checks did not pass when they were last made, as Dagster remembers it.

Not here: any check (``checks``), and what is said of them (``catalog.tables``).
"""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg


def failing_checks(context: dg.AssetExecutionContext) -> dict[str, Sequence[str]]:
    """By table address, a text for each check with a failure as its last result: its name and what it found."""
    graph = context.job_def.asset_layer.asset_graph
    keys = sorted(graph.asset_check_keys)
    records = context.instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    failing: dict[str, list[str]] = {}
    for key in keys:
        record = records.get(key)
        # Of a check that is only planned there is something else.
        evaluation = record.evaluation if record else None
        if isinstance(evaluation, dg.AssetCheckEvaluation) and not evaluation.passed:
            said = f"{key.name}: {evaluation.description or 'not passed'}"
            failing.setdefault(".".join(key.asset_key.path), []).append(said)
    return {address: tuple(told) for address, told in failing.items()}
