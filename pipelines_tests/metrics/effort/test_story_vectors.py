"""Vectors of stories: alike where texts are, kept where texts stay, and nothing is downloaded for them."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import duckdb
import numpy as np
import pytest

from pipelines.metrics.effort import story_vectors
from pipelines.metrics.effort.embedding import DIMENSIONS, embed, packed, unpacked
from pipelines.metrics.effort.story_vectors import STORY_VECTORS
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines_tests.support.metric_tables import metric_warehouse

RUN = MetricRun(as_of=datetime(2026, 6, 1, tzinfo=timezone.utc), settings=MetricSettings())
TEXTS = ["Log in with a Google account", "Sign in using Google", "Export invoices as a CSV file"]


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """Two stories, a deleted one and a release."""
    connection = metric_warehouse()
    connection.execute(
        """
        INSERT INTO project_management.story_facts (story_id, name, story_type, label_names, is_deleted) VALUES
            (1, 'Pay by card', 'feature', ['payments'], false),
            (2, 'Export invoices', 'feature', [], false),
            (3, 'Gone', 'feature', [], true),
            (4, 'Release 1', 'release', [], false);
        INSERT INTO pivotal_tracker.stories (id, description) VALUES (1, 'With a credit card.'), (2, NULL)
        """
    )
    return connection


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are made vectors of, as they are."""
    texts: list[str] = []

    def counted(given: Sequence[str]) -> Any:
        texts.extend(given)
        return embed(given)

    monkeypatch.setattr(story_vectors, "embed", counted)
    return texts


def vectors(con: duckdb.DuckDBPyConnection) -> dict[int, str]:
    write_metric(con, STORY_VECTORS, RUN)
    return dict(con.execute("SELECT story_id, vector FROM effort.story_vectors").fetchall())


def test_texts_about_the_same_thing_point_the_same_way() -> None:
    found = embed(TEXTS)
    assert found[0] @ found[1] > 0.5
    assert abs(found[0] @ found[2]) < 0.2


def test_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert embed(["x"]).shape == (1, DIMENSIONS)


def test_a_text_without_words_points_nowhere() -> None:
    assert not embed([""]).any()
    assert not unpacked(packed(embed([""]))).any()


def test_packing_loses_less_than_one_part_in_a_hundred() -> None:
    found = embed(TEXTS)
    assert np.allclose((unpacked(packed(found)) * found).sum(axis=1), 1, atol=0.01)


def test_stories_have_vectors_but_deleted_ones_and_releases(
    con: duckdb.DuckDBPyConnection, embedded: list[str]
) -> None:
    assert sorted(vectors(con)) == [1, 2]
    assert embedded == ["Pay by card. payments. With a credit card.", "Export invoices"]


def test_only_what_changed_is_computed_again(
    con: duckdb.DuckDBPyConnection, embedded: list[str]
) -> None:
    before = vectors(con)
    embedded.clear()
    assert vectors(con) == before
    assert embedded == []
    con.execute("UPDATE pivotal_tracker.stories SET description = 'Or by bank.' WHERE id = 1")
    after = vectors(con)
    assert embedded == ["Pay by card. payments. Or by bank."]
    assert after[2] == before[2]
    assert after[1] != before[1]


def test_without_stories_there_are_no_vectors() -> None:
    with metric_warehouse() as con:
        assert vectors(con) == {}


def test_without_the_packages_the_vectors_that_are_there_stay_and_the_run_goes_on(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = vectors(con)
    con.execute(
        "UPDATE project_management.story_facts SET name = 'Export bills' WHERE story_id = 2"
    )
    monkeypatch.setattr(story_vectors, "is_installed", lambda: False)
    assert vectors(con) == {1: before[1]}
    assert STORY_VECTORS.notes
    assert "pip install '.[search]'" in STORY_VECTORS.notes(con, RUN)["left_out"]
