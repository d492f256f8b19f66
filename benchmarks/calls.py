"""Calls per migrated ticket, Zendesk to ServiceNow and back, beside the least that the vendors' documents allow."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from isthmus.core.run.assemble import open_migration
from isthmus.core.sync.engine import RunOptions
from isthmus.core.sync.migrate import Migration

from .hub import Hub
from .journey import LAG, SEED
from .least import Held, Need, held, needs
from .measure import Figure
from .sandboxes import open_sandbox

ROUTES = (("zendesk", "servicenow"), ("servicenow", "zendesk"))
Calls = Counter[tuple[str, str]]
"""(``source`` or ``target``, operation) -> calls."""


def calls(tickets: int) -> list[Figure]:
    """Migrate both ways and count."""
    return [figure for source, target in ROUTES for figure in _route(source, target, tickets)]


def _route(source: str, target: str, tickets: int) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        sandboxes = {
            "source": open_sandbox(source, tickets=tickets, seed=SEED),
            "target": open_sandbox(target, seed=SEED),
        }
        for sandbox in sandboxes.values():
            stack.callback(sandbox.stop)
        there = held(sandboxes["source"])
        hub = Hub(Path(folder), sandboxes)
        hub.skip(LAG)
        with open_migration(hub.config(), "source", "target", hub.around) as job:
            job.read(RunOptions())
            job.forecast(RunOptions())
            job.apply(RunOptions())
            moved = _counted(job)
            job.verify(RunOptions())
            verified = _counted(job) - moved
            states = job.engine.ledger.count_staged(job.key)
    if states != {"written": there.tickets}:
        raise RuntimeError(f"the migration did not write everything: {states}")
    moving, verifying = needs(source, there)
    part = f"calls {source} -> {target}"
    yield from _compared(part, "move", moved, moving, there)
    yield from _compared(part, "verify", verified, verifying, there)


def _counted(job: Migration) -> Calls:
    return Counter(
        {
            (name, operation): count
            for name, side in job.engine.sides.items()
            for operation, count in side.connector.calls().items()
        }
    )


def _compared(part: str, stage: str, made: Calls, wanted: list[Need], there: Held) -> Iterator[Figure]:
    least = sum(need.least for need in wanted)
    yield Figure(part, f"{stage}: calls", made.total() / there.tickets, "calls/ticket", note=f"{made.total():,}")
    yield Figure(part, f"{stage}: the least", least / there.tickets, "calls/ticket", note=f"{least:,}")
    yield Figure(part, f"{stage}: calls against the least", made.total() / least, "times")
    known = {(need.side, need.operation): need for need in wanted}
    for place in sorted({*made, *known}, key=lambda each: (each[0], -made[each], each[1])):
        need = known.get(place)
        words = f"least {need.least:,}: {need.why}" if need else "least 0: what it asks, another call can tell"
        side, operation = place
        yield Figure(part, f"{stage}: {side} {operation}", made[place], "calls", note=words)
