"""``ReadSession``: what a read and its connector tell each other, as values and not as log records.

Here: what was asked, refused, paused, given up and read to its end. The session also has what the
reader knows of the destination, and objects that all components of one read share. Not here: the
CDK, Dagster, and how anything is asked. A connector's components find the session of their read in
their config.

What decides about removing rows passes through here and nowhere else. A *part* of a stream is what
is read for one parent, or the whole of a stream that has no parents. When a part is not *finished*,
or something of it was *refused*, rows that were not seen stay in the table.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, MutableMapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from pipelines.project.texts.counts import counted

_CONFIG_KEY = "__read_session"
_Shared = TypeVar("_Shared")


@dataclass(frozen=True)
class Part:
    """A part of ``stream``: of the record ``parent`` (its id as text), or of none."""

    stream: str
    parent: str | None = None


class NoAnswer(Exception):
    """An answer that says nothing about the list it was asked for; the message is the sentence why.

    It may have been an accident of this one answer: the part is worth asking for once more.
    """


@dataclass(frozen=True)
class Sought:
    """What a source says of rows that its lists lack: records that moved, keys that are ``gone``.

    Of all others nothing was learnt.
    """

    records: Sequence[Mapping[str, Any]] = ()
    gone: frozenset[str] = frozenset()


#: Asks a source for rows by their keys; the second argument is keys of rows that it has just shown.
Seek = Callable[[Set[str], Set[str]], Sought]


class ReadSession:
    """One read of one connector. All methods may be called by several threads at a time.

    ``parent_fields``: by stream, the field of a partition that holds the parent's id. ``known``: the keys that the
    destination has of a part, if the read may remove any of them. ``rows``: by stream, what the destination has to compare
    with, see there.
    """

    def __init__(
        self,
        parent_fields: Mapping[str, str] | None = None,
        known: Mapping[Part, frozenset[str]] | None = None,
        rows: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._parent_fields = dict(parent_fields or {})
        self._known = dict(known or {})
        self._rows = dict(rows or {})
        self._lock = threading.RLock()
        self._shared: dict[str, Any] = {}
        self._refused: dict[Part, str] = {}
        self._hopeless: set[Part] = set()
        self._looks: Counter[Part] = Counter()
        self._totals: dict[Part, dict[int, int]] = defaultdict(dict)
        self._notes: dict[str, list[str]] = defaultdict(list)
        self._seek: dict[str, Seek] = {}
        self._gone: dict[str, set[str]] = defaultdict(set)
        self._vanished: Counter[str] = Counter()
        self._vouched: set[Part] = set()
        #: Parts that were read to their end.
        self.finished: set[Part] = set()
        #: HTTP requests by stream, retries included.
        self.requests: Counter[str] = Counter()
        #: False for a connector that is a program of its own: what it asks for, nobody sees.
        self.sees_requests = True
        #: Why the connector stopped asking, in its words: what it left unread is to be read later.
        self.pauses: set[str] = set()
        self._is_abandoned = threading.Event()

    def part(self, stream: str, partition: Mapping[str, Any]) -> Part:
        """The part of ``stream`` that ``partition`` belongs to."""
        field = self._parent_fields.get(stream)
        parent = partition.get(field) if field else None
        return Part(stream, None if parent is None else str(parent))

    def shared(self, name: str, make: Callable[[], _Shared]) -> _Shared:
        """The object ``name`` of this read, made by the first who asks."""
        with self._lock:
            if name not in self._shared:
                self._shared[name] = make()
            return cast(_Shared, self._shared[name])

    # What a connector tells.

    def count_request(self, stream: str) -> None:
        """A request of ``stream`` goes over the network now."""
        with self._lock:
            self.requests[stream] += 1

    def pause(self, sentence: str) -> None:
        """Nothing more may be asked for now."""
        with self._lock:
            self.pauses.add(sentence)

    def refuse(self, part: Part, sentence: str, *, is_hopeless: bool = False) -> None:
        """The source did not show all of ``part``: whatever is not seen of it may be there all the same.

        ``is_hopeless``: further pages would not show more.
        """
        with self._lock:
            self._refused.setdefault(part, sentence)
            if is_hopeless:
                self._hopeless.add(part)
        self.note(part.stream, sentence)

    def note(self, stream: str, sentence: str) -> None:
        """Something about ``stream`` that people should know."""
        with self._lock:
            if sentence not in self._notes[stream]:
                self._notes[stream].append(sentence)

    def state_total(self, part: Part, total: int) -> None:
        """The source's own count of ``part`` agrees with what came: ``total`` records."""
        with self._lock:
            self._totals[part][self._looks[part]] = total

    def seek_with(self, stream: str, seek: Seek) -> None:
        """Rows of ``stream`` can be asked for by their keys."""
        self._seek[stream] = seek

    def finish(self, part: Part) -> None:
        """All of ``part`` was asked for and answered."""
        with self._lock:
            self.finished.add(part)

    def vouch(self, part: Part) -> None:
        """``part`` was compared with what the destination has of it, so it need not be read: none of its rows is gone.

        Rows of it that come all the same are new or changed.
        """
        with self._lock:
            self._vouched.add(part)

    # What whoever runs the connector tells and asks.

    def abandon(self) -> None:
        """Nobody takes the records any more: no request is to follow."""
        self._is_abandoned.set()

    @property
    def is_abandoned(self) -> bool:
        return self._is_abandoned.is_set()

    def look(self, part: Part) -> int:
        """How often ``part`` was asked for before: 0 when it is asked for the first time."""
        return self._looks[part]

    def look_again(self, part: Part) -> None:
        """``part`` is asked for once more; answers that were kept do not count."""
        with self._lock:
            self._looks[part] += 1

    def is_missing_any(self, part: Part, seen: set[str]) -> bool:
        """Whether ``part`` lacks a row of the destination, without evidence that it is gone.

        The source's own count is such evidence, unless it is zero.
        """
        if not self._missing(part, seen):
            return False
        return not self._totals[part].get(self._looks[part])

    def seek(self, part: Part, seen: Set[str]) -> Sequence[Mapping[str, Any]]:
        """Ask where the rows are that ``part`` lacks, if possible; returns rows that moved."""
        missing = self._missing(part, seen)
        seek = self._seek.get(part.stream)
        if not missing or seek is None:
            return ()
        sought = seek(missing, seen)
        with self._lock:
            self._gone[part.stream] |= sought.gone
        return sought.records

    def count_vanished(self, part: Part, seen: Set[str]) -> None:
        """``part`` was read to its end: rows that it lacks, and that can be asked for but were not found out about, are counted."""
        if part.stream in self._seek:
            with self._lock:
                self._vanished[part.stream] += len(self._missing(part, seen))

    def gone(self, stream: str) -> frozenset[str]:
        """Keys of rows that the source says are gone."""
        return frozenset(self._gone[stream])

    def _missing(self, part: Part, seen: Set[str]) -> Set[str]:
        with self._lock:
            return self._known_of(part) - seen - self._gone[part.stream]

    def rows(self, stream: str) -> Mapping[str, str] | None:
        """The destination's rows of what is read of ``stream``, by key, each as a JSON object; ``None`` where they are not told."""
        return self._rows.get(stream)

    def vouched_parents(self, stream: str) -> frozenset[str]:
        """The parents (ids as text) with all rows in the destination, except for those that came."""
        return frozenset(
            part.parent for part in self._vouched if part.stream == stream and part.parent
        )

    def knows(self, part: Part) -> bool:
        """Whether the destination has rows of ``part``."""
        return bool(self._known_of(part))

    def _known_of(self, part: Part) -> frozenset[str]:
        if part.parent is None and part.stream in self._parent_fields:
            # All parents' rows come together, such as within the list of the parents.
            of_parents = [
                keys for known, keys in self._known.items() if known.stream == part.stream
            ]
            return frozenset().union(*of_parents)
        return self._known.get(part, frozenset())

    def is_stated_empty(self, part: Part) -> bool:
        """Whether the source itself has counted none of ``part``, and again when it was asked once more."""
        return self._totals[part] == {0: 0, 1: 0}

    def refused_parents(self, stream: str) -> dict[str, str]:
        """The parents (ids as text) with a refused request, and why it was refused."""
        with self._lock:
            return {
                part.parent: why
                for part, why in self._refused.items()
                if part.stream == stream and part.parent is not None
            }

    def refusal(self, part: Part) -> str | None:
        """Why something of exactly ``part`` was refused; ``None`` where nothing was."""
        return self._refused.get(part)

    def is_hopeless(self, part: Part) -> bool:
        """Whether nothing more of ``part`` is to be asked for."""
        return part in self._hopeless

    def finished_parents(self, stream: str) -> set[str]:
        """The parents (ids as text) that were read to their end without a refusal."""
        with self._lock:
            finished = {
                part.parent for part in self.finished if part.stream == stream and part.parent
            }
        return finished - self.refused_parents(stream).keys()

    def notes(self, stream: str) -> list[str]:
        """What people should know of ``stream``, in the order in which it was found."""
        notes = list(self._notes.get(stream, ()))
        vanished = self._vanished[stream]
        if vanished:
            notes.append(
                f"{counted(vanished, 'row')} vanished from what was read, and it could not be asked whether they lie elsewhere "
                "now: they count as deleted."
            )
        return notes


def with_session(config: Mapping[str, Any], session: ReadSession) -> dict[str, Any]:
    """``config`` with ``session`` in it, for the connector's components to find."""
    return {**config, _CONFIG_KEY: session}


def session_of(config: Mapping[str, Any]) -> ReadSession:
    """The session of the read with this config; a connector that runs without one gets a new one.

    A source makes its own copy of the config and hands it to all its components, so the copy is what they have in common.
    """
    own_config = cast(MutableMapping[str, Any], config)
    session: ReadSession = own_config.setdefault(_CONFIG_KEY, ReadSession())
    return session
