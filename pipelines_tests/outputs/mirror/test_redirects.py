"""A mirror's password stays with its host. Breaks when Snowflake's connector makes its sessions elsewhere."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from pipelines.outputs.mirror.address import mirror_at
from pipelines.outputs.mirror.errors import MirrorError
from pipelines_tests.support.answering_server import Answer, answering


@pytest.mark.parametrize("status", [302, 307])
def test_snowflakes_password_follows_no_redirect(status: int) -> None:
    with (
        answering(lambda _: Answer(200, "{}")) as other,
        answering(
            lambda asked: Answer(status, headers={"Location": other.url + asked.path})
        ) as first,
    ):
        port = urlsplit(first.url).port
        mirror = mirror_at(
            f"snowflake://ann@acme/numbers?protocol=http&host=127.0.0.1&port={port}",
            {"SNOWFLAKE_PASSWORD": "a-password-of-snowflake"},
        )
        with pytest.raises(MirrorError, match="PIPELINES_MIRROR"), mirror.open():
            pytest.fail("it was opened")
    assert first.asked
    assert not other.asked
