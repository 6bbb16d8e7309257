"""The parts of stories, such as comments, out of the list of stories; or story by story, where a host has them there alone.

Here: both ways to the same records. Not here: how the list of stories is read.
"""

# No `from __future__ import annotations` here: the CDK asks for the types of components, and Python 3.10 cannot tell it
# an `InitVar` that is text.

from collections.abc import Iterator, Mapping
from dataclasses import InitVar, dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from airbyte_cdk.sources.declarative.extractors.record_extractor import RecordExtractor
from requests import Response

from pipelines.pyairbyte.instants import read_instant
from pipelines.sources.cdk.answers import path_of, question_of
from pipelines.sources.cdk.extractors import Record, no_object, rows_of
from pipelines.sources.cdk.single import SingleRequests, json_of
from pipelines.sources.cdk.transport import Wording

#: A first read of a large project should not take hours; the archive command goes on where it stopped.
MOST_STORIES = 5000
#: Pages overlap by fewer stories than that.
_OVERLAPPING = 200


@dataclass
class StoryChildrenExtractor(RecordExtractor):
    """One record per child under ``field`` of each story, with the story's ids and ``updated_at``.

    A record without ``id`` stands for a story that has no children. Where only changed stories were asked for, every
    such story has one, so that children which are gone can be told from children which were not read. In a full read
    only the newest story of a page has one: state follows ``story_updated_at`` and must not fall behind the stories'.

    A story may lack ``field``. If it changed since the last read, ``field`` is requested for this
    story alone. After a host did not answer, no further page is requested. Nothing is known of the
    stories that were not asked.
    """

    config: Mapping[str, Any]
    parameters: InitVar[Mapping[str, Any]]
    field: str

    def extract_records(self, response: Response) -> Iterator[Record]:
        rows = rows_of(response)
        only_changed = "updated_after=" in response.url
        since = _since(response.url) if only_changed else ""
        parts = {id(row): row[self.field] for row in rows if isinstance(row.get(self.field), list)}
        alone = [row for row in rows if id(row) not in parts]
        if alone:
            # A host that ignores the filter shows stories that were read before: their parts are as they were.
            changed = [row for row in alone if _is_later(row.get("updated_at"), since)]
            found = self._one_by_one(changed, response)
            if len(found) < len(changed):
                self._refuse(response, is_hopeless=not parts)
            parts |= found
        stories = [row for row in rows if id(row) in parts]
        newest = max((_text(story.get("updated_at")) for story in stories), default="")
        for story in stories:
            ids = {
                "project_id": story.get("project_id"),
                "story_id": story.get("id"),
                "story_updated_at": story.get("updated_at"),
            }
            children = parts[id(story)]
            for child in children:
                yield {**(child if isinstance(child, dict) else no_object(child)), **ids}
            if not children and (only_changed or _text(story.get("updated_at")) == newest):
                yield {"id": None, **ids}

    def _one_by_one(self, stories: list[Record], response: Response) -> dict[int, list[Any]]:
        """What the own lists of stories have, by the story's identity, as far as they come."""
        lists = self._lists(response)
        found: dict[int, list[Any]] = {}
        for story in stories:
            url = f"{response.url.partition('?')[0]}/{story.get('id')}"
            children = lists.of(url, question_of(response).look)
            if children is None:
                break
            found[id(story)] = children
        return found

    def _refuse(self, response: Response, *, is_hopeless: bool) -> None:
        question = question_of(response)
        answered = self._lists(response).answered
        if answered:
            said = (
                f"{path_of(response)} does not show {self.field}, which were asked for story by story: of the first {answered:,} "
                "stories, then requests or answers ended. `make archive` goes on until it has all."
            )
        else:
            said = f"{path_of(response)} does not show {self.field} of all stories."
        question.session.refuse(question.part, said, is_hopeless=is_hopeless)

    def _lists(self, response: Response) -> "_Lists":
        """Those of this read, so that a host which has none is asked once."""
        session = question_of(response).session
        return session.shared(f"{self.field} story by story", self._new_lists)

    def _new_lists(self) -> "_Lists":
        headers = {"X-TrackerToken": str(self.config.get("api_token") or "")}
        wording = Wording("Tracker", "PIVOTAL_TRACKER_REQUESTS_PER_HOUR")
        stream = {"tasks": "story_tasks"}.get(self.field, self.field)
        return _Lists(SingleRequests(self.config, stream, headers, wording), self.field)


class _Lists:
    """The lists of single stories; one that does not come is the last that is asked for."""

    def __init__(self, requests: SingleRequests, field: str) -> None:
        self._requests = requests
        self._field = field
        self._is_over = False
        #: The latest ones, by look and address: pages overlap.
        self._known: dict[tuple[int, str], list[Any]] = {}
        #: Of how many stories it came.
        self.answered = 0

    def of(self, story_url: str, look: int) -> list[Any] | None:
        """The list of a story, the same one for the same ``look`` at the stories; ``None`` where it does not come."""
        known = self._known.get((look, story_url))
        if known is not None:
            return known
        if self._is_over or self.answered >= MOST_STORIES:
            return None
        response = self._requests.ask("GET", f"{story_url}/{self._field}")
        body = json_of(response) if response is not None and response.status_code == 200 else None
        if not isinstance(body, list):
            self._is_over = True
            return None
        self.answered += 1
        if len(self._known) >= _OVERLAPPING:
            self._known.pop(next(iter(self._known)))
        self._known[look, story_url] = body
        return body


def _since(url: str) -> str:
    return parse_qs(urlsplit(url).query).get("updated_after", [""])[0]


def _is_later(text: Any, since: str) -> bool:
    """Whether a story's instant is after the one that was asked for; one that cannot be told may be."""
    moment, bound = (read_instant(t) if isinstance(t, str) else None for t in (text, since))
    return moment is None or bound is None or moment > bound


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
