"""Any interleaving of edits, failures and crashes over two or three hostile members ends in agreement.

This is the heir of the model with which the rules of reconciliation were attacked: people edit on all sides while cycles
run, writes are lost, stored without a reply, stored late, refused, or cut short by the death of our process. After the last
edit, without faults, one cycle may write; the next attempts nothing; and what holds then is checked on the raw states.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from isthmus.core.config.links import LinkConfig
from isthmus.core.connector import FilePlace
from isthmus.core.errors import ConnectorError, RunError
from isthmus.core.ledger.ledger import Ledger
from isthmus.core.ledger.state import Bond
from isthmus.core.mapping.values import same
from isthmus.core.model import Status
from isthmus.core.sync.engine import Engine, RunOptions, RunResult
from isthmus.core.sync.pairing import MARKER
from isthmus.core.sync.side import Side
from isthmus.testing.dialect import STATES, Dialect
from isthmus.testing.hostility import Answer, Crash, Fault
from isthmus.testing.memory import MemoryTool, memory_side
from isthmus.testing.memory_store import Clock

FULL = frozenset(Status)
DIALECTS = (
    Dialect(),
    Dialect(statuses=FULL - {Status.CANCELED}, priorities=4, title_length=20),
    Dialect(reasons=False, resolution=False, comment_origin=False, tells_ids=False, plain_text=True),
    Dialect(statuses=FULL - {Status.CANCELED, Status.NEW}, priorities=3, chosen_id=True, files_on=FilePlace.COMMENT),
    Dialect(conditional_write=False, version_moves_always=False, search_lag=timedelta(seconds=20), batch=5),
    Dialect(precision=timedelta(minutes=1), export_lag=timedelta(seconds=60), tombstones=False),
    Dialect(by_steps=True, conditional_write=False),
)
TITLES = ("Printer on fire", "VPN down in Lyon since this morning", "Größe ✓ 日本語", "x")
LABELS = ("vip", "lyon", "hub")
QUIET = 900.0
"""Seconds after which every lost write has happened or never will, and every index knows of it."""


class Mirror(RuleBasedStateMachine):
    """Two or three tools, one link, people who edit, and a scheduled job."""

    clock: Clock
    tools: dict[str, MemoryTool]
    sides: dict[str, Side]
    ledger: Ledger
    link: LinkConfig

    @initialize(
        dialects=st.lists(st.sampled_from(DIALECTS), min_size=2, max_size=3),
        seed=st.integers(0, 1000),
        policy=st.sampled_from(["newest", "ask", "a"]),
        on_delete=st.sampled_from(["note", "ignore", "close"]),
    )
    def begin(self, dialects: list[Dialect], seed: int, policy: str, on_delete: str) -> None:
        self.clock = Clock()
        names = ("a", "b", "c")[: len(dialects)]
        self.tools = {
            name: MemoryTool(name, dialect, clock=self.clock) for name, dialect in zip(names, dialects, strict=True)
        }
        for number, tool in enumerate(self.tools.values()):
            tool.hostility.seed = seed + number
            tool.hostility.__post_init__()
        self.sides = {name: memory_side(name, tool) for name, tool in self.tools.items()}
        self.ledger = Ledger("sqlite://", clock=self.clock)
        groups = ("title", "status", "priority", "description")
        self.link = LinkConfig.model_validate(
            {
                "name": "mirror",
                "members": names,
                "create": names,
                "backfill": "all",
                "initial": "newest",
                "fields": {group: {"policy": policy} for group in groups},
                "on_delete": on_delete,
            }
        )
        self.spoken = 0

    def teardown(self) -> None:
        if hasattr(self, "tools"):
            self.settle_down()
            self.ledger.close()

    # -- what people do

    def some_record(self, tool: MemoryTool, pick: int) -> str | None:
        ids = sorted(record for record in tool.records if tool.shown(record) is not None)
        return ids[pick % len(ids)] if ids else None

    def act(self, where: int, pick: int, action: Callable[[MemoryTool, str], Any]) -> None:
        tool = list(self.tools.values())[where % len(self.tools)]
        record = self.some_record(tool, pick)
        if record is not None:
            action(tool, record)

    @rule(where=st.integers(0, 2), title=st.sampled_from(TITLES), severity=st.sampled_from([None, 1, 3]))
    @precondition(lambda self: sum(len(tool.records) for tool in self.tools.values()) < 9)
    def open_ticket(self, where: int, title: str, severity: int | None) -> None:
        tool = list(self.tools.values())[where % len(self.tools)]
        tool.create(title=title, severity=severity, state="open", text="<p>It <strong>burns</strong></p>")

    @rule(
        where=st.integers(0, 2),
        pick=st.integers(0, 9),
        status=st.sampled_from(list(Status)),
        reason=st.sampled_from([None, "vendor", "requester"]),
    )
    def move(self, where: int, pick: int, status: Status, reason: str | None) -> None:
        def change(tool: MemoryTool, record: str) -> None:
            if status not in tool.dialect.statuses:
                return
            fields: dict[str, Any] = {"state": STATES[status]}
            if tool.dialect.reasons:
                fields["waiting_for"] = reason if status is Status.PENDING else None
            tool.edit(record, **fields)

        self.act(where, pick, change)

    @rule(where=st.integers(0, 2), pick=st.integers(0, 9), severity=st.sampled_from([None, 1, 2, 3, 4, 5]))
    def prioritize(self, where: int, pick: int, severity: int | None) -> None:
        def change(tool: MemoryTool, record: str) -> None:
            level = None if severity is None else min(severity, tool.dialect.priorities)
            tool.edit(record, severity=level)

        self.act(where, pick, change)

    @rule(where=st.integers(0, 2), pick=st.integers(0, 9), title=st.sampled_from(TITLES))
    def rename(self, where: int, pick: int, title: str) -> None:
        self.act(where, pick, lambda tool, record: tool.edit(record, title=title))

    @rule(where=st.integers(0, 2), pick=st.integers(0, 9), labels=st.sets(st.sampled_from(LABELS)))
    def label(self, where: int, pick: int, labels: set[str]) -> None:
        self.act(where, pick, lambda tool, record: tool.edit(record, tags=sorted(labels)))

    @rule(where=st.integers(0, 2), pick=st.integers(0, 9), public=st.booleans(), equal=st.booleans())
    def say(self, where: int, pick: int, public: bool, equal: bool) -> None:
        def speak(tool: MemoryTool, record: str) -> None:
            self.spoken += 1
            text = "any update?" if equal and public else f"{'word' if public else 'secret'}{self.spoken}"
            tool.comment(record, text=text if tool.dialect.plain_text else f"<p>{text}</p>", public=public)

        self.act(where, pick, speak)

    @rule(where=st.integers(0, 2), pick=st.integers(0, 9), public=st.booleans())
    def attach(self, where: int, pick: int, public: bool) -> None:
        def hang(tool: MemoryTool, record: str) -> None:
            number = len(tool.bytes)
            tool.attach(record, name=f"{tool.name}{number}.txt", data=f"{tool.name} {number}".encode(), public=public)

        self.act(where, pick, hang)

    @rule(where=st.integers(0, 2), pick=st.integers(0, 9))
    def delete(self, where: int, pick: int) -> None:
        self.act(where, pick, lambda tool, record: tool.delete(record))

    @rule(where=st.integers(0, 2), pick=st.integers(0, 9))
    def clone(self, where: int, pick: int) -> None:
        if sum(len(tool.records) for tool in self.tools.values()) < 9:
            self.act(where, pick, lambda tool, record: tool.clone(record))

    # -- what goes wrong

    @rule(
        where=st.integers(0, 2),
        faults=st.lists(st.sampled_from([fault for fault in Fault if fault is not Fault.NONE]), max_size=4),
    )
    def break_writes(self, where: int, faults: list[Fault]) -> None:
        tool = list(self.tools.values())[where % len(self.tools)]
        tool.hostility.script.extend(faults)

    @rule(where=st.integers(0, 2), repeats=st.booleans(), reorders=st.booleans())
    def disturb_reads(self, where: int, repeats: bool, reorders: bool) -> None:
        tool = list(self.tools.values())[where % len(self.tools)]
        tool.hostility.repeats, tool.hostility.reorders = repeats, reorders

    @rule(where=st.integers(0, 2))
    def answer_writes(self, where: int) -> None:
        tool = list(self.tools.values())[where % len(self.tools)]
        tool.hostility.answers = (Answer(when={"state": "open"}, set={"severity": 1}),)

    @rule(where=st.integers(0, 2), pick=st.integers(0, 9))
    def edit_between(self, where: int, pick: int) -> None:
        """Somebody edits in the instant between our read and our write."""
        tool = list(self.tools.values())[where % len(self.tools)]

        def interfere(write: Any) -> None:
            tool.before_write = None
            record = getattr(write, "record_id", None)
            if record in tool.records:
                tool.edit(record, title=TITLES[pick % len(TITLES)])

        tool.before_write = interfere

    # -- the job

    def engine(self) -> Engine:
        return Engine(self.link, self.sides, self.ledger, clock=self.clock)

    @rule(seconds=st.sampled_from([1.0, 61.0, 130.0, QUIET]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(census=st.booleans())
    def cycle(self, census: bool) -> None:
        try:
            self.engine().sync(RunOptions(census=census, lifted=frozenset({"max-changes", "empty-member", "max-deletes"})))
        except (Crash, ConnectorError, RunError):
            pass
        else:
            return
        self.clock.advance(1.0)

    @rule(where=st.integers(0, 2))
    def resolve(self, where: int) -> None:
        for conflict in self.ledger.conflicts("mirror"):
            chosen = sorted(conflict.values)[where % len(conflict.values)]
            self.ledger.choose(conflict.id, chosen)

    # -- what must hold in the end

    def calm_cycle(self) -> RunResult:
        self.clock.advance(QUIET)
        result = self.engine().sync(RunOptions(lifted=frozenset({"max-changes", "empty-member", "max-deletes"})))
        assert result.tally.balanced, result.report()
        return result

    def settle_down(self) -> None:
        for tool in self.tools.values():
            tool.hostility.calm()
            tool.before_write = None
        for failure in self.ledger.failures("mirror"):
            self.ledger.set_failure(failure.id, "retry")
        rules = sum(len(tool.hostility.answers) for tool in self.tools.values())
        for _ in range(3 + rules):
            self.calm_cycle()
        attempts = self.attempts()
        result = self.calm_cycle()
        assert self.attempts() == attempts, f"a quiet link writes: {result.report()}"
        self.check_bonds()
        self.check_threads()

    def attempts(self) -> Counter[str]:
        return sum((tool.attempts for tool in self.tools.values()), Counter())

    def bonds(self) -> list[Bond]:
        return list(self.ledger.bonds(self.ledger.bond_ids("mirror")).values())

    def check_bonds(self) -> None:
        """Every record belongs to one bond, no marker made two records of ours, and each bond agrees or is reported."""
        bonds = self.bonds()
        for name, tool in self.tools.items():
            bonded = [bond.members[name].record_id for bond in bonds if name in bond.members]
            assert len(bonded) == len(set(bonded))
            failed = {each.record_id for each in self.ledger.failures("mirror")}
            excluded = self.ledger.known_ids("mirror", name)
            assert set(tool.records) <= set(bonded) | failed | excluded
            created = Counter(
                record["external_key"]
                for record in tool.records.values()
                if (record["external_key"] or "").startswith(MARKER) and self.is_ours(tool, record["id"])
            )
            assert all(count == 1 for count in created.values()), created
        for bond in bonds:
            self.check_agreement(bond)

    def is_ours(self, tool: MemoryTool, record_id: str) -> bool:
        return tool.history[record_id][0].by == tool.account

    def check_agreement(self, bond: Bond) -> None:
        alive = {
            name: member.record_id
            for name, member in bond.members.items()
            if not member.gone and member.record_id in self.tools[name].records
        }
        documents = {
            name: self.sides[name].document(record)
            for name, record_id in alive.items()
            for record in self.sides[name].connector.fetch([record_id])
        }
        for group, record in bond.values.items():
            if group in bond.open_conflicts or "deletion" in bond.open_conflicts:
                continue
            for name, document in documents.items():
                side = self.sides[name]
                value = side.values(document).get(group)
                reported = (name, group) in bond.parks or (name, group) in bond.frozen
                if value is None or reported or len(documents) < 2:
                    continue
                assert same(value, side.image(group, record)), (group, name, value, record)

    def check_threads(self) -> None:
        """Every comment of a person stands once at every other member, and nothing internal is public anywhere."""
        for tool in self.tools.values():
            for comments in tool.comments.values():
                for comment in comments:
                    if comment["readers"] == "everyone":
                        assert "secret" not in comment["text"], comment
        failed = {(each.connection, each.record_id) for each in self.ledger.failures("mirror")}
        for bond in self.bonds():
            alive = {
                name: member.record_id
                for name, member in bond.members.items()
                if member.record_id in self.tools[name].records
            }
            if len(alive) < len(bond.members) or failed & set(alive.items()) or "deletion" in bond.open_conflicts:
                continue
            words = {name: self.words(name, record_id) for name, record_id in alive.items()}
            for name, counted in words.items():
                assert counted == next(iter(words.values())), (name, words)
            files = {name: self.file_names(name, record_id) for name, record_id in alive.items()}
            for name, counted in files.items():
                assert counted == next(iter(files.values())), (name, files)

    def words(self, name: str, record_id: str) -> Counter[str]:
        """Count what a thread says, headers of carried comments left out."""
        texts = (comment["text"] for comment in self.tools[name].comments[record_id])
        return Counter(word for text in texts for word in re.findall(r"word\d+|secret\d+|any update", text))

    def file_names(self, name: str, record_id: str) -> Counter[str]:
        """Count the files of a record, wherever they hang."""
        tool = self.tools[name]
        held = [*tool.files[record_id], *(file for comment in tool.comments[record_id] for file in comment["files"])]
        return Counter(file["name"] for file in held)


STEPS = settings(stateful_step_count=18, deadline=None, suppress_health_check=list(HealthCheck))
Mirror.TestCase.settings = settings(STEPS, max_examples=60)
test_mirror = pytest.mark.timeout(900)(Mirror.TestCase)


@pytest.mark.acceptance
@pytest.mark.timeout(3600)
class TestManyMirrors(Mirror.TestCase):
    settings = settings(STEPS, max_examples=2000)
