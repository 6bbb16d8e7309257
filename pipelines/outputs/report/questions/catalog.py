"""All questions, in the order in which the page asks them."""

from __future__ import annotations

from pipelines.outputs.report.questions.billing import BILLING_QUESTIONS
from pipelines.outputs.report.questions.delivery import DELIVERY_QUESTIONS
from pipelines.outputs.report.questions.links import LINK_QUESTIONS
from pipelines.outputs.report.questions.model import unique
from pipelines.outputs.report.questions.money import MONEY_QUESTIONS
from pipelines.outputs.report.questions.time import TIME_QUESTIONS

QUESTIONS = unique(
    (
        *DELIVERY_QUESTIONS,
        *MONEY_QUESTIONS,
        *BILLING_QUESTIONS,
        *TIME_QUESTIONS,
        *LINK_QUESTIONS,
    )
)
