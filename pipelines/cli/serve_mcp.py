"""Serves the snapshot to AI applications: over standard input and output, or over HTTP."""

from __future__ import annotations

import socket

import click

from pipelines.defs.settings import Settings
from pipelines.outputs.mcp.http import PATH, AddressError, address_of, application
from pipelines.outputs.mcp.server import make_server
from pipelines.outputs.snapshot.write import FILE_NAME
from pipelines.project.environment import SettingsError
from pipelines.project.extras import needing


def serve_mcp(settings: Settings, http: str | None) -> None:
    """Serve until the client leaves, or until it is stopped. Raises ``SettingsError``."""
    with needing("mcp", "`pipelines mcp`", SettingsError):
        import mcp  # noqa: F401 (whether it is there)
    file = settings.report_dir / FILE_NAME
    if http is None:
        # Standard output belongs to the protocol.
        make_server(file).run("stdio")
        return
    import uvicorn

    try:
        address = address_of(http)
        served = application(file, address, settings.mcp_token)
    except AddressError as error:
        raise SettingsError(str(error)) from None
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((address.host, address.port))
            listening.listen()
        except OSError as error:
            raise SettingsError(
                f"The server cannot listen at {http} ({error.strerror}): choose another address with --http."
            ) from None
        host, port = listening.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"Listening at http://{shown}:{port}{PATH}, Ctrl-C ends it.", err=True)
        config = uvicorn.Config(served, log_level="warning", access_log=False)
        uvicorn.Server(config).run(sockets=[listening])
