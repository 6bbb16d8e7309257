"""The request budget of a read: every request passes here, retries included."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, MutableMapping
from typing import Any, cast

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from requests import PreparedRequest, Response, Session
from requests.adapters import BaseAdapter

from pipelines.sources.budget import BudgetSpent, RequestBudget

logger = logging.getLogger("airbyte.connectors")

_CONFIG_KEY = "__request_budget"
_OPENING = threading.Lock()


def keep_budget(
    session: Session, config: Mapping[str, Any], service: str, budget_setting: str
) -> None:
    """Let ``session`` ask the budget of ``config``, if it sets one, before each request.

    A request that the hour does not allow ends its stream with an error, and is logged with a ``pause``: the same
    sentence, by which whoever runs the connector can tell that the read is to go on later. ``service`` and
    ``budget_setting`` are how that sentence calls the API and the variable.
    """
    budget = _shared_budget(config)
    if budget is None:
        return
    for prefix, adapter in list(session.adapters.items()):
        session.mount(prefix, _BudgetedAdapter(adapter, budget, service, budget_setting))


def _shared_budget(config: Mapping[str, Any]) -> RequestBudget | None:
    """One object for all streams of a source, kept in its own config like the answers they share."""
    own_config = cast(MutableMapping[str, Any], config)
    with _OPENING:
        if _CONFIG_KEY not in own_config:
            own_config[_CONFIG_KEY] = RequestBudget.of(config)
        budget: RequestBudget | None = own_config[_CONFIG_KEY]
    return budget


class _BudgetedAdapter(BaseAdapter):
    """Hands requests on to ``adapter`` as the budget allows."""

    def __init__(
        self, adapter: BaseAdapter, budget: RequestBudget, service: str, budget_setting: str
    ) -> None:
        super().__init__()
        self._adapter = adapter
        self._budget = budget
        self._service = service
        self._budget_setting = budget_setting

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        try:
            with self._budget.request():
                response: Response = self._adapter.send(request, *args, **kwargs)
                return response
        except BudgetSpent as spent:
            sentence = (
                f"{self._service}: {spent}; goes on after {spent.free_at:%H:%M} UTC with the next sync; "
                f"raise {self._budget_setting} if the plan allows more."
            )
            logger.warning(sentence, extra={"pause": sentence})
            raise AirbyteTracedException(
                message=sentence, failure_type=FailureType.transient_error
            ) from None

    def close(self) -> None:
        self._adapter.close()
