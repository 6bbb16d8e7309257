"""Secrets: found in every spelling, blotted out of logs and errors, and kept from one list."""

from __future__ import annotations

import html
import json
import logging
import random
import re
import string
import subprocess
import sys
from urllib.parse import quote, quote_plus

import pytest
from requests.utils import requote_uri

from pipelines.project.folder import PROJECT
from pipelines.project.texts.secrets import (
    BLOT,
    CREDENTIALS,
    HTTP_ADDRESSES,
    OTHER_ADDRESSES,
    SECRET_ADDRESSES,
    blot_error,
    blot_logs,
    blotted,
    keep_secret,
    keep_secrets_of,
)

SECRET = "S3cr+t/with?odd&chars=%41 ümlaut"
#: Settings that hold no secret; whoever adds a setting decides.
_PUBLIC = {
    *("PIVOTAL_TRACKER_ARCHIVE", "PIVOTAL_TRACKER_ARCHIVE_TIME_ZONE", "CLOCKIFY_WORKSPACE_ID"),
    *("SNOWFLAKE_PRIVATE_KEY_PATH", "GOOGLE_APPLICATION_CREDENTIALS", "PIPELINES_REPORT_DIR"),
    *("PIPELINES_START_DATE", "PIPELINES_AS_OF", "PIPELINES_SETTINGS", "PIPELINES_STORY_CROSSWALK"),
    "PIPELINES_DEMO_NOW",
    *(
        "PIPELINES_LOOKBACK_DAYS",
        "PIPELINES_SWEEP_DAYS",
        "PIPELINES_SYNC_SCHEDULE",
        "PIPELINES_DIGEST_SCHEDULE",
    ),
    *("PIPELINES_SWEEP_SCHEDULE", "PIPELINES_SENSOR_SECONDS", "PIPELINES_METRICS_FILE"),
    *(
        "PIPELINES_ALLOW_LARGE_REMOVALS",
        "PIPELINES_ANSWER_MEGABYTES",
        "PIPELINES_ANSWER_SECONDS",
        "PIVOTAL_TRACKER_PAGE_SIZE",
        "CLOCKIFY_PAGE_SIZE",
    ),
    *("PIVOTAL_TRACKER_REQUESTS_PER_SECOND", "PIVOTAL_TRACKER_REQUESTS_PER_HOUR"),
    *("CLOCKIFY_REQUESTS_PER_SECOND", "CLOCKIFY_REQUESTS_PER_HOUR"),
    "PIPELINES_OWNERS",
    "CLOCKIFY_TIME_ENTRIES",
    *("PIPELINES_MAX_WAIT_SECONDS", "PIPELINES_MAX_RUN_SECONDS", "DAGSTER_HOME"),
    "PIPELINES_KEEP_RUNS_DAYS",
}


def test_every_setting_is_public_or_on_the_list() -> None:
    lines = (PROJECT / ".env.example").read_text().splitlines()
    settings = {found[1] for line in lines if (found := re.match(r"#?([A-Z_]+)=", line))}
    listed = {*CREDENTIALS, *HTTP_ADDRESSES, *OTHER_ADDRESSES, *SECRET_ADDRESSES}
    assert settings <= listed | _PUBLIC
    assert not listed & _PUBLIC


@pytest.mark.parametrize(
    "spelling",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        quote(SECRET, safe="").replace("%2B", "%2b").replace("%2F", "%2f"),
        quote(quote(SECRET, safe=""), safe=""),
        json.dumps(SECRET)[1:-1],
        repr(SECRET)[1:-1],
        html.escape(SECRET),
        requote_uri(SECRET),
    ],
)
def test_a_secret_is_blotted_in_every_spelling(spelling: str) -> None:
    keep_secret(SECRET)
    assert blotted(f"GET /x?key={spelling}&v=1") == f"GET /x?key={BLOT}&v=1"


def test_basic_authentication_is_blotted() -> None:
    keep_secrets_of({"CLOCKIFY_API_URL": "https://gate:keeper-word@api.example.com"})
    assert "Z2F0ZTprZWVwZXItd29yZA==" not in blotted("Basic Z2F0ZTprZWVwZXItd29yZA==")


def test_random_secrets_of_every_setting_are_blotted() -> None:
    """A law: whatever characters a secret has, no text that quotes it in a spelling of URLs keeps it."""
    chance = random.Random(20260301)
    letters = string.ascii_letters + string.digits + "-._~:+ %'\"\\<>&=§"
    for _ in range(200):
        secret = "".join(chance.choices(letters, k=chance.randint(8, 40))).strip()
        name = chance.choice(CREDENTIALS)
        keep_secrets_of({name: secret})
        for spelling in (secret, quote(secret), quote_plus(secret), json.dumps(secret)):
            text = blotted(f"before {spelling} after")
            assert secret not in text
            assert text.startswith("before ")
            assert text.endswith(" after")


def test_short_secrets_are_blotted_where_they_stand_alone() -> None:
    keep_secret("zork")
    assert blotted("password zork, %3Dzork") == f"password {BLOT}, %3D{BLOT}"
    assert blotted("zorkmid") == "zorkmid"
    keep_secret("at")
    assert blotted("at") == "at"


def test_logs_of_all_libraries_are_blotted(caplog: pytest.LogCaptureFixture) -> None:
    keep_secret("log-secret-123")
    blot_logs()
    blot_logs()
    logger = logging.getLogger("of.others")
    logger.warning("key %s of %d", "log-secret-123", 7)
    try:
        raise ValueError("no log-secret-123 here")
    except ValueError:
        logger.exception("it failed")
    logger.warning("%s", "unchanged")
    assert "log-secret-123" not in caplog.text
    assert f"key {BLOT} of 7" in caplog.text
    assert f"ValueError: no {BLOT} here" in caplog.text
    assert caplog.records[-1].args == ("unchanged",)


class _Stubborn(Exception):
    def __str__(self) -> str:
        return "always err-secret-123"


def _raised(error: Exception, behind: Exception) -> BaseException:
    try:
        try:
            raise behind
        except (KeyError, _Stubborn):
            raise error  # noqa: B904
    except (KeyError, ValueError, _Stubborn) as caught:
        return blot_error(caught)


def test_errors_and_those_behind_them_are_blotted() -> None:
    keep_secret("err-secret-123")
    error = ValueError("a err-secret-123", 1)
    told = _raised(error, KeyError("b err-secret-123"))
    assert told is error
    assert "err-secret" not in f"{told} {told.__context__}"
    replaced = _raised(_Stubborn(), KeyError("fine"))
    assert str(replaced) == f"_Stubborn: always {BLOT}"
    assert "err-secret" not in str(_raised(KeyError("fine"), _Stubborn()))


def test_an_unforeseen_error_of_a_command_is_printed_without_secrets() -> None:
    """The command line prints what Python would, but for the secrets."""
    program = (
        "from pipelines.cli import commands\n"
        "from pipelines.project.texts.secrets import keep_secret\n"
        "keep_secret('cli-secret-123')\n"
        "def fail(): raise RuntimeError('bad cli-secret-123')\n"
        "commands.cli = fail\n"
        "commands.main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert f"RuntimeError: bad {BLOT}" in ended.stderr
    assert "cli-secret" not in ended.stderr.replace("keep_secret('cli-secret-123')", "")
