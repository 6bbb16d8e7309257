"""Sessions that keep to the host they were sent to: a credential goes there, and nowhere else.

``requests`` follows a redirect to any host with every header but one, from HTTPS to HTTP too. Here a redirect is an
error, not a way. Not here: what is said about it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import requests
from requests.adapters import BaseAdapter

from pipelines.project.texts.addresses import is_this_machine, origin
from pipelines.project.texts.secrets import blotted


class Redirected(requests.RequestException):
    """A server answered that what was asked for lies elsewhere; ``target`` is where, as far as it may be shown."""

    def __init__(self, response: requests.Response) -> None:
        self.status = response.status_code
        location = response.headers.get("Location")
        asked = origin(response.url)
        target = (
            origin(urljoin(response.url, location)) if location else "a place that it does not name"
        )
        self.target = "another path of it" if target == asked else blotted(target)
        super().__init__(
            f"{asked} redirects to {self.target}, which was not followed, because the credential would go along.",
            response=response,
            request=response.request,
        )


class _OneHost(BaseAdapter):
    """Hands requests on to ``adapter``: no redirect is followed, and this machine is reached without a proxy."""

    def __init__(self, adapter: BaseAdapter, told: Callable[[Redirected], Exception]) -> None:
        super().__init__()
        self.adapter = adapter
        self._told = told

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, **kwargs: Any
    ) -> requests.Response:
        if is_this_machine(request.url or ""):
            kwargs["proxies"] = {}
        response: requests.Response = self.adapter.send(request, **kwargs)
        if 300 <= response.status_code < 400:
            response.close()
            raise self._told(Redirected(response))
        return response

    def close(self) -> None:
        self.adapter.close()


def keep_to_host(
    session: requests.Session,
    told: Callable[[Redirected], Exception] = lambda redirected: redirected,
) -> requests.Session:
    """``session``, whose every answer now comes from the host that it asked.

    A redirect raises ``Redirected``, or what ``told`` makes of it; the last call decides.
    """
    for prefix, adapter in list(session.adapters.items()):
        inner = adapter.adapter if isinstance(adapter, _OneHost) else adapter
        session.mount(prefix, _OneHost(inner, told))
    return session
