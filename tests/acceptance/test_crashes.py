"""The program is killed at a vendor's n-th write, and the next run completes the work: nothing twice, nothing lost.

The program runs as a process of its own. The sandbox kills it at a write request: before that is stored, once it is stored
and before it is answered, or right after the reply.
"""

from __future__ import annotations

import json
import os
import random
import signal
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

NOTE = "Carried by Isthmus"
TEN_FIVE_FIVE = ("stored",) * 10 + ("before",) * 5 + ("replied",) * 5
LONG = (pytest.mark.acceptance, pytest.mark.timeout(1800))


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.out)


def run(bench: Any, *arguments: str, kill: tuple[str, int, str] | None = None) -> Ended:
    """Run a command to its end, or to a kill: (connection, number of the write from now, when)."""
    bench.skip(120)
    process = bench.start(*arguments)
    if kill is not None:
        name, write, when = kill
        bench.control(name, "kill", {"pid": process.pid, "write": write, "when": when})
    out, err = process.communicate(timeout=300)
    return Ended(process.returncode, out, err)


def crash(bench: Any, *arguments: str, kill: tuple[str, int, str]) -> None:
    """Run a command that is killed."""
    ended = run(bench, *arguments, kill=kill)
    assert ended.code == -signal.SIGKILL, (kill, ended)


def migrate_through(bench: Any, source: str, target: str, kills: list[tuple[int, str]]) -> None:
    """Migrate, killed again and again, and let the last run read everything back."""
    command = ["migrate", source, target, "--yes", "--json"]
    for number, (write, when) in enumerate(kills):
        crash(bench, *command, *(["--resume"] if number else []), kill=(target, write, when))
    ended = run(bench, *command, "--resume")
    assert ended.code == 0, ended
    assert ended.report["certificate"]["clean"], ended.report["certificate"]
    verified = run(bench, "migrate", source, target, "--verify", "--json")
    assert verified.code == 0, verified
    assert verified.report["certificate"]["differences"] == []


def seeded(whens: tuple[str, ...], seed: int, most: int) -> list[tuple[int, str]]:
    """Give kills in a seeded order, each at a seeded write."""
    dice = random.Random(seed)
    return [(dice.randint(1, most), when) for when in dice.sample(whens, len(whens))]


@pytest.mark.parametrize(
    ("tickets", "kills"),
    [
        pytest.param(16, [(1, "stored"), (1, "before"), (2, "replied"), (3, "stored"), (5, "stored")], id="small"),
        pytest.param(200, seeded(TEN_FIVE_FIVE, 1, 4), id="full", marks=LONG),
    ],
)
def test_tickets_become_incidents_through_crashes(bench, oracle, tickets, kills):
    bench.open("support", "zendesk", tickets=tickets, seed=11)
    bench.open("ops", "servicenow", seed=11)
    bench.settle_after = 0
    bench.config()
    migrate_through(bench, "support", "ops", kills)
    support, ops = bench.snapshot("support"), bench.snapshot("ops")
    assert not list(oracle.zendesk_to_servicenow(support, ops, "support"))
    assert len(ops["tickets"]) == tickets
    assert bench.control("ops", "outbox") == {"messages": []}


@pytest.mark.parametrize(
    ("tickets", "kills"),
    [
        pytest.param(12, [(1, "stored"), (2, "before"), (4, "stored")], id="small-stored"),
        pytest.param(12, [(4, "before"), (3, "replied"), (4, "replied")], id="small-replied"),
        pytest.param(260, seeded(TEN_FIVE_FIVE, 2, 12), id="full", marks=LONG),
    ],
)
def test_incidents_become_tickets_through_crashes(bench, oracle, tickets, kills):
    bench.open("ops", "servicenow", tickets=tickets, seed=3)
    bench.open("support", "zendesk", seed=3)
    bench.settle_after = 0
    bench.config()
    migrate_through(bench, "ops", "support", kills)
    ops, support = bench.snapshot("ops"), bench.snapshot("support")
    assert not list(oracle.incidents_to_tickets(ops, support, "ops"))
    assert len(support["tickets"]) == tickets
    assert {len(notes_of(ticket)) for ticket in support["tickets"]} == {1}
    assert bench.control("support", "outbox") == {"messages": []}


def notes_of(ticket: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the notes of origin."""
    return [comment for comment in ticket["comments"] if NOTE in (comment.get("html") or comment["text"])]
