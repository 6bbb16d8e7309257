"""What a chart is: a name, a title, the metric table it belongs to, the tables it reads, and how it is drawn.

Not here: any chart, any drawing, any look.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import altair as alt
    import duckdb

#: The projects that a chart has a panel for, by id, and the panel of one of them.
Projects = Callable[["duckdb.DuckDBPyConnection", datetime], dict[int, str]]
BuildOne = Callable[["duckdb.DuckDBPyConnection", datetime, int, str], "alt.TopLevelMixin"]
Build = Callable[["duckdb.DuckDBPyConnection", datetime], "alt.TopLevelMixin"]


@dataclass(frozen=True)
class Chart:
    """One chart. ``asset`` is the metric table, ``schema.table``, whose definition is shown beside it.

    ``build`` gets a connection whose default catalog holds the tables of ``inputs`` (all exist, any may be empty)
    and the moment that counts as now. It reads a bounded number of rows and returns the chart with all data inside.
    A chart with a panel for each Tracker project tells ``projects`` and draws one of them with ``build_one``.
    ``module`` is where it is drawn, if that is not the module of ``build``.
    """

    name: str
    title: str
    asset: str
    inputs: tuple[str, ...]
    build: Build
    projects: Projects | None = None
    build_one: BuildOne | None = None
    module: str = ""
