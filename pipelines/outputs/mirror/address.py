"""Which mirror an address means: the one place that reads ``PIPELINES_MIRROR``.

=====================================================  ==========
``snowflake://user@account/database?warehouse=name``   Snowflake
``bigquery://project/dataset``                         BigQuery
``md:database``                                        MotherDuck
=====================================================  ==========

Credentials are never part of an address.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from pipelines.outputs.mirror.bigquery import BigQuery
from pipelines.outputs.mirror.errors import MirrorError
from pipelines.outputs.mirror.model import Credentials, Mirror
from pipelines.outputs.mirror.motherduck import MotherDuck
from pipelines.outputs.mirror.snowflake import OPTIONS, Snowflake

#: The variables that the vendors' own tools read.
CREDENTIALS = (
    "SNOWFLAKE_PASSWORD",
    "SNOWFLAKE_PRIVATE_KEY_PATH",
    "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "MOTHERDUCK_TOKEN",
)

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_$.:-]*")
_SPELLINGS = "snowflake://user@account/database?warehouse=name&role=name, bigquery://project/dataset or md:database"


def mirror_at(address: str, credentials: Credentials) -> Mirror:
    """The mirror that ``address`` means; opens nothing.

    Raises ``MirrorError`` with one sentence that names ``PIPELINES_MIRROR`` and repeats nothing of the address.

    >>> mirror_at("bigquery://acme/numbers", {}).label
    'bigquery://acme/numbers'
    """
    if address.startswith("md:") and _NAME.fullmatch(address.removeprefix("md:")):
        return MotherDuck(address.removeprefix("md:"), credentials.get("MOTHERDUCK_TOKEN"))
    try:
        parts = urlsplit(address)
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    except ValueError:
        raise _unknown() from None
    if parts.password is not None:
        raise MirrorError(
            "PIPELINES_MIRROR holds a password: put it into SNOWFLAKE_PASSWORD, and take it out of the address."
        )
    host, path = parts.netloc.rpartition("@")[2], parts.path.removeprefix("/")
    is_named = all(_NAME.fullmatch(name) for name in (host, path))
    if parts.scheme == "snowflake" and is_named and parts.username and options.keys() <= OPTIONS:
        return Snowflake(unquote(parts.username), host, path, options, credentials)
    if parts.scheme == "bigquery" and is_named and not parts.username and not options:
        return BigQuery(host, path, credentials.get("GOOGLE_APPLICATION_CREDENTIALS"))
    raise _unknown()


def _unknown() -> MirrorError:
    return MirrorError(f"PIPELINES_MIRROR is no address of a mirror: set it to {_SPELLINGS}.")
