"""config.yaml and the environment, typed. The environment wins; secrets belong there."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, DirectoryPath, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from knowledge.problems import START, Level, Problem, problem, sentences
from knowledge.source import decode
from knowledge.tree import Node, locate, plain, read_tree

_PREFIX = "LINLI_"
_NESTED = "__"
_HIGHEST_PORT = 65535
_STORES = ("sqlite", "postgresql+psycopg")

# pydantic's own kinds of error -> key of the sentence in knowledge/messages.yaml
_KINDS = {
    "missing": "setting_missing",
    "string_too_short": "setting_missing",
    "path_not_directory": "setting_not_folder",
    "literal_error": "setting_not_among",
    "dict_type": "setting_not_group",
    "model_type": "setting_not_group",
    "model_attributes_type": "setting_not_group",
}


class ChannelSettings(BaseModel):
    """One channel: `kind` decides which; the rest is checked by the channel itself."""

    model_config = ConfigDict(extra="allow", frozen=True)
    kind: str


class KeepSettings(BaseModel):
    """For how many days what people said and showed is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    photos: int = Field(default=180, ge=1)
    messages: int = Field(default=180, ge=30)
    matters: int = Field(default=1095, ge=30)


class Settings(BaseSettings):
    """Every setting of config.example.yaml."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter=_NESTED, extra="forbid", frozen=True
    )

    database_url: str = "sqlite:///var/linli.sqlite3"
    listen: str = "127.0.0.1:8080"
    knowledge: DirectoryPath | None = None
    public_url: str | None = None
    photos: Path = Path("var/photos")
    keep: KeepSettings = KeepSettings()
    messages_a_minute: int = Field(default=20, ge=1)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    channels: dict[str, ChannelSettings] = Field(default_factory=lambda: {"web": ChannelSettings(kind="web")})

    @field_validator("listen")
    @classmethod
    def _has_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or int(port) > _HIGHEST_PORT:
            raise PydanticCustomError("setting_listen", "not an address and a port")
        return value

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise PydanticCustomError("setting_web_address", "not a web address")
        return value.rstrip("/") if value is not None else None

    @field_validator("database_url")
    @classmethod
    def _known_store(cls, value: str) -> str:
        try:
            kind = make_url(value).drivername
        except (ArgumentError, ValueError):
            kind = None
        if kind not in _STORES:
            raise PydanticCustomError("setting_store", "not a store that linli knows")
        if kind != "sqlite" and find_spec("psycopg") is None:
            raise PydanticCustomError("setting_no_driver", "the PostgreSQL driver is not installed")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0]

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])


class ConfigError(Exception):
    """The configuration cannot be used; `problems` say where and what to write instead."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(found) for found in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A configuration as written: to say where in the file, or in which variable, a setting stands."""

    name: str
    node: Node | None

    def problem(
        self,
        key: str,
        path: tuple[str, ...],
        values: Mapping[str, object] | None = None,
        *,
        of_key: bool = False,
    ) -> Problem:
        """`key` names the sentence in knowledge/messages.yaml."""
        variable = _PREFIX + _NESTED.join(path).upper()
        values = {"name": ".".join(path), "variable": variable, **(values or {})}
        if variable in _variables():
            return problem(key, variable, START, values)
        at = locate(self.node, path, of_key=of_key) if self.node is not None else START
        return problem(key, self.name, at, values)

    def problems(
        self, error: ValidationError, shape: type[BaseModel], under: tuple[str, ...] = ()
    ) -> list[Problem]:
        """What pydantic found wrong with the part of the file at `under`, which has this shape."""
        return [self._problem(found, shape, under) for found in error.errors(include_url=False)]

    def _problem(self, found: ErrorDetails, shape: type[BaseModel], under: tuple[str, ...]) -> Problem:
        path = (*under, *(str(step) for step in found["loc"]))
        if found["type"] == "extra_forbidden":
            return self._unknown(path, _shape_at(shape, found["loc"][:-1]).model_fields)
        if found["input"] is None:
            return self.problem("setting_missing", path)
        kind = found["type"]
        key = _KINDS.get(kind) or (kind if kind in sentences() else "setting_unreadable")
        choices = str(found.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ")
        return self.problem(key, path, {"choices": choices.replace(", ", "、")})

    def _unknown(self, path: tuple[str, ...], known: Iterable[str]) -> Problem:
        names = list(known)
        close = get_close_matches(path[-1], names, n=1)
        if close:
            return self.problem("setting_unknown_close", path, {"close": close[0]}, of_key=True)
        return self.problem("setting_unknown", path, {"choices": "、".join(names)}, of_key=True)


def _shape_at(shape: type[BaseModel], steps: Sequence[str | int]) -> type[BaseModel]:
    """The shape of what stands further in, so far as it has one of its own."""
    for step in steps:
        field = shape.model_fields.get(str(step))
        if field is None:
            break
        parts = get_args(field.annotation) or (field.annotation,)
        shape = next(
            (part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)), shape
        )
    return shape


def read_settings(path: Path | None) -> tuple[Settings, ConfigFile]:
    """The settings of a file (none: the defaults) with the environment laid over. Raises ConfigError."""
    if path is None:
        file = ConfigFile("config.yaml", None)
        return settings_from({}, file), file
    tree = _tree(path)
    values = plain(tree)
    if not isinstance(values, dict):
        raise ConfigError([problem("indentation", str(path), START)])
    file = ConfigFile(str(path), tree)
    return settings_from(values, file), file


def _tree(path: Path) -> Node:
    name = str(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        key = "no_config" if isinstance(error, FileNotFoundError) else "unreadable_file"
        raise ConfigError([problem(key, name, START)]) from error
    text, problems = decode(content, file=name)
    tree: Node | None = None
    if text is not None:
        if not _has_content(text):
            raise ConfigError([problem("empty_config", name, START)])
        tree, found = read_tree(text, file=name, keys=frozenset(Settings.model_fields))
        problems += found
    errors = [found for found in problems if found.level is Level.ERROR]
    if errors or tree is None:
        raise ConfigError(errors)
    return tree


def _has_content(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines())


def settings_from(values: Mapping[str, Any], file: ConfigFile) -> Settings:
    """The environment laid over these values. Raises ConfigError."""
    known = {(_PREFIX + name).upper() for name in Settings.model_fields}
    stray = sorted(name for name in _variables() if name.partition(_NESTED)[0] not in known)
    problems = [
        problem("variable_unknown", name, START, {"name": name, "choices": "、".join(sorted(known))})
        for name in stray
    ]
    try:
        settings = Settings(**values)
    except ValidationError as error:
        problems += file.problems(error, Settings)
    if problems:
        raise ConfigError(problems)
    return settings


def _variables() -> frozenset[str]:
    """Ours in the environment; their case does not matter."""
    return frozenset(name.upper() for name in os.environ if name.upper().startswith(_PREFIX))
