"""How a request is made: base URL, credential, parameters, and sharing of answers between streams."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from airbyte_cdk.sources.declarative.requesters.http_requester import HttpRequester
from airbyte_cdk.sources.declarative.requesters.request_options import (
    InterpolatedRequestOptionsProvider,
)
from airbyte_cdk.sources.types import StreamSlice, StreamState
from requests import Response
from requests.exceptions import RequestException

from pipelines.project.one_host import keep_to_host
from pipelines.project.texts.addresses import with_path
from pipelines.project.texts.secrets import keep_secret
from pipelines.sources.cdk.body import error_text
from pipelines.sources.cdk.budget import keep_budget
from pipelines.sources.cdk.shared import shared_responses

logger = logging.getLogger("airbyte.connectors")


@dataclass
class ApiRequester(HttpRequester):
    """An HTTP requester for one endpoint.

    ``api_path`` is appended to the configured host unless it is there already. The credential goes as it is into
    ``credential_header``: the CDK's authenticator would read a credential such as ``5e10`` as a number.
    ``shared`` endpoints are requested once for all streams of a read that need them. Needs an ``ApiErrorHandler``.
    """

    api_path: str = ""
    credential_header: str = ""
    credential_key: str = ""
    request_parameters: Mapping[str, Any] | None = None
    request_body_json: Mapping[str, Any] | None = None
    shared: bool = False

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:  # type: ignore[override]
        self.request_options_provider = InterpolatedRequestOptionsProvider(
            config=self.config,
            parameters=parameters or {},
            request_parameters=self.request_parameters,
            request_body_json=self.request_body_json,
        )
        self._is_pared_down = False
        super().__post_init__(parameters or {})
        handler = self.error_handler
        keep_secret(str(self.config[self.credential_key]))
        session = keep_to_host(self._http_client._session)
        keep_budget(session, self.config, handler.service, handler.budget_setting)

    def get_url_base(self, **context: Any) -> str:
        return with_path(str(super().get_url_base(**context)), self.api_path) + "/"

    def get_request_headers(self, **context: Any) -> Mapping[str, Any]:
        credential = str(self.config[self.credential_key])
        return {**super().get_request_headers(**context), self.credential_header: credential}

    def get_request_params(self, **context: Any) -> MutableMapping[str, Any]:
        params = dict(super().get_request_params(**context))
        if self._is_pared_down:
            params.pop(self.error_handler.dispensable, None)
        return params

    def send_request(
        self,
        stream_state: StreamState | None = None,
        stream_slice: StreamSlice | None = None,
        next_page_token: Mapping[str, Any] | None = None,
        path: str | None = None,
        **options: Any,
    ) -> Response:
        """The answer to one page's request: fine, or one that the error handler leaves out, which is logged."""
        page: dict[str, Any] = {
            "stream_state": stream_state,
            "stream_slice": stream_slice,
            "next_page_token": next_page_token,
        }

        def ask() -> Response:
            response: Response = super(ApiRequester, self).send_request(
                path=path, **page, **options
            )
            return response

        def answer() -> Response:
            if not self.shared:
                return ask()
            params = {**self.get_request_params(**page), **(options.get("request_params") or {})}
            url = self._get_url(path=path, **page)
            return shared_responses(self.config).get(json.dumps([url, params], sort_keys=True), ask)

        try:
            response = answer()
            if self.error_handler.is_dispensable_refused(response):
                self._is_pared_down = True
                response = answer()
        except RequestException as failure:
            raise self.error_handler.unreachable(failure) from None
        if not response.ok:
            # Whoever runs the connector may have to know of which part of the stream this says nothing.
            partition = (
                {**stream_slice.extra_fields, **stream_slice.partition} if stream_slice else {}
            )
            logger.warning(
                "%s: %s",
                self.name,
                _left_out(response),
                extra={"stream": self.name, "partition": partition},
            )
        return response


def _left_out(response: Response) -> str:
    path = response.request.path_url.partition("?")[0]
    return (
        f"{path} answered {response.status_code} ({error_text(response)}), nothing is read from it."
    )
