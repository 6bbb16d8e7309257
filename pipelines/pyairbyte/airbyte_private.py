"""Whatever is used of PyAirbyte that it does not call public, in one place: an upgrade begins here.

Each name has a reason, and the upstream issue or the word that none is known (looked for in 2026-11, with 0.71.3). The
contract of each is in ``pipelines_tests/pyairbyte/test_private_names.py``, which fails with a sentence when it changes. Not here:
what is made of them. Importing this module imports PyAirbyte: do it inside functions.
"""

# A manifest run with saved state, stream by stream: airbytehq/PyAirbyte#1146 and #1164 tell of the state that its own executor
# ignores.
from airbyte._executors.declarative import DeclarativeExecutor

# A program run with its config in memory and an outcome per stream. No issue known.
from airbyte._executors.local import PathExecutor

# Rows that are conformed already, from files that are written already; paths with a quote in them; columns that are called as
# the source calls them: PyAirbyte makes names lower-case and then finds no value for ``createdAt``. No issue known.
from airbyte._processors.sql.duckdb import DuckDBSqlProcessor
from airbyte._util.name_normalizers import NameNormalizerBase
from airbyte._writers.jsonl import JsonlWriter

__all__ = [
    "DeclarativeExecutor",
    "DuckDBSqlProcessor",
    "JsonlWriter",
    "NameNormalizerBase",
    "PathExecutor",
]
