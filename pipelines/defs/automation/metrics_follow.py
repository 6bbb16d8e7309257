"""``metrics_follow``: metric tables are computed again when one of their inputs became another, by declarative automation.

Here: the condition that metric assets carry and the sensor that evaluates it. Not here: the metric assets.

The condition differs from Dagster's ``eager()`` where that would not follow:

* A day that was never read does not stop it. ``eager()`` waits while any input *partition* is missing, which is the
  case every midnight until the new day's first read.
* A run that reads inputs and then fails before the metrics it planned does not count as having brought them up to
  date; ``eager()`` leaves out updates by any run that planned both.
* An input that arrives just after a table was computed is not lost when both happen between two evaluations: each
  ``since`` compares with one kind of event only, because then Dagster compares the events' times.
* Nothing is requested while a stream is read that the table is made of, be it through other tables. ``eager()`` asks
  only the direct inputs, and so would compute tables in pieces, and some twice, as one stream lands after the other.
* An input that was read or computed again without becoming another requests nothing: its data version tells. Since that
  has no time of its own in Dagster 1.13, it counts together with the update's, and is settled by any update of the table
  that comes without news.
* A table is requested only when two evaluations in a row found it behind and nothing in flight. One evaluation reads
  events first and runs later: a run that computes the table and ends in between looks like one that did not.

What failed is not tried again until an input is updated again, so a broken table cannot make a loop.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import dagster as dg

from pipelines.metrics.catalog import FAMILIES
from pipelines.sources.registry import CONNECTORS

NAME = "metrics_follow"
#: The report is made from the metric tables and follows them like one; so does the mirror, where there is one.
REPORT_GROUP = "report"
MIRROR_GROUP = "mirror"
_LONGEST_PAUSE_SECONDS = 30


def metrics_condition(streams: Iterable[dg.AssetKey]) -> dg.AutomationCondition[Any]:
    """True when inputs or settings of a table changed since it was last computed and requested.

    Nothing that concerns it may be in flight, and everything must have been read before.

    ``streams``: those that the table is made of, be it through other tables.
    """
    condition = dg.AutomationCondition
    updated = condition.any_deps_match(condition.newly_updated())
    changed = condition.any_deps_match(condition.data_version_changed())
    is_older = updated.since(condition.newly_updated())
    news = changed & is_older
    is_other = news.since(condition.newly_updated() & ~news)
    is_behind = is_older & is_other & updated.since(condition.newly_requested())
    # A table's code version stands for the settings it depends on.
    settings_changed = condition.code_version_changed().since(
        condition.newly_updated() | condition.newly_requested()
    )
    # Tables that build on each other are computed in one run.
    joins_inputs = condition.any_deps_match(condition.will_be_requested())
    never_read = condition.any_deps_missing().ignore(_daily_streams())
    in_flight: dg.AutomationCondition[Any] = (
        condition.any_deps_in_progress() | condition.in_progress()
    )
    for key in sorted(streams):
        in_flight |= condition.asset_matches(key, condition.in_progress())
    return (
        (_twice(is_behind) | settings_changed | joins_inputs) & ~never_read & _twice(~in_flight)
    ).with_label("an input or a setting changed")


def metrics_follow(seconds: int) -> dg.AutomationConditionSensorDefinition:
    """The sensor over all that is made from tables; it runs unless somebody stops it.

    It looks as often as the other sensors, every ``seconds``, but twice a minute at least.

    What needs a source that is off is among them: the condition never holds there, because an input was never read.
    """
    return dg.AutomationConditionSensorDefinition(
        name=NAME,
        target=dg.AssetSelection.groups(*FAMILIES, REPORT_GROUP, MIRROR_GROUP),
        default_status=dg.DefaultSensorStatus.RUNNING,
        # An evaluation takes three seconds of one core, and two are needed before anything is computed.
        minimum_interval_seconds=min(seconds, _LONGEST_PAUSE_SECONDS),
        description="Computes metric tables again when one of their inputs became another.",
    )


def _twice(condition: dg.AutomationCondition[Any]) -> dg.AutomationCondition[Any]:
    """Whether ``condition`` holds now and held at the evaluation before.

    Dagster 1.13 remembers the evaluation before by the operator at the condition's top, whatever is below it: within
    one tree no two may have the same.
    """
    return condition & ~condition.newly_true()


def _daily_streams() -> dg.AssetSelection:
    """Daily streams, where some days are always missing."""
    return dg.AssetSelection.assets(
        *(
            dg.AssetKey([connector.namespace, props.name])
            for connector in CONNECTORS.values()
            for props in connector.streams
            if props.is_daily
        )
    )
