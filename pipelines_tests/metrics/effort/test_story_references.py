"""Which ids a text names: every notation, and what only looks like one."""

from __future__ import annotations

import pytest

from pipelines.metrics.effort.story_references import STORY_REFERENCES
from pipelines.metrics.settings import LinkSettings, MetricSettings
from pipelines_tests.metrics.effort.support import add_entry, add_story, warehouse, write_until
from pipelines_tests.support.tables import insert

KNOWN = (5, 12345678, 187654321, 187654322, 1876543210)


def references(text: str, known: tuple[int, ...] = KNOWN) -> set[tuple[int, str, bool]]:
    """(story_id, notation, is_known) of one description, when the stories ``known`` exist."""
    con = warehouse()
    for story_id in known:
        add_story(con, story_id)
    add_entry(con, "e1", description=text)
    return {
        (row["story_id"], row["notation"], row["is_known"])
        for row in write_until(con, STORY_REFERENCES)
    }


@pytest.mark.parametrize(
    "text",
    [
        "#187654321",
        "[#187654321]",
        "[Finishes #187654321] login",
        "(#187654321)",
        "fixes:#187654321.",
        "**#187654321**",
        "##187654321",
        "#187654321-login-form",
        "修复#187654321的问题",
        "„#187654321“ Prüfung",
        "login\n#187654321\n",
        "Login\u00a0#187654321\u00a0fertig",
    ],
)
def test_a_number_after_a_hash_is_a_reference(text: str) -> None:
    assert references(text) == {(187654321, "hash", True)}


@pytest.mark.parametrize(
    "text",
    [
        "[Finishes #187654321 #187654322]",
        "#187654321,#187654322",
        "#187654321/#187654322",
        "#187654321 and (#187654322), again #187654321",
    ],
)
def test_several_ids_count_once_each(text: str) -> None:
    assert references(text) == {(187654321, "hash", True), (187654322, "hash", True)}


@pytest.mark.parametrize(
    "text",
    [
        "https://www.pivotaltracker.com/story/show/187654321",
        "see https://www.pivotaltracker.com/n/projects/99/stories/187654321, please",
        "<https://www.pivotaltracker.com/story/show/187654321>",
        "[login](https://www.pivotaltracker.com/story/show/187654321)",
        "http://tracker.example:8080/story/show/187654321?tab=187654322#comment-187654322",
        "www.pivotaltracker.com/story/show/187654321",
    ],
)
def test_a_story_url_is_a_reference_and_no_other_number_in_it(text: str) -> None:
    assert references(text) == {(187654321, "url", True)}


@pytest.mark.parametrize(
    ("text", "story_id"),
    [
        ("187654321", 187654321),
        ("login 187654321: form", 187654321),
        ("(187654321)", 187654321),
        ("12345678.", 12345678),
        ("1876543210?", 1876543210),
        ("修复187654321的问题", 187654321),
    ],
)
def test_a_bare_number_of_8_to_10_digits_is_a_reference_to_a_known_story(
    text: str, story_id: int
) -> None:
    assert references(text) == {(story_id, "bare", True)}


@pytest.mark.parametrize(
    "text",
    [
        "call 198765432",  # no known story
        "5",  # known, but too short to stand alone
        "187654321000",
        "a187654321",
        "187654321b",
        "v1.187654321",
        "+187654321",
        "030-187654321",
        "187654321-2",
        "$187654321",
        "€187654321",
        "IBAN_187654321",
        "x=187654321",
        "https://example.com/orders/187654321",
        "https://example.com/?order=187654321&id=187654322",
        "me@187654321",
        "report/187654321",
        "0187654321",
        "2026-06-01 10:30",
    ],
)
def test_numbers_that_are_part_of_something_else_are_no_references(text: str) -> None:
    assert references(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "#4",  # the fourth item of a list
        "colour #123456",
        "colour #187654ff",
        "#187654321abc",
        "repo#187654321",
        "&#187654321;",
        "https://example.com/page#187654321",
        "https://example.com/#187654321",
        "#0187654321",
        "#12345678901234567890",
        "# 99",
        "#",
        "",
    ],
)
def test_hashes_that_are_no_references(text: str) -> None:
    assert references(text) == set()


def test_an_unknown_id_is_kept_where_it_must_be_meant_as_one() -> None:
    """7 to 10 digits after a hash, any number in a story URL; a bare unknown number is just a number."""
    text = "#1876543 #1999999999 https://tracker.example/story/show/42 199999998"
    assert references(text) == {
        (1876543, "hash", False),
        (1999999999, "hash", False),
        (42, "url", False),
    }


def test_a_known_id_counts_at_any_length_after_a_hash_and_in_a_url() -> None:
    assert references("#5") == {(5, "hash", True)}
    assert references("https://tracker.example/story/show/5") == {(5, "url", True)}
    assert references("[Finishes #1 #2]", known=(1, 2)) == {(1, "hash", True), (2, "hash", True)}


def test_an_id_in_several_notations_has_the_first_of_them() -> None:
    text = "187654321 https://tracker.example/story/show/187654321 #187654321"
    assert references(text) == {(187654321, "hash", True)}


def test_a_deleted_story_is_known() -> None:
    con = warehouse()
    add_story(con, 187654321, is_deleted=True)
    add_entry(con, "e1", description="#187654321")
    assert write_until(con, STORY_REFERENCES)[0]["is_known"]


def test_only_work_is_read() -> None:
    """A break, a holiday and a running timer name a story in vain."""
    con = warehouse()
    add_story(con, 187654321)
    for entry_id, values in {
        "break": {"type": "BREAK"},
        "holiday": {"type": "HOLIDAY"},
        "running": {"is_running": True},
    }.items():
        add_entry(con, entry_id, description="#187654321", is_work=False, **values)
    assert write_until(con, STORY_REFERENCES) == []


def test_task_names_and_custom_fields_are_sources_of_their_own() -> None:
    con = warehouse()
    add_story(con, 187654321)
    add_entry(con, "e1", description=None, task_name="#187654321 login")
    insert(
        con,
        "clockify.time_entries",
        [
            {
                "id": "e1",
                "custom_field_values": [
                    {"customFieldId": "f1", "name": "Ticket", "type": "TXT", "value": "#187654399"},
                    {"customFieldId": "f2", "name": "Story", "type": "NUMBER", "value": 187654321},
                    {"customFieldId": "f3", "name": "Tags", "value": ["a", "#187654398"]},
                    {"customFieldId": "187654321", "name": "Empty", "value": None},
                ],
            }
        ],
    )
    found = {(row["source"], row["story_id"]) for row in write_until(con, STORY_REFERENCES)}
    assert found == {
        ("task_name", 187654321),
        ("custom_fields", 187654321),
        ("custom_fields", 187654398),
        ("custom_fields", 187654399),
    }


def test_settings_choose_sources_fields_and_bare_ids() -> None:
    con = warehouse()
    for story_id in (187654321, 187654322, 187654323):
        add_story(con, story_id)
    add_entry(con, "e1", description="187654321", task_name="#187654322")
    insert(
        con,
        "clockify.time_entries",
        [
            {
                "id": "e1",
                "custom_field_values": [
                    {"name": "Story", "value": "#187654323"},
                    {"name": "Other", "value": "#187654322"},
                ],
            }
        ],
    )
    settings = MetricSettings(
        links=LinkSettings(
            sources=("description", "custom_fields"), custom_fields=("Story",), bare_ids=False
        )
    )
    found = [row["story_id"] for row in write_until(con, STORY_REFERENCES, settings)]
    assert found == [187654323]


def test_custom_fields_of_entries_that_are_not_work_are_not_read() -> None:
    con = warehouse()
    add_story(con, 187654321)
    insert(
        con,
        "clockify.time_entries",
        [{"id": "gone", "custom_field_values": [{"name": "Story", "value": "#187654321"}]}],
    )
    assert write_until(con, STORY_REFERENCES) == []


@pytest.mark.parametrize("value", [187654321, 187654321.0, "187654321.0", ["187654321 Retry", "x"]])
def test_a_number_in_a_custom_field_is_an_id_however_it_is_sent(value: object) -> None:
    con = warehouse()
    add_story(con, 187654321)
    add_entry(con, "e1", description=None)
    fields = [{"customFieldId": "f", "name": "Ticket", "type": "NUMBER", "value": value}]
    insert(con, "clockify.time_entries", [{"id": "e1", "custom_field_values": fields}])
    (row,) = write_until(con, STORY_REFERENCES)
    assert (row["story_id"], row["notation"]) == (187654321, "bare")


def test_a_number_with_decimals_is_none() -> None:
    con = warehouse()
    add_story(con, 187654321)
    add_entry(con, "e1", description=None)
    fields = [{"customFieldId": "f", "name": "Price", "type": "NUMBER", "value": 187654321.05}]
    insert(con, "clockify.time_entries", [{"id": "e1", "custom_field_values": fields}])
    assert write_until(con, STORY_REFERENCES) == []
