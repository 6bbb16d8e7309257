"""``python -m benchmarks.sync``: every contender against one server, side by side, as Markdown.

* A full sync of 100,000 entries and 10,000 stories without latency; then, for us, one with nothing new and one with 1 %
  changed. The others have no state and read everything again.
* A fifth of that, with 100 ms before each answer, and with 10 requests a second allowed to each API.
* A full sync of 1,000,000 entries, for its memory.

``--share 0.05`` does all of it with a twentieth of the data, to see whether it works.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.report import heading, show, show_targets
from benchmarks.sync.measure import CONTENDERS, Run, installed_packages, run, running_server
from benchmarks.sync.targets import at_latency, full, memory, nothing_new
from benchmarks.sync.world import ENTRIES

_LATENCY_MS = 100
_REQUESTS_PER_SECOND = 10
_FIFTH = 0.2
_MILLION = 10


def main(share: float = 1.0) -> None:
    """Run and print everything, with ``share`` of the data."""
    with tempfile.TemporaryDirectory() as folder, installed_packages() as packages:
        without_latency(Path(folder) / "full", packages, share)
        with_latency(Path(folder) / "fifth", packages, share * _FIFTH)
        of_a_million(Path(folder) / "million", packages, share)


def without_latency(folder: Path, packages: Path, share: float) -> None:
    """The full sync, and what follows it."""
    folder.mkdir()
    with running_server("--share", str(share)) as server:
        server.warm_up()
        runs = {name: run(name, server, folder / name, packages) for name in CONTENDERS}
        heading(f"Full sync of {_entries(share)} entries, no latency")
        show(_rows(runs))
        show_targets(full(runs))
        again = {"nothing new": run("ours", server, folder / "ours", packages)}
        server.change(0.01)
        again["1 % changed"] = run("ours", server, folder / "ours", packages)
        heading("Ours again")
        show(_rows(again))
        show_targets(nothing_new(again["nothing new"]))


def with_latency(folder: Path, packages: Path, share: float) -> None:
    """The full sync where answers are late, and where they are rationed."""
    folder.mkdir()
    with running_server("--share", str(share)) as server:
        server.warm_up()
        server.behave(latency_ms=_LATENCY_MS)
        runs = {name: run(name, server, folder / name, packages) for name in CONTENDERS}
        heading(f"Full sync of {_entries(share)} entries, {_LATENCY_MS} ms before each answer")
        show(_rows(runs))
        show_targets(at_latency(runs))
        server.behave(requests_per_second=_REQUESTS_PER_SECOND)
        rationed = {
            name: run(
                name,
                server,
                folder / f"{name}-rationed",
                packages,
                requests_per_second=_REQUESTS_PER_SECOND,
            )
            for name in ("ours", "floor")
        }
        heading(
            f"Full sync of {_entries(share)} entries, {_REQUESTS_PER_SECOND} requests a second "
            "allowed to each API"
        )
        show(_rows(rationed))
        print(
            "The others have no budget to set. At this rate the guides' pipeline needs at least "
            f"{runs['guides'].requests / 2 / _REQUESTS_PER_SECOND:.0f} s for its {runs['guides'].requests:,} requests, "
            f"dlt {runs['dlt_rest'].requests / 2 / _REQUESTS_PER_SECOND:.0f} s for its {runs['dlt_rest'].requests:,}."
        )


def of_a_million(folder: Path, packages: Path, share: float) -> None:
    """The full sync of ten times the entries, by us alone."""
    folder.mkdir()
    with running_server("--share", str(share), "--times", str(_MILLION)) as server:
        # By us alone: what others ask for, nobody asks for here.
        server.warm_up("ours")
        ours = run("ours", server, folder / "ours", packages)
        heading(f"Full sync of {_entries(share * _MILLION)} entries")
        show(_rows({"ours": ours}))
        show_targets(memory(ours))


def _entries(share: float) -> str:
    return f"about {round(ENTRIES * share):,}"


def _rows(runs: dict[str, Run]) -> list[dict[str, str]]:
    return [
        {
            "": name,
            "requests": f"{one.requests:,}",
            "wall s": f"{one.wall:.1f}",
            "start s": f"{one.phases.get('start', 0):.1f}",
            "read and publish s": f"{one.read_and_publish:.1f}",
            "CPU s": f"{one.cpu:.1f}",
            "peak GB": f"{one.peak_gb:.2f}",
            "right": f"{one.verdict.right:,}" if one.verdict else "failed",
            "wrong": f"{one.verdict.wrong:,}" if one.verdict else "",
            "doubled": f"{one.verdict.doubled:,}" if one.verdict else "",
            "missing": f"{one.verdict.missing:,}" if one.verdict else "",
        }
        for name, one in runs.items()
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--share", type=float, default=1.0)
    main(parser.parse_args().share)
