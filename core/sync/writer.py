"""Carry out plans: the intent is committed before each call, the receipt after it.

For one batch of incidents the order is: fields (creates and updates), comments, files, and final statuses last, since a
closed record may take no more. A write that the vendor refuses is parked or sent to quarantine and the rest flows; a write
whose fate is unknown leaves its intent open, and :mod:`core.sync.settle` finds out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from ..connector import Connector, Outcome
from ..errors import RejectedError, StaleVersionError, UnavailableError
from ..ledger.ledger import Ledger
from ..ledger.state import Bond, Intent, Park, PartKind, Value
from ..mapping.values import same
from .fields import closing_jobs, create_jobs, jobs_apart, update_jobs
from .jobs import Desk, Job, Progress
from .parts import learn_written, part_jobs
from .plan import DELETION, BondPlan, Meeting
from .planner import Planner
from .reading import BROKEN, digest_of
from .side import Side
from .spool import Spool

FRESH = timedelta(seconds=1)
"""How long what was read of a record stands for what it holds, at a tool that cannot refuse an outdated write."""
OPEN_GROUPS = frozenset({"status", "priority", "major", "due", "channel"})
"""Groups whose values hold nothing personal, so that the trail may tell them."""


class Writer:
    """Carries out plans of one run."""

    def __init__(
        self,
        planner: Planner,
        ledger: Ledger,
        run: str,
        *,
        spool: Spool,
        before_call: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Make a writer.

        Args:
            planner: whose plans are carried out; it knows the link and its members.
            ledger: where intents and receipts go.
            run: id of the run.
            spool: where files wait between two vendors.
            before_call: checks the lease and the wish to stop; raises to end the run.
            clock: our clock, in UTC.
        """
        self._link = planner.link.name
        self._ledger = ledger
        self._run = run
        self._before_call = before_call
        self._desk = Desk(planner, ledger, run, spool, clock, ledger.cycle(self._link))

    def apply(self, plans: Iterable[BondPlan]) -> list[Progress]:
        """Carry out some plans, one batch, and give what became of each."""
        batch = self._begin(plans)
        desk = self._desk
        with desk.spool.batch():
            self._run_jobs(self._build(create_jobs, batch))
            self._look_again(batch)
            self._run_jobs(self._build(partial(update_jobs, final=False), batch))
            self._run_jobs(self._build(jobs_apart, batch))
            self._run_jobs(self._build(partial(part_jobs, kind=PartKind.COMMENT), batch))
            self._run_jobs(self._build(partial(part_jobs, kind=PartKind.FILE), batch))
            learn_written(desk, batch)
            self._run_jobs(self._build(partial(update_jobs, final=True), batch))
            self._run_jobs(self._build(closing_jobs, batch))
        self._finish(batch)
        return batch

    # -- beginning and end

    def _begin(self, plans: Iterable[BondPlan]) -> list[Progress]:
        """Give every plan a bond, with the records that exist as its members."""
        batch: list[Progress] = []
        with self._ledger.transaction():
            for plan in plans:
                if plan.bond is None:
                    plan.bond = self._ledger.add_bond(self._link)
                batch.append(Progress(plan, Bond(plan.bond, self._link)))
            bonds = self._ledger.bonds([progress.bond.id for progress in batch])
            for progress in batch:
                bond = bonds[progress.bond.id]
                for connection, record_id in progress.plan.records.items():
                    if connection not in bond.members:
                        self._ledger.join(bond.id, self._link, connection, record_id)
                progress.bond = bond
        return batch

    def _finish(self, batch: Sequence[Progress]) -> None:
        """Store what needs no write: receipts of members that agree, values of record, conflicts."""
        with self._ledger.transaction():
            for progress in batch:
                self._finish_one(progress)

    def _finish_one(self, progress: Progress) -> None:
        plan, bond = progress.plan, progress.bond
        decisions: list[dict[str, Any]] = []
        settled = [group for group in plan.groups if self._finish_group(progress, group, decisions)]
        self._finish_deletion(progress, decisions)
        for meeting in plan.met:
            self._learn(bond, meeting)
        for part, digest in plan.edited.items():
            self._ledger.redigest(part, digest)
        decisions += [
            {"kind": "skip", "what": skip.kind, "id": skip.id, "at": skip.connection, "reason": skip.reason}
            for skip in plan.skips
        ]
        self._ledger.close_conflicts(bond.id, settled)
        self._ledger.record(self._run, self._link, [{"bond": bond.id, **each} for each in decisions])

    def _learn(self, bond: Bond, meeting: Meeting) -> None:
        part = self._ledger.add_part(
            bond.id,
            meeting.kind,
            meeting.origin_connection,
            meeting.origin_id,
            public=meeting.public,
            digest=None,
        )
        self._ledger.add_copy(part, meeting.connection, meeting.copy_id)

    def _finish_group(self, progress: Progress, group: str, decisions: list[dict[str, Any]]) -> bool:
        """Commit what was decided about a group, and tell whether it is settled."""
        bond, planned = progress.bond, progress.plan.groups[group]
        if planned.conflict:
            conflict = self._ledger.add_conflict(self._link, bond.id, group, planned.seen, planned.conflict)
            if group not in bond.open_conflicts:
                decisions.append({"kind": "conflict", "group": group, "conflict": conflict})
            return False
        if planned.changed:
            decision: dict[str, Any] = {
                "kind": "decision",
                "group": group,
                "changed": list(planned.changed),
                "writes": sorted(planned.writes),
                "reason": planned.reason,
            }
            if group in OPEN_GROUPS:
                decision["record"] = planned.record
            decisions.append(decision)
        if planned.writes and (progress.stale or progress.unsettled):
            return False
        if any((name, group) in progress.refused for name in planned.writes):
            if planned.record is not None and not progress.errors:
                self._keep_parked(progress, group)
            return group in bond.choices
        for name in planned.agreed:
            self._ledger.unpark(bond.id, name, group)
        if planned.record is not None:
            self._ledger.save_values(bond.id, {group: planned.record})
        self._desk.save_receipts(bond.id, group, planned.receipts, verified=True, raws=planned.raws)
        record = planned.record or bond.values.get(group)
        for name in planned.drift:
            fingerprint = self._desk.planner.park_fingerprint(name, record, planned.receipts[name])
            self._ledger.park(bond.id, Park(name, group, fingerprint, "keeps a value of its own"))
        return True

    def _keep_parked(self, progress: Progress, group: str) -> None:
        """Commit a value of record although one member refused it: the others agree, the refusal is parked."""
        planned = progress.plan.groups[group]
        assert planned.record is not None
        self._ledger.save_values(progress.bond.id, {group: planned.record})
        self._desk.save_receipts(progress.bond.id, group, planned.receipts, verified=True, raws=planned.raws)
        refused = {
            name: progress.left.get((name, group), planned.before[name])
            for name in planned.writes
            if (name, group) in progress.refused
        }
        self._desk.save_receipts(progress.bond.id, group, refused, verified=True)

    def _finish_deletion(self, progress: Progress, decisions: list[dict[str, Any]]) -> None:
        plan, bond = progress.plan, progress.bond
        for name in plan.missed:
            self._ledger.miss(bond.id, name, gone=False)
        if plan.deletion_conflict:
            values = {name: {"record_id": member.record_id} for name, member in bond.members.items()}
            self._ledger.add_conflict(self._link, bond.id, DELETION, values, plan.deletion_conflict)
        if plan.gone and not progress.errors:
            for name in plan.gone:
                self._ledger.miss(bond.id, name, gone=True)
                decisions.append({"kind": "deleted", "connection": name, "then": plan.deletes})
            self._ledger.close_conflicts(bond.id, [DELETION])

    # -- jobs

    def _build(self, build: Callable[[Desk, Sequence[Progress]], list[Job]], batch: Sequence[Progress]) -> list[Job]:
        """Make the jobs of each incident by itself: one that cannot be written stops no other."""
        jobs: list[Job] = []
        for progress in batch:
            try:
                jobs += build(self._desk, [progress])
            except BROKEN as error:
                words = f"it cannot be written: {type(error).__name__}: {error}"
                progress.errors.append(RejectedError(words, connection=progress.plan.anchor[0]))
        return jobs

    def _look_again(self, batch: Sequence[Progress]) -> None:
        """Read once more what is about to be changed at a tool that cannot refuse an outdated write by itself."""
        for name, side in self._desk.sides.items():
            if side.connector.traits.conditional_write:
                continue
            about = {
                progress.plan.records[name]: progress
                for progress in batch
                if name in progress.plan.digests and any(name in group.writes for group in progress.plan.groups.values())
            }
            found = side.fetch(list(about))
            for record_id, progress in about.items():
                record = found.get(record_id)
                if record is None or digest_of(record) != progress.plan.digests[name]:
                    _outdate(progress, name, record_id)
                else:
                    progress.fresh[name] = record
                    progress.read_at[name] = self._desk.clock()

    def _run_jobs(self, jobs: list[Job]) -> None:
        """Send jobs member by member, in batches that the vendor takes at once."""
        by_target: dict[str, list[Job]] = {}
        for job in jobs:
            by_target.setdefault(job.intent.connection, []).append(job)
        for name, mine in by_target.items():
            side = self._desk.sides[name]
            size = max(side.connector.traits.batch, 1)
            for start in range(0, len(mine), size):
                self._before_call()
                some = mine[start : start + size]
                self._look_closer(side, some)
                self._send(side.connector, some)

    def _look_closer(self, side: Side, jobs: Sequence[Job]) -> None:
        """Compare once more what is about to be overwritten, where some time went by since it was read."""
        if side.connector.traits.conditional_write:
            return
        now = self._desk.clock()
        aged = {
            job.intent.record_id or "": job
            for job in jobs
            if "before" in job.intent.details and now - job.progress.read_at.get(side.name, now) > FRESH
        }
        found = side.fetch(list(aged))
        for record_id, job in aged.items():
            record = found.get(record_id)
            values = side.values(side.document(record)) if record else {}
            before: dict[str, Value] = job.intent.details["before"]
            if any(not same(values.get(group, {}), value) for group, value in before.items()):
                _outdate(job.progress, side.name, record_id)

    def _send(self, connector: Connector, jobs: Sequence[Job]) -> None:
        ready: list[Job] = []
        for job in jobs:
            if job.progress.stale or job.progress.unsettled:
                job.progress.refused.update((job.intent.connection, group) for group in job.intent.predicted)
            else:
                job.intent = replace(job.intent, at=self._desk.clock())
                ready.append(job)
        if not ready:
            return
        with self._ledger.transaction():
            self._ledger.open_intents([job.intent for job in ready])
            self._ledger.record(self._run, self._link, [_announced(job.intent) for job in ready])
        waiting = {job.intent.id: job for job in ready}
        for outcome in connector.submit([job.write for job in ready]):
            job = waiting.pop(outcome.key)
            with self._ledger.transaction():
                self._close(job, outcome)

    def _close(self, job: Job, outcome: Outcome) -> None:
        error = outcome.error
        if error is None:
            job.done(outcome)
            if job.intent.id not in job.progress.unpaired:
                self._ledger.close_intent(job.intent.id, "done")
        else:
            job.progress.errors.append(error)
            job.progress.stale = job.progress.stale or isinstance(error, StaleVersionError)
            job.failed(error, outcome.record_id)
            if isinstance(error, UnavailableError) and error.maybe_applied:
                job.progress.unsettled = True
                self._ledger.date_intent(job.intent.id, self._desk.clock())
                return
            self._ledger.close_intent(job.intent.id, "failed", str(error))
        facts = {"intent": job.intent.id, "outcome": "done" if error is None else type(error).__name__}
        self._ledger.record(self._run, self._link, [{"kind": "outcome", **facts}])


def _outdate(progress: Progress, connection: str, record_id: str) -> None:
    """Note that what a plan was made from has changed: the incident is planned again."""
    words = "the record has moved since it was read"
    progress.errors.append(StaleVersionError(words, connection=connection, key=record_id))
    progress.stale = True


def _announced(intent: Intent) -> dict[str, Any]:
    return {
        "kind": intent.kind.value,
        "intent": intent.id,
        "connection": intent.connection,
        "bond": intent.bond,
        "record_id": intent.record_id,
        "groups": sorted(intent.predicted),
    }
