"""Where in ``docs`` a table is described: one place that knows how the generated pages are cut."""

from __future__ import annotations

import posixpath
from itertools import chain

from pipelines.metrics.catalog import FAMILIES
from pipelines.metrics.model import MetricTable
from pipelines.outputs.reference.markdown import anchor
from pipelines.warehouse.raw_tables import stream_address

LINEAGE = "metrics/lineage.md"
SETTINGS = "metrics/settings.md"

#: The metric tables by schema, in which they are looked up; a family, by which they are computed, may have others, too.
SCHEMAS: dict[str, list[MetricTable]] = {}
for _metric in chain.from_iterable(FAMILIES.values()):
    SCHEMAS.setdefault(_metric.schema, []).append(_metric)


def page_of(address: str) -> str:
    """The page of a table, as a path in ``docs``.

    >>> page_of("clockify.tags"), page_of("effort.people")
    ('streams.md', 'metrics/effort.md')
    """
    schema = address.partition(".")[0]
    return f"metrics/{schema}.md" if schema in SCHEMAS else "streams.md"


def place_of(address: str, *, page: str = "", folder: str = "") -> str:
    """The link to a table's section, seen from ``folder`` of ``docs``; of another ``page`` than its own.

    A table beside a stream's own has no section: the stream's has it.

    >>> place_of("clockify.tags"), place_of("clockify.tags", folder="metrics")
    ('streams.md#clockifytags', '../streams.md#clockifytags')
    """
    path = posixpath.relpath(page or page_of(address), folder or ".")
    return f"{path}#{anchor(stream_address(address))}"


def link_to_table(address: str, text: str = "", *, page: str = "", folder: str = "") -> str:
    """The link with its text: the address, where no other is given."""
    shown = text if page else f"`{text or address}`"
    return f"[{shown}]({place_of(address, page=page, folder=folder)})"
