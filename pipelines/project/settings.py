"""What a room's settings are made of, and the one place that reads the environment.

A room has a class of settings of its own, in its ``settings`` module: a ``RoomSettings`` whose fields are made by
``setting``. A class extends the one of a room below that it needs. ``defs.settings`` puts them together.

Here: where values come from (pydantic-settings: ``.env`` of the project, then the process's variables, which win), and what
is said of a wrong one. Ours is what pydantic-settings does not do:

* A blank variable counts as not set *and* hides the one in ``.env``. (Its ``env_ignore_empty`` would let that one through.)
* A mistake is a sentence with the variable's name and never with a secret's value, not a ``ValidationError``.
* A variable that was a setting once fails nothing, and a warning names what is there in its place.
* Secrets are remembered before anything is checked, because what is told of a mistake may hold one. So are those of
  variables that are no settings of ours, such as ``PGPASSWORD``.

Not here: any setting; metric settings, which are a TOML file (``metrics.settings``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, TypeVar

from pydantic import Field, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from pipelines.project.environment import SettingsError
from pipelines.project.folder import PROJECT
from pipelines.project.texts.secrets import blotted, keep_secrets_of, may_hold_secret

_LOG = logging.getLogger(__name__)

_DOTENV = PROJECT / ".env"
#: Told of a setting that another one, which is wrong, has to decide about.
_CONSEQUENCE = "default_factory_not_called"


class RoomSettings(BaseSettings):
    """The settings of one room; immutable. A field that may hold a secret is left out of its ``repr``."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        case_sensitive=True,
        hide_input_in_errors=True,
        # Only what puts all together is ever made; a class for each room would cost the start more than that.
        defer_build=True,
        env_file_encoding="utf-8",
    )

    #: The heading of this class's own settings in ``docs/settings.md``.
    title: ClassVar[str] = ""
    #: Variables that this class's settings had once, each with the sentence that names what is there in its place.
    former: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (who overrides this takes all five)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        for source in (dotenv_settings, env_settings):
            if isinstance(source, (DotEnvSettingsSource, EnvSettingsSource)):
                keep_secrets_of({name: text or "" for name, text in source.env_vars.items()})
        if isinstance(dotenv_settings, DotEnvSettingsSource) and dotenv_settings.env_file:
            # Else a mapping was given, and no variable of this process counts.
            assert isinstance(env_settings, EnvSettingsSource)
            _tell_of_former(settings_cls, {**dotenv_settings.env_vars, **env_settings.env_vars})
        return init_settings, env_settings, dotenv_settings

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, given: dict[str, Any]) -> dict[str, Any]:
        stripped = {
            name: value.strip() if isinstance(value, str) else value
            for name, value in given.items()
        }
        return {name: value for name, value in stripped.items() if value != ""}


def setting(
    variable: str,
    meaning: str,
    default: Any = None,
    *,
    told: str | None = None,
    example: str,
    used_by: tuple[str, ...],
) -> Any:
    """A field that ``variable`` sets.

    ``default`` may be a function of the fields before it, as a mapping by name; ``told`` is then the default as the
    documentation tells it, in Markdown. ``used_by``: the commands that it matters to.
    """
    value: dict[str, Any] = (
        {"default_factory": default} if callable(default) else {"default": default}
    )
    return Field(
        **value,
        validation_alias=variable,
        description=meaning,
        examples=[example],
        repr=not may_hold_secret(variable),
        json_schema_extra={"told": _told(default) if told is None else told, "used_by": [*used_by]},
    )


def _told(default: Any) -> str:
    if default is None or default == ():
        return "none"
    return f"`{int(default) if isinstance(default, bool) else default}`"


def declared(kind: type[RoomSettings]) -> Iterator[tuple[type[RoomSettings], str, FieldInfo]]:
    """Every setting of ``kind``: the class that has it, its variable and its field; the lowest room first."""
    for room in reversed(kind.__mro__):
        if not (issubclass(room, RoomSettings) and room is not RoomSettings):
            continue
        for name in room.__annotations__:
            if name in room.model_fields:
                field = kind.model_fields[name]
                yield room, str(field.validation_alias), field


Settings = TypeVar("Settings", bound=RoomSettings)


def read(kind: type[Settings], environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from ``environment`` (default: ``.env`` of the project, then the process's variables).

    Raises ``SettingsError`` with a sentence per variable that is missing or wrong.
    """
    make: Callable[..., Settings] = kind
    try:
        if environment is None:
            return make(_env_file=_DOTENV)
        keep_secrets_of(environment)
        _tell_of_former(kind, environment)
        # Every variable is named, so that none of this process counts.
        given = {variable: environment.get(variable, "") for _, variable, _ in declared(kind)}
        return make(_env_file=None, **given)
    except ValidationError as error:
        raise SettingsError("\n".join(_sentences(error))) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{_DOTENV} cannot be read: {error}") from None


def _tell_of_former(kind: type[BaseSettings], variables: Mapping[str, str | None]) -> None:
    """A variable that is no setting any more changes nothing, which whoever set it is to know."""
    for room in kind.__mro__:
        for variable, instead in vars(room).get("former", {}).items():
            if (variables.get(variable) or "").strip():
                _warn(f"{variable} is no setting any more, remove it: {instead}")


@cache
def _warn(sentence: str) -> None:
    """Once in a process, however often that reads its settings."""
    _LOG.warning(sentence)


def _sentences(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_url=False, include_input=False):
        if problem["type"] == _CONSEQUENCE:
            continue
        variable = str(problem["loc"][0])
        reason = str(problem.get("ctx", {}).get("error", "has a wrong value."))
        if not reason.startswith(variable):
            reason = variable + reason if reason.startswith(":") else f"{variable} {reason}"
        yield blotted(reason)
