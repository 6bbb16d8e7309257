"""The look of all charts: colours, sizes, fonts, for a picture and for a page.

The palette is Okabe and Ito's, which people with any colour vision can tell apart, with orange, sky blue and grey
darkened so that every colour has a contrast of at least 3:1 to white and to the dark page (WCAG 2.2, 1.4.11).
One palette therefore serves light and dark; only text, lines and background change.
Not here: what is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
OCHRE = "#B87700"
SKY = "#3A93C9"
PURPLE = "#CC79A7"
VIOLET = "#8C6BB1"
GREY = "#808691"

#: For things without a meaning of their own, in this order.
PALETTE = (BLUE, OCHRE, GREEN, VERMILION, VIOLET, SKY, PURPLE)

STORY_TYPES = {"feature": BLUE, "bug": VERMILION, "chore": GREEN}
STATES = {
    "unscheduled": GREY,
    "unstarted": SKY,
    "planned": PURPLE,
    "started": OCHRE,
    "finished": VIOLET,
    "delivered": BLUE,
    "rejected": VERMILION,
    "accepted": GREEN,
}

#: Cells that carry dark text: below, at and above the middle of a scale.
LOW, MIDDLE, HIGH = "#7FB8E0", "#F1F1EE", "#F0A35E"
CELL_TEXT = "#16191D"

#: A drawing is so wide, axes included: on a phone, which shows it at 350, its text still has 8 pixels.
DRAWING_WIDTH = 560
#: Size of the plotting area in pixels, which is fitted to the width of the drawing; axes and legends come on top.
WIDTH = 450
PANEL_HEIGHT = 120
LABEL_HEIGHT = 15
LABEL_WIDTH = 44
#: A row of marks with its label above, and how far above the middle of the mark the label ends.
LABELLED_ROW = 34
LABEL_ABOVE = 9
#: The smallest text of a drawing.
TEXT_SIZE = 13
#: Text is measured so much larger than it is drawn, because the reader's font may be wider than the one here.
MEASURED = 1.1
_MEASURED_SIZE = TEXT_SIZE * MEASURED


@dataclass(frozen=True)
class Ink:
    """The colours that differ between light and dark."""

    text: str
    muted: str
    grid: str
    background: str
    font: str


PICTURE = Ink("#16191D", "#565D66", "#E3E5E8", "#FFFFFF", "sans-serif")
#: A page says what these are, so that the same drawing follows the reader's light or dark setting, and print.
PAGE = Ink("var(--text)", "var(--muted)", "var(--grid)", "transparent", "system-ui, sans-serif")


def config(ink: Ink) -> dict[str, Any]:
    """The Vega-Lite configuration of every chart."""
    return {
        "background": ink.background,
        "font": ink.font,
        "padding": 4,
        "view": {"stroke": None},
        "title": {
            "anchor": "start",
            "color": ink.text,
            "fontSize": 16,
            "fontWeight": 600,
            "subtitleColor": ink.muted,
            "subtitleFontSize": _MEASURED_SIZE,
            "subtitlePadding": 4,
            "offset": 12,
        },
        "axis": {
            "labelColor": ink.text,
            "titleColor": ink.muted,
            "labelFontSize": _MEASURED_SIZE,
            "titleFontSize": _MEASURED_SIZE,
            "titleFontWeight": "normal",
            "gridColor": ink.grid,
            "domainColor": ink.muted,
            "tickColor": ink.muted,
            "labelOverlap": "greedy",
            "labelSeparation": 6,
            "labelFlush": False,
        },
        "axisX": {"grid": False, "tickCount": 6},
        "axisY": {"domain": False, "ticks": False, "tickCount": 4},
        "legend": {
            "orient": "top",
            "direction": "horizontal",
            "labelColor": ink.text,
            "titleColor": ink.muted,
            "labelFontSize": _MEASURED_SIZE,
            "symbolSize": 90,
            "symbolOpacity": 1,
            "symbolBaseFillColor": ink.text,
            "symbolBaseStrokeColor": ink.text,
            "labelLimit": 190,
            "columns": 3,
            "columnPadding": 16,
            "titleFontWeight": "normal",
            "titleFontSize": _MEASURED_SIZE,
            "title": None,
        },
        "concat": {"spacing": 14},
        "text": {"color": ink.text, "fontSize": _MEASURED_SIZE},
        "rule": {"color": ink.muted},
        "line": {"strokeWidth": 2},
        "point": {"filled": True, "size": 40},
    }
