"""``isthmus demo --all``: every move between two tools, every mirror of two and one link of all, judged on raw states.

Each part is the work of a process of its own, with sandboxes of its own: as many run side by side as there are cores, and
what goes wrong in one of them is told in its place while the rest goes on.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations, permutations
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from .core.errors import UserError
from .core.net.secrets import redact
from .core.run.exits import Exit
from .core.run.working import Work
from .testing.benches import BENCHES
from .testing.floor import Floor
from .testing.matrix import mirror, move

VENDORS = tuple(BENCHES)
TICKETS = 200
LINKED = 20
"""A member of a link brings one ticket for so many that are moved: each of them is compared with every other member's."""
PATIENCE = 0.2
"""Seconds after which the wish to stop is asked for again."""

Report = dict[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """A move from one tool to another, or a link of some."""

    vendors: tuple[str, ...]
    linked: bool
    tickets: int

    def __str__(self) -> str:
        return (" = " if self.linked else " -> ").join(self.vendors)

    def perform(self, folder: Path) -> Report:
        """Do it on a floor of its own, and give what became of it."""
        floor = Floor(folder)
        if self.linked:
            return mirror(floor, self.vendors, self.tickets).report()
        source, target = self.vendors
        with floor.tool("source", source, self.tickets), floor.tool("target", target):
            return move(floor, "source", "target", (source, target)).report()

    def failed(self, words: str) -> Report:
        """Give the report of a part that did not come to its end."""
        source, target = self.vendors[:2]
        named = {"members": list(self.vendors)} if self.linked else {"source": source, "target": target}
        return {**named, "right": False, "error": words}


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """Give the vendors of some names.

    Raises:
        UserError: there is no such vendor, or only one.
    """
    unknown = sorted(set(names) - set(VENDORS))
    if unknown:
        raise UserError(f"there is no vendor {', '.join(unknown)}; there are {', '.join(VENDORS)}")
    if len(set(names)) < 2:
        raise UserError("name two vendors at least")
    return tuple(vendor for vendor in VENDORS if vendor in names)


def parts(vendors: Sequence[str], tickets: int) -> list[Part]:
    """Give all parts of the matrix of some vendors; the longest, the link of all, comes first."""
    members = max(tickets // LINKED, 1)
    moves = [Part(pair, linked=False, tickets=tickets) for pair in permutations(vendors, 2)]
    mirrors = [Part(pair, linked=True, tickets=members) for pair in combinations(vendors, 2)]
    everybody = [Part(tuple(vendors), linked=True, tickets=members)] if len(vendors) > 2 else []
    return [*everybody, *moves, *mirrors]


def run(
    say: Say, work: Work, *, vendors: Sequence[str] = VENDORS, tickets: int = TICKETS, jobs: int | None = None
) -> Report:
    """Perform all parts, and give what became of them as JSON values; ``exit`` is red where anything is wrong.

    Args:
        say: told of each part that ended.
        work: progress and the wish to stop.
        vendors: whose tools.
        tickets: how many each move carries.
        jobs: how many parts run side by side; as many as there are cores by default.

    Raises:
        InterruptedRunError: asked to stop.
    """
    began = time.monotonic()
    todo = parts(vendors, tickets)
    done: dict[Part, Report] = {}
    work.options.progress("moves and links", 0, len(todo))
    with tempfile.TemporaryDirectory(prefix="isthmus-demo-") as folder, _Crew(Path(folder)) as crew:
        for part, report in crew.perform(todo, jobs or os.cpu_count() or 1, work.stop.sleep):
            done[part] = report
            say(f"{part}: {'right' if report['right'] else 'WRONG'}, {report['seconds']} seconds")
            work.options.progress("moves and links", len(done), len(todo))
    found = [done[part] for part in todo]
    right = all(report["right"] for report in found)
    return {
        "vendors": list(vendors),
        "tickets": tickets,
        "moves": [report for report in found if "source" in report],
        "links": sorted((report for report in found if "members" in report), key=lambda each: len(each["members"])),
        "wrong": sum(not report["right"] for report in found),
        "seconds": round(time.monotonic() - began, 1),
        "exit": int(Exit.OK if right else Exit.RED),
    }


@dataclass(slots=True)
class _Worker:
    part: Part
    process: SpawnProcess
    began: float = field(default_factory=time.monotonic)


class _Crew:
    """The processes that are at work; none outlives it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._workers: dict[Connection, _Worker] = {}

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *_ended: object) -> None:
        for answer in list(self._workers):
            self._workers[answer].process.kill()
            self._dismiss(answer)

    def perform(
        self, todo: Sequence[Part], jobs: int, pause: Callable[[float], None]
    ) -> Generator[tuple[Part, Report], None, None]:
        """Give each part's report as it ends.

        Args:
            todo: the parts.
            jobs: how many run side by side.
            pause: called again and again meanwhile; raises to end everything.
        """
        waiting = list(enumerate(todo))
        while waiting or self._workers:
            while waiting and len(self._workers) < jobs:
                number, part = waiting.pop(0)
                self._hire(part, self._folder / str(number))
            for answer in wait(list(self._workers), PATIENCE):
                assert isinstance(answer, Connection)
                worker = self._workers[answer]
                report = _received(worker.part, answer)
                self._dismiss(answer)
                yield worker.part, {**report, "seconds": round(time.monotonic() - worker.began, 1)}
            pause(0)

    def _hire(self, part: Part, folder: Path) -> None:
        context = multiprocessing.get_context("spawn")
        answer, theirs = context.Pipe(duplex=False)
        assert isinstance(answer, Connection)
        process = context.Process(target=_work, args=(part, folder, theirs), daemon=True)
        with _deaf():
            process.start()
        theirs.close()
        self._workers[answer] = _Worker(part, process)

    def _dismiss(self, answer: Connection) -> None:
        answer.close()
        self._workers.pop(answer).process.join()


@contextmanager
def _deaf() -> Generator[None]:
    """Let what is started meanwhile not hear Ctrl-C, which a terminal sends to every process: this one ends the others."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _received(part: Part, answer: Connection) -> Report:
    try:
        return answer.recv()
    except EOFError:
        return part.failed("the process that performed it ended without a word")


def _work(part: Part, folder: Path, answer: Connection) -> None:
    """Perform a part in a process of its own."""
    folder.mkdir()
    try:
        report = {**part.perform(folder), "error": None}
    except Exception as error:
        answer.send(part.failed(f"{type(error).__name__}: {redact(str(error))}"))
        raise SystemExit(1) from error
    answer.send(report)
