"""Clockify's reports: which questions cover the history, and what of their rows is kept.

A report answers for a limited range of days, so the history is requested in periods. Where
currencies are told apart, each period is requested once per currency.
"""

# No `from __future__ import annotations` here: the CDK asks for the types of components, and Python 3.10 cannot tell it
# an `InitVar` that is text.

from collections.abc import Iterator, Mapping
from dataclasses import InitVar, dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from airbyte_cdk.sources.declarative.extractors.record_extractor import RecordExtractor
from requests import Response

from pipelines.pyairbyte.session import Part
from pipelines.sources.cdk.answers import Contradiction, path_of, question_of
from pipelines.sources.cdk.extractors import Record, rows_of

#: The widest range of one report.
LONGEST = timedelta(days=366)


def periods(first: date, last: date, longest: int = LONGEST.days) -> Iterator[tuple[str, str]]:
    """First and last wall-clock moment of the fewest ranges that cover the days from ``first`` to ``last``.

    ``longest``: the days of a range.

    >>> list(periods(date(2024, 1, 1), date(2025, 1, 2)))[1]
    ('2025-01-01T00:00:00.000', '2025-01-02T23:59:59.999')
    """
    while first <= last:
        end = min(first + timedelta(days=longest - 1), last)
        yield f"{first}T00:00:00.000", f"{end}T23:59:59.999"
        first = end + timedelta(days=1)


@dataclass
class ReportQuestionsExtractor(RecordExtractor):
    """Of the list of workspaces one record per period of the history, with ``by_currency`` per period and currency.

    With ``full_months``, in place of the history, one for each of so many last months of UTC that are over.

    A record is ``{id, question: {from, to, currency_id, currency}}``. The history begins with the config's ``earliest_start_date``, a date;
    without it a year ago. A free plan, which has few requests, is not asked in vain: ``of_stream`` stays as it was.
    """

    config: Mapping[str, Any]
    parameters: InitVar[Mapping[str, Any]]
    of_stream: str
    by_currency: bool = False
    full_months: int = 0

    def extract_records(self, response: Response) -> Iterator[Record]:
        workspaces = [
            row for row in rows_of(response) if row.get("id") == self.config["workspace_id"]
        ]
        ranges = self._months() if self.full_months else list(periods(*self._history()))
        for workspace in workspaces:
            if workspace.get("featureSubscriptionType") == "FREE":
                session = question_of(response).session
                session.refuse(Part(self.of_stream), "Clockify's free plan knows no invoices.")
                continue
            listed = workspace.get("currencies") if self.by_currency else None
            for currency in listed or [{}]:
                for begin, end in ranges:
                    question = {
                        "from": begin,
                        "to": end,
                        "currency_id": currency.get("id"),
                        "currency": currency.get("code"),
                    }
                    yield {"id": f"{question['currency_id']}|{begin}", "question": question}

    def _history(self) -> tuple[date, date]:
        """First and last day. Entries and expenses of tomorrow may be there already."""
        last = datetime.now(timezone.utc).date() + timedelta(days=1)
        told = self.config.get("earliest_start_date")
        return (
            date.fromisoformat(str(told)[:10]) if told else last - LONGEST + timedelta(days=1)
        ), last

    def _months(self) -> list[tuple[str, str]]:
        """Months that lie wholly within the history, the last one first."""
        first, last = self._history()
        day = last - timedelta(days=1)
        found: list[tuple[str, str]] = []
        for _ in range(self.full_months):
            end = day.replace(day=1) - timedelta(days=1)
            day = end.replace(day=1)
            if day >= first:
                found += periods(day, end)
        return found


@dataclass
class SummaryExtractor(RecordExtractor):
    """One record per person and project of a summary report that is grouped by both.

    Nothing, such as no project, is empty text. ``amount`` is the person's part that was earned on it, in minor units.
    """

    parameters: InitVar[Mapping[str, Any]]

    def extract_records(self, response: Response) -> Iterator[Record]:
        for person in rows_of(response, "groupOne"):
            parts = person.get("children")
            if not isinstance(parts, list):
                raise Contradiction(
                    f"{path_of(response)} does not show the projects of all people."
                )
            for part in parts:
                yield {
                    "userId": person.get("_id") or "",
                    "projectId": part.get("_id") or "",
                    "duration": part.get("duration"),
                    "amount": part.get("amount"),
                    "currency": part.get("currency") or person.get("currency"),
                }


@dataclass
class InvoicingExtractor(RecordExtractor):
    """Of each row of a report its id (``key``) and how it is marked as invoiced; unless ``all_rows``, only rows with a mark."""

    parameters: InitVar[Mapping[str, Any]]
    envelope: str
    key: str
    all_rows: bool = False

    def extract_records(self, response: Response) -> Iterator[Record]:
        for row in rows_of(response, self.envelope):
            told = row.get("invoicingInfo")
            mark = told if isinstance(told, dict) else {}
            is_marked = bool(mark.get("manuallyInvoiced") or mark.get("invoiceId"))
            if is_marked or self.all_rows:
                yield {
                    "id": row.get(self.key),
                    "invoiceId": mark.get("invoiceId"),
                    "manuallyInvoiced": mark.get("manuallyInvoiced") is True,
                }
