"""The commands. Errors of settings or warehouse end with one sentence and exit status 1."""

from __future__ import annotations

import os
import socket
import sys
import traceback
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.metrics.effort.link_suggestions import WORTH_A_LOOK
from pipelines.outputs.mirror.errors import MirrorError
from pipelines.project.environment import SettingsError
from pipelines.project.folder import PROJECT
from pipelines.project.texts.secrets import blot_logs, blotted, keep_secrets_in
from pipelines.project.texts.terminal import plain
from pipelines.sources.pivotal_tracker.archive.errors import ArchiveError
from pipelines.sources.pivotal_tracker.crosswalk import CrosswalkError
from pipelines.warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from pipelines.defs.settings import Settings

_CREDENTIALS = ("PIVOTAL_TRACKER_API_TOKEN", "PIVOTAL_TRACKER_ARCHIVE", "CLOCKIFY_API_KEY")


#: What people use most, in this order; the others follow as they are defined.
_FIRST = ("demo", "sync", "resync", "ui", "status", "report")


class _ByUse(click.Group):
    """Lists its commands by use, each with the whole first sentence of its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return [*_FIRST, *(name for name in self.commands if name not in _FIRST)]

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        # Click cuts what it takes from a help by itself.
        cmd.short_help = (cmd.help or "").partition(". ")[0].rstrip(".") + "."
        super().add_command(cmd, name)


@click.group(cls=_ByUse, help="Pivotal Tracker and Clockify as trusted tables and metrics.")
def cli() -> None:
    pass


@cli.command(
    help="Read the bundled demo source, whatever credentials are set, and compute all metrics."
)
@click.option(
    "--weeks-ago",
    type=click.IntRange(min=1),
    help="Read the company as it was so many weeks ago; a read of today on top of it then shows what changed since.",
)
def demo(weeks_ago: int | None) -> None:
    if weeks_ago:
        then = datetime.now(timezone.utc) - timedelta(weeks=weeks_ago)
        os.environ["PIPELINES_DEMO_NOW"] = then.isoformat(timespec="seconds")
    # Empty, not removed: an empty variable also hides the one in .env.
    os.environ.update(dict.fromkeys(_CREDENTIALS, ""))
    _sync("demo", everything=False)


@cli.command(
    help="Read what is new from both sources, and compute the metrics that it changes; without credentials, the demo."
)
def sync() -> None:
    _sync("sync", everything=False)


@cli.command(help="Read everything again from PIPELINES_START_DATE.")
def resync() -> None:
    _sync("resync", everything=True)


@cli.command(
    help="Copy the whole warehouse into the empty one at TARGET, an address as PIPELINES_WAREHOUSE takes it. "
    "Put one with a password into PIPELINES_MOVE_TO instead."
)
@click.argument("target", required=False)
def move(target: str | None) -> None:
    settings = load_settings()
    keep_secrets_in(target, is_http=False)
    target = target or settings.move_to
    if target is None:
        raise SettingsError("There is nowhere to move to: name a TARGET, or set PIPELINES_MOVE_TO.")
    from pipelines.cli.move_warehouse import move_warehouse

    move_warehouse(settings, target)


@cli.command(help="Deliver the tables that changed to the mirror that PIPELINES_MIRROR names.")
def mirror() -> None:
    settings = load_settings()
    from pipelines.cli.deliver_mirror import deliver_mirror

    deliver_mirror(settings)


@cli.command(help="Show each stream's last complete read, and its failures of seven days.")
@click.option("--openmetrics", is_flag=True, help="As OpenMetrics text instead of a table.")
def status(openmetrics: bool) -> None:
    settings = load_settings()
    from pipelines.cli.instance import prepare_home
    from pipelines.cli.show_status import show_status

    prepare_home(settings)
    show_status(settings, as_openmetrics=openmetrics)


@cli.command(
    help="Copy the warehouse to a DuckDB file, at any time; an older copy there is replaced."
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    settings = load_settings()
    from pipelines.cli.move_warehouse import back_up_warehouse

    back_up_warehouse(settings, file)


@cli.command(
    help="Write the report anew from the warehouse, without reading a source, and say where it is."
)
@click.option(
    "--project", help="A Tracker project, by id or name: its page is what is opened or printed."
)
@click.option(
    "--period", help="A period to offer first: 2026, 2026-Q3, 2026-07 or 2026-07-01..2026-07-14."
)
@click.option("--pdf", is_flag=True, help="Print the page to a PDF file beside it; needs Chromium.")
@click.option("--open", "opens", is_flag=True, help="Open the page in a browser.")
def report(project: str | None, period: str | None, pdf: bool, opens: bool) -> None:
    from pipelines.cli.make_report import make_report

    make_report(load_settings(), project=project, period=period, pdf=pdf, opens=opens)


@cli.group(help="Links of time entries to stories that nobody wrote down.")
def links() -> None:
    pass


@links.command(
    help="Write the suggested links to a CSV file, to be filled in and named in [links] accepted."
)
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write.  [default: links.csv beside the report]",
)
@click.option(
    "--above", default=WORTH_A_LOOK, show_default=True, help="Least score of a suggestion."
)
@click.option(
    "--all", "every_rank", is_flag=True, help="The second and third suggestion of an entry, too."
)
def review(target: Path | None, above: float, every_rank: bool) -> None:
    settings = load_settings()
    from pipelines.cli.review_links import review_links

    review_links(settings, target, above, every_rank)


@cli.group(help="Alerts on numbers: what would be told now, and a test of PIPELINES_NOTIFY.")
def alerts() -> None:
    pass


@alerts.command(help="Show the alerts of the warehouse as it is; nothing is sent.")
def show() -> None:
    from pipelines.cli.tell import show_alerts

    show_alerts(load_settings())


@alerts.command(help="Send a test message to every address of PIPELINES_NOTIFY.")
def test() -> None:
    from pipelines.cli.tell import send_test

    send_test(load_settings())


@cli.command(help="Show the digest of the week; with --send, send it to PIPELINES_NOTIFY.")
@click.option("--send", "sends", is_flag=True, help="Send it, too.")
def digest(sends: bool) -> None:
    from pipelines.cli.tell import tell_digest

    tell_digest(load_settings(), sends=sends)


@cli.command(
    help="Answer AI applications over MCP from what the last run published: on standard input and output, or over HTTP."
)
@click.option(
    "--http",
    metavar="HOST:PORT",
    help="Listen here instead; other than on 127.0.0.1 it needs PIPELINES_MCP_TOKEN.",
)
def mcp(http: str | None) -> None:
    settings = load_settings()
    from pipelines.cli.serve_mcp import serve_mcp

    serve_mcp(settings, http)


@cli.command(
    name="invoice-preview",
    help="Print what could be billed to a client for a month, and keep it as Markdown and CSV; nothing is changed.",
)
@click.option("--client", required=True, help="Name or id of the client in Clockify.")
@click.option("--month", required=True, help="Such as 2026-03.")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the two files.  [default: invoice_previews beside the report]",
)
def invoice_preview(client: str, month: str, folder: Path | None) -> None:
    settings = load_settings()
    from pipelines.cli.preview_invoice import preview_invoice

    preview_invoice(settings, client, month, folder)


@cli.command(help="Open the Dagster UI with its daemon on the same instance and warehouse.")
@click.option("--port", default=3000, show_default=True, help="Port of the UI.")
@click.option(
    "--log-level",
    default="warning",
    show_default=True,
    type=click.Choice(["error", "warning", "info", "debug"]),
    help="What Dagster's services print; with info, each look of each sensor.",
)
def ui(port: int, log_level: str) -> None:
    settings = load_settings()
    from pipelines.cli.instance import prepare_home, try_instance

    _refuse_taken_port(port)
    # For more days than this that were read at once, Dagster takes the time of its look for the time they were read,
    # and computes the tables of a long first sync twice. Its default is 100.
    os.environ.setdefault("DAGSTER_MAX_PARTITIONS_FOR_DA_TIMESTAMP_FETCH", "10000")
    # From the home, because Dagster warns of a dagster.yaml in the folder it is started from that is not the home's.
    os.chdir(prepare_home(settings))
    try_instance()
    click.echo(
        f"Dagster will be at http://127.0.0.1:{port} in some seconds; Ctrl-C ends it.", err=True
    )
    workspace = str(PROJECT / "workspace.yaml")
    arguments = ["dev", "--port", str(port), "--workspace", workspace, "--log-level", log_level]
    os.execv(sys.executable, [sys.executable, "-m", "dagster_dg_cli.cli", *arguments])


def _refuse_taken_port(port: int) -> None:
    """Dagster would go on without its UI, and with a second daemon that launches runs."""
    with socket.socket() as tried:
        # As the server does it: a port whose last connections are not quite over is free.
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise SettingsError(
                f"The UI cannot have port {port} ({reason}): choose another one with --port, "
                f"such as `make ui PORT={_another(port)}`."
            ) from None


def _another(port: int) -> int:
    return port + 1 if 1024 <= port < 65535 else 3001


@cli.command(
    help="Make DAGSTER_HOME ready for Dagster's own programs, which must not do it two at a time."
)
def prepare() -> None:
    from pipelines.cli.instance import prepare_home

    click.echo(f"DAGSTER_HOME is ready: {prepare_home(load_settings())}")


@cli.group(
    help="Keep everything that the Tracker host offers as JSON dumps in a new folder; or check what was kept.",
    invoke_without_command=True,
)
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path),
    help="Folder to make.  [default: data/archives/<host>-<date>]",
)
@click.pass_context
def archive(context: click.Context, target: Path | None) -> None:
    if context.invoked_subcommand is None:
        from pipelines.cli.host import write_host_archive

        write_host_archive(load_settings(), target)


@archive.command(
    help="Read the export, dump or archive at PATH without a warehouse, and tell what is in it and what is not."
)
@click.argument("path", type=click.Path(path_type=Path))
def check(path: Path) -> None:
    from pipelines.cli.check_archive import print_check

    print_check(load_settings(), path)


@cli.command(
    help="Show which lists and fields Tracker offers: the host, the archive or the demo that is read."
)
def compatibility() -> None:
    from pipelines.cli.host import print_compatibility

    print_compatibility(load_settings())


@cli.command(help="Write the pages of docs/ that are made from the code.")
def docs() -> None:
    from pipelines.defs.settings import Settings
    from pipelines.outputs.reference.pages import write_pages

    for path in write_pages(PROJECT / "docs", Settings):
        click.echo(path.relative_to(PROJECT))


def load_settings() -> Settings:
    """All settings; what reads them is imported when a command asks, because not all do."""
    from pipelines.defs.settings import load_settings as load

    return load()


def _sync(command: str, *, everything: bool) -> None:
    settings = load_settings()
    if settings.is_demo and command != "demo":
        click.echo(
            "No credentials are set: reading the demo company. Set CLOCKIFY_API_KEY and CLOCKIFY_WORKSPACE_ID, "
            f"PIVOTAL_TRACKER_API_TOKEN or PIVOTAL_TRACKER_ARCHIVE, in {PROJECT / '.env'} or as variables, to read yours.",
            err=True,
        )
    from pipelines.cli.inputs import refuse_broken_inputs
    from pipelines.cli.instance import prepare_home
    from pipelines.cli.run_sync import run_sync

    refuse_broken_inputs(settings)
    prepare_home(settings)
    if not run_sync(settings, everything=everything, command=command):
        sys.exit(1)


def main() -> None:
    """Run the command line."""
    blot_logs()
    try:
        cli()
    except (SettingsError, WarehouseError, ArchiveError, CrosswalkError, MirrorError) as error:
        click.echo(f"Error: {plain(blotted(str(error)))}", err=True)
        _name_workspaces(error)
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 (as Python would print it, but for the secrets in it)
        from pipelines.cli.home import what_is_broken

        sentence = what_is_broken(error)
        said = f"Error: {plain(sentence)}" if sentence else traceback.format_exc()
        click.echo(blotted(said), err=True)
        sys.exit(1)


def _name_workspaces(missing: Exception) -> None:
    from pipelines.sources.clockify.workspaces import workspaces
    from pipelines.sources.settings import WorkspaceMissing

    if not isinstance(missing, WorkspaceMissing):
        return
    for number, name in workspaces(missing.key, missing.url):
        click.echo(plain(f"The key sees {name}: CLOCKIFY_WORKSPACE_ID={number}"), err=True)
