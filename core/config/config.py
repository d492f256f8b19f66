"""The one configuration file: connections, links, the ledger.

Secrets stand in it as references only. Every mistake is told in one message, with its place, what is wrong and the fix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self, cast
from urllib.parse import parse_qs, urlsplit

import yaml
from pydantic import ConfigDict, Field, ValidationError, field_validator, model_validator

from ..connector import ConnectionSettings
from ..errors import ConfigError, PluginError
from ..mapping.spec import MappingSpec, load_mapping, shipped_mapping
from ..model import Frozen
from ..net.secrets import is_reference, resolve_secret
from ..registry import connector_class, connector_names
from ..suggest import did_you_mean
from .errors import explain_settings, explain_yaml, shown_key
from .links import POLICIES, LinkConfig, migration_link
from .reporting import ReportConfig
from .rings import find_ring
from .template import write_template

__all__ = ["DEFAULT_PATH", "Config", "ConnectionConfig", "config_schema", "load_config", "mapping_schema", "write_template"]

DEFAULT_PATH = "isthmus.yaml"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
"""A name of a connection or a link: it becomes part of markers, origins and file names."""
SQLITE = "sqlite:///"


class ConnectionConfig(Frozen):
    """One configured account of a vendor. What else may stand here, the connector's settings say."""

    model_config = ConfigDict(frozen=True, extra="allow")

    connector: str
    mapping: str | None = None
    """Path of a mapping file that replaces the shipped one."""
    read_only: bool = False


class Config(Frozen):
    """The whole file."""

    connections: dict[str, ConnectionConfig] = Field(min_length=1)
    links: dict[str, LinkConfig] = Field(default_factory=dict)
    ledger: str = "sqlite:///isthmus.db"
    """URL of the ledger's database, or a reference to one (``env:NAME``) where a password stands in it."""
    state: str = ".isthmus"
    """Folder for rotating tokens, beside this file."""
    store: str = "isthmus.duckdb"
    """File of the store that reports are made of, beside this file."""
    report: ReportConfig = ReportConfig()
    folder: Path = Path()
    """Where the file lies; filled on loading."""

    @field_validator("ledger")
    @classmethod
    def _check_ledger(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
        except ValueError:
            raise ValueError("not a URL; write sqlite:///PATH or postgresql://USER@HOST/DATABASE") from None
        if parts.password is not None or "password" in parse_qs(parts.query, keep_blank_values=True):
            raise ValueError("a password stands in it; keep the whole URL elsewhere and write a reference, env:NAME")
        return url

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        for place, names in (("connections", self.connections), ("links", self.links)):
            for name in names:
                if not NAME.fullmatch(name):
                    raise ValueError(f"{place}: '{shown_key(name)}': a name is made of at most 40 letters, digits, - and _")
        for name in POLICIES:
            if name in self.connections:
                raise ValueError(f"connections: '{name}' is the name of a policy; call the connection something else")
        return self

    def settings(self, name: str) -> ConnectionSettings:
        """Give a connection's settings, checked by its connector.

        Raises:
            ConfigError: the connection or its connector does not exist, or a setting is wrong.
            PluginError: the connector cannot be used.
        """
        connection = self.connection(name)
        model = connector_class(connection.connector).Settings
        try:
            settings = model.model_validate(connection.model_extra or {})
        except ValidationError as error:
            raise ConfigError(explain_settings(error, model, "connections", name)) from None
        except Exception as error:  # its text may repeat a value
            words = (
                f"connector '{connection.connector}' cannot read the settings of connections.{name}: {type(error).__name__}"
            )
            raise PluginError(words) from error
        if settings.url.username is not None or settings.url.password is not None:
            raise ConfigError(f"connections.{name}.url: credentials stand in it; they belong under 'auth'")
        return settings

    def connection(self, name: str) -> ConnectionConfig:
        """Give a connection.

        Raises:
            ConfigError: there is none of this name.
        """
        if name not in self.connections:
            raise ConfigError(f"unknown connection '{name}'{did_you_mean(name, self.connections)}")
        return self.connections[name]

    def link(self, name: str) -> LinkConfig:
        """Give a link.

        Raises:
            ConfigError: there is none of this name.
        """
        if name not in self.links:
            raise ConfigError(f"unknown link '{name}'{did_you_mean(name, self.links)}")
        return self.links[name]

    def migration(self, source: str, target: str) -> LinkConfig:
        """Give the link for a migration: the mappings, people and scope of a configured link, one way and all of it."""
        self.connection(source)
        self.connection(target)
        plain = migration_link(source, target)
        for link in self.links.values():
            if {source, target} <= set(link.members):
                return plain.model_copy(
                    update={
                        "scope": {name: scope for name, scope in link.scope.items() if name == source},
                        "people": link.people,
                        "groups": link.groups,
                        "fallback": link.fallback,
                        "visibility": link.visibility,
                        "mapping": link.mapping,
                        "brakes": link.brakes,
                    }
                )
        return plain

    def mapping(self, name: str, link: LinkConfig | None = None) -> MappingSpec:
        """Give the mapping of a connection, with a link's overlay laid over it."""
        connection = self.connection(name)
        spec = (
            load_mapping(self.folder / connection.mapping) if connection.mapping else shipped_mapping(connection.connector)
        )
        overlay = link.mapping.get(name) if link else None
        return overlay.apply(spec) if overlay else spec

    @property
    def ledger_url(self) -> str:
        """The ledger's URL, with a relative SQLite path taken from the file's folder. It may hold a password.

        Raises:
            CredentialError: the ledger is a reference that cannot be resolved.
        """
        url = resolve_secret(self.ledger).reveal() if is_reference(self.ledger) else self.ledger
        path, mark, query = url.removeprefix(SQLITE).partition("?")
        if not url.startswith(SQLITE) or path in ("", ":memory:") or path.startswith("/"):
            return url
        return f"{SQLITE}{(self.folder / path).resolve()}{mark}{query}"

    @property
    def state_folder(self) -> Path:
        """The folder for rotating tokens."""
        return self.folder / self.state

    @property
    def store_path(self) -> Path:
        """The store's file."""
        return self.folder / self.store


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key that stands twice: the second would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        pairs = cast("list[tuple[yaml.Node, yaml.Node]]", node.value)
        for key, _ in pairs:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key is not a word", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem="the key stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def load_config(path: Path) -> Config:
    """Read and check a configuration file, all of it.

    Raises:
        ConfigError: the file is missing or wrong; names each wrong place.
    """
    try:
        raw = _read(path)
    except OSError as error:
        raise ConfigError(f"configuration {path} cannot be read ({error.strerror}); 'isthmus init' writes one") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not YAML: {explain_yaml(error)}") from None
    try:
        config = Config.model_validate({**raw, "folder": path.resolve().parent})
    except ValidationError as error:
        raise ConfigError(f"{path}: {explain_settings(error, Config)}") from None
    problems = list(_problems(config))
    if problems:
        raise ConfigError(f"{path}: " + "; ".join(problems))
    return config


def _read(path: Path) -> dict[str, Any]:
    """Give the file's settings, each link with its name in it."""
    raw: Any = yaml.load(path.read_text("utf-8"), Loader=_UniqueKeys)  # noqa: S506 - a subclass of SafeLoader
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: the file holds no settings; 'isthmus init' writes an example")
    settings = cast("dict[str, Any]", raw)
    if "folder" in settings:
        raise ConfigError(f"{path}: folder: unknown setting")
    links: Any = settings.get("links")
    if isinstance(links, dict):
        for name, link in cast("dict[str, Any]", links).items():
            if isinstance(link, dict):
                if "name" in link:
                    raise ConfigError(f"{path}: links.{shown_key(name)}.name: unknown setting; its key is its name")
                link["name"] = name
    return settings


def _problems(config: Config) -> Iterator[str]:
    """Give what only shows when the parts of the file are seen together."""
    for name in config.connections:
        try:
            config.settings(name)
        except PluginError:
            continue  # told where the connection is used: it keeps no other from working
        except ConfigError as error:
            yield str(error)
    yield from config.report.strangers(config.connections)
    for name, link in config.links.items():
        for member in link.members:
            if member not in config.connections:
                yield f"links.{name}.members: unknown connection '{member}'{did_you_mean(member, config.connections)}"
    ring = find_ring(config.links)
    if ring:
        yield (
            f"links: {' and '.join(ring)} form a ring, in which two values can chase each other for ever; "
            "make their connections the members of one link"
        )


def config_schema() -> dict[str, Any]:
    """Give the JSON Schema of the configuration file, with the settings of every installed connector that loads."""
    schema = Config.model_json_schema(by_alias=True)
    del schema["properties"]["folder"], schema["$defs"]["LinkConfig"]["properties"]["name"]
    variants: list[dict[str, Any]] = []
    for name in connector_names():
        try:
            settings = connector_class(name).Settings.model_json_schema()
        except PluginError:
            continue
        schema["$defs"].update(settings.pop("$defs", {}))
        variants.append(
            {
                "if": {"properties": {"connector": {"const": name}}, "required": ["connector"]},
                "then": {
                    "properties": settings.get("properties", {}),
                    "required": settings.get("required", []),
                },
            }
        )
    connection = schema["$defs"]["ConnectionConfig"]
    connection["properties"]["connector"]["enum"] = connector_names()
    connection["allOf"] = variants
    del connection["additionalProperties"]
    connection["unevaluatedProperties"] = False
    return schema


def mapping_schema() -> dict[str, Any]:
    """Give the JSON Schema of a mapping file."""
    return MappingSpec.model_json_schema(by_alias=True)
