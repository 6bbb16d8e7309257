"""Bodies are read to the digit, whichever parser reads them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.sources.cdk.salvage import parsed

_DIGITS = st.text("0123456789", min_size=15, max_size=24)
_VALUES = st.recursive(
    _DIGITS.map(int) | _DIGITS.map(lambda digits: -int(digits)) | _DIGITS | st.floats(0, 1),
    lambda inner: st.lists(inner) | st.dictionaries(_DIGITS, inner),
    max_leaves=8,
)


@given(value=_VALUES, indent=st.sampled_from([None, 0, 1, "\t"]))
@example(value=12345678901234567890123, indent=None)
@settings(max_examples=500, deadline=None, derandomize=True)
def test_long_integers_and_long_ids_are_read_as_they_are(value: Any, indent: Any) -> None:
    body = json.dumps(value, indent=indent, separators=None if indent is None else (",", ":"))
    assert parsed(body.encode()) == value
    assert repr(parsed(body.encode())) == repr(json.loads(body))
