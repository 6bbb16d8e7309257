"""Texts of others in what is made from them: whatever a text holds, what it goes into can be read."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.project.texts.drawings import for_drawing, for_xml

CONTROLS = [chr(n) for n in range(32) if chr(n) not in "\t\n\r"]


@pytest.mark.parametrize("character", [*CONTROLS, "\ufffe", "\uffff"])
def test_a_character_that_xml_cannot_hold_becomes_a_space(character: str) -> None:
    assert for_xml(f"pasted{character}from Word") == "pasted from Word"


@given(text=st.text(max_size=50))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_every_text_fits_xml(text: str) -> None:
    ElementTree.fromstring(f"<t>{escape(for_xml(text))}</t>")


def test_what_fits_is_left_as_it_is() -> None:
    text = "tab\tline\nreturn\r DEL \x7f, NEL \x85, žluťoučký 🐎 \ufffd"
    assert for_xml(text) == text


def test_a_value_for_a_drawing_is_mended_wherever_the_fault_lies() -> None:
    inf, nan = float("inf"), float("nan")
    value = {"ti\x0btle": ["a\x00b", 1, 1e300, nan, {"deep": (-inf, None, True)}]}
    assert for_drawing(value) == {"ti tle": ["a b", 1, 1e300, None, {"deep": [None, None, True]}]}
