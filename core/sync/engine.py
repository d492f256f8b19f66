"""One cycle of a link: settle, read, plan, brake, write, and close the equation.

The engine owns the order of things; deciding is :mod:`core.sync.planner`'s work, writing :mod:`core.sync.writer`'s,
finding out what became of interrupted writes :mod:`core.sync.settle`'s, counting :mod:`core.sync.counting`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from ..config.links import LinkConfig
from ..connector import Record
from ..errors import BrakeError, InterruptedRunError, RetryableError
from ..ledger.ledger import Ledger
from .brakes import check_canaries, check_changes, check_members, check_number
from .counting import count_later, count_messages, count_plan
from .feed import Feed
from .jobs import Progress
from .lease import LEASE_SECONDS, owner_name
from .pairing import Anchor
from .plan import BondPlan, same_plan
from .planner import Planner
from .settle import Settler
from .side import Side
from .spool import Spool
from .tally import Tally
from .writer import Writer

T = TypeVar("T")

BATCH = 100
"""Incidents that are planned and written together: bounds memory and the age of what was read."""
PASSES = 3
"""How often an incident is planned in one run when its records keep moving between reading and writing."""


@dataclass(slots=True)
class RunOptions:
    """How a run is made."""

    dry: bool = False
    """Plan only: nothing is written, at no vendor and not in the ledger's bonds."""
    census: bool = False
    """Compare the ids of every member with what the ledger knows, by a way that never uses the sync cursor. Without this it
    happens once a day."""
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
    """Messages to requesters that the vendors were expected to send because of our writes."""
    plans: list[BondPlan] = field(default_factory=list)
    """Only of a dry run."""
    settle_at: datetime | None = None
    """When writes of unknown fate can be settled, where any are left."""

    def report(self) -> dict[str, Any]:
        """Give the result as JSON values."""
        settle = {"settle_at": self.settle_at.isoformat()} if self.settle_at else {}
        facts = {"run": self.run, **self.tally.report(), "outcome": self.outcome, "messages": self.messages}
        return {**facts, **settle}


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
        self.owner = owner_name()
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
        with self._run("sync", options) as result:
            fresh = self._read(result.tally, options)
            anchors = self._anchors(fresh)
            planner = self.planner()
            if options.dry:
                self._plan_only(planner, anchors, fresh, result, options)
                return result
            check_changes(self.link, self.ledger, planner, anchors, fresh, options.lifted)
            self._carry_out(planner, anchors, fresh, result, options)
        return result

    def plan(self, options: RunOptions) -> RunResult:
        """Say what one cycle would do; the plans stand in the result."""
        return self.sync(replace(options, dry=True))

    def apply_plan(self, plans: Iterable[BondPlan], options: RunOptions) -> RunResult:
        """Carry out a saved plan: exactly what was approved, and nothing of an incident that has changed since.

        Raises:
            BrakeError: the plan changes more than the link's brakes allow.
        """
        approved = [plan for plan in plans if plan.writes or plan.groups]
        with self._run("apply", options) as result:
            planner = self.planner()
            writer = self.writer(planner, result.run, options)
            if "max-changes" not in options.lifted:
                held = max((len(self.ledger.record_ids(self.link.name, name)) for name in self.sides), default=0)
                check_number(self.link, sum(bool(plan.groups and plan.writes) for plan in approved), held)
            for done, batch in _chunked(approved):
                self.keep(options)
                result.tally.see("incidents", len(batch))
                now = {plan.anchor: plan for plan in planner.plan([plan.anchor for plan in batch])}
                same = [plan for plan in batch if _unchanged(plan, now.get(plan.anchor))]
                for plan in batch:
                    if plan not in same:
                        words = "changed since the plan was made; plan it again"
                        count_later(result.tally, plan, words)
                self.write(writer, same, result)
                options.progress("writing", done + len(batch), len(approved))
        return result

    @contextmanager
    def _run(self, kind: str, options: RunOptions) -> Generator[RunResult]:
        """Hold the lease, open a run, settle what an earlier one left open, and close the run with its outcome."""
        with self.leased(options):
            result = RunResult(self.ledger.start_run(kind, self.link.name), "ok", Tally())
            try:
                check_canaries(self.link, self.sides, options.lifted)
                check_members(self.link, self.sides, self.ledger, options.lifted)
                result.settle_at = self.settler.settle(self._clock())
                yield result
            except BaseException as error:
                self.ledger.end_run(result.run, _ending(error), {**result.tally.report(), "error": str(error)})
                raise
            result.outcome = result.tally.outcome
            self.ledger.end_run(result.run, result.outcome, result.report())

    def planner(self) -> Planner:
        """Make a planner that knows the clocks' differences."""
        skews = [side.connector.skew_seconds for side in self.sides.values()]
        spread = max(skews, default=0.0) - min(skews, default=0.0)
        return Planner(
            self.link,
            self.sides,
            self.ledger,
            history=self.history,
            skew=timedelta(seconds=abs(spread)),
            clock=self._clock,
        )

    def writer(self, planner: Planner, run: str, options: RunOptions) -> Writer:
        """Make a writer that keeps the lease and hears the wish to stop."""
        return Writer(planner, self.ledger, run, spool=Spool(), before_call=lambda: self.keep(options), clock=self._clock)

    # -- reading

    def _read(self, tally: Tally, options: RunOptions) -> dict[Anchor, Record]:
        feed = Feed(self.link, self.sides, self.ledger, lambda: self.keep(options), options.progress)
        feed.read(tally)
        feed.census(tally, all_now=options.census)
        return feed.fresh

    def _anchors(self, fresh: Mapping[Anchor, Record]) -> list[Anchor]:
        """Give the records to look at: changed ones, conflicts that a person has decided, and what is tried again.

        A record in quarantine is tried again when it changes or a person asks.
        """
        failures = {(each.connection, each.record_id): each.state for each in self.ledger.failures(self.link.name)}
        retried = [anchor for anchor, state in failures.items() if state == "retry" and anchor[0] in self.sides]
        dirty = [
            anchor
            for anchor in self.ledger.dirty(self.link.name)
            if anchor[0] in self.sides and failures.get(anchor) in (None, "retry")
        ]
        decided = [
            (name, seen["record_id"])
            for conflict in self.ledger.conflicts(self.link.name, state="chosen")
            for name, seen in conflict.values.items()
            if name in self.sides
        ]
        return list(dict.fromkeys([*retried, *decided, *dirty]))

    # -- planning and writing

    def _plan_only(
        self,
        planner: Planner,
        anchors: Sequence[Anchor],
        fresh: Mapping[Anchor, Record],
        result: RunResult,
        options: RunOptions,
    ) -> None:
        handled: set[Anchor | str] = set()
        for done, batch in _chunked(anchors):
            self.keep(options)
            wanted = self._take(batch, handled, result.tally)
            for plan in planner.plan(wanted, fresh):
                handled.update(plan.records.items())
                result.messages += len(plan.messages)
                result.plans.append(plan)
                count_plan(result.tally, plan, None)
            options.progress("planning", done + len(batch), len(anchors))

    def _carry_out(
        self,
        planner: Planner,
        anchors: Sequence[Anchor],
        fresh: Mapping[Anchor, Record],
        result: RunResult,
        options: RunOptions,
    ) -> None:
        writer = self.writer(planner, result.run, options)
        nothing: Mapping[Anchor, Record] = {}
        handled: set[Anchor | str] = set()
        for done, batch in _chunked(anchors):
            self.keep(options)
            moved, known = self._take(batch, handled, result.tally), fresh
            for last in (False,) * (PASSES - 1) + (True,):
                plans = planner.plan(moved, known)
                handled.update(anchor for plan in plans for anchor in plan.records.items())
                outcomes = self.write(writer, plans, result, last=last)
                moved = [anchor for anchor, outcome in outcomes.items() if outcome == "moved"]
                if not moved:
                    break
                known = nothing
            options.progress("writing", done + len(batch), len(anchors))

    def _take(self, batch: Sequence[Anchor], handled: set[Anchor | str], tally: Tally) -> list[Anchor]:
        """Give the records of a batch whose incidents this run has not handled yet, and count these incidents.

        What is counted here is what the run takes on, whatever is planned for it. An incident is handled once in a run:
        what its feed told of it may be out of date afterwards.
        """
        taken: list[Anchor] = []
        incidents: set[Anchor | str] = set()
        for name in self.sides:
            ids = [record_id for connection, record_id in batch if connection == name]
            bonds = self.ledger.find_bonds(self.link.name, name, ids) if ids else {}
            for record_id in ids:
                anchor = (name, record_id)
                incident = bonds.get(record_id, anchor)
                if anchor not in handled and incident not in handled:
                    taken.append(anchor)
                    incidents.add(incident)
        handled.update(incidents)
        tally.see("incidents", len(incidents))
        return taken

    def write(
        self,
        writer: Writer,
        plans: Sequence[BondPlan],
        result: RunResult,
        *,
        last: bool = True,
    ) -> dict[Anchor, str]:
        """Carry out one batch of plans, commit what became of each, and say it by anchor.

        ``done``, ``excluded`` and ``failed`` (in quarantine) are over; ``later`` stays on the list for another run, and
        ``moved`` must be planned again at once, which happens only where ``last`` is False.

        Args:
            writer: carries plans out.
            plans: the plans of one batch.
            result: counts what became of each.
            last: count an incident whose records keep moving as failed, instead of giving it back as ``moved``.
        """
        waiting = self.settler.waiting()
        outcomes: dict[Anchor, str] = {}
        live: list[BondPlan] = []
        for plan in plans:
            if plan.bond in waiting:
                count_later(result.tally, plan, "a write of unknown fate is open; a later run settles it")
                outcomes[plan.anchor] = "later"
            elif plan.excluded or plan.failed or not (plan.records or plan.gone or plan.missed):
                count_plan(result.tally, plan, None)
                outcomes[plan.anchor] = self._commit(plan, None)
            else:
                live.append(plan)
        written = writer.apply(live)
        with self.ledger.transaction():
            for progress in written:
                plan = progress.plan
                if progress.stale and not last:
                    outcomes[plan.anchor] = "moved"
                    continue
                result.messages += count_messages(progress)
                count_plan(result.tally, plan, progress)
                outcomes[plan.anchor] = self._commit(plan, progress)
        return outcomes

    def _commit(self, plan: BondPlan, progress: Progress | None) -> str:
        """Take an incident off the list once everything about it is committed; a passing fault keeps it there."""
        link = self.link.name
        anchors = list(dict.fromkeys([*plan.records.items(), plan.anchor]))
        errors = progress.errors if progress else []
        if any(isinstance(error, RetryableError) for error in errors) or (progress and progress.stale):
            return "later"
        with self.ledger.transaction():
            if plan.failed or errors:
                self.ledger.quarantine(link, *plan.anchor, errors[0] if errors else ValueError(plan.failed))
            else:
                for anchor in anchors:
                    self.ledger.heal(link, *anchor)
            for name, record_id in anchors:
                digest = None if name in plan.written or name in plan.young else plan.digests.get(name)
                if plan.excluded or (plan.failed and not plan.bond):
                    self.ledger.exclude(link, name, record_id, digest)
                elif plan.bond and name in plan.records:
                    self.ledger.see(plan.bond, name, digest=digest)
            if not plan.missed:
                self.ledger.clean(link, anchors)
        if plan.failed or errors:
            return "failed"
        return "excluded" if plan.excluded else "done"

    # -- lease

    @contextmanager
    def leased(self, options: RunOptions) -> Generator[None]:
        """Hold the link's lease for the length of a run."""
        self.keep(options)
        try:
            yield
        finally:
            self.ledger.give_back(self.link.name, self.owner)

    def keep(self, options: RunOptions) -> None:
        """Prolong the lease before a call, and stop where that is wished.

        Raises:
            InterruptedRunError: asked to stop.
            LeaseHeldError: the lease was lost.
        """
        if options.stop():
            raise InterruptedRunError("asked to stop; the next run goes on from here")
        self.ledger.acquire(self.link.name, self.owner, LEASE_SECONDS)


def _chunked(items: Sequence[T]) -> Iterator[tuple[int, Sequence[T]]]:
    for start in range(0, len(items), BATCH):
        yield start, items[start : start + BATCH]


def _unchanged(approved: BondPlan, now: BondPlan | None) -> bool:
    return now is not None and same_plan(approved, now)


def _ending(error: BaseException) -> str:
    if isinstance(error, BrakeError):
        return "braked"
    return "interrupted" if isinstance(error, InterruptedRunError | KeyboardInterrupt) else "failed"
