"""How a request is made: base URL, credential, parameters, and sharing of answers between streams."""

from __future__ import annotations

import json
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
from pipelines.pyairbyte.session import Part, session_of
from pipelines.sources.cdk.answers import Question, path_of, remember_question
from pipelines.sources.cdk.body import as_list, error_text, made_of
from pipelines.sources.cdk.shared import SharedResponses
from pipelines.sources.cdk.transport import Wording, mount_transport


@dataclass
class ApiRequester(HttpRequester):
    """An HTTP requester for one endpoint.

    ``api_path`` is appended to the configured host unless it is there already. The credential goes
    as it is into ``credential_header``: the CDK's authenticator would read a credential such as
    ``5e10`` as a number. ``counted_as``: the stream that these requests count for, if it is another
    one. ``shared`` endpoints are requested once for all streams of a read that need them.
    ``own_path`` is where the key's owner is shown, who stands for the whole list where that is
    refused; ``own_of``: the config's value that the owner belongs to, or else it was refused for
    good. Needs an ``ApiErrorHandler``.
    """

    api_path: str = ""
    credential_header: str = ""
    credential_key: str = ""
    request_parameters: Mapping[str, Any] | None = None
    request_body_json: Mapping[str, Any] | None = None
    shared: bool = False
    counted_as: str = ""
    own_path: str | None = None
    own_of: str = ""

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:  # type: ignore[override]
        self.request_options_provider = InterpolatedRequestOptionsProvider(
            config=self.config,
            parameters=parameters or {},
            request_parameters=self.request_parameters,
            request_body_json=self.request_body_json,
        )
        self._is_pared_down = False
        self._largest_page: int | None = None
        super().__post_init__(parameters or {})
        handler = self.error_handler
        keep_secret(str(self.config[self.credential_key]))
        self._session = session_of(self.config)
        http = self._http_client._session
        wording = Wording(handler.service, handler.budget_setting)
        mount_transport(http, self.config, self.counted_as or self.name, wording)
        keep_to_host(http)

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

    def get_request_body_json(self, **context: Any) -> Any:
        body = super().get_request_body_json(**context)
        largest = self._largest_page
        if largest is None or not isinstance(body, dict):
            return body
        return {
            name: min(value, largest)
            if name == "pageSize"
            else {**value, "pageSize": min(value["pageSize"], largest)}
            if isinstance(value, dict) and "pageSize" in value
            else value
            for name, value in body.items()
        }

    def send_request(
        self,
        stream_state: StreamState | None = None,
        stream_slice: StreamSlice | None = None,
        next_page_token: Mapping[str, Any] | None = None,
        path: str | None = None,
        **options: Any,
    ) -> Response | None:
        """The answer to one page's request; ``None`` for one without information, which the session notes."""
        at_hand = self.at_hand(stream_slice) if stream_slice else None
        if at_hand is None:
            return self._requested(stream_state, stream_slice, next_page_token, path, **options)
        rows, part = at_hand
        return self._answers(as_list(made_of(rows)), part, self._session.look(part))

    def _requested(
        self,
        stream_state: StreamState | None,
        stream_slice: StreamSlice | None,
        next_page_token: Mapping[str, Any] | None,
        path: str | None,
        **options: Any,
    ) -> Response | None:
        page: dict[str, Any] = {
            "stream_state": stream_state,
            "stream_slice": stream_slice,
            "next_page_token": next_page_token,
        }
        token = next_page_token["next_page_token"] if next_page_token else {}
        for place, name in (("request_params", "page-size"), ("request_body_json", "pageSize")):
            if "size" in token and name in (options.get(place) or {}):
                options[place] = {**options[place], name: token["size"]}
        partition = {**stream_slice.extra_fields, **stream_slice.partition} if stream_slice else {}
        part = self._session.part(self.name, partition)
        look = self._session.look(part)

        def answer(attempt: int = 0, to: str | None = path) -> Response:
            def ask() -> Response:
                response: Response = super(ApiRequester, self).send_request(
                    path=to, **page, **options
                )
                return response

            if not self.shared:
                return ask()
            params = {**self.get_request_params(**page), **(options.get("request_params") or {})}
            body = {
                **self.get_request_body_json(**page),
                **(options.get("request_body_json") or {}),
            }
            question = [self._get_url(path=to, **page), params, body, look, attempt]
            shared = self._session.shared("answers", SharedResponses)
            return shared.get(json.dumps(question, sort_keys=True), ask)

        handler = self.error_handler
        try:
            response = answer()
            if handler.is_dispensable_refused(response):
                # Once may be an accident, and the answer without it shows less.
                response = answer(attempt=1)
            if handler.is_dispensable_refused(response):
                self._is_pared_down = True
                response = answer()
            if handler.is_page_too_large(response):
                # Further pages follow the length of the first.
                self._largest_page = handler.smaller_page
                response = answer(attempt=2)
            if self.own_path and handler.is_about_rights(response):
                own = answer(to=self.own_path)
                if not handler.is_answer(own) or str(self.config[self.own_of]) not in own.text:
                    raise handler.denied(response)
                self._session.refuse(part, f"{_said(response)}: only the key's owner is read.")
                response = as_list(own)
        except RequestException as failure:
            raise handler.unreachable(failure) from None
        if not handler.is_answer(response):
            self._refuse(part, response, partition)
            return None
        if self._is_pared_down and handler.narrowing:
            self._session.refuse(
                part,
                f"{path_of(response)} was only answered without {handler.dispensable}: {handler.narrowing}.",
            )
        return self._answers(response, part, look)

    def at_hand(self, stream_slice: StreamSlice) -> tuple[list[Any], Part] | None:  # noqa: ARG002
        """The rows of a slice that has them already, and the part that they count for: nothing is requested then."""
        return None

    def _answers(self, response: Response, part: Part, look: int) -> Response:
        remember_question(response, Question(self._session, part, look))
        return response

    def _refuse(self, part: Part, response: Response, partition: Mapping[str, Any]) -> None:
        name = partition.get("name")
        of_whom = f" of {name}" if name else ""
        self._session.refuse(part, f"{_said(response)}, nothing{of_whom} is read from it.")


def _said(response: Response) -> str:
    return f"{path_of(response)} answered {response.status_code} ({error_text(response)})"
