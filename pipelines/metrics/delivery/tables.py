"""The tables of the schema ``delivery``, each after those it reads."""

from __future__ import annotations

from pipelines.metrics.delivery.source import ITEMS, TRANSITIONS

TABLES = (ITEMS, TRANSITIONS)
