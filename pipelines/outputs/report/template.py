"""Fills the templates of the pages. A page asks no host for anything: its content security policy forbids all requests.

Not here: what is on which page.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from pipelines.metrics.catalog import FAMILIES
from pipelines.outputs.report.wording import UNKNOWN, beside, day, moment, raw, trend, written

_FOLDER = Path(__file__).parent


def rendered(template: str, **values: Any) -> str:
    """The page of the template of this name; ``values`` are what it shows."""
    return str(_environment().get_template(f"{template}.html.j2").render(**values))


@cache
def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        written=written,
        beside=beside,
        raw=raw,
        trend=trend,
        day=day,
        moment=moment,
        unknown=UNKNOWN,
        style=(_FOLDER / "page.css").read_text(encoding="utf-8"),
        script=_program((_FOLDER / "page.js").read_text(encoding="utf-8")),
    )
    return environment


@cache
def definitions() -> dict[str, Any]:
    """The definition of each metric table as HTML, by its address."""
    return {
        table.address: markup(table.definition) for tables in FAMILIES.values() for table in tables
    }


def markup(markdown: str) -> Any:
    """Markdown as HTML; tags in it are shown, not interpreted. Its tables scroll on their own."""
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    return Markup(
        html.replace("<table>", '<div class="scroll" tabindex="0"><table>').replace(
            "</table>", "</table></div>"
        )
    )


def drawing(svg: str) -> Any:
    """An SVG element as it is."""
    from markupsafe import Markup

    return Markup(svg)


def _program(text: str) -> Any:
    """A program for inside a script element: no string in it can end the element."""
    from markupsafe import Markup

    return Markup(text.replace("</script", "<\\/script").replace("<!--", "<\\!--"))
