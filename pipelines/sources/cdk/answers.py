"""What an answer was asked for, and the sentence when it says nothing about that.

Here: the question that goes with a response, and ``Contradiction``. Not here: how answers are read (``extractors``,
``pages``) and how refusals are told from other answers (``errors``).
"""

from __future__ import annotations

from dataclasses import dataclass

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from requests import Response

from pipelines.pyairbyte.session import NoAnswer, Part, ReadSession

_ATTRIBUTE = "_question"


@dataclass(frozen=True)
class Question:
    """For which part of a stream something was asked; ``look`` is 0 when the part was read for the first time."""

    session: ReadSession
    part: Part
    look: int = 0


class Contradiction(NoAnswer, AirbyteTracedException):
    """An answer, or a list of them, that contradicts itself or is of another kind than what was asked for."""

    def __init__(self, sentence: str) -> None:
        AirbyteTracedException.__init__(
            self, message=sentence, failure_type=FailureType.system_error
        )

    def __str__(self) -> str:
        return str(self.message)


def remember_question(response: Response, question: Question) -> None:
    """Let whoever reads ``response`` know what it answers."""
    setattr(response, _ATTRIBUTE, question)


def question_of(response: Response) -> Question:
    """What ``response`` answers; a part of nothing where nobody said."""
    question: Question | None = getattr(response, _ATTRIBUTE, None)
    return question or Question(ReadSession(), Part(""))


def path_of(response: Response) -> str:
    """The path that was asked for, without the query."""
    return str(response.request.path_url.partition("?")[0])
