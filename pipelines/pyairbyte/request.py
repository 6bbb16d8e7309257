"""``ReadRequest``: what a read is to bring, and what is known before it.

Here: the request and how it follows from what a destination remembers. Not here: how it is read (``staging``).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipelines.pyairbyte.destination import EarlierDays, OpenDestination, Window
from pipelines.pyairbyte.props import AirbyteStreamProps, Connector
from pipelines.pyairbyte.session import Part, ReadSession


@dataclass(frozen=True)
class ReadRequest:
    """What to read: streams of one connector, under a config, perhaps since states or within a window."""

    connector: Connector
    config: Mapping[str, Any]
    streams: Sequence[AirbyteStreamProps]
    states: Mapping[str, dict[str, Any]]
    window: Window | None = None
    #: Parent versions by stream, then by parent id, as the destination has them.
    versions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Parents of which the window is not to be read, and as of when it is known, by stream and parent id.
    parents_read: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)
    #: Keys of the rows that the read may find gone, by stream and parent id.
    keys: Mapping[str, Mapping[str | None, frozenset[str]]] = field(default_factory=dict)
    #: Whose days before the window are to be read, too.
    earlier_days: EarlierDays | None = None
    #: By stream and key: the destination's rows, which the connector compares with what it is shown.
    rows: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        opened: OpenDestination,
        connector: Connector,
        config: Mapping[str, Any],
        streams: Sequence[AirbyteStreamProps],
        *,
        window: Window | None = None,
        full_refresh: bool = False,
        compared: Collection[str] = (),
    ) -> ReadRequest:
        """A read that begins where the destination's last ones ended; see ``PyAirbyteResource.run``."""
        states = {} if full_refresh else opened.states(streams)
        return cls(
            connector,
            config,
            streams,
            states=states,
            window=window,
            versions={} if full_refresh else opened.versions(streams, window),
            parents_read=opened.parents_read(streams, window) if window else {},
            keys=opened.keys([props for props in streams if props.name not in states], window),
            earlier_days=opened.earlier_days(streams, window) if window else None,
            rows=opened.rows([props for props in streams if props.name in compared], window)
            if window
            else {},
        )

    @property
    def staged_streams(self) -> list[str]:
        """Names of the streams to stage: those that scope the selected ones, and these in their order."""
        scopes = [props.scope.stream for props in self.streams if props.scope]
        return list(dict.fromkeys(scopes + [props.name for props in self.streams]))

    @property
    def skipped_parents(self) -> frozenset[str]:
        """Parents that *every* daily stream of this read has read already."""
        read = [set(self.parents_read.get(p.name, {})) for p in self.streams if p.is_daily]
        return frozenset(set.intersection(*read)) if read else frozenset()

    @property
    def known_versions(self) -> dict[str, str]:
        """By parent id: the version with which most of the versioned streams of this read are up to date."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for props in self._versioned:
            for parent, version in self.versions.get(props.name, {}).items():
                counts[parent][version] += 1
        return {parent: versions.most_common(1)[0][0] for parent, versions in counts.items()}

    @property
    def unread_parents(self) -> dict[str, list[str]]:
        """By stream: parents whose known version it lacks, such as after a refusal of it alone."""
        known = self.known_versions
        return {
            props.name: sorted(
                parent
                for parent, version in known.items()
                if self.versions.get(props.name, {}).get(parent) != version
            )
            for props in self._versioned
        }

    @property
    def _versioned(self) -> list[AirbyteStreamProps]:
        return [props for props in self.streams if props.scope and props.scope.version]

    def session(self) -> ReadSession:
        """A session for a read of this request."""
        return ReadSession(
            {props.name: props.scope.column for props in self.streams if props.scope},
            {
                Part(stream, parent): keys
                for stream, by_parent in self.keys.items()
                for parent, keys in by_parent.items()
            },
            self.rows,
        )
