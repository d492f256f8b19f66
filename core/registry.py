"""Connectors by name: found through the entry-point group ``isthmus.connectors``, loaded when first used."""

from __future__ import annotations

import logging
from dataclasses import fields
from datetime import timedelta
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any, cast

from .connector import OPERATIONS, Connector, operations
from .contract import flaws, guarded
from .errors import ConfigError, PluginError
from .suggest import did_you_mean

ENTRY_POINTS = "isthmus.connectors"
OURS = "isthmus."
"""How the entry points of this package begin; any other belongs to a plug-in."""

log = logging.getLogger("isthmus.plugins")


@cache
def _found() -> dict[str, EntryPoint]:
    """Give the entry points by name. Where several packages offer one name, ours stands, then the first of the alphabet."""
    found: dict[str, EntryPoint] = {}
    for entry in sorted(
        entry_points(group=ENTRY_POINTS), key=lambda entry: (not entry.value.startswith(OURS), entry.value)
    ):
        first = found.setdefault(entry.name, entry)
        if first.value != entry.value:
            log.warning("the plug-in %s is left out: its name '%s' is taken by %s", entry.value, entry.name, first.value)
    return found


def connector_names() -> list[str]:
    """Give the names of all installed connectors, in alphabetical order."""
    return sorted(_found())


@cache
def connector_class(name: str) -> type[Connector]:
    """Give a connector's class.

    That of a plug-in is guarded: see :mod:`.contract`.

    Raises:
        ConfigError: there is none of this name.
        PluginError: its package does not load, or what it names is no connector that can be used.
    """
    entry = _found().get(name)
    if entry is None:
        raise ConfigError(f"unknown connector '{name}'{did_you_mean(name, connector_names())}")
    try:
        loaded = entry.load()
    except (Exception, SystemExit) as error:
        log.debug("connector '%s'", name, exc_info=error)
        words = f"{type(error).__name__}: {error}"
        raise PluginError(f"connector '{name}' cannot be loaded from {entry.value}: {words}") from error
    if not (isinstance(loaded, type) and issubclass(loaded, Connector)):
        raise PluginError(f"connector '{name}': {entry.value} is not a Connector")
    wrong = flaws(loaded)
    if not wrong and loaded.name != name:
        wrong = [f"its name is '{loaded.name}', and its entry point is called '{name}'"]
    if wrong:
        raise PluginError(f"connector '{name}' cannot be used, {entry.value}: {'; '.join(wrong)}")
    return loaded if entry.value.startswith(OURS) else guarded(loaded, f"connector '{name}' ({entry.value})")


def connector_package(name: str) -> str | None:
    """Give the package that a connector's entry point names, or None where there is no such connector or no package.

    Raises:
        PluginError: the package does not load.
    """
    entry = _found().get(name)
    try:
        spec = find_spec(entry.module) if entry else None
    except (Exception, SystemExit) as error:
        raise PluginError(f"connector '{name}' cannot be loaded: {type(error).__name__}: {error}") from error
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
