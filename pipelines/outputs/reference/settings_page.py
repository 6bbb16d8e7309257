"""``settings.md`` and ``.env.example``: every setting of the environment, as the rooms' classes declare it.

Not here: reading them (``project.settings``); the file of metric settings (``metrics_page``). The class that holds all
settings belongs to a room above this one, so it is handed in.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from itertools import groupby

from pydantic.fields import FieldInfo

from pipelines.outputs.reference.markdown import code_list, item, page, table
from pipelines.project.settings import RoomSettings, declared
from pipelines.project.texts.secrets import is_secret, may_hold_secret

_INTRODUCTION = """\
Everything that an environment variable sets. What the metric settings file sets is in
[metric settings](metrics/settings.md).

Environment variables, or lines of `.env` in the project's folder (`.env.example` has them all); a variable wins. An empty
one counts as not set, and hides the one in `.env`. What is wrong is told by name, all at once, before anything is read.

"Used by" names the commands that a setting matters to. `ui` stands for all that Dagster runs by itself: jobs, schedules,
sensors. `demo` ignores credentials and goes by the rest as `sync` does."""

_NOTES = """\
## Secrets

A credential goes to the host that its setting names, and to no other: redirects are not followed. What a
setting holds of it (`user:password@` in an address, too) is blotted out of the terminal, the logs, Dagster's history and
the failure alerts. Put passwords into `.env` (`chmod 600 .env`), not into commands. Files get the rights that the
`umask` of their process leaves; where the report tells what people cost, run it with `umask 077`.

## Proxies

`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` count, as they do for other programs. Servers on
this machine, such as the demo's, are reached without one.

## Request budgets

New free Clockify workspaces allow 30 requests an hour: set `CLOCKIFY_REQUESTS_PER_HOUR=30`. Every
request of every process counts, in a file in `DAGSTER_HOME`: reads, their retries, the check of the credentials, the
sensors, the nightly sweep. For the second a read waits. When the hour is used up, it ends without a failure: what was
read completely is published, the other streams stay as they were, and one sentence says how far it is and when it goes
on:

    Clockify: 30 of 30 requests of this hour are used; goes on after 14:05 UTC with the next sync; raise
    CLOCKIFY_REQUESTS_PER_HOUR if the plan allows more. Put off: tags; time_entries, with 12 of 20 users read for
    2026-10-01 to 2026-11-21.

Each further sync goes on from there. [Operating](operating.md#with-few-requests) says how."""

#: What everybody fills in, so it is no comment in the example.
_FIRST = ("PIVOTAL_TRACKER_API_TOKEN", "CLOCKIFY_API_KEY", "CLOCKIFY_WORKSPACE_ID")
_WIDTH = 110
_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
Entry = tuple[str, FieldInfo]


def settings_page(kind: type[RoomSettings]) -> str:
    """The page of all settings of ``kind``."""
    blocks = [_INTRODUCTION]
    for room, entries in _rooms(kind):
        blocks += [
            f"## {room.title}",
            inspect.cleandoc(room.__doc__ or ""),
            table(
                ("setting", "default", "secret", "used by"),
                [
                    (f"`{variable}`", _extra(field, "told"), _secret(variable), _users(field))
                    for variable, field in entries
                ],
            ),
            "\n".join(_meaning(variable, field) for variable, field in entries),
        ]
    return page("Settings", *blocks, _NOTES)


def example_environment(kind: type[RoomSettings]) -> str:
    """The text of ``.env.example``."""
    blocks = [
        "# Written by `make docs` from the code; edits here are lost.\n"
        "# Copy to .env and fill in. Without any credentials everything runs on the bundled demo source.\n"
        "# docs/settings.md says what each of these means, with its default."
    ]
    for room, entries in _rooms(kind):
        blocks.append(f"# {room.title}")
        blocks += [f"{_comment(field)}\n{_line(variable, field)}" for variable, field in entries]
    return "\n\n".join(blocks) + "\n"


def _rooms(kind: type[RoomSettings]) -> Iterator[tuple[type[RoomSettings], list[Entry]]]:
    for room, found in groupby(declared(kind), key=lambda each: each[0]):
        yield room, [(variable, field) for _, variable, field in found]


def _meaning(variable: str, field: FieldInfo) -> str:
    return item(f"`{variable}`: {field.description} Example: `{_example(field)}`.")


def _secret(variable: str) -> str:
    if is_secret(variable):
        return "yes"
    return "may hold one" if may_hold_secret(variable) else "no"


def _comment(field: FieldInfo) -> str:
    """The meaning without Markdown: a link becomes its text, or the name of another page."""
    text = _LINK.sub(
        lambda found: found[1] if "#" in found[2] else f"docs/{found[2]}", field.description or ""
    ).replace("`", "")
    return textwrap.fill(text, _WIDTH, initial_indent="# ", subsequent_indent="# ")


def _line(variable: str, field: FieldInfo) -> str:
    if variable in _FIRST:
        return f"{variable}="
    return f"#{variable}={'' if is_secret(variable) else _example(field)}"


def _users(field: FieldInfo) -> str:
    return code_list(_extra(field, "used_by"))


def _example(field: FieldInfo) -> str:
    (example,) = field.examples or [""]
    return str(example)


def _extra(field: FieldInfo, name: str) -> str:
    extra = field.json_schema_extra
    assert isinstance(extra, dict), field
    value: str = extra[name]  # type: ignore[assignment]
    return value
