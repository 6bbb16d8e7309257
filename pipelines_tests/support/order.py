"""In which order several workers run the tests: the long ones first, so that none of them is left when all else is done.

xdist cuts the list into one share for each worker, and a worker that is done takes from the end of another's share. Here:
long tests at the front of all shares. Not here: what is long (the marker ``slow``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

#: Seconds of one core that the longest files take, rounded; each other one counts as ``_OTHERS``. A figure that is wrong
#: costs some time and nothing else.
_SECONDS = {
    "test_daemon.py": 300,
    "test_warehouses.py": 250,
    "test_dagster_ui.py": 150,
    "test_workers.py": 150,
    "test_commands.py": 150,
    "test_dead_runs.py": 100,
    "test_kill.py": 100,
    "test_incremental.py": 90,
}
_OTHERS = 30
#: Their tests have nothing in common, so that they may be shared out one by one.
_ONE_BY_ONE = ("test_torture.py",)


def long_ones_first(
    items: Sequence[T], workers: int, name: Callable[[T], str], is_long: Callable[[T], bool]
) -> list[T]:
    """``items`` in shares as xdist cuts them for ``workers``, each with its long ones first; ``name`` gives ``folder/file.py::test``.

    The long tests of a file stay together, because they share what was started for them.
    """
    groups: dict[str, list[T]] = defaultdict(list)
    short = [item for item in items if not is_long(item)]
    for item in items:
        if is_long(item):
            file, _, _ = name(item).partition("::")
            groups[name(item) if file.endswith(_ONE_BY_ONE) else file].append(item)
    shares: list[list[T]] = [[] for _ in range(workers)]
    loads = [0] * workers
    for group in sorted(groups, key=_seconds, reverse=True):
        lightest = loads.index(min(loads))
        shares[lightest] += groups[group]
        loads[lightest] += _seconds(group)
    left = len(items)
    for place, share in enumerate(shares):
        size = left // (workers - place)
        taken = max(0, size - len(share))
        share += short[:taken]
        short = short[taken:]
        left -= len(share)
    return [item for share in shares for item in share] + short


def _seconds(group: str) -> int:
    file = group.partition("::")[0].rpartition("/")[2]
    return _SECONDS.get(file, _OTHERS)
