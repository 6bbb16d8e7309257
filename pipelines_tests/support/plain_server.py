"""A server that answers with exactly the bytes it was given, for answers that no sound server makes.

Here: HTTP. Not here: what the answers are.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

WORKSPACE = "64e687e29ae1f428e7ebe000"

#: Bodies by path, without the query; a value that is no bytes is sent as JSON.
Answers = MutableMapping[str, Any]


@contextmanager
def plain_server(answers: Answers) -> Iterator[Any]:
    """Serves ``answers``, which may change meanwhile; 404 for other paths. Has what ``Project`` needs of a server."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Tests have no use for it."""

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            # Each list is one page, and there is nothing on the pages after it.
            page = parse_qs(query).get("page", ["1"])[-1]
            found = answers.get(path) if page == "1" else []
            status = 404 if found is None else 200
            body = (
                found
                if isinstance(found, bytes)
                else json.dumps({} if found is None else found).encode()
            )
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Last-Page", "true")
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.do_GET()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    workspace = SimpleNamespace(workspace={"id": WORKSPACE})
    try:
        yield SimpleNamespace(
            url=f"http://127.0.0.1:{server.server_port}", world=SimpleNamespace(clockify=workspace)
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
