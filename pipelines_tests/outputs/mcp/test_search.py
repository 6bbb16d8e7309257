"""Search of stories: by their words, by what they mean, and by the newest snapshot."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from pipelines.metrics.effort.story_vectors import STORY_VECTORS
from pipelines.metrics.model import MetricRun
from pipelines.metrics.settings import MetricSettings
from pipelines.metrics.write import write_metric
from pipelines.outputs.mcp.errors import Question
from pipelines.outputs.mcp.search import StorySearch
from pipelines.outputs.snapshot.open import opened
from pipelines.outputs.snapshot.write import FILE_NAME
from pipelines.warehouse.backends.extensions import extension_file
from pipelines_tests.outputs.mcp.conftest import publish
from pipelines_tests.support.metric_tables import metric_warehouse

AS_OF = datetime(2026, 6, 1, tzinfo=timezone.utc)
STORIES = {
    1: ("Pay by credit card", "The customer enters a card number."),
    2: ("Sign in with Google", "Nobody wants another password."),
    3: ("Export invoices as CSV", "For the accountant's spreadsheet."),
    4: ("Show the weather", "Rain or sun on the start page."),
    5: ("Refund an order", "Money goes back to the customer."),
}


def published(folder: Path, stories: dict[int, tuple[str, str]]) -> Path:
    with metric_warehouse() as con:
        for number, (name, description) in stories.items():
            con.execute(
                "INSERT INTO project_management.story_facts (story_id, name, story_type, label_names, is_deleted) "
                "VALUES ($id, $name, 'feature', [], false)",
                {"id": number, "name": name},
            )
            con.execute(
                "INSERT INTO pivotal_tracker.stories (id, description) VALUES ($id, $text)",
                {"id": number, "text": description},
            )
        write_metric(con, STORY_VECTORS, MetricRun(as_of=AS_OF, settings=MetricSettings()))
        publish(con, AS_OF, folder)
    return folder / FILE_NAME


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> StorySearch:
    return StorySearch(published(tmp_path_factory.mktemp("search"), STORIES))


def find(search: StorySearch, text: str) -> list[dict[str, Any]]:
    full_text = extension_file("fts")
    assert full_text is not None
    with opened(search.file, full_text) as (con, _):
        found: list[dict[str, Any]] = search.find(con, text)["stories"]
    return found


@pytest.mark.parametrize(
    ("text", "story"),
    [
        ("credit card", 1),
        ("cards", 1),
        ("log in", 2),
        ("authentication through a google account", 2),
        ("spreadsheet", 3),
        ("exporting an invoice", 3),
        ("give the money back", 5),
    ],
)
def test_the_story_that_is_meant_comes_first(search: StorySearch, text: str, story: int) -> None:
    assert find(search, text)[0]["story_id"] == story


def test_words_and_meaning_each_find_what_the_other_does_not(search: StorySearch) -> None:
    (by_words,) = (one for one in find(search, "accountant") if one["story_id"] == 3)
    assert "words" in by_words["found_by"]
    first = find(search, "login")[0]
    assert (first["story_id"], set(first["found_by"])) == (2, {"meaning"})


def test_names_are_quoted_and_quotes_break_nothing(search: StorySearch) -> None:
    assert find(search, 'credit "card" \'; DROP TABLE x --')[0]["name"] == "«Pay by credit card»"


def test_a_newer_snapshot_is_searched_at_once(tmp_path: Path) -> None:
    search = StorySearch(published(tmp_path, {1: STORIES[1]}))
    assert [one["story_id"] for one in find(search, "card")] == [1]
    published(tmp_path, {7: ("Another card", "")})
    assert [one["story_id"] for one in find(search, "card")] == [7]


def test_without_a_word_there_is_nothing_to_search(search: StorySearch) -> None:
    with pytest.raises(Question, match="at least one word"):
        find(search, " ?! ")


def test_without_stories_nothing_is_found(tmp_path: Path) -> None:
    assert find(StorySearch(published(tmp_path, {})), "card") == []
