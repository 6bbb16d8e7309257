"""Texts for a terminal."""

from __future__ import annotations

import pytest

from pipelines.project.texts.terminal import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\nof two lines", "plain\ttext\nof two lines"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("a\rb\x08\x7f\x9b", r"a\rb\x08\x7f\x9b"),
        ("abc\u202etxt", r"abc\u202etxt"),
        ("äöü 漢字 🎉", "äöü 漢字 🎉"),
    ],
)
def test_controls_are_spelled_out(text: str, shown: str) -> None:
    assert plain(text) == shown
