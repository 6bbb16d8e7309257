"""One parser of instants: the forms that sources write, and the texts that are none."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.pyairbyte.instants import plain_instant, read_instant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-03-02T08:00:00Z", "2026-03-02T08:00:00"),
        ("2026-03-02T08:00:00.5Z", "2026-03-02T08:00:00.500000"),
        ("2026-03-02T08:00:00,25z", "2026-03-02T08:00:00.250000"),
        ("2026-03-02T08:00:00.123456789Z", "2026-03-02T08:00:00.123456"),
        ("2026-03-02T08:00:00+05:30", "2026-03-02T02:30:00"),
        ("2026-03-02T08:00:00-0330", "2026-03-02T11:30:00"),
        ("2026-03-02T08:00:00+01", "2026-03-02T07:00:00"),
        ("2026-03-02 08:00:00 UTC", "2026-03-02T08:00:00"),
        ("20260302T080000Z", "2026-03-02T08:00:00"),
        ("2026-03-02T08:00Z", "2026-03-02T08:00:00"),
        ("2026-03-02", "2026-03-02T00:00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00"),
        ("2026-03-02T24:00:00Z", "2026-03-03T00:00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00"),
        (" 2026-03-02T08:00:00Z\n", "2026-03-02T08:00:00"),
    ],
)
def test_forms_of_iso_8601_are_read(text: str, meant: str) -> None:
    assert read_instant(text) == datetime.fromisoformat(meant).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "1772438400000", "infinity", "epoch", "2026-02-30", "2026-03-02T25:00:00Z"),
        *("10000-01-01T00:00:00Z", "+12026-03-02T08:00:00Z", "-0001-01-01", "9999-12-31T24:00:00Z"),
        *("0001-01-01T00:00:00+05:00", "2026-03-02T08:61:00Z", "2026-03-02T08:00:00Europe/Berlin"),
    ],
)
def test_other_texts_are_none(text: str) -> None:
    assert read_instant(text) is None
    assert plain_instant(text) is None


@given(
    text=st.from_regex(
        r"\A[0-9]{3}[0-9W]-[01W][0-9]-[0-3][0-9]T[0-2][0-9]:[0-9]{2}[:+][0-7][0-9](\.[0-9]{0,6})?Z?\Z"
    )
)
@settings(max_examples=500, deadline=None, derandomize=True)
def test_the_usual_form_is_read_as_any_other(text: str) -> None:
    """The same text, read by the parser of all forms because of a blank at its end."""
    assert read_instant(text) == read_instant(f"{text} ")


FORMS = st.sampled_from(
    [
        lambda iso: f"{iso}Z",
        lambda iso: f"{iso}-03:30",
        lambda iso: f"{iso}+0530",
        lambda iso: iso[:16],
        lambda iso: iso[:10],
        lambda iso: iso.replace("-", "").replace(":", "") + "Z",
    ]
)


@given(moment=st.datetimes(), form=FORMS)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_a_plain_instant_is_read_by_duckdb_as_it_was_meant(moment: datetime, form: Any) -> None:
    meant, plain = read_instant(form(moment.isoformat())), plain_instant(form(moment.isoformat()))
    if meant is None:
        # Its zone carries it beyond the first or the last year.
        assert moment.year in (1, 9999)
        return
    with duckdb.connect() as connection:
        connection.execute("LOAD icu; SET TimeZone = 'UTC'")
        found = connection.execute(
            "SELECT epoch_us(TRY_CAST($plain AS TIMESTAMPTZ))", {"plain": plain}
        ).fetchone()
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert found == ((meant - epoch) // timedelta(microseconds=1),)
