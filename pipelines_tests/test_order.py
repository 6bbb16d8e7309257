"""The order of tests on several workers."""

from __future__ import annotations

from pipelines_tests.support.order import long_ones_first

ITEMS = [
    *(f"a/test_quick.py::{n}" for n in range(10)),
    *(f"e2e/test_daemon.py::slow{n}" for n in range(2)),
    *(f"e2e/test_torture.py::slow{n}" for n in range(3)),
    "e2e/test_workers.py::slow",
    *(f"z/test_quick.py::{n}" for n in range(9)),
]


def ordered(workers: int) -> list[str]:
    return long_ones_first(ITEMS, workers, str, lambda item: "slow" in item)


def test_each_worker_begins_with_long_ones_and_has_as_many_tests() -> None:
    """Of 25 tests xdist gives 8 to the first worker, 8 to the second and 9 to the third."""
    found = ordered(3)
    shares = [found[:8], found[8:16], found[16:]]
    assert [[item for item in share if "slow" in item] for share in shares] == [
        ["e2e/test_daemon.py::slow0", "e2e/test_daemon.py::slow1"],
        ["e2e/test_workers.py::slow"],
        [f"e2e/test_torture.py::slow{n}" for n in range(3)],
    ]
    assert all("slow" in share[0] for share in shares)


def test_nothing_is_lost_and_short_ones_keep_their_order() -> None:
    for workers in range(1, 30):
        found = ordered(workers)
        assert sorted(found) == sorted(ITEMS)
        assert [item for item in found if "slow" not in item] == [
            item for item in ITEMS if "slow" not in item
        ]
