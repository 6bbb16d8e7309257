"""Small components on small values."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("timeInterval", "time_interval"),
        ("id", "id"),
        ("ccEmails", "cc_emails"),
        ("project_id", "project_id"),
        ("everyoneIncludingNew", "everyone_including_new"),
    ],
)
def test_snake_case(name: str, expected: str) -> None:
    from pipelines.sources.cdk.transformations import snake_case

    assert snake_case(name) == expected


def test_only_top_level_keys_are_renamed_in_their_order() -> None:
    from pipelines.sources.cdk import SnakeCaseKeys

    record = {"timeInterval": {"startAt": 1}, "tagIds": [{"someKey": 2}], "id": 3}
    SnakeCaseKeys(parameters={}).transform(record)
    assert list(record.items()) == [
        ("time_interval", {"startAt": 1}),
        ("tag_ids", [{"someKey": 2}]),
        ("id", 3),
    ]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "10:00:00"), (1, "09:59:50"), (11, "09:59:40")]
)
def test_state_goes_back_by_the_time_of_the_last_read(seconds: int, expected: str) -> None:
    """And the CDK's newest state of all partitions is dropped, so that a new one starts at nothing."""
    from pipelines.sources.cdk import OverlappingState

    partition = {"project_id": 1, "parent_slice": {}}
    state: dict[str, Any] = {
        "use_global_cursor": False,
        "states": [{"partition": partition, "cursor": {"updated_at": "2026-03-01T10:00:00Z"}}],
        "state": {"updated_at": "2026-03-01T10:00:00Z"},
        "lookback_window": seconds,
        "parent_state": {},
    }
    migration = OverlappingState(parameters={})
    assert migration.should_migrate(state)
    assert not migration.should_migrate({})
    assert migration.migrate(state) == {
        "use_global_cursor": False,
        "states": [{"partition": partition, "cursor": {"updated_at": f"2026-03-01T{expected}Z"}}],
    }


def test_instants_of_every_form() -> None:
    from pipelines.sources.cdk.filters import instant

    forms = [
        "2026-03-01",
        "2026-03-01T00:00:00Z",
        "2026-03-01T02:00:00+02:00",
        "2026-03-01T00:00:00",
    ]
    assert len({instant(form) for form in forms}) == 1


def test_components_are_declared_so_that_every_interpreter_can_tell_their_types() -> None:
    """Python 3.10 fails at an ``InitVar`` that is text; later ones do not notice."""
    from pipelines.sources import cdk

    for name in cdk.__all__:
        annotations = vars(getattr(cdk, name)).get("__annotations__", {})
        texts = [field for field, kind in annotations.items() if "InitVar" in repr(kind)]
        assert not [field for field in texts if isinstance(annotations[field], str)], name
