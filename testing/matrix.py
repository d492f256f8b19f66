"""Every move between two tools and every mirror of them, judged on the raw states of the sandboxes.

A cell of the matrix is one ordered pair: the seeded tickets of a tool move to an empty one, which is read back and judged.
A mirror is a link at which people work on all sides until everything is quiet, then every member is judged against all.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

from ..core.connector import Json
from ..core.run.assemble import open_engine, open_ledger, open_migration
from ..core.sync.engine import RunOptions
from .floor import Floor
from .oracle.judge import Verdict, judge

LINK = "mirror"
LATER = 120.0
"""Seconds between what people do and the next cycle: beyond every export's lag."""
TRIES = 6
"""How often what failed in passing is tried again."""
QUIET = 8
"""Cycles within which a mirror must come to rest."""
EXAMPLES = 5
"""Of what is wrong, so many are told."""


@dataclass(slots=True)
class Cell:
    """What became of one move."""

    source: str
    target: str
    verdict: Verdict
    certified: bool
    """The hub's own certificate is clean."""
    notes: list[str] = field(default_factory=list[str])

    @property
    def right(self) -> bool:
        """Nothing is wrong, by the judge and by the certificate."""
        return self.certified and not self.verdict.wrong

    def report(self) -> Json:
        """Give the cell as JSON values."""
        return {
            "source": self.source,
            "target": self.target,
            **_figures(self.verdict, self.notes),
            "certified": self.certified,
            "right": self.right,
        }


def _figures(verdict: Verdict, notes: Sequence[str]) -> Json:
    return {
        "tickets": verdict.tickets,
        "comments": verdict.comments,
        "files": verdict.files,
        "equal": verdict.equal.total(),
        "lossy": verdict.lossy.total(),
        "lossy_fields": list(verdict.lost),
        "wrong": len(verdict.wrong),
        "examples": [*verdict.wrong[:EXAMPLES], *notes[:EXAMPLES]],
    }


def move(floor: Floor, source: str, target: str, vendors: tuple[str, str]) -> Cell:
    """Migrate everything of a tool to another on the floor, verify and judge.

    Args:
        floor: where both stand.
        source: name of the connection that is read.
        target: name of the connection that is written.
        vendors: the vendors of both.
    """
    floor.skip(LATER)
    run = RunOptions()
    with open_migration(floor.config(ledger=f"{source}-{target}.db"), source, target, floor.around) as job:
        job.read(run)
        result = job.apply(run)
        for _ in range(TRIES):
            if not (job.waiting() or result.tally.counts["incidents"]["failed"]):
                break
            floor.skip(60)
            job.retry_failed()
            result = job.apply(run)
        certificate = job.verify(run)
        failures = [each.message for each in job.engine.ledger.failures(job.key)]
    verdict = judge(vendors[0], floor.snapshot(source), vendors[1], floor.snapshot(target), source)
    notes = [*certificate.differences[:EXAMPLES], *certificate.unread[:EXAMPLES], *failures[:EXAMPLES]]
    return Cell(vendors[0], vendors[1], verdict, certificate.clean, notes)


@dataclass(slots=True)
class Mirror:
    """What became of one link."""

    members: tuple[str, ...]
    verdict: Verdict = field(default_factory=Verdict)
    """Of every member's own tickets at every other."""
    cycles: int = 0
    """Those that wrote."""
    quiet: bool = False
    """It came to rest: cycles in which nobody did anything attempted no write."""

    @property
    def right(self) -> bool:
        """It is quiet and every member agrees."""
        return self.quiet and not self.verdict.wrong

    def add(self, name: str, part: Verdict) -> None:
        """Add what was found between two members."""
        total = self.verdict
        total.tickets += part.tickets
        total.comments += part.comments
        total.files += part.files
        total.equal += part.equal
        total.lossy += part.lossy
        total.wrong += [f"{name}: {words}" for words in part.wrong]

    def report(self) -> Json:
        """Give the mirror as JSON values."""
        return {
            "members": list(self.members),
            **_figures(self.verdict, []),
            "cycles": self.cycles,
            "quiet": self.quiet,
            "right": self.right,
        }


def mirror(floor: Floor, vendors: Sequence[str], tickets: int = 3) -> Mirror:
    """Link tools of some vendors, let people work at all of them, and judge every member against every other."""
    with ExitStack() as stack:
        names = [f"{vendor.replace('_', '')}{number}" for number, vendor in enumerate(vendors)]
        for name, vendor in zip(names, vendors, strict=True):
            stack.enter_context(floor.tool(name, vendor, tickets))
        link = {"members": names, "create": names, "backfill": "all", "brakes": {"max_changes_percent": 100}}
        work = _Work(floor, {LINK: link}, f"{'-'.join(names)}.db")
        made = Mirror(tuple(vendors), cycles=work.rest())
        for number, name in enumerate(names):
            bench = floor.benches[name]
            opened = bench.open(f"Opened at {name}")
            bench.say(opened, f"Said at {name}", public=True)
            floor.skip(5)
            bench.say(opened, f"Whispered at {name}", public=False)
            work.opened[name] = opened
            floor.skip(30 + number)
        made.cycles += work.rest()
        for number, name in enumerate(names):
            other = names[(number + 1) % len(names)]
            work.retitle(name, other, f"Renamed at {other}")
        made.cycles += work.rest()
        made.quiet = work.quiet
        for (one, vendor), (other, another) in permutations(zip(names, vendors, strict=True), 2):
            verdict = judge(vendor, floor.snapshot(one), another, floor.snapshot(other), one, among=names)
            made.add(f"{one} -> {other}", verdict)
        made.verdict.wrong += work.unheard(names)
    return made


@dataclass(slots=True)
class _Work:
    """A link at work."""

    floor: Floor
    links: dict[str, Json]
    ledger: str
    opened: dict[str, str] = field(default_factory=dict[str, str])
    titles: dict[str, str] = field(default_factory=dict[str, str])
    quiet: bool = True
    complaints: list[str] = field(default_factory=list[str])

    def cycle(self) -> int:
        """Run one cycle and give the number of writes that it attempted."""
        self.floor.skip(LATER)
        before = self.floor.attempts()
        config = self.floor.config(self.links, self.ledger)
        with open_engine(config, config.link(LINK), around=self.floor.around) as engine:
            result = engine.sync(RunOptions())
        if not result.tally.balanced:
            self.complaints.append(f"the equation does not close: {result.report()}")
        return self.floor.attempts() - before

    def rest(self) -> int:
        """Run cycles until two in a row attempt nothing, and give how many wrote."""
        for number in range(QUIET):
            if self.cycle() == 0:
                self.quiet = self.quiet and self.cycle() == 0
                return number
        self.quiet = False
        return QUIET

    def retitle(self, origin: str, name: str, title: str) -> None:
        """Rename, at another member, what was opened at one."""
        record_id = self.partner(origin, self.opened[origin], name)
        if record_id is None:
            self.complaints.append(f"{name} has no twin of what was opened at {origin}")
        else:
            self.floor.benches[name].retitle(record_id, title)
            self.titles[origin] = title

    def partner(self, origin: str, record_id: str, name: str) -> str | None:
        """Give the record that an incident has at another member."""
        with open_ledger(self.floor.config(self.links, self.ledger), self.floor.around) as ledger:
            bond = ledger.find_bonds(LINK, origin, [record_id]).get(record_id)
            member = ledger.bonds([bond])[bond].members.get(name) if bond else None
            return member.record_id if member else None

    def unheard(self, names: Sequence[str]) -> list[str]:
        """Say what people did that does not stand everywhere, or stands where it must not."""
        found = list(self.complaints)
        for origin in names:
            for name in names:
                record_id = self.opened[origin] if name == origin else self.partner(origin, self.opened[origin], name)
                if record_id is None:
                    continue
                found += self._compare(origin, name, record_id)
        return found

    def _compare(self, origin: str, name: str, record_id: str) -> list[str]:
        held = self.floor.benches[name].comments(record_id)
        found: list[str] = []
        for words, public in ((f"Said at {origin}", True), (f"Whispered at {origin}", False)):
            copies = [seen for seen in held if words in seen.text]
            if [seen.public for seen in copies] != [public]:
                shown: Any = [(seen.text, seen.public) for seen in copies]
                found.append(f"{name}: {words!r} stands there as {shown}")
        return found
