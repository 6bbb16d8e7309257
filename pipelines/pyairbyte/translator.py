"""How a declared stream becomes an asset.

Here: the default translation, to subclass where a project wants another. Not here: which streams run together.
"""

from __future__ import annotations

import dagster as dg
from dagster.components.utils.translation import TranslationFn

from pipelines.pyairbyte.props import AirbyteStreamProps

_HOW_PUBLISHED = {
    "snapshot": "read whole each time; rows that vanish move to the stream's `_deleted` table",
    "incremental": "only what changed since the last read, merged by primary key",
    "daily_window": "daily partitions by the UTC day of `{day}`; a read replaces what its days held",
    "daily_log": "daily partitions by the UTC day of `{day}`; rows are merged and never removed",
}


class PyAirbyteTranslator:
    """Translates ``AirbyteStreamProps`` into a ``dagster.AssetSpec``.

    ``storage_kind`` is where the tables are, as Dagster shows it. ``translation``, such as a ``defs.yaml`` gives it, has
    the last word on a spec.
    """

    storage_kind: str = "duckdb"

    def __init__(self, translation: TranslationFn[AirbyteStreamProps] | None = None) -> None:
        self._translation = translation

    def get_asset_key(self, props: AirbyteStreamProps) -> dg.AssetKey:
        """The stream's address in the warehouse is its key."""
        return dg.AssetKey([props.namespace, props.name])

    def get_asset_spec(self, props: AirbyteStreamProps) -> dg.AssetSpec:
        """The spec of a stream's asset: description, keys, kinds and column schema."""
        spec = dg.AssetSpec(
            key=self.get_asset_key(props),
            description=self._description(props),
            group_name=props.namespace,
            kinds={"airbyte", self.storage_kind},
            skippable=True,
            tags={"publish": props.publish},
            metadata={
                "dagster/table_name": f"{props.namespace}.{props.name}",
                "dagster/storage_kind": self.storage_kind,
                "dagster/column_schema": column_schema(props),
                "primary_key": ", ".join(props.primary_key),
            },
        )
        return self._translation(spec, props) if self._translation else spec

    def _description(self, props: AirbyteStreamProps) -> str:
        how = _HOW_PUBLISHED[props.publish].format(day=props.day)
        optional = (
            "\n\nA plan or host may lack this stream; it is empty then." if props.optional else ""
        )
        return f"{props.description}\n\nPublished as {props.publish}: {how}.{optional}"


def column_schema(props: AirbyteStreamProps) -> dg.TableSchema:
    """The stream's declared columns for Dagster's column view."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.type,
                description=column.description,
                constraints=dg.TableColumnConstraints(
                    nullable=column.name not in props.primary_key
                ),
            )
            for column in props.columns
        ]
    )
