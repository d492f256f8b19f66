"""One cycle of a link: settle, read, plan, brake, write, and close the equation.

The engine owns the order of things; deciding is :mod:`core.planner`'s work, writing :mod:`core.writer`'s, finding out what
became of interrupted writes :mod:`core.settle`'s.
"""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from .brakes import check_canaries, check_changes
from .connector import Record, Scope
from .errors import InterruptedRunError, RetryableError
from .ledger import Ledger
from .link_config import LinkConfig
from .plan import BondPlan
from .planner import Anchor, Planner
from .settle import Settler
from .side import Side
from .spool import Spool
from .state import PartKind
from .tally import Tally
from .writer import Progress, Writer

BATCH = 50
"""Incidents that are planned and written together: bounds memory and the age of what was read."""
LEASE_SECONDS = 180.0


@dataclass(slots=True)
class RunOptions:
    """How a run is made."""

    dry: bool = False
    """Plan only: nothing is written, at no vendor and not in the ledger's bonds."""
    lifted: frozenset[str] = frozenset()
    """Brakes that a person lifted."""
    progress: Callable[[str, int, int | None], None] = field(default=lambda words, done, total: None)
    """Told what is being done, how much of it, and of how many where that is known."""
    stop: Callable[[], bool] = field(default=lambda: False)
    """Asked before each call whether to end after the write in hand."""


@dataclass(slots=True)
class RunResult:
    """What a run did."""

    run: str
    outcome: str
    tally: Tally
    messages: int = 0
    plans: list[BondPlan] = field(default_factory=list)
    """Only of a dry run."""
    settle_at: datetime | None = None
    """When writes of unknown fate can be settled, where any are left."""

    def report(self) -> dict[str, Any]:
        """Give the result as JSON values."""
        return {"run": self.run, **self.tally.report(), "outcome": self.outcome, "messages": self.messages}


class Engine:
    """Runs one link."""

    def __init__(
        self,
        link: LinkConfig,
        sides: Mapping[str, Side],
        ledger: Ledger,
        *,
        history: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Make an engine for a link whose members are at work."""
        self.link = link
        self.sides = sides
        self.ledger = ledger
        self.history = history
        self.settler = Settler(link.name, sides, ledger)
        self.owner = f"{socket.gethostname()}/{os.getpid()}"
        self._clock = clock

    # -- a cycle

    def sync(self, options: RunOptions) -> RunResult:
        """Run one cycle.

        Raises:
            LeaseHeldError: another process works on this link.
            BrakeError: a brake stopped the run before its first write.
            FatalError: a vendor stops the run.
            InterruptedRunError: asked to stop.
        """
        with self.leased(options):
            run = self.ledger.start_run("sync", self.link.name)
            tally = Tally()
            try:
                check_canaries(self.link, self.sides, options.lifted)
                settle_at = self.settler.settle(self._clock())
                fresh = self.read(tally, options)
                result = self._carry_out(run, tally, fresh, options)
                result.settle_at = settle_at
            except BaseException as error:
                self.ledger.end_run(run, _ending(error), {**tally.report(), "error": str(error)})
                raise
            self.ledger.end_run(run, result.outcome, result.report())
            return result

    def _carry_out(self, run: str, tally: Tally, fresh: Mapping[Anchor, Record], options: RunOptions) -> RunResult:
        planner = self.planner()
        writer = self.writer(planner, run, options)
        anchors = self._anchors()
        result = RunResult(run, "ok", tally)
        if not options.dry:
            check_changes(self.link, self.ledger, planner, anchors, fresh, options.lifted)
        for done, batch in self._batches(anchors, options):
            plans = planner.plan(batch, {key: fresh[key] for key in batch if key in fresh})
            result.messages += sum(len(plan.messages) for plan in plans)
            if options.dry:
                result.plans += plans
                for plan in plans:
                    count_plan(tally, plan, None)
                continue
            self.write(writer, plans, fresh, tally)
            options.progress("writing", done, len(anchors))
        result.outcome = tally.outcome
        return result

    def planner(self) -> Planner:
        """Make a planner that knows the clocks' differences."""
        skews = [side.connector.skew_seconds for side in self.sides.values()]
        spread = max(skews, default=0.0) - min(skews, default=0.0)
        return Planner(self.link, self.sides, self.ledger, history=self.history, skew=timedelta(seconds=abs(spread)))

    def writer(self, planner: Planner, run: str, options: RunOptions) -> Writer:
        """Make a writer that keeps the lease and hears the wish to stop."""
        return Writer(
            planner,
            self.ledger,
            run,
            spool=Spool(),
            before_call=lambda: self.keep(options),
            clock=self._clock,
        )

    # -- reading

    def read(self, tally: Tally, options: RunOptions) -> dict[Anchor, Record]:
        """Read every member's feed: new ids and the cursor that follows them are committed together."""
        fresh: dict[Anchor, Record] = {}
        for name, side in self.sides.items():
            cursor = self.ledger.cursor(self.link.name, name)
            first = cursor is None
            scope = self.link.scope.get(name) or Scope()
            for page in side.connector.changes(cursor, scope):
                changed = self._changed(side, page.records, tally, first=first)
                self.ledger.remember(self.link.name, name, [record.id for record in changed], page.cursor)
                fresh.update({(name, record.id): record for record in changed})
                options.progress(f"reading {name}", len(fresh), None)
                self.keep(options)
        return fresh

    def _changed(self, side: Side, records: Iterable[Record], tally: Tally, *, first: bool) -> list[Record]:
        """Drop repeats by content, and what a new link leaves in the past."""
        batch = list(records)
        known = self.ledger.digests(self.link.name, side.name, [record.id for record in batch])
        changed: list[Record] = []
        for record in batch:
            digest = digest_of(record)
            if known.get(record.id) == digest:
                continue
            if first and record.id not in known and not self._backfilled(side, record):
                tally.see("incidents")
                tally.count("incidents", "excluded")
                self.ledger.exclude(self.link.name, side.name, record.id, digest)
                continue
            changed.append(record)
        return changed

    def _backfilled(self, side: Side, record: Record) -> bool:
        if self.link.backfill == "open":
            return side.document(record).get("status") not in ("closed", "canceled", "resolved")
        return self.link.backfill == "all"

    def _anchors(self) -> list[Anchor]:
        """Give the records to look at: dirty ones, and those in quarantine that a person wants tried again."""
        waiting = {
            (failure.connection, failure.record_id) for failure in self.ledger.failures(self.link.name, state="waiting")
        }
        retried = [
            (failure.connection, failure.record_id) for failure in self.ledger.failures(self.link.name, state="retry")
        ]
        dirty = [anchor for anchor in self.ledger.dirty(self.link.name) if anchor[0] in self.sides]
        return list(dict.fromkeys([*retried, *(each for each in dirty if each not in waiting or each in retried)]))

    def _batches(self, anchors: list[Anchor], options: RunOptions) -> Iterator[tuple[int, list[Anchor]]]:
        for start in range(0, len(anchors), BATCH):
            self.keep(options)
            yield start, anchors[start : start + BATCH]

    # -- writing

    def write(self, writer: Writer, plans: list[BondPlan], fresh: Mapping[Anchor, Record], tally: Tally) -> None:
        """Carry out one batch of plans and commit what became of each."""
        waiting = self.settler.waiting()
        live: list[BondPlan] = []
        for plan in plans:
            if plan.bond in waiting:
                continue
            if plan.excluded or plan.failed or plan.deletes or not plan.records:
                count_plan(tally, plan, None)
                self._commit(plan, None, fresh)
            else:
                live.append(plan)
        for progress in writer.apply(live):
            count_plan(tally, progress.plan, progress)
            self._commit(progress.plan, progress, fresh)

    def _commit(self, plan: BondPlan, progress: Progress | None, fresh: Mapping[Anchor, Record]) -> None:
        """Take an incident off the list once everything about it is committed; a passing fault keeps it there."""
        link, anchors = self.link.name, [(name, record) for name, record in plan.records.items()]
        anchors.append(plan.anchor)
        with self.ledger.transaction():
            if plan.failed:
                self.ledger.quarantine(link, *plan.anchor, ValueError(plan.failed))
            elif plan.excluded:
                record = fresh.get(plan.anchor)
                self.ledger.exclude(link, *plan.anchor, digest_of(record) if record else None)
            self._note_deletions(plan)
            errors = progress.errors if progress else []
            if any(isinstance(error, RetryableError) for error in errors):
                return
            if errors:
                self.ledger.quarantine(link, *plan.anchor, errors[0])
            elif not plan.failed:
                for anchor in anchors:
                    self.ledger.heal(link, *anchor)
            if plan.bond:
                for name, record_id in plan.records.items():
                    record = fresh.get((name, record_id))
                    self.ledger.see(
                        plan.bond,
                        name,
                        digest=digest_of(record) if record else None,
                        version=record.version if record else None,
                    )
            self.ledger.clean(link, anchors)

    def _note_deletions(self, plan: BondPlan) -> None:
        if plan.bond is None:
            return
        for skip in plan.skips:
            if skip.kind == "incident":
                self.ledger.miss(plan.bond, skip.connection, gone=False)
        for name, action in plan.deletes.items():
            if action == "ignore" and name not in plan.records:
                self.ledger.miss(plan.bond, name, gone=True)

    # -- lease

    def leased(self, options: RunOptions) -> _Lease:
        """Hold the link's lease for the length of a run."""
        return _Lease(self, options)

    def keep(self, options: RunOptions) -> None:
        """Prolong the lease before a call, and stop where that is wished.

        Raises:
            InterruptedRunError: asked to stop.
            LeaseHeldError: the lease was lost.
        """
        if options.stop():
            raise InterruptedRunError("asked to stop; the next run goes on from here")
        self.ledger.acquire(self.link.name, self.owner, LEASE_SECONDS)


class _Lease:
    def __init__(self, engine: Engine, options: RunOptions) -> None:
        self._engine = engine
        self._options = options

    def __enter__(self) -> None:
        self._engine.keep(self._options)

    def __exit__(self, *_: object) -> None:
        self._engine.ledger.give_back(self._engine.link.name, self._engine.owner)


def digest_of(record: Record) -> str:
    """Give the digest of a record's content, by which repeats in a feed are dropped."""
    return hashlib.sha256(orjson.dumps([record.body, record.deleted], option=orjson.OPT_SORT_KEYS)).hexdigest()


def _ending(error: BaseException) -> str:
    names = {"BrakeError": "braked", "InterruptedRunError": "interrupted", "KeyboardInterrupt": "interrupted"}
    return names.get(type(error).__name__, "failed")


def count_plan(tally: Tally, plan: BondPlan, progress: Progress | None) -> None:
    """Count one incident with its comments and files, each under what became of it."""
    tally.see("incidents")
    tally.count("incidents", _incident_outcome(plan, progress))
    comments = [part for part in plan.parts if part.kind is PartKind.COMMENT and ":" not in part.origin_id]
    written = {id(part) for part in progress.parts_written} if progress else set[int]()
    if progress is None and not plan.failed:
        written = {id(part) for part in plan.parts}
    tally.see("comments", plan.known_parts + len(comments))
    tally.count("comments", "unchanged", plan.known_parts)
    for part in comments:
        tally.count("comments", "written" if id(part) in written else "failed")
    _count_files(tally, plan, written)
    for skip in plan.skips:
        tally.note(f"{skip.kind} {skip.id} is not carried to {skip.connection}: {skip.reason}")
    if plan.failed:
        tally.note(f"{'/'.join(plan.anchor)}: {plan.failed}")
    for error in progress.errors if progress else ():
        tally.note(f"{'/'.join(plan.anchor)}: {error}")


def _count_files(tally: Tally, plan: BondPlan, written: set[int]) -> None:
    skipped = sum(skip.kind == "file" for skip in plan.skips)
    tally.see("files", plan.known_files + skipped)
    tally.count("files", "unchanged", plan.known_files)
    tally.count("files", "excluded", skipped)
    separate = {(part.connection, part.origin_id) for part in plan.parts if part.kind is PartKind.FILE}
    for part in plan.parts:
        files = [part.body] if part.kind is PartKind.FILE else part.body.get("attachments") or []
        for file in files:
            if part.kind is PartKind.COMMENT and (part.connection, file["id"]) in separate:
                continue
            tally.see("files")
            tally.count("files", "written" if id(part) in written else "failed")


def _incident_outcome(plan: BondPlan, progress: Progress | None) -> str:
    if plan.failed or (progress and progress.errors):
        return "failed"
    if plan.conflicts:
        return "conflicts"
    if plan.writes:
        return "written"
    return "excluded" if plan.excluded else "unchanged"
