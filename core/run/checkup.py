"""Check connections, links and the report's settings before they work: who we are, what is permitted, what is proven.

A link's mapping is proven in every direction in which the link writes, on the values that the source's incidents really
use: they are read once, without their threads, and only counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from itertools import permutations
from typing import Any

from ..config.config import Config
from ..config.links import LinkConfig
from ..connector import OPERATIONS, Scope, operations
from ..errors import ConnectorError, InterruptedRunError, IsthmusError, UserError
from ..kpi.calendars import days_off
from ..model import Document
from ..proof.proof import prove
from ..proof.used import UsedValues, collect_values
from ..sync.engine import RunOptions
from ..sync.side import Side
from .assemble import PLAIN, Surroundings, open_side
from .exits import Exit, exit_for, worst


def check(
    config: Config, name: str | None, options: RunOptions, around: Surroundings = PLAIN, *, quick: bool = False
) -> dict[str, Any]:
    """Check a connection, a link with its members, or everything, and give what was found as JSON values.

    Args:
        config: the configuration.
        name: a link or a connection; everything by default.
        options: progress, and the wish to stop.
        around: what the program lends to what it puts together.
        quick: prove mappings on what the tools' metadata tell, without reading incidents.

    Raises:
        ConfigError: there is neither a link nor a connection of this name.
        InterruptedRunError: asked to stop.
    """
    link = config.links.get(name) if name else None
    if name and not link:
        config.connection(name)
    links = [link] if link else [] if name else list(config.links.values())
    members = link.members if link else (name,) if name else tuple(config.connections)
    rows = [_check_connection(config, member, link, around) for member in members]
    proofs: list[dict[str, Any]] = []
    for each in links:
        if all(row["ok"] for row in rows if row["connection"] in each.members):
            try:
                proofs += _prove(config, each, options, around, quick)
            except ConnectorError as error:
                _refuse(rows, error)
    report = [] if name else _report_problems(config, around.clock())
    codes = [Exit(row["exit"]) for row in rows]
    codes += [Exit.OK if proof["complete"] else Exit.USAGE for proof in proofs]
    codes += [Exit.USAGE for _ in report]
    return {"connections": rows, "proofs": proofs, "report": report, "exit": int(worst(codes))}


def _report_problems(config: Config, now: datetime) -> list[str]:
    """Give what keeps the section ``report`` from being used: calendars whose holidays nobody knows."""
    problems: list[str] = []
    for name, calendar in config.report.calendars.items():
        try:
            days_off(name, calendar, now, now)
        except UserError as error:
            problems.append(str(error))
    return problems


def _check_connection(config: Config, name: str, link: LinkConfig | None, around: Surroundings) -> dict[str, Any]:
    """Check one connection; an error is part of what is found."""
    row: dict[str, Any] = {"connection": name, "connector": config.connection(name).connector}
    try:
        with open_side(config, name, link, around) as side:
            row |= _health(side)
    except InterruptedRunError:
        raise
    except IsthmusError as error:
        return {**row, "ok": False, "exit": int(exit_for(error)), "error": str(error)}
    return {**row, "ok": True, "exit": int(Exit.OK), "error": None}


def _refuse(rows: list[dict[str, Any]], error: ConnectorError) -> None:
    """Tell at its connection what kept the incidents there from being read."""
    row = next((row for row in rows if row["connection"] == error.connection), None)
    if row is None:
        raise error
    row |= {"ok": False, "exit": int(exit_for(error)), "error": str(error)}


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


def _prove(
    config: Config, link: LinkConfig, options: RunOptions, around: Surroundings, quick: bool
) -> Iterator[dict[str, Any]]:
    """Give the proof of each direction in which a link writes."""
    with ExitStack() as stack:
        sides = [stack.enter_context(open_side(config, name, link, around)) for name in link.members]
        used = {side.name: None if quick else _used(side, link, options) for side in sides}
        for source, target in permutations(sides, 2):
            if target.writable:
                yield {"link": link.name, **prove(source, target, used[source.name]).report()}


def _used(side: Side, link: LinkConfig, options: RunOptions) -> UsedValues:
    """Count the values that the link's incidents use at one member."""

    def documents() -> Iterator[Document]:
        count = 0
        for page in side.connector.changes(None, link.scope.get(side.name) or Scope()):
            found = side.documents(record for record in page.records if not record.deleted)
            yield from found.values()
            count += len(found)
            options.progress(f"reading {side.name}", count, None)
            if options.stop():
                raise InterruptedRunError("asked to stop before the check was done")

    return collect_values(documents(), side.mapping.readable)
