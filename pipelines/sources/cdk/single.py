"""Requests that a component makes beside its lists, such as for one record: within the same limits, and never in their way.

Here: how such a request is made, and when none is. Not here: what is asked, and what an answer means.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from requests import RequestException, Response, Session

from pipelines.project.one_host import keep_to_host
from pipelines.pyairbyte.session import session_of
from pipelines.sources.budget import RequestBudget
from pipelines.sources.cdk.transport import Wording, mount_transport

_TIMEOUT = (10, 60)


class SingleRequests:
    """Asks under a connector config; its requests count for ``stream``. Nothing is tried twice."""

    def __init__(
        self, config: Mapping[str, Any], stream: str, headers: Mapping[str, str], wording: Wording
    ) -> None:
        self._http = Session()
        self._http.headers.update(headers)
        mount_transport(self._http, config, stream, wording)
        keep_to_host(self._http)
        self._budget: RequestBudget | None = session_of(config).shared("budget", lambda: None)

    def ask(self, method: str, url: str, **what: Any) -> Response | None:
        """The answer; ``None`` where there is none, or where little of the hour's budget is left: lists go first."""
        if not self._has_some_left():
            return None
        try:
            return self._http.request(method, url, timeout=_TIMEOUT, **what)
        except (RequestException, AirbyteTracedException):
            return None

    def _has_some_left(self) -> bool:
        """More than a quarter of the hour's requests."""
        left = self._budget.left() if self._budget else None
        return left is None or self._budget is None or left * 4 > (self._budget.per_hour or 0)


def json_of(response: Response) -> Any:
    """The parsed body, ``None`` where it is no JSON."""
    try:
        return response.json()
    except ValueError:
        return None
