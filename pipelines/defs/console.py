"""The console logger: what a person watching a run wants to see, a line each."""

from __future__ import annotations

import logging
import sys

import dagster as dg

from pipelines.project.texts.secrets import blotted
from pipelines.project.texts.terminal import plain


class _ShortLines(logging.Formatter):
    """``12:00:01  message``."""

    def format(self, record: logging.LogRecord) -> str:
        meta = getattr(record, "dagster_meta", {})
        message = meta.get("orig_message") or record.getMessage()
        clock = self.formatTime(record, "%H:%M:%S")
        return f"{clock}  {plain(blotted(message))}"


class _OurMessages(logging.Filter):
    """Neither Dagster's events nor its list of steps that a failed one kept from running."""

    def filter(self, record: logging.LogRecord) -> bool:
        meta = getattr(record, "dagster_meta", {})
        is_event = meta.get("dagster_event") is not None
        message = str(meta.get("orig_message") or "")
        return not is_event and not message.startswith("Dependencies for step")


@dg.logger(
    {"log_level": dg.Field(str, default_value="INFO", description="Lowest level that is shown.")},
    description="One short line per message on standard error.",
)
def short_console_logger(context: dg.InitLoggerContext) -> logging.Logger:
    """The logger that runs write to the terminal with."""
    # Of its own, not of the process: Dagster makes one for each run.
    logger = logging.Logger("pipelines", level=context.logger_config["log_level"].upper())  # noqa: LOG001
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_ShortLines())
    handler.addFilter(_OurMessages())
    logger.addHandler(handler)
    return logger
