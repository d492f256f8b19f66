"""Migrate a history from Zendesk to ServiceNow, then mirror the two: tickets per second, calls, memory, whose time."""

from __future__ import annotations

import cProfile
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import requests
from isthmus.core.run.assemble import open_engine, open_migration
from isthmus.core.sync.engine import RunOptions, RunResult
from isthmus.core.sync.migrate import Migration

from .hub import LINK, Hub, Stage
from .measure import Figure, median, peak_mb
from .sandboxes import Sandbox, open_sandbox

SEED = 7
LAG = 120.0
"""Seconds that pass before a cycle: more than the vendors' exports and indexes lag."""
SHOWN = 6
"""Operations of each side that are shown, the most frequent ones."""


@contextmanager
def two_sandboxes(tickets: int) -> Generator[dict[str, Sandbox]]:
    """Give a Zendesk with tickets and an empty ServiceNow with the same people."""
    opened: dict[str, Sandbox] = {}
    try:
        opened["support"] = open_sandbox("zendesk", tickets=tickets, seed=SEED)
        opened["ops"] = open_sandbox("servicenow", seed=SEED)
        yield opened
    finally:
        for sandbox in opened.values():
            sandbox.stop()


def journey(tickets: int, cycles: int, edits: int, profiles: Path | None) -> list[Figure]:
    """Migrate, verify and, with cycles, mirror; call it in a process of its own.

    Args:
        tickets: how many there are.
        cycles: how many idle cycles follow; none ends after the migration.
        edits: how many edits, half of them at each side, one last cycle carries.
        profiles: a folder for a cProfile file of each stage.
    """
    with tempfile.TemporaryDirectory() as folder, two_sandboxes(tickets) as sandboxes:
        hub = Hub(Path(folder), sandboxes)
        figures = list(_migration(hub, tickets, profiles))
        if cycles:
            figures += _mirror(hub, sandboxes, tickets, cycles, edits, profiles)
        return figures


# -- migration


def _migration(hub: Hub, tickets: int, profiles: Path | None) -> Iterator[Figure]:
    part = f"migrate {tickets:,}"
    hub.skip(LAG)
    whole = 0.0
    with open_migration(hub.config(), "support", "ops", hub.around) as job:
        sides = job.engine.sides
        opened = sum(sum(side.connector.calls().values()) for side in sides.values())
        yield Figure(part, "calls before the first is read", opened, "calls")
        for name, work in (("read", job.read), ("plan", job.forecast), ("write", job.apply), ("verify", job.verify)):
            with hub.stage(sides) as stage, _profiled(profiles, f"{name}-{tickets}"):
                work(RunOptions())
            whole += stage.spent.wall
            yield from _stage(part, name, stage, tickets)
        _prove(job, tickets)
    yield Figure(part, "all stages", tickets / whole, "tickets/s")
    yield Figure(part, "peak memory of the hub", peak_mb(), "MB")


def _prove(job: Migration, tickets: int) -> None:
    """A figure of work that was not done would be worth nothing."""
    states = job.engine.ledger.count_staged(job.key)
    if states != {"written": tickets}:
        raise RuntimeError(f"the migration did not write everything: {states}")


def _stage(part: str, name: str, stage: Stage, tickets: int) -> Iterator[Figure]:
    yield Figure(part, name, tickets / stage.spent.wall, "tickets/s")
    share = stage.spent.cpu / max(stage.spent.cpu + stage.sandboxes, 1e-9)
    note = f"hub {stage.spent.cpu:.1f} s, sandboxes {stage.sandboxes:.1f} s of processor time"
    yield Figure(part, f"{name}: the hub's share of processor time", 100 * share, "%", note=note)
    for connection, counted in stage.calls.items():
        if counted:
            total = counted.total()
            yield Figure(part, f"{name}: calls at {connection}", total / tickets, "calls/ticket", note=f"{total:,}")
        for operation, count in counted.most_common(SHOWN):
            yield Figure(part, f"{name}: {operation}", count / tickets, "calls/ticket", note=f"{count:,}")


# -- mirror


def _mirror(
    hub: Hub, sandboxes: dict[str, Sandbox], tickets: int, cycles: int, edits: int, profiles: Path | None
) -> Iterator[Figure]:
    part = f"mirror {tickets:,}"
    first, _ = _cycle(hub, None)
    yield Figure(part, "first cycle over what was migrated", first.spent.wall, "s", note=f"{first.total} calls")
    _cycle(hub, None)
    idle: list[Stage] = []
    for _ in range(cycles):
        stage, result = _cycle(hub, None)
        if result.tally.counts["incidents"]["written"]:
            raise RuntimeError("an idle cycle wrote")
        idle.append(stage)
    if profiles:
        _cycle(hub, profiles / f"idle-{tickets}.prof")
    yield median(part, "idle cycle", "s", [stage.spent.wall for stage in idle])
    yield median(part, "idle cycle: processor time of the hub", "s", [stage.spent.cpu for stage in idle])
    yield from _calls(part, "idle cycle", idle[-1])
    edits = _edit(sandboxes, edits)
    stage, result = _cycle(hub, profiles / f"edits-{tickets}.prof" if profiles else None)
    if result.tally.counts["incidents"]["written"] != edits:
        raise RuntimeError(f"{edits} edits were made, the cycle says {result.tally.counts['incidents']}")
    yield Figure(part, f"cycle with {edits} edits", stage.spent.wall, "s")
    yield from _calls(part, f"cycle with {edits} edits", stage)


def _cycle(hub: Hub, profile: Path | None) -> tuple[Stage, RunResult]:
    """Run one cycle as a person would: the members are opened for it."""
    hub.skip(LAG)
    config = hub.config()
    with (
        hub.stage() as stage,
        _profiled(profile and profile.parent, profile.stem if profile else ""),
        open_engine(config, config.link(LINK), around=hub.around) as engine,
    ):
        stage.sides = engine.sides
        result = engine.sync(RunOptions())
    return stage, result


def _calls(part: str, name: str, stage: Stage) -> Iterator[Figure]:
    yield Figure(part, f"{name}: calls", stage.total, "calls")
    for counted in stage.calls.values():
        for operation, count in counted.most_common(SHOWN):
            yield Figure(part, f"{name}: {operation}", count, "calls")


def _edit(sandboxes: dict[str, Sandbox], edits: int) -> int:
    """Let people change titles, half of them at each side, of tickets that are still open; gives how many there were."""
    support, ops = sandboxes["support"], sandboxes["ops"]
    given = support.credentials["api_token"]
    person = next(each for each in support.credentials["people"] if each["role"] == "agent")
    session = requests.Session()
    auth = (f"{person['user']}/token", given["token"])
    query = {"query": "type:ticket status<solved", "sort_by": "created_at", "per_page": str(edits)}
    found = session.get(f"{support.url}/api/v2/search.json", params=query, auth=auth, timeout=30).json()["results"]
    tickets = [ticket for ticket in found if ticket["status"] not in ("solved", "closed")]
    half = len(tickets) // 2
    for ticket in tickets[:half]:
        url = f"{support.url}/api/v2/tickets/{ticket['id']}.json"
        body = {"ticket": {"subject": f"Edited by an agent: {ticket['id']}"}}
        session.put(url, json=body, auth=auth, timeout=30).raise_for_status()
    human = next(each for each in ops.credentials["people"] if each["role"] == "admin")
    login = (human["user"], human["password"])
    for ticket in tickets[half:]:
        query = {"sysparm_query": f"correlation_id=isthmus:support:{ticket['id']}", "sysparm_fields": "sys_id"}
        (row,) = session.get(f"{ops.url}/api/now/table/incident", params=query, auth=login, timeout=30).json()["result"]
        body = {"short_description": f"Edited by an agent: {ticket['id']}"}
        url = f"{ops.url}/api/now/table/incident/{row['sys_id']}"
        session.patch(url, json=body, auth=login, timeout=30).raise_for_status()
    return len(tickets)


# -- profiles


@contextmanager
def _profiled(folder: Path | None, name: str) -> Generator[None]:
    profile = cProfile.Profile()
    with profile if folder else nullcontext():
        yield
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        profile.dump_stats(folder / f"{name}.prof")
