"""The one configuration file: connections, links, the ledger.

Secrets stand in it as references only. Every mistake is told in one message, with its place, what is wrong and the fix.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import ConfigError
from .link_config import LinkConfig, migration_link
from .mapping_spec import MappingSpec, explain, load_mapping, shipped_mapping
from .model import Frozen
from .registry import connector_class, connector_names
from .suggest import did_you_mean

DEFAULT_PATH = "isthmus.yaml"


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
    state: str = ".isthmus"
    """Folder for rotating tokens, beside this file."""
    folder: Path = Path()
    """Where the file lies; filled on loading."""

    def settings(self, name: str) -> BaseModel:
        """Give a connection's settings, checked by its connector.

        Raises:
            ConfigError: the connection or its connector does not exist, or a setting is wrong.
        """
        connection = self.connection(name)
        settings = connector_class(connection.connector).Settings
        try:
            return settings.model_validate(connection.model_extra or {})
        except ValidationError as error:
            words = explain_settings(error, settings)
            raise ConfigError(f"connections.{name}: {words}") from None

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
            load_mapping(self.folder / connection.mapping)
            if connection.mapping
            else shipped_mapping(connection.connector)
        )
        overlay = link.mapping.get(name) if link else None
        return overlay.apply(spec) if overlay else spec

    @property
    def ledger_url(self) -> str:
        """The ledger's URL, with a relative SQLite path taken from the file's folder."""
        prefix = "sqlite:///"
        if self.ledger.startswith(prefix) and not self.ledger.startswith(prefix + "/"):
            return prefix + str((self.folder / self.ledger.removeprefix(prefix)).resolve())
        return self.ledger

    @property
    def state_folder(self) -> Path:
        """The folder for rotating tokens."""
        return self.folder / self.state


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key that stands twice: the second would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key in seen:
                raise yaml.YAMLError(f"'{key}' stands twice, line {key_node.start_mark.line + 1}")
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_config(path: Path) -> Config:
    """Read and check a configuration file, all of it.

    Raises:
        ConfigError: the file is missing or wrong; names each wrong place.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(
            f"configuration {path} cannot be read ({error.strerror}); 'isthmus init' writes one"
        ) from error
    try:
        raw = yaml.load(text, Loader=_UniqueKeys)  # noqa: S506 - a subclass of SafeLoader
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not YAML: {error}") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: the file holds no settings; 'isthmus init' writes an example")
    for name, link in (raw.get("links") or {}).items():
        if isinstance(link, dict):
            link["name"] = name
    try:
        config = Config.model_validate({**raw, "folder": path.resolve().parent})
    except ValidationError as error:
        raise ConfigError(f"{path}: {explain_settings(error, Config)}") from None
    _check(config, path)
    return config


def _check(config: Config, path: Path) -> None:
    problems: list[str] = []
    for name in config.connections:
        try:
            config.settings(name)
        except ConfigError as error:
            problems.append(str(error))
    for name, link in config.links.items():
        problems += [
            f"links.{name}.members: unknown connection '{member}'{did_you_mean(member, config.connections)}"
            for member in link.members
            if member not in config.connections
        ]
    ring = find_ring(config.links)
    if ring:
        problems.append(
            f"links: {' and '.join(ring)} form a ring, in which two values can chase each other for ever; "
            "make their connections the members of one link"
        )
    if problems:
        raise ConfigError(f"{path}: " + "; ".join(problems))


def find_ring(links: dict[str, LinkConfig]) -> list[str]:
    """Give the links that close a ring over connections, or an empty list where they form a forest."""
    parent: dict[str, str] = {}
    joined: list[str] = []

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for name, link in links.items():
        roots = [root(member) for member in link.members]
        if len(set(roots)) < len(roots):
            return [*(each for each in joined if set(links[each].members) & set(link.members)), name]
        for each in roots[1:]:
            parent[each] = roots[0]
        joined.append(name)
    return []


def explain_settings(error: ValidationError, model: type[BaseModel]) -> str:
    """Give the wrong places of a validation, with a close match for each unknown key."""
    lines = explain(error).split("; ")
    known = set(model.model_fields)
    for problem in error.errors(include_url=False, include_input=False):
        if problem["type"] == "extra_forbidden":
            key = str(problem["loc"][-1])
            place = ".".join(str(part) for part in problem["loc"])
            hint = did_you_mean(key, sorted(known)) if len(problem["loc"]) == 1 else ""
            lines = [f"{place}: unknown setting{hint}" if line.startswith(f"{place}: ") else line for line in lines]
    return "; ".join(lines)


TEMPLATE = """\
# Isthmus configuration. `isthmus check` tells what is still missing.
# Secrets are references: env:NAME, file:PATH or keyring:SERVICE/USER.

connections:
  support:
    connector: zendesk
    url: https://example.zendesk.com
    auth: {kind: oauth, client_id: isthmus, client_secret: env:ZENDESK_SECRET}
    # or: {kind: api_token, user: sync@example.com, token: env:ZENDESK_TOKEN}
  ops:
    connector: servicenow
    url: https://example.service-now.com
    auth: {kind: basic, user: isthmus, password: env:SERVICENOW_PASSWORD}

links:
  support-ops:
    members: [support, ops]
    create: [support, ops]        # members at which a missing twin is created
    scope:
      support: {label: [escalated]}
      ops: {group: [Service Desk]}
    backfill: open                # none | open | all: what a new link takes from the past
    initial: newest               # how records that existed before first agree: a member | newest | ask
    fields:
      status: {policy: newest}
      priority: {policy: highest}
      assignment: {from: ops, on_drift: keep}
    people: {}                    # "bob@acme.example": "robert@ops.example"
    on_delete: note               # ignore | note | close | delete

ledger: sqlite:///isthmus.db
"""


def write_template(path: Path) -> None:
    """Write a commented example.

    Raises:
        ConfigError: the file exists already, or cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ConfigError(f"{path} exists already; it is left as it is") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(TEMPLATE)


def config_schema() -> dict[str, Any]:
    """Give the JSON Schema of the configuration file, with the settings of every installed connector."""
    schema = Config.model_json_schema(by_alias=True)
    schema["properties"].pop("folder", None)
    variants: list[dict[str, Any]] = []
    for name in connector_names():
        settings = connector_class(name).Settings.model_json_schema()
        schema["$defs"].update(settings.pop("$defs", {}))
        variants.append(
            {
                "if": {"properties": {"connector": {"const": name}}},
                "then": {
                    "properties": settings.get("properties", {}),
                    "required": settings.get("required", []),
                },
            }
        )
    schema["$defs"]["ConnectionConfig"]["allOf"] = variants
    return schema


def mapping_schema() -> dict[str, Any]:
    """Give the JSON Schema of a mapping file."""
    return MappingSpec.model_json_schema(by_alias=True)
