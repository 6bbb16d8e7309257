"""A drawing for a page: static SVG that reads without JavaScript, scales to any width, and says what each mark is.

Every drawing is ``DRAWING_WIDTH`` wide, so that its text is readable on a phone, on a screen and on paper. Marks keep as
``aria-label`` what a tooltip would say. Not here: what is drawn, and the page around it.
"""

from __future__ import annotations

import copy
import re
from typing import Any

from pipelines.outputs.charts.kept import drawn_once
from pipelines.outputs.charts.theme import DRAWING_WIDTH, MEASURED, WIDTH

#: A drawing that is less than this narrower than it could be stays as it is.
_SLACK = 12
_CORRECTIONS = 3

_SIZE = re.compile(r'<svg [^>]*viewBox="0 0 (?P<width>[\d.]+) (?P<height>[\d.]+)">')
_LONG_NUMBER = re.compile(r"(\d\.\d{2})\d+")
_PLACE = re.compile(r'(?<= )(?:transform|d|x2|y2|x|y|width|height)="[^"]*"')
_LABEL = re.compile(r'aria-label="(?P<text>[^"]*)"')
_MONTH_FIRST = re.compile(r"\b(?P<month>[A-Z][a-z]{2}) 0?(?P<day>\d{1,2}), (?P<year>\d{4})\b")
#: Entries of a tooltip begin with a capital; what Vega adds of axes and colours does not.
_FIRST_ENTRY = re.compile(r"(?:^|; )(?=[A-Z][^:;]*: )")
_FONT_SIZE = re.compile(r'font-size="(?P<size>[\d.]+)px"')
_ID = re.compile(r'(?P<before>\bid="|url\(#)(?P<id>[\w-]+)')


def page_drawing(specification: dict[str, Any], name: str) -> str:
    """The chart of the specification as an SVG element. ``name`` keeps its ids apart from those of other drawings."""
    drawn = drawn_once(specification, f"svg {name}", lambda: _drawn(specification, name).encode())
    return drawn.decode()


def _drawn(specification: dict[str, Any], name: str) -> str:
    drawn = _fitted(specification)
    drawn = _LABEL.sub(lambda found: f'aria-label="{_told(found["text"])}"', drawn)
    drawn = _PLACE.sub(lambda found: _LONG_NUMBER.sub(r"\1", found[0]), drawn)
    drawn = _FONT_SIZE.sub(
        lambda found: f'font-size="{float(found["size"]) / MEASURED:.1f}px"', drawn
    )
    # The library counts on from drawing to drawing; the same chart is to be the same text.
    numbers: dict[str, int] = {}
    drawn = _ID.sub(
        lambda found: f"{found['before']}{name}-{numbers.setdefault(found['id'], len(numbers))}",
        drawn,
    )
    return _SIZE.sub(_opening(name, drawn), drawn, count=1)


def _fitted(specification: dict[str, Any]) -> str:
    """The drawing with a plotting area that makes it as wide as all are.

    What axes and labels take is known only after drawing; labels behind bars become narrower with them, so that one
    correction may not be enough.
    """
    width: float = WIDTH
    drawn = _svg(specification)
    for _ in range(_CORRECTIONS):
        spare = DRAWING_WIDTH - _width(drawn)
        if 0 <= spare <= _SLACK:
            break
        width += spare
        drawn = _svg(_widened(specification, width))
    return drawn


def _svg(specification: dict[str, Any]) -> str:
    import vl_convert

    return str(vl_convert.vegalite_to_svg(specification))


def _width(drawn: str) -> float:
    found = _SIZE.search(drawn)
    return float(found["width"]) if found else DRAWING_WIDTH


def _widened(specification: dict[str, Any], width: float) -> dict[str, Any]:
    """The specification with plotting areas of another width."""
    copied = copy.deepcopy(specification)
    for view in (copied, *copied.get("vconcat", ())):
        if view.get("width") == WIDTH:
            view["width"] = max(120, round(width))
    return copied


def _opening(name: str, drawn: str) -> str:
    found = _SIZE.search(drawn)
    width, height = (found["width"], found["height"]) if found else (DRAWING_WIDTH, 0)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="group" aria-labelledby="chart-{name}-title">'
    )


def _told(label: str) -> str:
    """What a mark says: the entries of its tooltip, days written like everywhere else."""
    first = _FIRST_ENTRY.search(label)
    told = label[first.end() :] if first else label
    return _MONTH_FIRST.sub(r"\g<day> \g<month> \g<year>", told)
