"""The sensor that sends events of OpenLineage: what they say of real tables, and what becomes of one that is not taken."""

# No `from __future__ import annotations` here: Dagster reads the annotations of ops.

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import dagster as dg
import pytest

from pipelines.defs.automation.lineage_sensor import lineage_events
from pipelines.outputs.lineage_events import LineageError
from pipelines_tests.defs.automation.conftest import Desk
from pipelines_tests.support.answering_server import Answer, AnsweringServer, answering

STREAMS = ("clockify/tags", "clockify/clients")
TABLE = "time_tracking/tag_hours"
KEY = "a-token-of-a-catalogue"


@contextmanager
def catalogue(*statuses: int) -> Iterator[AnsweringServer]:
    """A receiver that answers with these one after the other, then with 200."""
    left = list(statuses)
    with answering(lambda _: Answer(left.pop(0) if left else 200, "{}")) as server:
        yield server


def sensor(desk: Desk, server: AnsweringServer) -> dg.SensorDefinition:
    url = f"{server.url}/api/v1/lineage"
    return lineage_events(desk.settings.model_copy(update={"lineage_key": KEY}), url)


def events(server: AnsweringServer) -> dict[str, Any]:
    """By the name of the job; the last of each."""
    found = [json.loads(asked.body) for asked in server.asked]
    return {event["job"]["name"]: event for event in found}


def run_of(desk: Desk, *assets: str) -> str:
    """A run that says it wrote ``assets``, of which only the definitions are real."""

    @dg.op
    def write(context: dg.OpExecutionContext) -> None:
        for number, asset in enumerate(assets):
            context.log_event(
                dg.AssetMaterialization(asset.split("/"), metadata={"dagster/row_count": number})
            )

    @dg.job
    def sync() -> None:
        write()

    return sync.execute_in_process(instance=desk.instance).run_id


def test_each_table_of_a_run_is_an_event_with_its_columns_and_what_they_are_made_of(
    desk: Desk,
) -> None:
    with catalogue() as server:
        run_id = run_of(desk, "clockify/tags", TABLE, "report/page")
        assert desk.tick(sensor(desk, server)).skip_message == "2 tables of 1 run told."
        assert {(asked.method, asked.path) for asked in server.asked} == {
            ("POST", "/api/v1/lineage")
        }
        assert {asked.headers["Authorization"] for asked in server.asked} == {f"Bearer {KEY}"}
    found = events(server)
    assert found.keys() == {"clockify.tags", "time_tracking.tag_hours"}

    event = found["time_tracking.tag_hours"]
    store = f"duckdb://{desk.folder}"
    assert event["eventType"] == "COMPLETE"
    assert datetime.fromisoformat(event["eventTime"]).tzinfo
    assert event["run"]["facets"]["parent"]["run"]["runId"] == run_id
    assert event["run"]["facets"]["parent"]["job"]["name"] == "sync"
    assert [each["name"] for each in event["inputs"]] == [
        "warehouse.clockify.tags",
        "warehouse.time_tracking.time_entry_facts",
    ]
    (output,) = event["outputs"]
    assert output["namespace"] == store
    assert output["name"] == "warehouse.time_tracking.tag_hours"
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 1
    columns = {each["name"]: each for each in output["facets"]["schema"]["fields"]}
    assert columns["tag_id"]["type"] == "VARCHAR"
    assert columns["tag_id"]["description"]
    made_of = output["facets"]["columnLineage"]["fields"]["tag_name"]["inputFields"]
    assert (store, "warehouse.clockify.tags", "name") in {
        (each["namespace"], each["name"], each["field"]) for each in made_of
    }
    assert output["facets"]["ownership"]["owners"] == [{"name": "team:data"}]

    assert found["clockify.tags"]["inputs"] == []
    assert found["clockify.tags"]["run"]["runId"] != event["run"]["runId"]


def test_every_run_is_told_once_and_the_first_look_tells_the_newest(desk: Desk) -> None:
    with catalogue() as server:
        run_of(desk, "clockify/tags")
        run_of(desk, "clockify/clients")
        desk.tick(sensor(desk, server))
        assert events(server).keys() == {"clockify.clients"}
        assert "No run has ended" in (desk.tick(sensor(desk, server)).skip_message or "")

        server.asked.clear()
        run_of(desk, *STREAMS)
        run_of(desk, TABLE)
        desk.tick(sensor(desk, server))
        assert events(server).keys() == {
            "clockify.tags",
            "clockify.clients",
            "time_tracking.tag_hours",
        }


@pytest.mark.parametrize(
    ("status", "said"), [(503, "answered 503"), (401, "check PIPELINES_LINEAGE_KEY")]
)
def test_what_was_not_taken_is_sent_again(desk: Desk, status: int, said: str) -> None:
    with catalogue(200, status) as server:
        run_of(desk, *STREAMS)
        with pytest.raises(LineageError, match=said) as raised:
            desk.tick(sensor(desk, server))
        assert KEY not in str(raised.value)
        assert desk.tick(sensor(desk, server)).skip_message == "2 tables of 1 run told."
    bodies = [asked.body for asked in server.asked]
    # Told twice, it is the same run of the same job.
    assert bodies[0] == bodies[2]


def test_a_receiver_that_is_not_there_is_one_sentence(desk: Desk) -> None:
    with catalogue() as server:
        pass
    run_of(desk, *STREAMS)
    with pytest.raises(
        LineageError, match="PIPELINES_LINEAGE_URL did not take an event: ConnectionError"
    ):
        desk.tick(sensor(desk, server))


def test_an_event_that_is_refused_keeps_no_other_back(desk: Desk) -> None:
    with catalogue(400) as server:
        run_of(desk, *STREAMS)
        assert desk.tick(sensor(desk, server)).skip_message == (
            "1 table of 1 run told. 1 event refused, such as clockify.tags: 400 {}"
        )


def test_without_the_package_the_tick_says_how_to_install_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openlineage.client.event_v2", None)
    with catalogue() as server:
        run_of(desk, *STREAMS)
        with pytest.raises(LineageError, match=r"PIPELINES_LINEAGE_URL needs .*\[openlineage\]"):
            desk.tick(sensor(desk, server))
