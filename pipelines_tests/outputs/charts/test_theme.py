"""Colours can be told from white and from the dark page, and from each other with any colour vision."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

import pipelines.outputs.report as report
from pipelines.outputs.charts import theme

#: Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
DEFICIENCIES = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
MARKS = {*theme.PALETTE, *theme.STATES.values(), *theme.STORY_TYPES.values(), theme.GREY}


def linear(colour: str) -> list[float]:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def page_colours(name: str) -> list[str]:
    """The values of a colour variable of the page: light, then dark."""
    style = (Path(report.__file__).parent / "page.css").read_text(encoding="utf-8")
    return re.findall(rf"--{name}: (#[0-9a-f]{{6}})", style)


def test_marks_stand_out_from_white_and_from_the_dark_page() -> None:
    light, dark = page_colours("card")
    for colour in MARKS:
        assert contrast(colour, theme.PICTURE.background) >= 3, colour
        assert contrast(colour, light) >= 3, colour
        assert contrast(colour, dark) >= 3, colour


@pytest.mark.parametrize("name", ["text", "muted", "link", "better", "worse"])
def test_text_is_readable_in_light_and_dark(name: str) -> None:
    for colour, card, page in zip(
        page_colours(name), page_colours("card"), page_colours("page"), strict=True
    ):
        assert contrast(colour, card) >= 4.5
        assert contrast(colour, page) >= 4.5


def test_text_in_cells_is_readable() -> None:
    for cell in (theme.LOW, theme.MIDDLE, theme.HIGH):
        assert contrast(theme.CELL_TEXT, cell) >= 4.5


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_colours_that_carry_meaning_differ_without_red_or_green(deficiency: str) -> None:
    def seen(colour: str) -> list[float]:
        return [
            sum(weight * part for weight, part in zip(row, linear(colour), strict=True))
            for row in DEFICIENCIES[deficiency]
        ]

    for colours in (theme.STORY_TYPES, {"low": theme.LOW, "high": theme.HIGH}):
        for one, other in combinations(colours.values(), 2):
            distance = sum((a - b) ** 2 for a, b in zip(seen(one), seen(other), strict=True)) ** 0.5
            assert distance > 0.15, (one, other)
