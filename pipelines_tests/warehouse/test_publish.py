"""Publishing a staged stream: exact rows, deletes with history, windows, the guard, and all or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.pyairbyte.destination import PublishedStream, StagedStream, Window, WindowProgress
from pipelines.pyairbyte.props import AirbyteStreamProps, StreamScope
from pipelines.sources.registry import CONNECTORS
from pipelines.warehouse.connection import Warehouse
from pipelines.warehouse.destination import WarehouseDestination
from pipelines.warehouse.errors import HeldBack, PublishError, WarehouseError
from pipelines_tests.support.staging import READ_AT, prepare, publish, stage

CLOCKIFY = CONNECTORS["clockify"]
TAGS = CLOCKIFY.stream("tags")
HOLIDAYS = CLOCKIFY.stream("holidays")
CLIENTS = CLOCKIFY.stream("clients")
ENTRIES = CLOCKIFY.stream("time_entries")
ACTIVITY = CONNECTORS["pivotal_tracker"].stream("activity")
STORIES = CONNECTORS["pivotal_tracker"].stream("stories")
PROJECTS = CONNECTORS["pivotal_tracker"].stream("projects")
LABELS = CONNECTORS["pivotal_tracker"].stream("labels")
COMMENTS = CONNECTORS["pivotal_tracker"].stream("comments")
DAY = timedelta(days=1)
MARCH_2 = datetime(2026, 3, 2, tzinfo=timezone.utc)


class Bench:
    """A warehouse file and a way to publish records into it."""

    def __init__(self, folder: Path, *, allow_large_removals: bool = False) -> None:
        self.folder = folder
        self.warehouse = Warehouse(str(folder / "warehouse.duckdb"), lock_timeout=5)
        self.allow_large_removals = allow_large_removals

    def stage(
        self, props: AirbyteStreamProps, records: list[dict[str, Any]], **how: Any
    ) -> StagedStream:
        return stage(self.folder / "staging.duckdb", props, records, **how)

    def publish(
        self, props: AirbyteStreamProps, records: list[dict[str, Any]], **how: Any
    ) -> PublishedStream:
        return self.apply(self.stage(props, records, **how))

    def apply(self, staged: StagedStream) -> PublishedStream:
        connector = CONNECTORS[staged.props.namespace]
        destination = WarehouseDestination(
            self.warehouse, connector, "live", self.allow_large_removals
        )
        prepare(destination)
        return publish(destination, staged)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self.warehouse.connect(read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def ids(self, table: str) -> list[Any]:
        return [row[0] for row in self.query(f"SELECT id FROM {table} ORDER BY id")]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def tag(identity: str, name: str = "a tag", **values: Any) -> dict[str, Any]:
    return {"id": identity, "name": name, "workspace_id": "w", "archived": False, **values}


def entry(identity: str, start: str, user: str = "u1", **values: Any) -> dict[str, Any]:
    return {
        "id": identity,
        "user_id": user,
        "time_interval": {"start": start, "end": None, "duration": None},
        **values,
    }


def test_snapshot_adds_changes_and_removes(bench: Bench) -> None:
    first = bench.publish(TAGS, [tag("a"), tag("b"), tag("c")])
    assert (first.added, first.changed, first.removed, first.rows) == (3, 0, 0, 3)

    second = bench.publish(TAGS, [tag("a"), tag("b", "renamed"), tag("d")])
    assert (second.added, second.changed, second.removed, second.rows) == (1, 1, 1, 3)
    assert bench.query("SELECT id, name FROM clockify.tags ORDER BY id") == [
        ("a", "a tag"),
        ("b", "renamed"),
        ("d", "a tag"),
    ]
    assert bench.ids("clockify.tags_deleted") == ["c"]


def test_publishing_the_same_batch_twice_changes_nothing(bench: Bench) -> None:
    bench.publish(TAGS, [tag("a"), tag("b")])
    before = bench.query("FROM clockify.tags ORDER BY id")
    again = bench.publish(TAGS, [tag("b"), tag("a")], read_at=READ_AT + DAY)
    assert (again.added, again.changed, again.removed) == (0, 0, 0)
    assert bench.query("FROM clockify.tags ORDER BY id") == before


def test_a_key_that_comes_twice_is_stored_once_as_last_read(bench: Bench) -> None:
    published = bench.publish(TAGS, [tag("a", "first"), tag("b"), tag("a", "last")])
    assert published.rows == 2
    assert bench.query("SELECT name FROM clockify.tags WHERE id = 'a'") == [("last",)]


def test_an_emptied_list_empties_the_table_when_a_later_read_agrees(bench: Bench) -> None:
    """However small the table; the same read published twice is no second one."""
    bench.publish(TAGS, [tag("a"), tag("b")])
    for _ in range(2):
        with pytest.raises(HeldBack, match="2 of 2 rows"):
            bench.publish(TAGS, [], read_at=READ_AT + DAY)
    assert bench.ids("clockify.tags") == ["a", "b"]
    published = bench.publish(TAGS, [], read_at=READ_AT + 2 * DAY)
    assert (published.rows, published.removed) == (0, 2)
    assert bench.ids("clockify.tags_deleted") == ["a", "b"]
    assert bench.query("SELECT count(*) FROM _pipelines.missing") == [(0,)]


def test_an_emptied_list_that_the_source_itself_counts_empties_the_table(bench: Bench) -> None:
    bench.publish(TAGS, [tag("a"), tag("b")])
    assert bench.apply(replace(bench.stage(TAGS, []), is_stated_empty=True)).removed == 2


def test_what_came_back_has_to_be_missed_twice_again(bench: Bench) -> None:
    """Four reads: all, none, all, none."""
    everything = [tag("a"), tag("b")]
    for number, rows in enumerate([everything, [], everything, []]):
        staged = bench.stage(TAGS, rows, read_at=READ_AT + number * DAY)
        if rows:
            bench.apply(staged)
        else:
            with pytest.raises(HeldBack):
                bench.apply(staged)
    assert bench.ids("clockify.tags") == ["a", "b"]


def test_an_optional_stream_holds_back_without_failing(bench: Bench) -> None:
    bench.publish(HOLIDAYS, [{"id": "h1"}, {"id": "h2"}])
    published = bench.publish(HOLIDAYS, [], read_at=READ_AT + DAY)
    assert published.removed == 0
    assert "2 rows are kept until a later read misses them, too" in published.warnings[0]
    assert bench.publish(HOLIDAYS, [], read_at=READ_AT + 2 * DAY).removed == 2


def test_one_parent_that_shows_nothing_keeps_its_rows_and_is_read_again(bench: Bench) -> None:
    """Project 1 has no labels all at once, project 2 lost one of two: what project 1 had waits for a second read."""
    labels = [{"id": 10 * p + n, "project_id": p} for p in (1, 2) for n in (1, 2)]
    listed, versions = ["1", "2"], {"1": "6", "2": "6"}
    bench.publish(LABELS, labels, versions={"1": "5", "2": "5"}, listed=listed)
    later = {"versions": versions, "listed": listed}
    published = bench.publish(LABELS, [labels[2]], read_at=READ_AT + DAY, **later)
    assert bench.ids("pivotal_tracker.labels") == [11, 12, 21]
    assert "of 1 projects: 2 rows are kept" in published.warnings[0]
    destination = WarehouseDestination(bench.warehouse, CONNECTORS["pivotal_tracker"], "live")
    with destination.open() as opened:
        assert opened.versions([LABELS], None) == {"labels": {"2": "6"}}
    bench.publish(LABELS, [labels[2]], read_at=READ_AT + 2 * DAY, **later)
    assert bench.ids("pivotal_tracker.labels") == [21]


def test_rows_of_a_parent_that_was_removed_itself_go_with_it(bench: Bench) -> None:
    projects = [{"id": number, "name": "p"} for number in (1, 2, 3)]
    bench.publish(PROJECTS, projects)
    bench.publish(LABELS, [{"id": 10 * p, "project_id": p} for p in (1, 2, 3)])
    bench.publish(PROJECTS, projects[1:], read_at=READ_AT + DAY)
    bench.publish(LABELS, [{"id": 20, "project_id": 2}, {"id": 30, "project_id": 3}])
    assert bench.ids("pivotal_tracker.labels") == [20, 30]


def test_deleted_history_says_when_a_row_was_first_and_last_seen(bench: Bench) -> None:
    """Read on 2, 3 and 4 March at noon; the row is there on the 2nd and 3rd."""
    others = [tag("b"), tag("c")]
    bench.publish(TAGS, [tag("a"), *others], read_at=READ_AT)
    bench.publish(TAGS, [tag("a"), *others], read_at=READ_AT + DAY)
    bench.publish(TAGS, others, read_at=READ_AT + 2 * DAY)
    assert bench.query("SELECT _first_seen_at, _last_seen_at FROM clockify.tags_deleted") == [
        (READ_AT, READ_AT + DAY)
    ]


def test_a_row_that_comes_back_leaves_the_deleted_history(bench: Bench) -> None:
    others = [tag("b"), tag("c")]
    bench.publish(TAGS, [tag("a"), *others], read_at=READ_AT)
    bench.publish(TAGS, others, read_at=READ_AT + DAY)
    bench.publish(TAGS, [tag("a"), *others], read_at=READ_AT + 2 * DAY)
    assert bench.ids("clockify.tags_deleted") == []
    assert bench.query("SELECT _first_seen_at FROM clockify.tags WHERE id = 'a'") == [(READ_AT,)]


@pytest.mark.parametrize(
    "text",
    [
        "5e1000000000000000000000",
        "007",
        "1e5",
        "",
        "null",
        "žluťoučký 🐎 '\"\\ \n\t line",
        "2026-01-01T00:00:00Z",
        "{}",
    ],
)
def test_text_arrives_unchanged(bench: Bench, text: str) -> None:
    bench.publish(TAGS, [tag("5e1000000000000000000000", text)])
    assert bench.query("SELECT id, name FROM clockify.tags") == [("5e1000000000000000000000", text)]


def test_undeclared_and_retyped_values_are_kept_in_extra(bench: Bench) -> None:
    staged = bench.stage(TAGS, [tag("a", archived="yes", colour="red")])
    bench.apply(staged)
    assert bench.query(
        "SELECT archived, _extra->>'colour', _extra->>'archived' FROM clockify.tags"
    ) == [(None, "red", "yes")]
    assert staged.drift.undeclared == {"colour": '"red"'}
    assert staged.drift.retyped == {"archived": '"yes"'}


def test_an_unreadable_instant_is_kept_in_extra(bench: Bench) -> None:
    bench.publish(STORIES, [{"id": 1, "created_at": "yesterday"}])
    assert bench.query("SELECT created_at, _extra->>'created_at' FROM pivotal_tracker.stories") == [
        (None, "yesterday")
    ]


def test_records_without_a_key_are_refused(bench: Bench) -> None:
    bench.publish(TAGS, [tag("a")])
    with pytest.raises(PublishError, match="1 records came without a usable id"):
        bench.publish(TAGS, [{"name": "an error page"}])
    assert bench.ids("clockify.tags") == ["a"]


def test_a_large_removal_is_held_back_and_let_through_by_the_setting(
    bench: Bench, tmp_path: Path
) -> None:
    """100 rows, 51 of them gone: held back; exactly 50 gone: applied."""
    everything = [tag(f"{number:03}") for number in range(100)]
    bench.publish(TAGS, everything)
    with pytest.raises(HeldBack, match="PIPELINES_ALLOW_LARGE_REMOVALS"):
        bench.publish(TAGS, everything[:49])
    assert len(bench.ids("clockify.tags")) == 100
    assert bench.ids("clockify.tags_deleted") == []

    assert bench.publish(TAGS, everything[:50]).removed == 50
    bench.publish(TAGS, everything)
    forced = Bench(tmp_path, allow_large_removals=True)
    assert forced.publish(TAGS, []).rows == 0


def test_a_window_replaces_its_days_and_nothing_else(bench: Bench) -> None:
    """Days 1 to 3 March; the 2nd is read again: one entry edited, one gone, one new."""
    march = [
        entry("a", "2026-03-01T23:59:59Z"),
        entry("b", "2026-03-02T00:00:00Z"),
        entry("c", "2026-03-02T23:59:59Z"),
        entry("d", "2026-03-03T00:00:00Z"),
    ]
    bench.publish(
        ENTRIES, march, window=Window(MARCH_2 - DAY, MARCH_2 + 2 * DAY), scope_keys=["u1"]
    )
    published = bench.publish(
        ENTRIES,
        [
            entry("b", "2026-03-02T00:00:00Z", description="edited"),
            entry("e", "2026-03-02T09:00:00Z"),
        ],
        window=Window(MARCH_2, MARCH_2 + DAY),
        scope_keys=["u1"],
    )
    assert (published.added, published.changed, published.removed) == (1, 1, 1)
    assert bench.ids("clockify.time_entries") == ["a", "b", "d", "e"]


def test_a_window_that_ends_today_also_speaks_for_the_future(bench: Bench) -> None:
    """Leave planned for the 9th is read with the 2nd, and gone when it was cancelled."""
    today = Window(MARCH_2, MARCH_2 + DAY, open_ended=True)
    planned = [entry("a", "2026-03-02T10:00:00Z"), entry("b", "2026-03-09T08:00:00Z")]
    bench.publish(ENTRIES, planned, window=today, scope_keys=["u1"])
    bench.publish(ENTRIES, planned[:1], window=today, scope_keys=["u1"])
    assert bench.ids("clockify.time_entries") == ["a"]


def test_an_entry_that_moved_to_another_day_lives_once(bench: Bench) -> None:
    """Moved from the 1st to the 2nd: reading the 2nd alone already takes it from the 1st."""
    window = Window(MARCH_2 - DAY, MARCH_2)
    bench.publish(ENTRIES, [entry("a", "2026-03-01T10:00:00Z")], window=window, scope_keys=["u1"])
    bench.publish(
        ENTRIES,
        [entry("a", "2026-03-02T10:00:00Z")],
        window=Window(MARCH_2, MARCH_2 + DAY),
        scope_keys=["u1"],
    )
    assert bench.query("SELECT id, time_interval->>'start' FROM clockify.time_entries") == [
        ("a", "2026-03-02T10:00:00Z")
    ]


def test_people_no_longer_listed_keep_their_entries(bench: Bench) -> None:
    window = Window(MARCH_2, MARCH_2 + DAY)
    both = [entry("a", "2026-03-02T10:00:00Z", "u1"), entry("b", "2026-03-02T10:00:00Z", "u2")]
    bench.publish(ENTRIES, both, window=window, scope_keys=["u1", "u2"])
    for number in (1, 2):
        bench.publish(ENTRIES, [], window=window, scope_keys=["u1"], read_at=READ_AT + number * DAY)
    assert bench.ids("clockify.time_entries") == ["b"]


def test_a_log_only_grows(bench: Bench) -> None:
    window = Window(MARCH_2, MARCH_2 + DAY)
    old = {"guid": "7_1", "occurred_at": "2026-03-02T10:00:00Z"}
    new = {"guid": "7_2", "occurred_at": "2026-03-02T11:00:00Z"}
    bench.publish(ACTIVITY, [old], window=window)
    published = bench.publish(ACTIVITY, [new], window=window)
    assert (published.added, published.removed, published.rows) == (1, 0, 2)


def comment(story: int, identity: int | None, text: str | None = None) -> dict[str, Any]:
    return {"id": identity, "story_id": story, "text": text}


def test_children_are_replaced_with_their_parent(bench: Bench) -> None:
    """Stories 1 and 2 are read again: 1 lost a comment, 2 lost its only one; 3 was not read."""
    bench.publish(COMMENTS, [comment(1, 11), comment(1, 12), comment(2, 21), comment(3, 31)])
    again = [comment(1, 12, "edited"), {"id": None, "story_id": 2}]
    published = bench.publish(COMMENTS, again, full=False)
    assert (published.added, published.changed, published.removed) == (0, 1, 2)
    assert bench.ids("pivotal_tracker.comments") == [12, 31]


def test_an_incremental_read_removes_only_when_it_was_a_whole_read(bench: Bench) -> None:
    stories = [
        {"id": 1, "project_id": 7, "updated_at": "2026-03-01T00:00:00Z"},
        {"id": 2, "project_id": 7},
    ]
    bench.publish(STORIES, stories)
    bench.publish(STORIES, [stories[0]], full=False)
    assert bench.ids("pivotal_tracker.stories") == [1, 2]
    bench.publish(STORIES, [stories[0]], full=True)
    assert bench.ids("pivotal_tracker.stories") == [1]


def test_rows_of_parents_that_did_not_change_stay(bench: Bench) -> None:
    """Project 1 did not move and was not read; project 2 lost a label; project 3 is no longer listed, twice."""
    versioned = replace(LABELS, scope=StreamScope("projects", "id", "project_id", ("version",)))
    labels = [
        {"id": 10 * project + n, "project_id": project} for project in (1, 2, 3) for n in (1, 2)
    ]
    bench.publish(versioned, labels, versions={"1": "5", "2": "7", "3": "1"})
    for number in (1, 2):
        bench.publish(
            versioned,
            [{"id": 21, "project_id": 2}],
            versions={"1": "5", "2": "8"},
            unchanged=["1"],
            read_at=READ_AT + number * DAY,
        )
    assert bench.ids("pivotal_tracker.labels") == [11, 12, 21]
    destination = WarehouseDestination(bench.warehouse, CONNECTORS["pivotal_tracker"], "live")
    with destination.open() as opened:
        assert opened.versions([LABELS], None) == {"labels": {"1": "5", "2": "8"}}


def test_of_two_versions_in_one_read_the_later_wins(bench: Bench) -> None:
    """Paging while people edit can repeat a story, the older version last."""
    versions = [
        {"id": 1, "name": "new", "updated_at": "2026-03-02T00:00:00Z"},
        {"id": 1, "name": "old", "updated_at": "2026-03-01T00:00:00Z"},
    ]
    bench.publish(STORIES, versions)
    assert bench.query("SELECT name FROM pivotal_tracker.stories") == [("new",)]


def test_state_is_saved_with_the_data_and_not_without(bench: Bench) -> None:
    bench.publish(TAGS, [tag("a")], state={"cursor": 1})
    with pytest.raises(PublishError):
        bench.publish(TAGS, [{"name": "no key"}], state={"cursor": 2})
    destination = WarehouseDestination(bench.warehouse, CLOCKIFY, "live")
    with destination.open() as opened:
        assert opened.states([TAGS]) == {"tags": {"cursor": 1}}


def test_demo_and_live_data_never_mix(bench: Bench) -> None:
    bench.publish(TAGS, [tag("a")])
    demo = WarehouseDestination(bench.warehouse, CLOCKIFY, "demo")
    with pytest.raises(WarehouseError, match="PIPELINES_WAREHOUSE"):
        prepare(demo)


_IDS = st.sampled_from("abcdef")
_SNAPSHOT = st.dictionaries(_IDS, st.sampled_from(["", "x", "y"]))


@settings(max_examples=25)
@given(history=st.lists(_SNAPSHOT, min_size=1, max_size=5))
def test_after_any_history_the_table_equals_the_last_snapshot(
    tmp_path_factory: pytest.TempPathFactory, history: list[dict[str, str]]
) -> None:
    """The law of a snapshot: table = last read, deleted = everything ever seen minus that; what is held back once, a
    second read decides.
    """
    bench = Bench(tmp_path_factory.mktemp("history"))
    for number, snapshot in enumerate(history):
        records = [tag(identity, name) for identity, name in snapshot.items()]
        try:
            bench.publish(TAGS, records, read_at=READ_AT + number * DAY)
        except HeldBack:
            bench.publish(TAGS, records, read_at=READ_AT + (number + 0.5) * DAY)
    last = sorted(history[-1].items())
    assert bench.query("SELECT id, name FROM clockify.tags ORDER BY id") == last
    gone = sorted({key for snapshot in history for key in snapshot} - set(history[-1]))
    assert bench.ids("clockify.tags_deleted") == gone


WINDOW = Window(MARCH_2, MARCH_2 + 2 * DAY)


def progress(
    *read: str, missing: int, earlier: dict[str, datetime] | None = None
) -> WindowProgress:
    return WindowProgress(frozenset(read), earlier or {}, len(read) + missing, missing)


def read_before(bench: Bench, window: Window = WINDOW) -> dict[str, datetime]:
    destination = WarehouseDestination(bench.warehouse, CLOCKIFY, "live")
    with destination.open() as opened:
        return dict(opened.parents_read([ENTRIES], window)["time_entries"])


def lately(minutes: float = 60) -> datetime:
    """So many minutes ago; progress counts for three days."""
    return datetime.now(timezone.utc).replace(microsecond=0) - timedelta(minutes=minutes)


def test_an_unfinished_window_replaces_what_its_finished_people_had_and_nothing_else(
    bench: Bench,
) -> None:
    """Of a person whose last page did not come not even the first one is applied."""
    old = [entry(f"{user}-old", "2026-03-02T08:00:00Z", user=user) for user in ("u1", "u2")]
    bench.publish(
        ENTRIES, old, window=WINDOW, progress=progress("u1", "u2", missing=0), read_at=lately(120)
    )
    before = bench.query("SELECT DISTINCT read_at FROM _pipelines.days_read")
    new = [entry(f"{user}-new", "2026-03-02T09:00:00Z", user=user) for user in ("u1", "u2")]
    bench.publish(
        ENTRIES, new, window=WINDOW, progress=progress("u1", missing=1), read_at=lately(60)
    )
    assert bench.ids("clockify.time_entries") == ["u1-new", "u2-old"]
    assert bench.query("SELECT DISTINCT read_at FROM _pipelines.days_read") == before


def test_days_count_as_read_once_nobody_is_missing_and_as_of_the_oldest_read(bench: Bench) -> None:
    first, second = lately(120), lately(60)
    bench.publish(
        ENTRIES,
        [entry("a", "2026-03-02T08:00:00Z", user="u1")],
        window=WINDOW,
        progress=progress("u1", missing=1),
        read_at=first,
    )
    assert bench.query("SELECT count(*) FROM _pipelines.days_read") == [(0,)]
    assert read_before(bench) == {"u1": first}
    bench.publish(
        ENTRIES,
        [entry("b", "2026-03-02T08:00:00Z", user="u2")],
        window=WINDOW,
        progress=progress("u2", missing=0, earlier=read_before(bench)),
        read_at=second,
    )
    assert bench.ids("clockify.time_entries") == ["a", "b"]
    days = bench.query("SELECT day, read_at FROM _pipelines.days_read ORDER BY day")
    assert days == [(MARCH_2.date(), first), ((MARCH_2 + DAY).date(), first)]
    assert read_before(bench) == {}


def test_progress_counts_for_its_days_only_and_not_for_ever(bench: Bench) -> None:
    for user, minutes in (("u1", 60.0), ("u2", 60.0 * 24 * 4)):
        bench.publish(
            ENTRIES,
            [],
            window=WINDOW,
            progress=progress(user, missing=1),
            read_at=lately(minutes),
        )
    assert set(read_before(bench)) == {"u1"}
    assert read_before(bench, Window(MARCH_2, MARCH_2 + DAY)) == {}
    assert read_before(bench, Window(MARCH_2, MARCH_2 + 3 * DAY)) == {}
    # What was read of closed days says nothing of what is dated later.
    assert read_before(bench, replace(WINDOW, open_ended=True)) == {}


def test_an_older_read_that_is_published_later_ends_the_progress_of_a_newer_one(
    bench: Bench,
) -> None:
    bench.publish(ENTRIES, [], window=WINDOW, progress=progress("u1", missing=1), read_at=lately(1))
    bench.publish(
        ENTRIES,
        [entry("a", "2026-03-02T08:00:00Z", user="u1")],
        window=Window(MARCH_2, MARCH_2 + DAY),
        progress=progress("u1", "u2", missing=0),
        read_at=lately(60),
    )
    assert read_before(bench) == {}


def test_a_refused_parent_keeps_its_rows_and_no_other(bench: Bench) -> None:
    """One project that always answers 403 must not keep what was deleted in the others."""
    labels = [{"id": n, "project_id": n % 2 + 1, "name": "a label"} for n in range(4)]
    bench.publish(LABELS, labels)
    published = bench.publish(LABELS, labels[1:2], refused=["1"], read_at=READ_AT + DAY)
    assert bench.ids("pivotal_tracker.labels") == [0, 1, 2]
    assert bench.ids("pivotal_tracker.labels_deleted") == [3]
    assert "nothing of 1 projects was removed: 2 rows of the table may" in published.warnings[0]


def test_nothing_is_out_of_date_of_a_parent_that_never_was_shown(bench: Bench) -> None:
    published = bench.publish(LABELS, [{"id": 1, "project_id": 2, "name": "a"}], refused=["1"])
    assert published.warnings == [
        "The source did not show all of the stream: nothing of 1 projects came."
    ]


def test_a_refusal_of_everything_removes_nothing(bench: Bench) -> None:
    bench.publish(TAGS, [tag("a"), tag("b")])
    refused = replace(
        bench.stage(TAGS, [], read_at=READ_AT + DAY), warnings=["403"], is_refused_whole=True
    )
    assert "nothing was removed" in bench.apply(refused).warnings[0]
    assert bench.ids("clockify.tags") == ["a", "b"]
