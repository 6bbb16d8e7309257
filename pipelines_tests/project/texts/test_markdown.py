"""Texts of others in Markdown: a viewer makes nothing of them but text."""

from __future__ import annotations

import random

import pytest
from markdown_it import MarkdownIt

from pipelines.project.texts.markdown import cell, inline, name, quoted

PIECES = (
    *(
        "![x](http://e.example/x.png)",
        "[l](javascript:alert)",
        "<img src=//e.example onerror=x>",
        "<b>",
    ),
    *(
        "https://e.example/",
        "www.e.example",
        "a@e.example",
        "mailto:a@e.example",
        "http://[",
        "&amp;",
        "&#x3c;",
    ),
    *(
        "`code`",
        "**bold**",
        "__init__",
        "_it_",
        "snake_case",
        "~~gone~~",
        "# ",
        "- ",
        "1. ",
        "1) ",
        "> ",
    ),
    *(
        "\n",
        "\r\n",
        "\u2028",
        "\n\n",
        "|",
        "\\",
        "!",
        "[",
        "]",
        "(",
        ")",
        "```",
        "---",
        "===",
        "word ",
    ),
)
#: What a viewer may make of a text that is nothing else.
_PLAIN = {"inline", "text", "paragraph_open", "paragraph_close", "text_special"}


def _random_texts(seed: int) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices(PIECES, k=chance.randint(1, 8))) for _ in range(400)]


def _kinds(markdown: str) -> set[str]:
    tokens = (
        MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(markdown)
    )
    return {part.type for token in tokens for part in (token, *(token.children or []))}


def _shown(markdown: str) -> str:
    tokens = (
        MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(markdown)
    )
    return "".join(part.content for token in tokens for part in token.children or [])


@pytest.mark.parametrize("escape", [inline, cell])
def test_a_line_of_text_is_text_and_shows_what_it_was(escape) -> None:  # type: ignore[no-untyped-def]
    """A law over random texts of everything that Markdown acts on."""
    for text in _random_texts(20260303):
        line = " ".join(text.split())
        escaped = escape(text)
        assert "\n" not in escaped
        assert _kinds(escaped) <= _PLAIN, text
        assert _shown(escaped) == line, text


def test_a_cell_ends_where_it_should() -> None:
    for text in _random_texts(20260304):
        table = f"| a | b |\n| --- | --- |\n| {cell(text)} | end |"
        tokens = (
            MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(table)
        )
        cells = [token for token in tokens if token.type == "td_open"]
        assert len(cells) == 2, text
        assert not {"image", "link_open", "html_inline", "html_block"} & _kinds(table), text


def test_a_quotation_stays_one_and_asks_no_host() -> None:
    for text in _random_texts(20260305):
        page = f"# Ours\n\n{quoted('x' + text)}\n\n## Ours too\n"
        assert all(line.startswith(">") for line in quoted("x" + text).split("\n")), text
        tokens = MarkdownIt("commonmark", {"html": True}).parse(page)
        outside = [token.type for token in tokens if token.level == 0 and token.type != "inline"]
        assert outside == [
            *("heading_open", "heading_close", "blockquote_open", "blockquote_close"),
            *("heading_open", "heading_close"),
        ], text
        assert not {"image", "html_inline", "html_block"} & _kinds(page), text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("time_interval", "time_interval"),
        ("![x](http://e.example)", "??x??http???e.example?"),
        ("a\nb", "a b"),
        ("Größe", "Größe"),
    ],
)
def test_a_name_is_nothing_but_a_name(text: str, kept: str) -> None:
    assert name(text) == kept
