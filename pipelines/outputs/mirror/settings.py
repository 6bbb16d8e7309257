"""The settings of the mirror: its address and the credentials that the vendors' own tools read."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from pipelines.outputs.mirror.address import CREDENTIALS, mirror_at
from pipelines.outputs.mirror.errors import MirrorError
from pipelines.outputs.mirror.model import Mirror
from pipelines.project.settings import setting
from pipelines.sources.settings import SourceSettings

_DELIVERING = ("mirror", "sync", "resync", "ui")


def _address(text: str) -> str:
    try:
        mirror_at(text, {})
    except MirrorError as error:
        raise ValueError(str(error)) from None
    return text


class MirrorSettings(SourceSettings):
    """Where the finished tables are delivered to as well, and how to sign in there."""

    title = "Mirror"

    mirror_address: Annotated[str, AfterValidator(_address)] | None = setting(
        "PIPELINES_MIRROR",
        "Where the finished tables are delivered to as well: `snowflake://...`, `bigquery://...` or `md:...`, see "
        "[mirrors](warehouses.md#mirrors).",
        example="snowflake://user@account/database?warehouse=name&role=name",
        used_by=_DELIVERING,
    )
    snowflake_password: str | None = setting(
        "SNOWFLAKE_PASSWORD",
        "Password or access token of a mirror at Snowflake.",
        example="correct-horse-battery-staple",
        used_by=_DELIVERING,
    )
    snowflake_private_key_path: str | None = setting(
        "SNOWFLAKE_PRIVATE_KEY_PATH",
        "Key file in place of the password.",
        example="/etc/pipelines/snowflake.p8",
        used_by=_DELIVERING,
    )
    snowflake_private_key_passphrase: str | None = setting(
        "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE",
        "What that file is encrypted with.",
        example="correct-horse-battery-staple",
        used_by=_DELIVERING,
    )
    google_application_credentials: str | None = setting(
        "GOOGLE_APPLICATION_CREDENTIALS",
        "Key file of a mirror at BigQuery.",
        told="none: the machine's own",
        example="/etc/pipelines/bigquery.json",
        used_by=_DELIVERING,
    )
    motherduck_token: str | None = setting(
        "MOTHERDUCK_TOKEN",
        "Token of a mirror at MotherDuck.",
        example="eyJhbGciOiJub25lIn0.e30.",
        used_by=_DELIVERING,
    )

    @property
    def mirror(self) -> Mirror | None:
        """The mirror with its credentials; none for the demo, whose tables would replace those of a real one."""
        if self.is_demo or not self.mirror_address:
            return None
        credentials = {variable: getattr(self, variable.lower()) for variable in CREDENTIALS}
        return mirror_at(self.mirror_address, credentials)
