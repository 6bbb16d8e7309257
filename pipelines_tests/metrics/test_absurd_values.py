"""Legal and absurd values in the raw tables: no metric table fails, and none takes much longer than without.

A date of year 1 once made days of two thousand years, and one length of 2^62 weeks stopped all tables of iterations.
"""

from __future__ import annotations

import os
import time

import pytest

from pipelines.metrics.write import write_metric
from pipelines_tests.support.absurd import STREAMS, make_absurd
from pipelines_tests.support.column_lineage import RUN, TABLES
from pipelines_tests.support.company import copy_of_the_company

#: ``ABSURD_SEEDS=1000 pytest ...`` tries more of them.
SEEDS = int(os.environ.get("ABSURD_SEEDS", "6"))
#: Far more than any table of the small company takes, and far less than days of two thousand years.
LONGEST_SECONDS = 30.0


@pytest.mark.slow
def test_no_table_fails_and_none_takes_long(tmp_path_factory: pytest.TempPathFactory) -> None:
    with copy_of_the_company(tmp_path_factory) as con:
        con.execute("CREATE SCHEMA before")
        for address in STREAMS:
            con.execute(f"CREATE TABLE before.{_name(address)} AS FROM {address}")
        for seed in range(SEEDS):
            for address in STREAMS:
                con.execute(f"DELETE FROM {address}")
                con.execute(f"INSERT INTO {address} FROM before.{_name(address)}")
            absurd = make_absurd(con, seed)
            assert absurd
            for address, table in TABLES.items():
                began = time.monotonic()
                try:
                    write_metric(con, table, RUN)
                except Exception as error:
                    raise AssertionError(f"{address}, seed {seed}: {error}; {absurd}") from error
                assert time.monotonic() - began < LONGEST_SECONDS, (address, seed, absurd)


def _name(address: str) -> str:
    return address.replace(".", "_")
