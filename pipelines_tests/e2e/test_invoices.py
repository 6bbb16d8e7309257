"""Invoices over several reads: what is asked for again, and what becomes of lines and payments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from pipelines.simulator import mutations
from pipelines_tests.support import worlds
from pipelines_tests.support.project import Project, metadata_of, running_project

NOW = datetime(2026, 5, 4, 12, tzinfo=timezone.utc)
STREAMS = ("clockify/invoices", "clockify/invoice_items", "clockify/invoice_payments")
PAID, SENT, VOID = (worlds.hex_id(number) for number in (21, 22, 23))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    line = worlds.invoice_item(0, 200, 10_000)
    data = worlds.clockify_data(
        invoices=[
            worlds.invoice(21, line, line, status="PAID", paid=40_000, balance=0),
            worlds.invoice(22, line),
            worlds.invoice(23, line, status="VOID"),
        ],
        invoice_payments=[worlds.invoice_payment(31, PAID, 40_000)],
    )
    with running_project(tmp_path, worlds.world(now=NOW, clockify=data)) as running:
        yield running


def asked(project: Project) -> list[str]:
    """Read the streams; which invoices were asked for, and ``*`` for the list."""
    before = project.server.requests.by_path.copy()
    assert project.materialize(*STREAMS).success
    # What lacks a row that was there is asked for twice.
    paths = set(project.server.requests.by_path - before)
    return sorted(path.partition("/invoices")[2] or "*" for path in paths if "/invoices" in path)


def lines(project: Project) -> list[tuple[str, int]]:
    return project.query("SELECT invoice_id, position FROM clockify.invoice_items ORDER BY ALL")


@pytest.mark.slow
def test_only_what_may_have_changed_is_asked_for_again(project: Project) -> None:
    """All of it first; then what is neither paid nor void, and what has another status or balance."""
    first = [f"/{PAID}", f"/{PAID}/payments", f"/{SENT}", f"/{VOID}"]
    assert asked(project) == sorted(["*", *first])
    assert lines(project) == [(PAID, 1), (PAID, 2), (SENT, 1), (VOID, 1)]
    mutations.update(project.world, "clockify.invoices", SENT, NOW, {"items": []})
    for _ in range(2):
        assert asked(project) == ["*", f"/{SENT}"]
    assert lines(project) == [(PAID, 1), (PAID, 2), (VOID, 1)], "missed twice, so they are gone"
    assert project.keys("clockify.invoice_payments") == [worlds.hex_id(31)]

    mutations.update(
        project.world, "clockify.invoices", SENT, NOW, {"status": "PAID", "paid": 5, "balance": 0}
    )
    payment = worlds.invoice_payment(32, SENT, 5)
    mutations.add(project.world, "clockify.invoice_payments", payment, NOW)
    assert asked(project) == ["*", f"/{SENT}", f"/{SENT}/payments"]
    assert project.keys("clockify.invoice_payments") == [worlds.hex_id(31), worlds.hex_id(32)]

    # Set back: its payments are deleted, and whatever is edited then is seen.
    reopened = {"status": "UNSENT", "paid": None, "balance": 40_000}
    mutations.update(project.world, "clockify.invoices", PAID, NOW, reopened)
    mutations.remove(project.world, "clockify.invoice_payments", worlds.hex_id(31), NOW)
    assert asked(project) == ["*", f"/{PAID}"]
    assert asked(project) == ["*", f"/{PAID}"]
    assert project.keys("clockify.invoice_payments") == [worlds.hex_id(32)]


@pytest.mark.slow
def test_a_plan_without_invoices_takes_none_away(project: Project) -> None:
    assert asked(project)
    before = lines(project)
    project.server.change_behaviour(plan="free")
    for _ in range(2):
        result = project.materialize(*STREAMS)
        assert result.success
        assert lines(project) == before
    assert "Feature is not available" in str(metadata_of(result, "clockify/invoices"))
    assert len(project.keys("clockify.invoices")) == 3
