"""Check connections before they work: who we are there, what is permitted, the clocks, the limits."""

from __future__ import annotations

from typing import Any

from .assemble import PLAIN, Surroundings, open_side
from .config import Config
from .connector import OPERATIONS, operations
from .engine import RunOptions
from .errors import IsthmusError
from .exits import Exit, exit_for, worst
from .link_config import LinkConfig
from .side import Side

def check_connection(
    config: Config, name: str, link: LinkConfig | None = None, around: Surroundings = PLAIN
) -> dict[str, Any]:
    """Check one connection, and give what was found as JSON values; an error is part of it."""
    row: dict[str, Any] = {"connection": name, "connector": config.connection(name).connector}
    try:
        with open_side(config, name, link, around) as side:
            row |= _health(side)
    except IsthmusError as error:
        return {**row, "ok": False, "exit": int(exit_for(error)), "error": str(error)}
    return {**row, "ok": True, "exit": int(Exit.OK), "error": None}


def _health(side: Side) -> dict[str, Any]:
    health = side.connector.check()
    able = operations(type(side.connector))
    return {
        "account": health.account,
        "zone": health.zone,
        "skew_seconds": round(health.skew_seconds, 3),
        "limits": list(health.limits),
        "fields": len(side.directory.fields),
        "writable": side.writable,
        "missing": [name for name in OPERATIONS if name not in able],
        "warnings": list(health.warnings),
    }


def check(config: Config, name: str | None, options: RunOptions, around: Surroundings = PLAIN) -> dict[str, Any]:
    """Check a connection, a link with its members, or everything, and give what was found as JSON values.

    Raises:
        ConfigError: there is neither a link nor a connection of this name.
    """
    link = config.links.get(name) if name else None
    members = link.members if link else tuple(config.connections)
    if name and not link:
        config.connection(name)
        members = (name,)
    rows = [check_connection(config, member, link, around) for member in members]
    return {"connections": rows, "exit": int(worst([Exit(row["exit"]) for row in rows]))}
