"""When metric tables are requested, on a small graph of one daily input, one other, and two tables that build on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timezone
from uuid import uuid4

import dagster as dg
import pytest
from dagster._core.definitions.data_version import DATA_VERSION_TAG
from dagster._core.events import AssetMaterializationPlannedData, DagsterEvent
from dagster._core.test_utils import create_run_for_test

from pipelines.defs.automation.metrics_follow import metrics_condition
from pipelines.pyairbyte.partitions import daily_partitions

ENTRIES = dg.AssetKey(["clockify", "time_entries"])
USERS = dg.AssetKey(["clockify", "users"])
FACTS = dg.AssetKey(["time_tracking", "facts"])
WEEKLY = dg.AssetKey(["time_tracking", "weekly"])
NOW = datetime(2026, 3, 20, 12, tzinfo=timezone.utc)


def definitions(weekly_settings: str = "8 hours a day") -> dg.Definitions:
    @dg.asset(key=ENTRIES, partitions_def=daily_partitions(date(2026, 3, 1)))
    def entries() -> None: ...

    @dg.asset(key=USERS)
    def users() -> None: ...

    @dg.asset(
        key=FACTS,
        deps=[ENTRIES, USERS],
        automation_condition=metrics_condition([ENTRIES, USERS]),
    )
    def facts() -> None: ...

    @dg.asset(
        key=WEEKLY,
        deps=[FACTS],
        code_version=weekly_settings,
        automation_condition=metrics_condition([ENTRIES, USERS]),
    )
    def weekly() -> None: ...

    return dg.Definitions([entries, users, facts, weekly])


class Looks:
    """An instance in which everything but today's entries was read and computed, and looks of the sensor at it."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.definitions = definitions()
        self.now = NOW
        self.cursor: dg.AutomationConditionCursor | None = None  # type: ignore[name-defined]
        self.update(USERS)
        self.update(ENTRIES, "2026-03-05")
        self.look()

    def update(self, *keys_and_partition: dg.AssetKey | str, version: str | None = None) -> None:
        """Materialize an asset or a partition of it, with a data version that it never had if none is given."""
        key, *partition = keys_and_partition
        assert isinstance(key, dg.AssetKey)
        self.instance.report_runless_asset_event(
            dg.AssetMaterialization(
                key,
                partition=str(partition[0]) if partition else None,
                tags={DATA_VERSION_TAG: version or uuid4().hex},
            )
        )

    def reading(self, key: dg.AssetKey) -> dg.DagsterRun:
        """A run in flight that has yet to materialize ``key``."""
        run = create_run_for_test(self.instance, status=dg.DagsterRunStatus.STARTED)
        planned = DagsterEvent.build_asset_materialization_planned_event(
            run.job_name, "read", AssetMaterializationPlannedData(key)
        )
        self.instance.report_dagster_event(planned, run.run_id)
        return run

    def look(self) -> set[dg.AssetKey]:
        result = dg.evaluate_automation_conditions(
            self.definitions, self.instance, cursor=self.cursor, evaluation_time=self.now
        )
        self.cursor = result.cursor
        return {key for key in (FACTS, WEEKLY) if result.get_num_requested(key)}

    def look_twice(self) -> set[dg.AssetKey]:
        """What two looks request; the first one never does because of an update."""
        assert self.look() == set()
        return self.look()


@pytest.fixture
def looks() -> Iterator[Looks]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Looks(instance)


def test_without_news_nothing_is_requested(looks: Looks) -> None:
    assert looks.look() == set()


def test_an_old_day_that_is_read_again_requests_all_tables_at_once_although_days_are_missing(
    looks: Looks,
) -> None:
    looks.update(ENTRIES, "2026-03-05")
    assert looks.look_twice() == {FACTS, WEEKLY}


def test_a_run_that_ends_while_it_is_looked_at_is_not_repeated(looks: Looks) -> None:
    """The first look sees the input's update and not yet the tables' own."""
    looks.update(ENTRIES, "2026-03-05")
    assert looks.look() == set()
    looks.update(FACTS)
    looks.update(WEEKLY)
    assert looks.look_twice() == set()


def test_nothing_is_requested_while_a_stream_behind_an_input_is_read(looks: Looks) -> None:
    """The weeks are made of facts, and these of users: new facts alone are not worth a computation now."""
    run = looks.reading(USERS)
    looks.update(FACTS)
    assert [looks.look() for _ in range(3)] == [set()] * 3
    looks.instance.report_run_canceled(run)
    assert looks.look_twice() == {WEEKLY}


def test_an_input_that_is_as_it_was_requests_nothing(looks: Looks) -> None:
    looks.update(USERS, version="a")
    looks.update(ENTRIES, "2026-03-05", version="a")
    assert looks.look_twice() == {FACTS, WEEKLY}
    looks.update(FACTS)
    looks.update(WEEKLY)
    for _ in range(3):
        looks.update(USERS, version="a")
        looks.update(ENTRIES, "2026-03-05", version="a")
        assert [looks.look() for _ in range(3)] == [set()] * 3
    looks.update(USERS, version="b")
    assert looks.look_twice() == {FACTS, WEEKLY}


def test_reads_and_tables_of_one_run_leave_nothing_to_do(looks: Looks) -> None:
    """Its inputs changed before the tables were computed; then they are read again, without news."""
    looks.update(USERS, version="b")
    looks.update(FACTS)
    looks.update(WEEKLY)
    assert looks.look() == set()
    looks.update(USERS, version="b")
    assert [looks.look() for _ in range(3)] == [set()] * 3


def test_a_table_that_came_out_as_it_was_leads_to_nothing(looks: Looks) -> None:
    looks.update(FACTS, version="a")
    assert looks.look_twice() == {WEEKLY}
    looks.update(WEEKLY)
    looks.update(FACTS, version="a")
    assert [looks.look() for _ in range(3)] == [set()] * 3


def test_a_change_is_not_forgotten_over_reads_without_news(looks: Looks) -> None:
    """What was requested failed; the next read shows nothing new, and what it shows is not computed yet."""
    looks.update(USERS, version="b")
    assert looks.look_twice() == {FACTS, WEEKLY}
    assert looks.look() == set()
    looks.update(USERS, version="b")
    assert looks.look_twice() == {FACTS, WEEKLY}


def test_what_was_computed_after_its_inputs_is_not_requested(looks: Looks) -> None:
    looks.update(ENTRIES, "2026-03-05")
    looks.update(FACTS)
    looks.update(WEEKLY)
    assert looks.look() == set()
    assert looks.look() == set()


@pytest.mark.parametrize(("limit", "computed_again"), [("3", set()), ("2", {FACTS, WEEKLY})])
def test_more_days_at_once_than_dagster_compares_are_computed_twice(
    looks: Looks, monkeypatch: pytest.MonkeyPatch, limit: str, computed_again: set[dg.AssetKey]
) -> None:
    """Three days were read and the tables computed between two looks. That is why ``make ui`` raises the limit."""
    monkeypatch.setenv("DAGSTER_MAX_PARTITIONS_FOR_DA_TIMESTAMP_FETCH", limit)
    for day in ("2026-03-05", "2026-03-06", "2026-03-07"):
        looks.update(ENTRIES, day)
    looks.update(FACTS)
    looks.update(WEEKLY)
    looks.now = datetime.now(timezone.utc)
    assert looks.look_twice() == computed_again


def test_an_input_that_arrives_right_after_the_computation_is_not_lost(looks: Looks) -> None:
    looks.update(FACTS)
    looks.update(WEEKLY)
    looks.update(USERS)
    assert FACTS in looks.look_twice()


def test_what_was_requested_is_not_requested_again_whatever_became_of_it(looks: Looks) -> None:
    looks.update(USERS)
    assert looks.look_twice() == {FACTS, WEEKLY}
    assert looks.look() == set()
    assert looks.look() == set()
    looks.update(USERS)
    assert looks.look_twice() == {FACTS, WEEKLY}


def test_a_changed_setting_requests_what_depends_on_it_and_nothing_else(looks: Looks) -> None:
    looks.update(FACTS)
    looks.update(WEEKLY)
    looks.look()
    looks.definitions = definitions("7.5 hours a day")
    assert looks.look() == {WEEKLY}
    assert looks.look() == set()


def test_a_finished_request_settles_it(looks: Looks) -> None:
    looks.update(USERS)
    assert looks.look_twice() == {FACTS, WEEKLY}
    looks.update(FACTS)
    looks.update(WEEKLY)
    assert looks.look() == set()
    assert looks.look() == set()


def test_tables_whose_input_was_never_read_wait_for_it() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        looks = Looks.__new__(Looks)
        looks.instance, looks.definitions, looks.cursor = instance, definitions(), None
        looks.now = NOW
        looks.look()
        looks.update(ENTRIES, "2026-03-05")
        assert looks.look() == set()
        looks.update(USERS)
        assert looks.look() == {FACTS, WEEKLY}
