"""Jobs that write fields: creates, updates of groups, final statuses, and what follows from a deletion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..connector import Create, Delete, Json, Outcome, Update
from ..errors import ConnectorError, RejectedError, UnavailableError
from ..ledger.bonds import BUDGET_MEMORY
from ..ledger.state import Intent, IntentKind, Park, PartKind, Value
from ..mapping.values import same
from ..model import GROUPS, Document
from .jobs import Desk, Job, Progress
from .parts import carries_thread, new_comment, part_key
from .plan import CreatePlan
from .settle import adopt_create
from .side import Side
from .steps import STATUS, stopped_at, way

FINAL = frozenset({"resolved", "closed", "canceled"})
"""Statuses that are written after everything else."""
BUDGET = 6
"""Writes to one group at one member in so many cycles as are remembered, beyond which it is frozen."""
INTERIM: Document = {
    "status": "in_progress",
    "status_reason": None,
    "resolution_code": None,
    "resolution_notes": None,
    "resolved_at": None,
    "closed_at": None,
}
"""What stands in for a final status while the thread is written."""
STATUS_FIELDS = (*GROUPS["status"], "resolved_at", "closed_at")
CLOSED: Document = {"status": "closed", "status_reason": None}


# -- creates


def create_jobs(desk: Desk, batch: Sequence[Progress]) -> list[Job]:
    """Give a job for each record to be created."""
    return [_create_job(desk, progress, create) for progress in batch for create in progress.plan.creates]


def _create_job(desk: Desk, progress: Progress, create: CreatePlan) -> Job:
    side = desk.sides[create.connection]
    document = dict(create.document)
    carrying = carries_thread(desk, side)
    mine = [part for part in progress.plan.parts if part.connection == side.name]
    inside = [part for part in mine if carrying and part.kind is PartKind.COMMENT]
    if not carrying and document.get("status") in FINAL:
        document |= INTERIM
    origin = progress.plan.anchor[0]
    body = side.mapping.write(document, side.directory, creating=True)
    intent = desk.intent(
        progress,
        IntentKind.CREATE,
        side.name,
        marker=create.marker,
        predicted=side.values(side.mapping.predict(document, side.directory, creating=True)),
        path=way(side, None, body),
        details={
            "parts": [part_key(desk, progress, part, side) for part in inside],
            "origin": origin,
            "held": desk.sides[origin].values(create.document),
        },
    )
    write = Create(
        key=intent.id,
        marker=create.marker,
        body=body,
        comments=tuple(new_comment(desk, part, side) for part in inside),
        history=desk.history,
    )

    def done(outcome: Outcome) -> None:
        record_id = outcome.record_id
        assert record_id is not None
        progress.plan.records[side.name] = record_id
        adopt_create(desk.ledger, intent, progress.bond, record_id, desk.sides)
        progress.parts_written += inside
        if inside:
            progress.unpaired.append(intent.id)

    def failed(error: ConnectorError, record_id: str | None) -> None:
        uncertain = isinstance(error, UnavailableError) and error.maybe_applied
        if record_id is None or inside or uncertain or not _adopt_halfway(desk, progress, intent, error, record_id):
            progress.parts_failed += mine

    return Job(progress, intent, write, done, failed)


def _adopt_halfway(desk: Desk, progress: Progress, intent: Intent, error: ConnectorError, record_id: str) -> bool:
    """Know a record that was created and did not come to its status: what it holds of that is our own.

    A refusal parks the status, and the rest of the incident flows: tells whether it does.
    """
    side = desk.sides[intent.connection]
    record = side.fetch([record_id]).get(record_id)
    held = side.values(side.document(record)).get(STATUS) if record is not None else None
    if held is None or same(held, intent.predicted.get(STATUS, {})):
        return False
    progress.plan.records[side.name] = record_id
    adopt_create(desk.ledger, intent, progress.bond, record_id, desk.sides, {STATUS: held})
    if not isinstance(error, RejectedError):
        return False
    progress.errors.remove(error)
    fingerprint = desk.planner.park_fingerprint(side.name, intent.details["held"].get(STATUS), held)
    desk.ledger.park(progress.bond.id, Park(side.name, STATUS, fingerprint, str(error)))
    progress.parked.append(f"{side.name} refuses {STATUS}: {error}")
    return True


# -- updates


def update_jobs(desk: Desk, batch: Sequence[Progress], *, final: bool) -> list[Job]:
    """Give a job for each record of which groups change; final statuses have a turn of their own."""
    jobs: list[Job] = []
    for progress in batch:
        for name in desk.sides:
            wanted = {
                group: planned.writes[name]
                for group, planned in progress.plan.groups.items()
                if name in planned.writes and _is_final(group, planned.writes[name]) is final
            }
            if wanted and final and _is_open(progress, name):
                progress.refused.update((name, group) for group in wanted)
            elif wanted:
                jobs.append(_update_job(desk, progress, name, wanted))
    return jobs


def _is_open(progress: Progress, name: str) -> bool:
    """Tell whether something is still to come at a member, so that no final status may be written there yet."""
    return bool(progress.errors) or any(part.connection == name for part in progress.parts_failed)


def jobs_apart(desk: Desk, batch: Sequence[Progress]) -> list[Job]:
    """Give a job for each group that was refused together with others, so that one bad value holds up no other."""
    jobs: list[Job] = []
    for progress in batch:
        for name, group in progress.apart:
            wanted = {group: progress.plan.groups[group].writes[name]}
            jobs.append(_update_job(desk, progress, name, wanted))
        progress.apart.clear()
    return jobs


def _update_job(desk: Desk, progress: Progress, name: str, wanted: Mapping[str, Value]) -> Job:
    side, plan, bond = desk.sides[name], progress.plan, progress.bond
    fields: Document = {}
    for group in wanted:
        fields.update(plan.groups[group].record or bond.values.get(group) or wanted[group])
    side.directory.meet(fields)
    record_id = plan.records[name]
    before = {group: plan.groups[group].before.get(name, {}) for group in wanted}
    version = plan.versions.pop(name, None)
    if any(part.connection == name for part in progress.parts_written):
        version = None  # our own comments have moved the record since it was read
    timed = bool(plan.times) and wanted.get("status", {}).get("status") in FINAL
    full = {**fields, **plan.times} if timed else fields
    body = side.mapping.write(full, side.directory, dated=timed, held=plan.held.get(name))
    intent = desk.intent(
        progress,
        IntentKind.UPDATE,
        name,
        record_id=record_id,
        predicted=dict(wanted),
        path=way(side, record_id, body, progress.fresh.get(name)),
        details={"before": before},
    )
    write = Update(key=intent.id, record_id=record_id, body=body, version=version)

    def done(outcome: Outcome) -> None:
        for group, value in wanted.items():
            desk.save_receipts(bond.id, group, {name: value}, verified=False)
            desk.ledger.unpark(bond.id, name, group)
            recent = [each for each in bond.writes.get((name, group), ()) if each > desk.cycle - BUDGET_MEMORY]
            spent = len(recent) + 1
            desk.ledger.note_write(bond, name, group, desk.cycle, frozen=spent >= BUDGET)

    def failed(error: ConnectorError, _: str | None) -> None:
        _stay_on_the_way(desk, progress, intent)
        if isinstance(error, RejectedError) and len(wanted) > 1:
            progress.apart += [(name, group) for group in wanted]
            progress.errors.remove(error)
            return
        progress.refused |= {(name, group) for group in wanted}
        if isinstance(error, RejectedError):
            progress.errors.remove(error)
            _park(desk, progress, name, wanted, error)

    return Job(progress, intent, write, done, failed)


def _stay_on_the_way(desk: Desk, progress: Progress, intent: Intent) -> None:
    """Know a state in which a failed write left the record as our own."""
    side = desk.sides[intent.connection]
    record = side.fetch([intent.record_id or ""]).get(intent.record_id or "") if intent.path else None
    if record is not None:
        for group, value in stopped_at(intent, side.values(side.document(record))).items():
            desk.save_receipts(intent.bond, group, {side.name: value}, verified=False)
            progress.left[side.name, group] = value


def _park(desk: Desk, progress: Progress, name: str, wanted: Iterable[str], error: ConnectorError) -> None:
    """Keep a refused group aside under the values of this moment: it is tried again when one of them changes."""
    for group in wanted:
        planned = progress.plan.groups[group]
        record = planned.record or progress.bond.values.get(group)
        held = progress.left.get((name, group), planned.before.get(name))
        fingerprint = desk.planner.park_fingerprint(name, record, held)
        desk.ledger.park(progress.bond.id, Park(name, group, fingerprint, str(error)))
        progress.parked.append(f"{name} refuses {group}: {error}")


def _is_final(group: str, value: Value) -> bool:
    return group == STATUS and value.get("status") in FINAL


# -- final statuses of new records, and deletions


def closing_jobs(desk: Desk, batch: Sequence[Progress]) -> list[Job]:
    """Give the jobs that come last: final statuses of new records, and what follows from deletions."""
    jobs: list[Job] = []
    for progress in batch:
        for create in progress.plan.creates:
            job = _final_status(desk, progress, create)
            if job is not None:
                jobs.append(job)
        for name, action in progress.plan.deletes.items() if not progress.errors else ():
            jobs.append(_delete_job(desk, progress, name) if action == "delete" else _close_job(desk, progress, name))
    return jobs


def _final_status(desk: Desk, progress: Progress, create: CreatePlan) -> Job | None:
    """Bring a created record, which was kept open for its thread, to its final status."""
    side = desk.sides[create.connection]
    status = create.document.get("status")
    if progress.record_id(side.name) is None or status not in FINAL or carries_thread(desk, side):
        return None
    if _is_open(progress, side.name):
        return None
    fields = {name: create.document[name] for name in STATUS_FIELDS if name in create.document}
    begun = side.mapping.write({**create.document, **INTERIM}, side.directory, creating=True)
    return _status_job(desk, progress, side, fields, side.mapping.demanded(begun))


def _close_job(desk: Desk, progress: Progress, name: str) -> Job:
    return _status_job(desk, progress, desk.sides[name], dict(CLOSED), progress.plan.held.get(name))


def _status_job(desk: Desk, progress: Progress, side: Side, fields: Document, held: Json | None) -> Job:
    predicted = side.values(side.mapping.predict(fields, side.directory))[STATUS]
    record_id = progress.plan.records[side.name]
    body = side.mapping.write(fields, side.directory, dated=True, held=held)
    intent = desk.intent(
        progress,
        IntentKind.UPDATE,
        side.name,
        record_id=record_id,
        predicted={STATUS: predicted},
        path=way(side, record_id, body),
    )

    def done(outcome: Outcome) -> None:
        desk.save_receipts(progress.bond.id, STATUS, {side.name: predicted}, verified=False)

    def failed(error: ConnectorError, _: str | None) -> None:
        _stay_on_the_way(desk, progress, intent)
        progress.refused.add((side.name, STATUS))

    return Job(progress, intent, Update(key=intent.id, record_id=record_id, body=body), done, failed)


def _delete_job(desk: Desk, progress: Progress, name: str) -> Job:
    record_id = progress.plan.records[name]
    intent = desk.intent(progress, IntentKind.DELETE, name, record_id=record_id)

    def done(outcome: Outcome) -> None:
        desk.ledger.miss(progress.bond.id, name, gone=True)

    def failed(error: ConnectorError, _: str | None) -> None:
        progress.refused.add((name, "deletion"))

    return Job(progress, intent, Delete(key=intent.id, record_id=record_id), done, failed)
