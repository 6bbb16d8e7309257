"""What a metric table is: name, grain, definition, columns, inputs and the function that computes it.

Here: the vocabulary that metric files, their assets and the generated documentation share.
Not here: any metric, any Dagster, any file or network access.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import duckdb

    from pipelines.metrics.settings import MetricSettings
    from pipelines.sources.pivotal_tracker.crosswalk import Successor
    from pipelines.sources.pivotal_tracker.importers import Titled

#: Over which rows of one table a column may be added up.
Adds = Literal["always", "within a currency", "within a project", "never"]


@dataclass(frozen=True)
class Column:
    """A column of a metric table: DuckDB type, and a description with its unit where it has one.

    ``null_is_a_group`` marks a part of the grain that may be NULL: "none" or "unknown" is then a group like any other.
    The other parts of a grain always have a value. ``adds`` says what may be added up where name and type would say
    something else (see ``units``).
    """

    name: str
    type: str
    description: str
    null_is_a_group: bool = False
    adds: Adds | None = None


@dataclass(frozen=True)
class MetricRun:
    """What a computation may depend on besides tables: the moment that counts as now, the settings, and the story crosswalk.

    ``tracker_as_of`` is the moment that counts as now in Tracker, where that is another one: its data may end before.
    ``reads_until`` is the moment up to which reads of the sources count; None: all of them, also those of a run that
    began before they were made.
    ``accepted`` are links of time entries to stories that somebody accepted: pairs of entry and story.
    ``titles`` are lines of the crosswalk that know a story by its title alone.
    ``left_out`` are optional inputs that cannot be read, and why (see ``left_out``).
    ``failing`` are the checks of tables that did not pass when they were last made, by address; None where nobody knows.
    """

    as_of: datetime
    settings: MetricSettings
    crosswalk: Sequence[Successor] = ()
    tracker_as_of: datetime | None = None
    reads_until: datetime | None = None
    accepted: Sequence[tuple[str, int]] = ()
    failing: Mapping[str, Sequence[str]] | None = None
    titles: Sequence[Titled] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)

    def as_of_in(self, schema: str) -> datetime:
        """The moment that counts as now in the tables of ``schema``."""
        return (schema == "project_management" and self.tracker_as_of) or self.as_of


Notes = Callable[["duckdb.DuckDBPyConnection", MetricRun], dict[str, str]]
Compute = Callable[["duckdb.DuckDBPyConnection", MetricRun], "duckdb.DuckDBPyRelation"]
#: SQL of a moment after all others, for ``MetricTable.holds_until``.
NEVER = "TIMESTAMPTZ '9999-01-01 00:00:00+00'"
HoldsUntil = Callable[["duckdb.DuckDBPyConnection", MetricRun], datetime]


@dataclass(frozen=True)
class MetricTable:
    """One metric table. ``definition`` is the single place where its meaning is written down (Markdown).

    ``compute`` gets a connection whose default catalog holds the raw and metric schemas and whose time zone is
    UTC, and returns a relation with at least the declared columns; it writes nothing but temporary objects.
    ``optional`` are those of its inputs that it does without: where one failed, what it tells is NULL, and the rest stands.
    ``settings`` names the sections of the settings file it depends on (``"forecast"``, ``"time_tracking"`` ...).
    ``uses_crosswalk`` says that it depends on the files that people keep: the story crosswalk, accepted links.
    ``headlines`` are the numbers that are worth a look after every run: SQL aggregates over the whole table, by name.
    No money and no points are among them, because an aggregate would add currencies, or the scales of projects.
    ``notes`` says, by name and in words, what the rows cannot, such as why some are missing.
    ``holds_until`` tells, where ``compute`` was called just before, the first later moment at which the rows could be
    others than now, everything else being equal. None: any later moment, as where hours are counted up to now.
    ``is_check`` says that it looks for tables that are wrong: it is computed in each run, and takes nobody's word for them.
    ``overlaps`` says, where rows stand for things that are in each other, why they must not be added up.
    """

    schema: str
    name: str
    grain: tuple[str, ...]
    definition: str
    columns: tuple[Column, ...]
    inputs: tuple[str, ...]
    compute: Compute
    settings: tuple[str, ...] = ()
    uses_crosswalk: bool = False
    headlines: Mapping[str, str] = field(default_factory=dict)
    notes: Notes | None = None
    overlaps: str | None = None
    holds_until: HoldsUntil | None = None
    optional: tuple[str, ...] = ()
    is_check: bool = False

    @property
    def address(self) -> str:
        """``schema.name``: the table's address in the warehouse and, with a slash, its asset key."""
        return f"{self.schema}.{self.name}"
