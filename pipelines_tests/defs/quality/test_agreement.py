"""Agreement: what counts as agreeing."""

from __future__ import annotations

from pipelines.defs.quality.agreement import Sums, reconciled_sums
from pipelines_tests.support.tables import raw_warehouse


def test_a_sum_that_is_not_known_to_agree_does_not() -> None:
    connection = raw_warehouse()
    connection.execute(
        "CREATE TABLE effort.reconciliation AS FROM (VALUES "
        "('c', 1.0::DOUBLE, 1.0::DOUBLE, 0, true), ('a', 1.0, 2.0, 1, false), ('b', 1.0, 1.0, 0, NULL)"
        ") AS sums(check_name, left_value, right_value, mismatches, ok)"
    )
    assert reconciled_sums(connection) == [
        Sums("a", 1.0, 2.0, 1, False),
        Sums("b", 1.0, 1.0, 0, False),
        Sums("c", 1.0, 1.0, 0, True),
    ]
