"""What is aimed at, and how a measurement compares: ratios, so that they hold on any machine."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.report import Target
from benchmarks.sync.measure import Run


def full(runs: Mapping[str, Run]) -> list[Target]:
    """Without latency."""
    ours, guides, dlt, floor = (runs[name] for name in ("ours", "guides", "dlt_rest", "floor"))
    return [
        Target("requests, ours / guides", ours.requests / guides.requests, 1 / 20),
        Target(
            "wall, ours / the faster of guides and dlt",
            ours.wall / min(guides.wall, dlt.wall),
            0.25,
        ),
        Target(
            "read and publish, ours / floor", ours.read_and_publish / floor.read_and_publish, 2.5
        ),
    ]


def at_latency(runs: Mapping[str, Run]) -> list[Target]:
    """With latency."""
    ours, guides, dlt, floor = (runs[name] for name in ("ours", "guides", "dlt_rest", "floor"))
    return [
        Target("wall, ours / guides", ours.wall / guides.wall, 1 / 8),
        Target("wall, ours / dlt", ours.wall / dlt.wall, 0.5),
        Target("wall, ours / floor", ours.wall / floor.wall, 2),
    ]


def nothing_new(ours: Run) -> list[Target]:
    """Of a sync that finds nothing new."""
    return [
        Target("nothing new: requests", ours.requests, 20),
        Target(
            "nothing new: seconds beyond the start of interpreter and PyAirbyte",
            ours.read_and_publish,
            2,
        ),
    ]


def memory(ours: Run) -> list[Target]:
    """Of a large sync."""
    return [Target("wall s", ours.wall, 35), Target("peak GB", ours.peak_gb, 1.1)]
