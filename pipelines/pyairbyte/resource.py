"""``PyAirbyteResource``: the one way in which a source is read.

Here: from a Dagster context to staged streams to one materialization per stream. Not here: what a destination does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.project.texts.counts import counted
from pipelines.pyairbyte.deferral import fair_share, tell_deferred
from pipelines.pyairbyte.destination import (
    Deferral,
    Destination,
    DestinationRefused,
    OpenDestination,
    PublishedStream,
    StagedStream,
    Window,
)
from pipelines.pyairbyte.metadata import materialization_metadata, preview_metadata
from pipelines.pyairbyte.props import AirbyteStreamProps, Connector
from pipelines.pyairbyte.request import ReadRequest
from pipelines.pyairbyte.staging import (
    ConnectionRefused,
    ReadPaused,
    StagedRead,
    StagingFailed,
    UndeclaredStreams,
    staged_read,
)
from pipelines.pyairbyte.waits import waits_told

_Applied = tuple[StagedStream, PublishedStream]


class PyAirbyteResource(dg.ConfigurableResource[Any]):
    """Reads connectors through PyAirbyte into a staging cache made for the read, and publishes what arrived.

    ``run`` is for assets (see ``pyairbyte_assets``), ``read`` for a look at a source without any.

    Example:
        .. code-block:: python

            from pathlib import Path

            from pipelines.pyairbyte.manifest import ManifestConnector
            from pipelines.pyairbyte.resource import PyAirbyteResource

            shop = ManifestConnector("source-shop", "shop", Path("manifest.yaml"))
            airbyte = PyAirbyteResource(staging_dir="staging")
            with airbyte.read(shop, {"api_url": "https://shop.example"}, ["items"]) as read:
                items = read.to_pandas("items")
    """

    staging_dir: str

    @contextmanager
    def read(
        self,
        connector: Connector,
        config: Mapping[str, Any],
        streams: Sequence[str],
        *,
        window: Window | None = None,
        on_progress: Callable[[Any], None] | None = None,
    ) -> Iterator[StagedRead]:
        """Read ``streams`` whole (daily ones within ``window``) into a cache that lasts as long as the block."""
        request = ReadRequest(
            connector, config, [connector.stream(name) for name in streams], {}, window
        )
        with staged_read(request, Path(self.staging_dir), on_progress) as staged:
            yield staged

    def run(
        self,
        *,
        context: dg.AssetExecutionContext,
        connector: Connector,
        config: Mapping[str, Any],
        destination: Destination,
        full_refresh: bool = False,
        compared: Collection[str] = (),
        metadata: Mapping[str, Any] | None = None,
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Read the selected streams in one go and yield one result per published stream.

        ``full_refresh`` ignores saved states. ``compared``: daily streams whose connector is told what
        the destination has, to compare it with the source.

        Streams that fail keep their tables; the others are published, and then one ``Failure`` names every stream that
        did not make it and why. Where only optional ones fail, that is a warning of theirs. Streams that the connector's request budget put off have no result; that is no failure,
        and one warning says how far they are.
        """
        selected = {key.path[-1]: key for key in context.selected_asset_keys}
        streams = [props for props in connector.streams if props.name in selected]
        window = _window_of(context)
        failures: dict[str, str] = {}
        done: Mapping[str, datetime] = {}
        versions: Mapping[str, str] = {}
        complete: Sequence[_Applied] = ()
        partial: Sequence[_Applied] = ()
        try:
            with destination.open() as opened:
                opened.prepare()
                done = {} if full_refresh else _done_today(opened, streams)
                # The streams whose table a run may leave as it is.
                versions = {
                    props.name: opened.version(props)
                    for props in streams
                    if props.name in done or props.optional
                }
                streams = [props for props in streams if props.name not in done]
                share = fair_share(context.op_def.name, connector, config, streams, opened)
                request = ReadRequest.of(
                    opened,
                    connector,
                    {**config, **share},
                    # Without a budget all have their turn at once.
                    opened.by_turn(streams) if share else streams,
                    window=window,
                    full_refresh=full_refresh,
                    compared=compared,
                )
            with (
                waits_told(context.log.warning),
                staged_read(request, Path(self.staging_dir), _reporter(context, connector)) as read,
            ):
                failures.update(read.errors)
                pause, deferrals = read.pause, read.deferred
                with destination.open() as opened:
                    complete = _publish(opened, read.complete(), failures)
                    partial = _publish(opened, read.partial(), failures)
        except ReadPaused as paused:
            pause, deferrals = str(paused), [Deferral(props, was_begun=False) for props in streams]
        except (ConnectionRefused, UndeclaredStreams, StagingFailed, DestinationRefused) as refusal:
            raise dg.Failure(
                f"{connector.namespace} was not read, nothing was changed: {refusal}",
                allow_retries=False,
            ) from None
        # Only now: storing events takes longer than publishing, and an open destination keeps others waiting.
        for staged, published in complete:
            for warning in (*staged.warnings, *published.warnings):
                context.log.warning(f"{published.table}: {warning}")
            context.log.info(_summary(staged, published))
            key = selected[staged.props.name]
            # Said with the last of several days, which Dagster takes for the newest: it is true of all of them together, and
            # a hundred times would be most of the history. And of the asset: the step's output would say it once more.
            last_day = context.partition_keys[-1] if window and staged.props.is_daily else None
            facts = {**materialization_metadata(staged, published), **preview_metadata(published)}
            context.add_asset_metadata(facts, key, last_day)
            yield dg.MaterializeResult(
                asset_key=key,
                metadata=metadata or {},
                data_version=_data_version(published.version),
            )
        for name, moment in done.items():
            said = f"Read today already, at {moment:%H:%M} UTC: this stream is read once a day, or with full_refresh."
            yield dg.MaterializeResult(
                asset_key=selected[name],
                metadata={"not_read": said, **(metadata or {})},
                data_version=_data_version(versions[name]),
            )
        if pause and deferrals:
            with destination.open() as opened:
                opened.defer(deferrals)
            tell_deferred(context, pause, deferrals, [staged for staged, _ in partial], window)
        if any(not connector.stream(name).optional for name in failures):
            raise dg.Failure(_failure_sentence(connector, failures)) from None
        for name, reason in failures.items():
            # As if the source did not offer it: what needs only the others goes on.
            warning = f"Nothing was read, the table stays as it was: {reason}"
            context.log.warning(f"{connector.namespace}.{name}: {warning}")
            yield dg.MaterializeResult(
                asset_key=selected[name],
                metadata={"warnings": warning, **(metadata or {})},
                data_version=_data_version(versions[name]),
            )


def _data_version(version: str) -> dg.DataVersion | None:
    return dg.DataVersion(version) if version else None


def _done_today(
    opened: OpenDestination, streams: Sequence[AirbyteStreamProps]
) -> Mapping[str, datetime]:
    """Of streams that are read once a day: when they were read today. Where nothing else is asked for, none counts."""
    once_a_day = [props for props in streams if props.once_a_day]
    return opened.read_today(once_a_day) if len(once_a_day) < len(streams) else {}


def _publish(
    destination: OpenDestination, streams: Iterable[StagedStream], failures: dict[str, str]
) -> list[_Applied]:
    """Publish what can be; the others are added to ``failures``."""
    applied: list[_Applied] = []
    for staged in streams:
        try:
            applied.append((staged, destination.publish(staged)))
        except Exception as error:  # noqa: BLE001 (one stream's fault must not keep the others from being published)
            failures[staged.props.name] = str(error).splitlines()[0] if str(error) else repr(error)
    return applied


def _window_of(context: dg.AssetExecutionContext) -> Window | None:
    """The days of a partitioned run; ``None`` for one without partitions."""
    if not context.has_partition_key and not context.has_partition_key_range:
        return None
    span = context.partition_time_window
    return Window(span.start, span.end, open_ended=span.end > datetime.now(timezone.utc))


def _reporter(context: dg.AssetExecutionContext, connector: Connector) -> Callable[[Any], None]:
    def report(progress: Any) -> None:
        counts = ", ".join(f"{name} {count:,}" for name, count in progress.records.items() if count)
        rate = sum(progress.records.values()) / max(progress.seconds, 0.001)
        context.log.info(
            f"{connector.namespace}: reading for {progress.seconds:.0f} s{_with(progress.requests, ', ')}, "
            f"{rate:,.0f} records/s; {counts or 'no records yet'}"
        )

    return report


def _summary(staged: StagedStream, published: PublishedStream) -> str:
    return (
        f"{published.table}: {counted(published.rows, 'row')}; read {staged.records:,}{_with(staged.requests, ' with ')}, "
        f"added {published.added:,}, changed {published.changed:,}, removed {published.removed:,}"
    )


def _with(requests: int | None, before: str) -> str:
    """How many requests it took, where that is known."""
    return "" if requests is None else f"{before}{counted(requests, 'request')}"


def _failure_sentence(connector: Connector, failures: Mapping[str, str]) -> str:
    by_reason: dict[str, list[str]] = {}
    for stream, reason in failures.items():
        by_reason.setdefault(reason, []).append(stream)
    reasons = " ".join(f"{', '.join(streams)}: {reason}" for reason, streams in by_reason.items())
    return f"{connector.namespace}: {len(failures)} of the selected streams failed and kept their tables. {reasons}"
