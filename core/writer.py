"""Carry out plans: the intent is committed before each call, the receipt after it.

For one batch of incidents the order is: fields (creates and updates), comments, files, and final statuses last, since a
closed record may take no more. A write that the vendor refuses is parked or sent to quarantine and the rest flows; a write
whose fate is unknown leaves its intent open, and :mod:`core.settle` finds out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO

from .carry import dressed, note
from .connector import AddComment, AddFile, Create, FilePlace, FileSource, NewComment, Outcome, Update, Write
from .errors import ConnectorError, RejectedError, UnavailableError
from .ledger import Ledger, new_id
from .model import GROUPS, Document, Visibility
from .plan import BondPlan, CreatePlan, PartPlan
from .planner import Planner
from .settle import adopt_create, learn_copies
from .side import Side
from .spool import Spool
from .state import Bond, Intent, IntentKind, Park, PartKind, Receipt, Value
from .threads import NOTE

FINAL = frozenset({"resolved", "closed", "canceled"})
"""Statuses that are written after everything else."""
BUDGET = 6
"""Writes to one group at one member in twelve cycles, beyond which it is frozen."""
INTERIM = {"status": "in_progress", "status_reason": None, "resolution_code": None, "resolution_notes": None}
STATUS_FIELDS = (*GROUPS["status"], "resolved_at", "closed_at")


@dataclass(slots=True)
class Progress:
    """What became of one plan so far."""

    plan: BondPlan
    bond: Bond
    errors: list[ConnectorError] = field(default_factory=list)
    refused: set[tuple[str, str]] = field(default_factory=set)
    """(connection, group) that could not be written."""
    parts_written: list[PartPlan] = field(default_factory=list)
    parts_failed: list[PartPlan] = field(default_factory=list)
    unsettled: bool = False

    def record_id(self, connection: str) -> str | None:
        """Give the id of the member's record, where it exists by now."""
        return self.plan.records.get(connection)


@dataclass(slots=True)
class _Job:
    progress: Progress
    intent: Intent
    write: Write
    done: Callable[[Outcome], None]
    failed: Callable[[ConnectorError], None]


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
        self._planner = planner
        self._sides = planner.sides
        self._link = planner.link
        self._history = planner.history
        self._ledger = ledger
        self._run = run
        self._spool = spool
        self._before_call = before_call
        self._clock = clock
        self._cycle = ledger.cycle(planner.link.name)

    def apply(self, plans: Iterable[BondPlan]) -> list[Progress]:
        """Carry out some plans, one batch, and give what became of each."""
        batch = self._begin(plans)
        with self._spool.batch():
            self._run_jobs(self._create_jobs(batch))
            self._run_jobs(self._update_jobs(batch, final=False))
            self._run_jobs(self._part_jobs(batch, PartKind.COMMENT))
            self._run_jobs(self._part_jobs(batch, PartKind.FILE))
            self._learn(batch)
            self._run_jobs(self._update_jobs(batch, final=True))
        self._finish(batch)
        return batch

    # -- beginning and end

    def _begin(self, plans: Iterable[BondPlan]) -> list[Progress]:
        """Give every plan a bond, with the records that exist as its members."""
        batch: list[Progress] = []
        with self._ledger.transaction():
            for plan in plans:
                if plan.bond is None:
                    plan.bond = self._ledger.add_bond(self._link.name)
                    for connection, record_id in plan.records.items():
                        self._ledger.join(plan.bond, self._link.name, connection, record_id)
                batch.append(Progress(plan, Bond(plan.bond, self._link.name)))
            bonds = self._ledger.bonds([progress.bond.id for progress in batch])
        for progress in batch:
            progress.bond = bonds[progress.bond.id]
        return batch

    def _finish(self, batch: list[Progress]) -> None:
        """Store what needs no write: receipts of members that agree, values of record, conflicts."""
        for progress in batch:
            plan, bond = progress.plan, progress.bond
            with self._ledger.transaction():
                settled: list[str] = []
                for group, planned in plan.groups.items():
                    if planned.conflict:
                        self._ledger.add_conflict(
                            self._link.name,
                            bond.id,
                            group,
                            self._conflict_values(plan, group),
                            planned.conflict,
                        )
                        continue
                    if any((name, group) in progress.refused for name in planned.writes):
                        continue
                    if planned.record is not None:
                        self._ledger.save_values(bond.id, {group: planned.record})
                    self._save_receipts(bond.id, group, planned.receipts, verified=True)
                    record = planned.record or bond.values.get(group)
                    for name in planned.drift:
                        fingerprint = self._planner.park_fingerprint(name, record, planned.receipts[name])
                        self._ledger.park(bond.id, Park(name, group, fingerprint, "keeps a value of its own"))
                    settled.append(group)
                self._ledger.close_conflicts(bond.id, settled)

    def _conflict_values(self, plan: BondPlan, group: str) -> dict[str, Any]:
        return {
            name: {"record_id": plan.records[name], "value": value} for name, value in plan.groups[group].seen.items()
        }

    def _save_receipts(self, bond: str, group: str, values: Mapping[str, Value], *, verified: bool) -> None:
        self._ledger.save_receipts(
            (bond, name, group, Receipt(value, None, self._sides[name].mapping.version, verified))
            for name, value in values.items()
        )

    # -- jobs

    def _run_jobs(self, jobs: list[_Job]) -> None:
        """Send jobs member by member, in batches that the vendor takes at once."""
        by_target: dict[str, list[_Job]] = {}
        for job in jobs:
            by_target.setdefault(job.intent.connection, []).append(job)
        for name, mine in by_target.items():
            connector = self._sides[name].connector
            size = max(connector.traits.batch, 1)
            for start in range(0, len(mine), size):
                self._send(connector.submit, mine[start : start + size])

    def _send(self, submit: Callable[..., Iterable[Outcome]], jobs: list[_Job]) -> None:
        self._before_call()
        with self._ledger.transaction():
            self._ledger.open_intents([job.intent for job in jobs])
            self._ledger.record(self._run, self._link.name, [_announced(job.intent) for job in jobs])
        waiting = {job.intent.id: job for job in jobs}
        for outcome in submit([job.write for job in jobs]):
            job = waiting.pop(outcome.key)
            with self._ledger.transaction():
                self._close(job, outcome)

    def _close(self, job: _Job, outcome: Outcome) -> None:
        error = outcome.error
        if error is None:
            job.done(outcome)
            self._ledger.close_intent(job.intent.id, "done")
        else:
            job.progress.errors.append(error)
            job.failed(error)
            if isinstance(error, UnavailableError) and error.maybe_applied:
                job.progress.unsettled = True
                return
            self._ledger.close_intent(job.intent.id, "failed", str(error))
        facts = {"intent": job.intent.id, "outcome": "done" if error is None else type(error).__name__}
        self._ledger.record(self._run, self._link.name, [{"kind": "outcome", **facts}])

    def _intent(self, progress: Progress, kind: IntentKind, connection: str, **facts: Any) -> Intent:
        return Intent(
            id=new_id(),
            run=self._run,
            link=self._link.name,
            kind=kind,
            connection=connection,
            bond=progress.bond.id,
            at=self._clock(),
            **facts,
        )

    # -- creates

    def _create_jobs(self, batch: list[Progress]) -> list[_Job]:
        return [self._create_job(progress, create) for progress in batch for create in progress.plan.creates]

    def _create_job(self, progress: Progress, create: CreatePlan) -> _Job:
        side = self._sides[create.connection]
        document = dict(create.document)
        carrying = self._carries_thread(side)
        self._add_note(progress.plan, create)
        mine = [part for part in progress.plan.parts if part.connection == side.name]
        if not carrying and document.get("status") in FINAL and mine:
            document |= INTERIM
        predicted = side.values(side.mapping.predict(document, side.directory, creating=True))
        comments = tuple(self._new_comment(part, side) for part in mine) if carrying else ()
        intent = self._intent(
            progress,
            IntentKind.CREATE,
            side.name,
            marker=create.marker,
            predicted=predicted,
            details={
                "parts": [part_key(part, side, history=self._history) for part in mine] if carrying else [],
                "origin": progress.plan.anchor[0],
                "held": self._sides[progress.plan.anchor[0]].values(create.document),
            },
        )
        write = Create(
            key=intent.id,
            marker=create.marker,
            body=side.mapping.write(document, side.directory, creating=True),
            comments=comments,
            history=self._history,
        )

        def done(outcome: Outcome) -> None:
            record_id = outcome.record_id
            assert record_id is not None
            progress.plan.records[side.name] = record_id
            adopt_create(self._ledger, intent, record_id, self._sides)
            if carrying:
                progress.parts_written += mine

        def failed(error: ConnectorError) -> None:  # noqa: ARG001
            progress.parts_failed += mine

        return _Job(progress, intent, write, done, failed)

    def _carries_thread(self, side: Side) -> bool:
        return self._history and side.connector.traits.create_carries_comments

    def _add_note(self, plan: BondPlan, create: CreatePlan) -> None:
        """Plan the note that tells where a record comes from and what it has no place for."""
        origin, record_id = plan.anchor
        body = {
            "id": NOTE + create.connection,
            "body": note(create, origin, record_id),
            "author": None,
            "created_at": create.document.get("opened_at"),
            "visibility": Visibility.INTERNAL.value,
            "attachments": [],
        }
        if any(part.origin_id == body["id"] for part in plan.parts):
            return
        plan.parts.insert(
            0,
            PartPlan(PartKind.COMMENT, create.connection, origin, record_id, body["id"], body, public=False),
        )

    # -- updates

    def _update_jobs(self, batch: list[Progress], *, final: bool) -> list[_Job]:
        jobs: list[_Job] = []
        for progress in batch:
            for name in self._sides:
                job = self._update_job(progress, name, final=final)
                if job is not None:
                    jobs.append(job)
            if final:
                jobs += self._final_status_jobs(progress)
        return jobs

    def _update_job(self, progress: Progress, name: str, *, final: bool) -> _Job | None:
        wanted = {
            group: planned.writes[name]
            for group, planned in progress.plan.groups.items()
            if name in planned.writes and _is_final(group, planned.writes[name]) is final
        }
        if not wanted:
            return None
        side = self._sides[name]
        fields: Document = {}
        for group in wanted:
            record = progress.plan.groups[group].record or progress.bond.values.get(group) or wanted[group]
            fields.update(record)
        side.directory.meet(fields)
        record_id = progress.plan.records[name]
        intent = self._intent(progress, IntentKind.UPDATE, name, record_id=record_id, predicted=wanted)
        write = Update(key=intent.id, record_id=record_id, body=side.mapping.write(fields, side.directory))

        def done(outcome: Outcome) -> None:  # noqa: ARG001
            for group, value in wanted.items():
                self._save_receipts(progress.bond.id, group, {name: value}, verified=False)
                self._ledger.unpark(progress.bond.id, name, group)
                spent = len(progress.bond.writes.get((name, group), ())) + 1
                self._ledger.note_write(progress.bond, name, group, self._cycle, frozen=spent >= BUDGET)

        def failed(error: ConnectorError) -> None:
            progress.refused |= {(name, group) for group in wanted}
            if isinstance(error, RejectedError):
                self._park(progress, name, wanted, error)

        return _Job(progress, intent, write, done, failed)

    def _park(self, progress: Progress, name: str, wanted: Mapping[str, Value], error: ConnectorError) -> None:
        for group in wanted:
            planned = progress.plan.groups[group]
            record = planned.record or progress.bond.values.get(group)
            fingerprint = self._planner.park_fingerprint(name, record, planned.before.get(name))
            self._ledger.park(progress.bond.id, Park(name, group, fingerprint, str(error)))

    def _final_status_jobs(self, progress: Progress) -> list[_Job]:
        """Bring created records, which were kept open for their thread, to their final status."""
        jobs: list[_Job] = []
        for create in progress.plan.creates:
            side = self._sides[create.connection]
            record_id = progress.record_id(side.name)
            status = create.document.get("status")
            if record_id is None or status not in FINAL or self._carries_thread(side):
                continue
            fields = {name: create.document[name] for name in STATUS_FIELDS if name in create.document}
            predicted = side.values(side.mapping.predict(fields, side.directory, creating=True))["status"]
            intent = self._intent(
                progress, IntentKind.UPDATE, side.name, record_id=record_id, predicted={"status": predicted}
            )
            write = Update(
                key=intent.id,
                record_id=record_id,
                body=side.mapping.write(fields, side.directory, creating=True),
            )
            jobs.append(self._final_job(progress, side.name, intent, write, predicted))
        return jobs

    def _final_job(self, progress: Progress, name: str, intent: Intent, write: Write, predicted: Value) -> _Job:
        def done(outcome: Outcome) -> None:  # noqa: ARG001
            self._save_receipts(progress.bond.id, "status", {name: predicted}, verified=False)

        def failed(error: ConnectorError) -> None:  # noqa: ARG001
            progress.refused.add((name, "status"))

        return _Job(progress, intent, write, done, failed)

    # -- comments and files

    def _part_jobs(self, batch: list[Progress], kind: PartKind) -> list[_Job]:
        jobs: list[_Job] = []
        for progress in batch:
            done = {id(part) for part in (*progress.parts_written, *progress.parts_failed)}
            for part in progress.plan.parts:
                if part.kind is not kind or id(part) in done:
                    continue
                record_id = progress.record_id(part.connection)
                if record_id is None:
                    progress.parts_failed.append(part)
                else:
                    jobs.append(self._part_job(progress, part, record_id))
        return jobs

    def _part_job(self, progress: Progress, part: PartPlan, record_id: str) -> _Job:
        side = self._sides[part.connection]
        details = {"parts": [part_key(part, side, history=self._history)]}
        if part.kind is PartKind.COMMENT:
            intent = self._intent(progress, IntentKind.COMMENT, side.name, record_id=record_id, details=details)
            write: Write = AddComment(key=intent.id, record_id=record_id, comment=self._new_comment(part, side))
        else:
            intent = self._intent(progress, IntentKind.FILE, side.name, record_id=record_id, details=details)
            write = AddFile(
                key=intent.id,
                record_id=record_id,
                file=self._source(part.origin_connection, part.body),
                visibility=Visibility(part.body["visibility"]),
            )

        def done(outcome: Outcome) -> None:
            progress.parts_written.append(part)
            if outcome.child_id is not None:
                self._adopt_part(progress, part, outcome.child_id)

        def failed(error: ConnectorError) -> None:  # noqa: ARG001
            progress.parts_failed.append(part)

        return _Job(progress, intent, write, done, failed)

    def _adopt_part(self, progress: Progress, part: PartPlan, copy_id: str) -> None:
        row = self._ledger.add_part(
            progress.bond.id,
            part.kind,
            part.origin_connection,
            part.origin_id,
            public=part.public,
            digest=None,
        )
        self._ledger.add_copy(row, part.connection, copy_id)

    def _new_comment(self, part: PartPlan, side: Side) -> NewComment:
        document = dressed(part, side, history=self._history)
        files: tuple[FileSource, ...] = ()
        if side.connector.traits.files_on is FilePlace.COMMENT:
            files = tuple(self._source(part.origin_connection, file) for file in part.body.get("attachments") or ())
        body = side.mapping.comment.write(document, side.directory, creating=self._history)
        return NewComment(body, Visibility(document["visibility"]), part.origin, files)

    def _source(self, connection: str, file: Document) -> FileSource:
        connector = self._sides[connection].connector

        def opened() -> AbstractContextManager[BinaryIO]:
            return self._spool.fetch(connector, connection, file)

        return FileSource(
            file["name"], file.get("media_type") or "application/octet-stream", file.get("size") or 0, opened
        )

    def _learn(self, batch: list[Progress]) -> None:
        """Read the threads that were written, where replies do not tell the new ids, and pair the copies."""
        for name, side in self._sides.items():
            pending: dict[str, tuple[Progress, list[dict[str, Any]]]] = {}
            for progress in batch:
                record_id = progress.record_id(name)
                mine = [part for part in progress.parts_written if part.connection == name]
                if record_id is not None and mine:
                    keys = [part_key(part, side, history=self._history) for part in mine]
                    pending[record_id] = (progress, keys)
            learn_copies(side, self._ledger, {key: (each.bond.id, parts) for key, (each, parts) in pending.items()})


def part_key(part: PartPlan, side: Side, *, history: bool) -> dict[str, Any]:
    """Give what recognises a copy of a part at its target: kind, origin, and the words or the file's facts."""
    if part.kind is PartKind.FILE:
        carried = [part.body]
    elif side.connector.traits.files_on is FilePlace.COMMENT:
        carried = part.body.get("attachments") or []
    else:
        carried = []
    files = [{"origin_id": file["id"], "name": file["name"], "size": file.get("size")} for file in carried]
    words = ""
    if part.kind is PartKind.COMMENT:
        document = dressed(part, side, history=history)
        echoed = side.mapping.comment.read(
            side.mapping.comment.write({"body": document["body"]}, side.directory), side.directory
        )
        words = echoed.get("body") or ""
    return {
        "kind": part.kind.value,
        "origin_connection": part.origin_connection,
        "origin_id": part.origin_id,
        "public": part.public,
        "words": words,
        "files": files,
    }


def _is_final(group: str, value: Value) -> bool:
    return group == "status" and value.get("status") in FINAL


def _announced(intent: Intent) -> dict[str, Any]:
    return {
        "kind": intent.kind.value,
        "intent": intent.id,
        "connection": intent.connection,
        "bond": intent.bond,
        "record_id": intent.record_id,
        "groups": sorted(intent.predicted),
    }
