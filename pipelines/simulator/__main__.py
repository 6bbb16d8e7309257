"""``python -m pipelines.simulator``: the demo server on its own, until Ctrl-C."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import datetime

import click

from pipelines.simulator.behaviour import Behaviour
from pipelines.simulator.control import BASE as CONTROL
from pipelines.simulator.credentials import CLOCKIFY_KEY, TRACKER_TOKEN
from pipelines.simulator.demo import MovingWorld, utc_now
from pipelines.simulator.model import World
from pipelines.simulator.server import SimulatorServer
from pipelines.simulator.world import BENCH, DEMO, TINY, generate
from pipelines.sources.instants import parse_instant

SIZES = {"tiny": TINY, "demo": DEMO, "bench": BENCH}


def _instant(
    _context: click.Context, _parameter: click.Parameter, text: str | None
) -> datetime | None:
    try:
        return parse_instant(text) if text else None
    except ValueError:
        raise click.BadParameter(f"{text!r} is not an ISO 8601 instant") from None


@click.command()
@click.option("--port", default=8765, show_default=True, help="0 takes any free port.")
@click.option("--seed", default=20250430, show_default=True, help="Another seed, another company.")
@click.option(
    "--now",
    callback=_instant,
    help="ISO 8601 instant to stand still at. Then the world can be changed through the control API."
    " Default: move with the clock.",
)
@click.option("--size", type=click.Choice(list(SIZES)), default="demo", show_default=True)
@click.option("--look-alike", is_flag=True, help="Answer as LiteTracker instead of Tracker.")
@click.option(
    "--as-recorded", is_flag=True, help="Spell Clockify's answers as the real service was seen to."
)
@click.option("--plan", type=click.Choice(["paid", "free"]), default="paid", show_default=True)
@click.option("--latency", default=0, show_default=True, help="Milliseconds before each answer.")
@click.option("--requests-per-second", type=int, help="Answer 429 beyond this rate.")
@click.option("--requests-per-hour", type=int, help="Answer 429 beyond this rate.")
@click.option("--retry-after", is_flag=True, help="Send Retry-After with those 429.")
def main(
    port: int,
    seed: int,
    now: datetime | None,
    size: str,
    look_alike: bool,
    as_recorded: bool,
    plan: str,
    latency: int,
    requests_per_second: int | None,
    requests_per_hour: int | None,
    retry_after: bool,
) -> None:
    """Serve a generated company over Tracker's and Clockify's APIs on this machine."""

    def make(moment: datetime) -> World:
        return generate(now=moment, seed=seed, size=SIZES[size])

    behaviour = Behaviour(
        look_alike=look_alike,
        as_recorded=as_recorded,
        plan="free" if plan == "free" else "paid",
        latency_ms=latency,
        requests_per_second=requests_per_second,
        requests_per_hour=requests_per_hour,
        send_retry_after=retry_after,
    )
    world = make(now) if now else MovingWorld(make, utc_now)
    try:
        server = SimulatorServer(world, behaviour, port=port).start()
    except OSError as error:
        raise click.ClickException(f"cannot listen on port {port}: {error.strerror}") from None
    with closing(server):
        click.echo(
            f"PIVOTAL_TRACKER_API_URL={server.url}\n"
            f"PIVOTAL_TRACKER_API_TOKEN={TRACKER_TOKEN}\n"
            f"CLOCKIFY_API_URL={server.url}\n"
            f"CLOCKIFY_API_KEY={CLOCKIFY_KEY}\n"
            f"CLOCKIFY_WORKSPACE_ID={server.world.clockify.workspace['id']}\n"
            f"# control API at {server.url}{CONTROL}/, Ctrl-C ends"
        )
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            click.echo("stopped")


if __name__ == "__main__":
    main()
