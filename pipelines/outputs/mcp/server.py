"""The server: its tools, resources and prompts, each a few lines around what answers it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from pipelines.metrics.catalog import FAMILIES
from pipelines.outputs.mcp import definitions, figures, pictures, stories
from pipelines.outputs.mcp.answers import QUOTED, answer, quoted
from pipelines.outputs.mcp.errors import Question
from pipelines.outputs.mcp.prompts import PROMPTS
from pipelines.outputs.mcp.query import Limits, run_query
from pipelines.outputs.mcp.search import StorySearch
from pipelines.outputs.reference.llms_page import llms_page
from pipelines.outputs.snapshot.open import Moment, SnapshotMissing, opened
from pipelines.warehouse.backends.extensions import extension_file
from pipelines.warehouse.errors import first_line

if TYPE_CHECKING:
    import duckdb
    from mcp.server.fastmcp import FastMCP

NAME = "tracker-clockify-pipelines"
_INSTRUCTIONS = f"""\
Delivery, time and cost of one company, from Pivotal Tracker and Clockify, as the last run left them. Every answer names the
moment it is of (as_of); say it with each number. NULL is unknown, never zero. Begin with headline or list_metrics, look up a
table with describe before you query it, and add up only what describe says may be added. {QUOTED}"""

Body = Callable[["duckdb.DuckDBPyConnection", Moment], dict[str, Any]]


def make_server(file: Path, limits: Limits | None = None, **options: Any) -> FastMCP[Any]:
    """The server of the snapshot at ``file``, which need not be there yet; ``options`` go to ``FastMCP``."""
    from mcp.server.fastmcp import FastMCP

    server: FastMCP[Any] = FastMCP(NAME, instructions=_INSTRUCTIONS, log_level="WARNING", **options)
    _add_tables(server, file, limits or Limits())
    _add_figures(server, file)
    _add_stories(server, file)
    _add_resources(server, file)
    for prompt in PROMPTS:
        server.prompt()(prompt)
    return server


def _add_tables(server: FastMCP[Any], file: Path, limits: Limits) -> None:
    tool = _tool_of(server)

    @tool
    async def list_metrics(
        topic: Annotated[
            str | None,
            Field(description="Words that the tables are about, such as budget or velocity."),
        ] = None,
    ) -> str:
        """List the tables, with what a row of each is; with a topic, those about it."""
        return await _answered(file, lambda con, _: definitions.list_metrics(con, topic))

    @tool
    async def describe(
        table: Annotated[str, Field(description="schema.table, as list_metrics has it.")],
    ) -> str:
        """Tell what a table means: definition, grain, columns with units, joins, what may be added up, settings in force, freshness and failing checks."""
        return await _answered(file, lambda con, _: definitions.describe(con, table))

    @tool
    async def explain(table: str, column: str) -> str:
        """Tell what a column is made of, step by step down to the raw fields, with the definition of each step."""
        return await _answered(file, lambda con, _: definitions.explain(con, table, column))

    @tool
    async def query(
        sql: Annotated[
            str, Field(description="One SELECT in DuckDB's SQL; tables are schema.table.")
        ],
        insist: Annotated[
            bool, Field(description="Run it although a sum in it means nothing by the definitions.")
        ] = False,
    ) -> str:
        """Ask the tables in SQL, read-only. The answer tells its limits and what was cut."""

        def body(con: duckdb.DuckDBPyConnection, _: Moment) -> dict[str, Any]:
            found = run_query(con, file, sql, limits, insist=insist)
            return {**found, "rows": quoted(found["rows"])}

        return await _answered(file, body)


def _add_figures(server: FastMCP[Any], file: Path) -> None:
    from mcp.server.fastmcp import Image

    tool = _tool_of(server)

    @tool
    async def headline(
        project: Annotated[
            str | int | None,
            Field(description="Name or id of a Tracker project; the whole company without."),
        ] = None,
        period: Annotated[
            str | None,
            Field(
                description="2026-05, 2026-05-11 or 2026-05-04/2026-05-17; the last 4 full weeks without."
            ),
        ] = None,
    ) -> str:
        """Give the report's figures: stories, hours, shares, money, velocity, cycle time, forecast; each with its meaning."""
        return await _answered(
            file, lambda con, moment: figures.headline(con, moment, project, period)
        )

    @tool
    async def forecast(
        project: Annotated[str | int, Field(description="Name or id of a Tracker project.")],
        question: Annotated[
            str,
            Field(description="when (open stories done) or how_many (stories in so many weeks)"),
        ] = "when",
    ) -> str:
        """Forecast by simulation when the open stories are done, or how many are done in some weeks, and how past forecasts did."""
        return await _answered(file, lambda con, _: figures.forecast(con, project, question))

    @tool
    async def open_questions() -> str:
        """List what the data itself raises: numbers that should be zero and are not, and what to do about each."""
        return await _answered(file, figures.open_questions)

    @tool
    async def chart(
        name: Annotated[
            str, Field(description="Name of a chart, such as burnup, forecast or velocity.")
        ],
        project: Annotated[
            str | int | None, Field(description="Name or id of one project.")
        ] = None,
    ) -> Any:
        """Draw one of the report's charts as a PNG, of all projects or of one."""
        found: list[tuple[Any, bytes]] = []

        def body(con: duckdb.DuckDBPyConnection, moment: Moment) -> dict[str, Any]:
            found.append(pictures.chart(con, moment, name, project))
            chosen, picture = found[0]
            return {
                "chart": chosen.name,
                "title": chosen.title,
                "definition_of": chosen.asset,
                "bytes": len(picture),
            }

        said = await _answered(file, body)
        return [said, Image(data=found[0][1], format="png")]


def _add_stories(server: FastMCP[Any], file: Path) -> None:
    tool = _tool_of(server)
    search = StorySearch(file)
    full_text = extension_file("fts")
    words = [full_text] if full_text else []

    @tool
    async def story(
        story_id: Annotated[str | int, Field(description="The story's number, such as 123456789.")],
    ) -> str:
        """Tell all that is known of a story: facts, description, comments, states, time and cost."""
        return await _answered(file, lambda con, moment: stories.story(con, moment, story_id))

    @tool
    async def search_stories(
        text: Annotated[str, Field(description="Words, or a sentence in your own words.")],
    ) -> str:
        """Find stories by what they are about, the best first."""
        return await _answered(file, lambda con, _: search.find(con, text), *words)


def _add_resources(server: FastMCP[Any], file: Path) -> None:
    @server.resource("definitions://all", mime_type="text/plain")
    def all_definitions() -> str:
        """All tables and columns in the fewest words."""
        return llms_page()

    @server.resource("definitions://{table}", mime_type="text/markdown")
    def definition(table: str) -> str:
        """The definition of one metric table."""
        known = {metric.address: metric for tables in FAMILIES.values() for metric in tables}
        if table not in known:
            raise ValueError(f"There is no metric table {table}: definitions://all names them.")
        return f"# {table}\n\n{known[table].definition.strip()}\n"

    @server.resource("figures://report", mime_type="application/json")
    async def report_figures() -> str:
        """The report's figures of the company, as JSON."""
        return await _answered(file, lambda con, moment: figures.headline(con, moment, None, None))


def _tool_of(server: FastMCP[Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a tool that reads only; what it cannot answer becomes a sentence for the one who asked."""
    from mcp.server.fastmcp.exceptions import ToolError
    from mcp.types import ToolAnnotations

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        async def told(*args: Any, **kwargs: Any) -> Any:
            try:
                return await function(*args, **kwargs)
            except (Question, SnapshotMissing) as error:
                raise ToolError(str(error)) from None
            except Exception as error:  # noqa: BLE001 (the one who asked gets a sentence, whatever it is)
                raise ToolError(f"This could not be answered: {first_line(error)}") from None

        annotations = ToolAnnotations(readOnlyHint=True, idempotentHint=True, openWorldHint=False)
        return server.tool(annotations=annotations, structured_output=False)(told)

    return register


async def _answered(file: Path, body: Body, *extensions: Path) -> str:
    """The answer of ``body`` to the newest snapshot, found in a thread, so that others are answered meanwhile."""
    from anyio.to_thread import run_sync

    def find() -> str:
        with opened(file, *extensions) as (con, moment):
            return answer(moment, body(con, moment))

    return await run_sync(find)
