"""Processes that start at once: forked from a server that has imported what they need, and free to be killed.

Here: starting them, and running the project in one. Not here: what a test does to them.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, cast

import dagster as dg

from pipelines.simulator.model import World
from pipelines.simulator.server import SimulatorServer
from pipelines_tests.support.project import FIRST_DAY, LAST_DAY, Project

# Read when airbyte is imported, as `pipelines.pyairbyte.staging` does before it imports it.
os.environ.setdefault("AIRBYTE_OFFLINE_MODE", "1")
os.environ.setdefault("DO_NOT_TRACK", "1")
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__, "airbyte", "pipelines.pyairbyte.executor"])


@contextmanager
def process(function: Callable[..., None], *arguments: Any) -> Iterator[BaseProcess]:
    """``function`` (of a module's top level) in a process of its own, which does not outlive the block."""
    started = _CONTEXT.Process(target=function, args=arguments, daemon=True)
    started.start()
    try:
        yield started
    finally:
        started.kill()
        started.join()


def signal() -> Any:
    """An event that processes can wait for and set."""
    return _CONTEXT.Event()


def counter() -> Any:
    """A semaphore that processes can count up; it begins at nothing."""
    return _CONTEXT.Semaphore(0)


@dataclass(frozen=True)
class _ServerElsewhere:
    """What a project knows of a server that another process runs."""

    url: str
    world: World


@dataclass(frozen=True)
class Installation:
    """A project that can be handed to another process; with its ``staging`` folder it is a different home."""

    folder: Path
    server: _ServerElsewhere
    environment: dict[str, str]

    @classmethod
    def of(cls, project: Project, **environment: str) -> Installation:
        """The same warehouse, server and home as ``project``, but for what ``environment`` says."""
        server = _ServerElsewhere(project.server.url, project.world)
        return cls(project.folder, server, {**project.environment, **environment})

    @contextmanager
    def opened(self) -> Iterator[Project]:
        server = cast(SimulatorServer, self.server)
        with dg.DagsterInstance.ephemeral() as instance:
            yield Project(self.folder, server, instance, **self.environment)


def materialize(
    installation: Installation, assets: list[str], days: tuple[str, str] = (FIRST_DAY, LAST_DAY)
) -> None:
    """Run ``assets``; the process ends with a failure when the run does."""
    with installation.opened() as project:
        if not project.materialize(*assets, days=days).success:
            raise SystemExit(1)
