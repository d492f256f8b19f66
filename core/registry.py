"""Connectors by name: found through the entry-point group ``isthmus.connectors``, loaded when first used."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any, cast

from .connector import OPERATIONS, Connector, operations
from .errors import ConfigError
from .suggest import did_you_mean

ENTRY_POINTS = "isthmus.connectors"


@cache
def _found() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}


def connector_names() -> list[str]:
    """Give the names of all installed connectors, in alphabetical order."""
    return sorted(_found())


@cache
def connector_class(name: str) -> type[Connector]:
    """Give a connector's class.

    Raises:
        ConfigError: there is none of this name, or its package does not load.
    """
    entry = _found().get(name)
    if entry is None:
        raise ConfigError(f"unknown connector '{name}'{did_you_mean(name, connector_names())}")
    try:
        loaded = entry.load()
    except Exception as error:
        raise ConfigError(f"connector '{name}' cannot be loaded from {entry.value}: {error}") from error
    if not (isinstance(loaded, type) and issubclass(loaded, Connector)):
        raise ConfigError(f"connector '{name}': {entry.value} is not a Connector")
    return loaded


def connector_package(name: str) -> str | None:
    """Give the package that a connector's entry point names, or None where there is no such connector or no package.

    Raises:
        ConfigError: the package does not load.
    """
    entry = _found().get(name)
    try:
        spec = find_spec(entry.module) if entry else None
    except ImportError as error:
        raise ConfigError(f"connector '{name}' cannot be loaded: {error}") from error
    return spec.parent if spec else None


def capabilities() -> list[dict[str, Any]]:
    """Give what each installed connector can do: its operations and its traits, as JSON values.

    One that does not load has an ``error`` instead, and keeps no other from being listed.
    """
    return [_capabilities(name) for name in connector_names()]


def _capabilities(name: str) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "title": None, "operations": {}, "traits": {}, "error": None}
    try:
        loaded = connector_class(name)
    except ConfigError as error:
        return {**row, "error": str(error)}
    able = operations(loaded)
    told = {operation: operation in able for operation in OPERATIONS}
    traits = {trait.name: _plain(getattr(loaded.traits, trait.name)) for trait in fields(loaded.traits)}
    return {**row, "title": loaded.title, "operations": told, "traits": traits}


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, frozenset):
        return sorted(cast("frozenset[str]", value))
    if isinstance(value, tuple):
        return list(cast("tuple[Any, ...]", value))
    return value
