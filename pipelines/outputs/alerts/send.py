"""Sends a message to the addresses of ``PIPELINES_NOTIFY`` through Apprise: mail, Slack, Teams, Matrix and the like.

An address is a secret: no message of this module repeats one, and Apprise's own log is not heard.
Not here: what is said.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from pipelines.project.extras import needing

_SCHEME_ENDS = "://"


class NotifyError(Exception):
    """A message that could not be sent, or an address that is none; the text holds no address."""


def send(addresses: Sequence[str], title: str, markdown: str) -> None:
    """Send to every address; raises ``NotifyError`` that says how many did not take it, when all were tried."""
    with needing("messages", "PIPELINES_NOTIFY", NotifyError):
        import apprise

    # Apprise logs addresses that it cannot use, and whole answers.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    asset = apprise.AppriseAsset(
        app_id="Pipelines", app_desc="Delivery report", http_redirects=False
    )
    failed = []
    for place, address in enumerate(addresses, start=1):
        scheme = address.partition(_SCHEME_ENDS)[0]
        service = apprise.Apprise(asset=asset)
        if not service.add(address):
            failed.append(f"address {place} is none that Apprise knows ({scheme}://...)")
        elif not service.notify(
            body=markdown, title=title, body_format=apprise.NotifyFormat.MARKDOWN
        ):
            failed.append(f"address {place} ({scheme}://...) did not take the message")
    if failed:
        raise NotifyError(f"PIPELINES_NOTIFY: {'; '.join(failed)}.")
