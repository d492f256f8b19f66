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
from types import ModuleType
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
        pytest.param(16, [(1, "stored"), (2, "replied"), (2, "stored"), (2, "before")], id="small"),
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
    differences = list(oracle.zendesk_to_servicenow(support, ops, "support"))
    assert not differences, "\n".join(differences)
    assert len(ops["tickets"]) == tickets
    sent = Counter(
        (mail["to"], mail["kind"], mail["ticket"], mail["text"]) for mail in bench.control("ops", "outbox")["messages"]
    )
    assert max(sent.values()) == 1, sent.most_common(3)


@pytest.mark.parametrize(
    ("tickets", "kills"),
    [
        pytest.param(12, [(3, "replied"), (4, "before"), (4, "stored")], id="small"),
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
    differences = list(oracle.incidents_to_tickets(ops, support, "ops"))
    assert not differences, "\n".join(differences)
    assert len(support["tickets"]) == tickets
    assert {len(notes_of(ticket)) for ticket in support["tickets"]} == {1}
    assert bench.control("support", "outbox") == {"messages": []}


def test_a_wish_to_stop_ends_after_the_write_in_hand(bench, oracle, monkeypatch):
    running = bench.open("ops", "servicenow", seed=11)
    bench.open("support", "zendesk", tickets=8, seed=11)
    bench.settle_after = 0
    bench.config()
    bench.skip(120)
    process = bench.start("migrate", "support", "ops", "--yes", "--json")
    draw, faults, seen = running.vendor.faults.draw, running.vendor.faults, []

    def strike(*request: Any, **facts: Any) -> Any:
        seen.append(facts["write"])
        if facts["write"] and sum(seen) == 3:
            os.kill(process.pid, signal.SIGTERM)
        return draw(*request, **facts)

    monkeypatch.setattr(faults, "draw", strike)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 8, (out, err)
    assert json.loads(out)["error"]["kind"] == "InterruptedRunError"
    stored = bench.control("ops", "inspect")["writes_stored"]
    assert stored == sum(seen) >= 3
    monkeypatch.setattr(faults, "draw", draw)
    ended = run(bench, "migrate", "support", "ops", "--yes", "--resume", "--json")
    assert ended.code == 0, ended
    differences = list(oracle.zendesk_to_servicenow(bench.snapshot("support"), bench.snapshot("ops"), "support"))
    assert not differences, "\n".join(differences)
    assert len(bench.snapshot("ops")["tickets"]) == 8
    assert bench.control("ops", "inspect")["writes_stored"] > stored


def notes_of(ticket: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the notes of origin."""
    return [comment for comment in ticket["comments"] if NOTE in (comment.get("html") or comment["text"])]


@dataclass
class Mirrored:
    """A link of two members, people at work on both sides, and a program that keeps being killed."""

    bench: Any
    judge: ModuleType
    people: dict[str, Any]
    diary: Any
    opened: int = 0
    steps: int = 0

    def __post_init__(self) -> None:
        """Open as many tickets as it takes for no group to be written so often that it is frozen."""
        for _ in range(4):
            self.open()

    def open(self) -> None:
        """Let Eva lose a key, by turns at each tool."""
        self.opened += 1
        self.people[("support", "ops")[self.opened % 2]].open(f"Lost key {self.opened}", "I cannot find it")

    def pairs(self) -> list[dict[str, str]]:
        """Give the incidents that Eva asked for, as connection -> id."""
        members = self.members()
        return [
            {name: str(ticket["id"]) for name, ticket in held.items()}
            for held in self.judge.bonds(members).values()
            if any(members[name].facts(ticket["record"])["title"].startswith("Lost") for name, ticket in held.items())
        ]

    def members(self) -> dict[str, Any]:
        return {name: self.judge.Member(name, self.bench.snapshot(name)) for name in self.people}

    def work(self) -> None:
        """Let people do what cannot contradict: speak, say the same twice, bring files; each field has its side."""
        self.steps += 1
        words, pairs = f"W{self.steps}", self.pairs()
        self.open()
        for name, key in pairs[self.steps % len(pairs)].items():
            person = self.people[name]
            for _ in range(2):
                person.say(key, f"{words} any update?", public=True)
            person.say(key, f"{words} between us at {name}", public=False)
            person.bring(key, f"{name}-{words}.txt", f"bytes of {words}".encode(), public=True)
            if name == "support":
                person.set_title(key, f"Lost key {words} again")
            else:
                person.set_priority(key, random.Random(self.steps))

    def sync(self, kill: tuple[str, int, str] | None = None) -> bool:
        """Run a cycle, and tell whether it was killed; one that writes less than that goes through."""
        ended = run(self.bench, "sync", "mirror", "--json", kill=kill)
        for running in self.bench.sandboxes.values():
            running.server.dispatch.kills.clear()
        if kill is not None and ended.code == -signal.SIGKILL:
            return True
        assert ended.code == 0, ended
        return False

    def writes(self) -> int:
        """Run a cycle and give the number of writes that it attempted."""
        before = self.bench.stored()
        self.sync()
        return self.bench.stored() - before


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param([("ops", 1, "stored"), ("support", 2, "replied")], id="small"),
        pytest.param(
            [(("support", "ops")[place % 2], *kill) for place, kill in enumerate(seeded(TEN_FIVE_FIVE, 3, 4))],
            id="full",
            marks=LONG,
        ),
    ],
)
def test_a_mirror_goes_on_after_crashes(bench, agreement, humans, kills):
    diary = humans.Diary()
    people = {
        "support": humans.Zendesk("support", bench.open("support", "zendesk", seed=3), diary),
        "ops": humans.ServiceNow("ops", bench.open("ops", "servicenow", seed=3), diary),
    }
    bench.settle_after = 0
    bench.settings["support"] = {"solver": humans.FIONA}
    link = {"members": list(people), "create": list(people), "backfill": "all", "brakes": {"max_changes_percent": 100}}
    bench.config({"mirror": link})
    mirrored = Mirrored(bench, agreement, people, diary)
    for kill in kills:
        for _ in range(8):
            mirrored.work()
            if mirrored.sync(kill):
                break
        else:
            pytest.fail(f"no cycle wrote enough for {kill}")
    cycles = [mirrored.writes() for _ in range(5)]
    assert cycles[-2:] == [0, 0], cycles
    members = mirrored.members()
    found = list(agreement.differences(members))
    assert not found, "\n".join(map(str, found))
    assert not list(agreement.unheard(members, diary))
    assert len(members["support"].tickets) == len(members["ops"].tickets) == mirrored.opened
