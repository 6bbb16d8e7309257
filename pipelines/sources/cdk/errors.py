"""What an answer means: fine, empty, worth another try, or the end, and then in which words.

Every failure is one sentence that names the setting to look at. No sentence quotes a header or a credential.
"""

# No `from __future__ import annotations` here: the CDK asks for the types of components, and Python 3.10 cannot tell it
# an `InitVar` that is text.

import json
from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.http.error_handlers import (
    BackoffStrategy,
    ErrorHandler,
    ErrorResolution,
    ResponseAction,
)
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from requests import Response
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema, RequestException

from pipelines.project.one_host import Redirected
from pipelines.project.texts.addresses import origin
from pipelines.pyairbyte.waits import tell_wait
from pipelines.sources.cdk.answers import path_of
from pipelines.sources.cdk.body import error_text, parsed_body
from pipelines.sources.http import failed_sentence, proxy_refused_sentence

RETRIES = 5
#: A server that asks for more patience than this is taken at its word, but not waited for.
LONGEST_WAIT_SECONDS = 300.0
LONGEST_OWN_WAIT_SECONDS = 60.0
#: ``HttpClient`` adds this to every delay it is given.
_CDK_ADDS_SECONDS = 1.0

#: Codes in bodies: Clockify's for values that are not valid or records that are not there, Tracker's for a wrong token.
_VALIDATION = 501
_NO_CREDENTIAL = "invalid_authentication"

_OK = ErrorResolution(ResponseAction.SUCCESS, None, None)


@dataclass
class ApiErrorHandler(ErrorHandler, BackoffStrategy):
    """Error handler and backoff strategy of both APIs.

    ``service`` is what messages call the API; the other names are of environment variables. ``credential_advice`` is
    what else to look at when a credential is not accepted.
    ``optional`` endpoints may be refused or missing, and so may those that are asked ``by_parent``, for one of many: such an
    answer is left out.
    ``dispensable`` is a parameter that a host may not know: a request that is refused is made again without it (see
    ``ApiRequester``). ``narrowing`` says what the list then lacks, if it lacks rows. ``has_substitute``: a list that the
    credential's owner may not see has one (``own_path`` there). ``errors_in_success``: an error may come with status 200.
    ``smaller_page``: the rows to ask for where a larger page of a report is refused.

    An answer is what comes with status 200 and is JSON. Other successes, such as *accepted* or *partial content*, say
    nothing about a list.
    """

    config: Mapping[str, Any]
    parameters: InitVar[Mapping[str, Any]]
    service: str
    url_setting: str
    credential_setting: str
    page_size_setting: str
    budget_setting: str
    credential_advice: str = ""
    workspace_setting: str | None = None
    optional: bool = False
    by_parent: bool = False
    dispensable: str | None = None
    narrowing: str = ""
    has_substitute: bool = False
    errors_in_success: bool = False
    smaller_page: int = 0

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        self._first_wait = float(self.config.get("retry_seconds", 1))

    @property
    def max_retries(self) -> int:
        # One more than ever happens, so that ``backoff_time`` ends it with a sentence of its own.
        return RETRIES + 1

    @property
    def max_time(self) -> int:
        return int(RETRIES * (LONGEST_WAIT_SECONDS + 600))

    @property
    def backoff_strategies(self) -> list[BackoffStrategy]:
        return [self]

    def interpret_response(self, response: Response | Exception | None) -> ErrorResolution:
        if not isinstance(response, Response):
            if isinstance(response, (InvalidURL, InvalidSchema, MissingSchema, Redirected)):
                return _failure(self.unreachable(response).message)
            return ErrorResolution(ResponseAction.RETRY, FailureType.transient_error, None)
        status = response.status_code
        if self.is_page_too_large(response):
            return ErrorResolution(ResponseAction.IGNORE, None, f"{status}")
        if status == 200:
            return self._of_success(response)
        if (self.optional or self.by_parent) and self._is_refusal(response):
            return ErrorResolution(ResponseAction.IGNORE, None, f"{status}")
        if status in (408, 429) or status >= 500 or response.ok:
            return ErrorResolution(ResponseAction.RETRY, FailureType.transient_error, None)
        return self._of_refusal(response)

    def is_answer(self, response: Response) -> bool:
        """Whether ``response`` is one to read from."""
        if response.status_code != 200:
            return False
        try:
            parsed_body(response)
        except ValueError:
            return False
        return not self._is_error_in_success(response)

    def _is_error_in_success(self, response: Response) -> bool:
        if not self.errors_in_success:
            return False
        try:
            body = parsed_body(response)
        except ValueError:
            return False
        return isinstance(body, dict) and {"code", "message"} <= set(body)

    def is_page_too_large(self, response: Response) -> bool:
        """Whether a page was refused for its size that can be asked for again with ``smaller_page`` rows."""
        if not self.smaller_page or response.status_code not in (200, 400):
            return False
        is_refused = response.status_code == 400 or self._is_error_in_success(response)
        return (
            is_refused
            and _is_about_page_size(response, error_text(response))
            and _asked_rows(response) > self.smaller_page
        )

    def is_about_rights(self, response: Response) -> bool:
        """Whether the API says that the credential's owner may not see this."""
        return response.status_code == 403 and _code(response) not in (None, _NO_CREDENTIAL)

    def _is_refusal(self, response: Response) -> bool:
        """Whether an optional list is not offered, in whatever way hosts say so.

        A credential that is not accepted is another matter, and so is a page that is too large.
        """
        status = response.status_code
        if status == 400:
            return _code(response) == _VALIDATION and not _is_about_page_size(
                response, error_text(response)
            )
        return status in (204, 402, 403, 404, 405, 410, 501) and _code(response) != _NO_CREDENTIAL

    def _of_success(self, response: Response) -> ErrorResolution:
        try:
            parsed_body(response)
        except ValueError:
            content_type = response.headers.get("Content-Type", "no content type")
            if self.optional and "json" not in content_type:
                return ErrorResolution(ResponseAction.IGNORE, None, content_type)
            if "json" in content_type:
                return ErrorResolution(ResponseAction.RETRY, FailureType.transient_error, None)
            return _failure(
                f"{_host(response)} answered with {content_type.partition(';')[0]} instead of JSON: "
                f"check {self.url_setting}."
            )
        if self._is_error_in_success(response):
            if self.optional and not _is_about_page_size(response, error_text(response)):
                return ErrorResolution(ResponseAction.IGNORE, None, error_text(response))
            return self._of_refusal(response)
        return _OK

    def _of_refusal(self, response: Response) -> ErrorResolution:
        status, text = response.status_code, error_text(response)
        said = f"{status}: {text}"
        if status == 407:
            return _failure(proxy_refused_sentence(self.service, response.url))
        if status == 401 or (status == 403 and _code(response) == _NO_CREDENTIAL):
            return _failure(
                f"{self.service} does not accept the credential ({said}): check {self.credential_setting}"
                f"{self.credential_advice}."
            )
        if self.is_dispensable_refused(response):
            return ErrorResolution(ResponseAction.IGNORE, None, said)
        if self.has_substitute and self.is_about_rights(response):
            return ErrorResolution(ResponseAction.IGNORE, None, said)
        if status in (200, 400) and _is_about_page_size(response, text):
            return _failure(
                f"{self.service} refuses the page size ({said}): lower {self.page_size_setting}."
            )
        if _is_web_page(response):
            # Both APIs refuse in JSON.
            return _failure(
                f"{_host(response)} refuses {path_of(response)} with a web page ({said}), as a firewall or a proxy on the way does: "
                f"check {self.url_setting} and HTTPS_PROXY, or ask whoever looks after the network."
            )
        if status == 403:
            return _failure(self.denied(response).message)
        path = path_of(response)
        settings = [self.url_setting, *([self.workspace_setting] if self.workspace_setting else [])]
        return _failure(
            f"{self.service} at {_host(response)} refuses {path} ({said}): check {' and '.join(settings)}."
        )

    def denied(self, response: Response) -> AirbyteTracedException:
        """The end of a read whose credential lacks rights."""
        setting = (
            f"{self.credential_setting} and {self.workspace_setting}"
            if self.workspace_setting
            else self.credential_setting
        )
        said = f"{response.status_code}: {error_text(response)}"
        return AirbyteTracedException(
            message=f"{self.service} denies access to {path_of(response)} ({said}): check the rights of {setting}.",
            failure_type=FailureType.config_error,
        )

    def is_dispensable_refused(self, response: Response) -> bool:
        """Whether a request was refused that can be made again without its dispensable parameter."""
        sent = f"{self.dispensable}=" in response.url.partition("?")[2]
        return response.status_code == 400 and self.dispensable is not None and sent

    def backoff_time(
        self, response_or_exception: Response | RequestException | None, attempt_count: int
    ) -> float:
        if attempt_count > RETRIES:
            raise self._given_up(response_or_exception)
        asked = _retry_after(response_or_exception)
        if asked is not None and asked > LONGEST_WAIT_SECONDS:
            raise self._given_up(response_or_exception)
        own = min(self._first_wait * 2.0 ** (attempt_count - 1), LONGEST_OWN_WAIT_SECONDS)
        wait = own if asked is None else max(asked, self._first_wait)
        status = getattr(response_or_exception, "status_code", None)
        reason = f"answers {status}" if status else "does not answer"
        tell_wait(f"{self.service} {reason} (try {attempt_count} of {RETRIES + 1})", wait)
        # Exactly zero would mean "no opinion" to the CDK.
        return wait - _CDK_ADDS_SECONDS or 0.001

    def _given_up(self, failure: Response | RequestException | None) -> AirbyteTracedException:
        if not isinstance(failure, Response):
            return self.unreachable(failure)
        if failure.status_code == 429:
            asked = _retry_after(failure)
            patience = f"; it asks to wait {asked:.0f} seconds" if asked is not None else ""
            sentence = (
                f"{self.service} allows no more requests for now (429){patience}: "
                f"try again later or set {self.budget_setting}."
            )
        elif failure.ok and failure.status_code != 200:
            sentence = (
                f"{self.service} kept answering {failure.status_code} ({failure.reason or 'no reason'}), which is no list, "
                f"{RETRIES} retries did not help: try again later."
            )
        elif failure.ok:
            sentence = f"{self.service} kept sending broken JSON, {RETRIES} retries did not help: try again later."
        else:
            smaller = f", or lower {self.page_size_setting}" if _is_of_a_page(failure) else ""
            sentence = (
                f"{self.service} keeps failing ({failure.status_code}: {error_text(failure)}), "
                f"{RETRIES} retries did not help: try again later{smaller}."
            )
        return AirbyteTracedException(message=sentence, failure_type=FailureType.transient_error)

    def unreachable(self, failure: RequestException | None) -> AirbyteTracedException:
        """The end of a read whose server cannot be talked to."""
        asked = failure.request.url if failure is not None and failure.request else None
        url = asked or str(self.config.get("api_url") or "")
        return AirbyteTracedException(
            message=failed_sentence(self.service, url, self.url_setting, failure),
            failure_type=FailureType.config_error,
        )


def _failure(message: str | None) -> ErrorResolution:
    return ErrorResolution(ResponseAction.FAIL, FailureType.config_error, message)


def _host(response: Response) -> str:
    return origin(response.url or "")


def _is_web_page(response: Response) -> bool:
    return "html" in response.headers.get("Content-Type", "").lower()


def _is_of_a_page(response: Response) -> bool:
    """Whether a page of a list was asked for."""
    asked = response.request.path_url.partition("?")[2]
    return "page-size=" in asked or "limit=" in asked


def _code(response: Response) -> Any:
    """The code of an error: Tracker's words in lower case, Clockify's numbers as such."""
    try:
        body = parsed_body(response)
    except ValueError:
        return None
    code = body.get("code") if isinstance(body, dict) else None
    if isinstance(code, str):
        return int(code) if code.isdecimal() else code.lower()
    return code


def _is_about_page_size(response: Response, text: str) -> bool:
    problems = str(parsed_body(response)) if _code(response) else text
    words = problems.lower()
    return "page size" in words or "page-size" in words or "pagesize" in words or "limit" in words


def _asked_rows(response: Response) -> int:
    """The rows that were asked for in the body of a request; 0 where it says nothing of that."""
    try:
        asked = json.loads(response.request.body or b"{}")
    except ValueError:
        return 0
    size = {**asked, **(asked.get("detailedFilter") or {})}.get("pageSize")
    return size if isinstance(size, int) else 0


def _retry_after(failure: Response | RequestException | None) -> float | None:
    """Seconds that a response asks to wait, given as a number or as a date."""
    header = failure.headers.get("Retry-After") if isinstance(failure, Response) else None
    if header is None:
        return None
    try:
        return max(float(header), 0.0)
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return None
    return max((moment - datetime.now(timezone.utc)).total_seconds(), 0.0)
