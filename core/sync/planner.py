"""Plan incidents: read what all members show, decide each group, and say what would be written.

The planner reads and decides; it changes nothing, neither at a vendor nor in the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..config.links import LinkConfig
from ..connector import Record
from ..errors import MappingError
from ..ledger.ledger import Ledger
from ..ledger.state import Bond, Receipt, Value
from ..mapping.directory import emails_of
from ..mapping.values import fingerprint, same
from ..model import Document
from .carry import carried_lines, content_of, origin_note
from .deletions import plan_deletions
from .history import Histories
from .messages import forecast
from .pairing import Anchor, marked_source, marker_for
from .plan import BondPlan, CreatePlan, GroupPlan, PartPlan, Skip
from .reading import BROKEN, basis, digest_of, out_of_scope, read_documents
from .reconcile import Decision, Seen, reconcile
from .side import Side
from .threads import plan_threads


@dataclass(slots=True)
class _Case:
    """One incident while it is planned."""

    plan: BondPlan
    bond: Bond | None
    documents: dict[str, Document]
    """Connection -> document, for the members that exist."""
    records: dict[str, Record]
    """Connection -> record; missing where a document was read before."""

    @property
    def paired(self) -> bool:
        """Two records meet because one bears the other's marker, and the ledger knows nothing of their threads."""
        return self.bond is not None and not self.bond.values and len(self.documents) > 1

    def edited(self, sides: Mapping[str, Side]) -> list[str]:
        """Give the groups whose value at any member differs from what it held when the bond last agreed."""
        receipts = self.bond.receipts if self.bond else {}
        return sorted(
            {
                group
                for name, document in self.documents.items()
                for group, value in sides[name].values(document).items()
                if (name, group) in receipts and not same(value, receipts[name, group].value)
            }
        )


class Planner:
    """Plans the incidents of one link."""

    def __init__(
        self,
        link: LinkConfig,
        sides: Mapping[str, Side],
        ledger: Ledger,
        *,
        history: bool = False,
        skew: timedelta = timedelta(0),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Make a planner.

        Args:
            link: the link's configuration.
            sides: its members at work, by connection.
            ledger: the ledger, which is only read.
            history: plan creates that keep original times and stay silent (a migration).
            skew: the largest difference between the members' clocks.
            clock: our clock, UTC.
        """
        self.link = link
        self.sides = sides
        self.ledger = ledger
        self.history = history
        self.skew = skew
        self._clock = clock
        self._order = [name for name in link.members if name in sides]
        self._histories = Histories(sides)
        self._stated: set[Anchor] = set()
        self._known: dict[Anchor, Document] = {}
        self._problems: dict[Anchor, str] = {}

    def preload(self, documents: Mapping[Anchor, Document], problems: Mapping[Anchor, str]) -> None:
        """Plan from documents that were read before (a migration's staged ones) instead of reading them again."""
        self._known = dict(documents)
        self._problems = dict(problems)

    def plan(self, anchors: Sequence[Anchor], fresh: Mapping[Anchor, Record] | None = None) -> list[BondPlan]:
        """Plan the incidents that some records belong to, each incident once.

        Args:
            anchors: records that may have changed.
            fresh: records that were read a moment ago and need no second read.
        """
        self._histories = Histories(self.sides)
        self._stated = self.ledger.stated_deletions(self.link.name)
        bonds = self._bonds(anchors)
        records = self._read(self._wanted(anchors, bonds), fresh or {})
        documents = self._documents(records)
        self._meet_people(documents.values())
        plans: list[BondPlan] = []
        done: set[str] = set()
        for anchor in anchors:
            bond = bonds.get(anchor)
            if bond is not None:
                if bond.id in done:
                    continue
                done.add(bond.id)
            plans.append(self._plan(anchor, bond, records, documents))
        return plans

    # -- reading

    def _bonds(self, anchors: Sequence[Anchor]) -> dict[Anchor, Bond]:
        found: dict[Anchor, str] = {}
        for connection in self._order:
            ids = [record_id for name, record_id in anchors if name == connection]
            if ids:
                pairs = self.ledger.find_bonds(self.link.name, connection, ids)
                found.update({(connection, record_id): bond for record_id, bond in pairs.items()})
        bonds = self.ledger.bonds(sorted(set(found.values())))
        return {anchor: bonds[bond] for anchor, bond in found.items()}

    def _wanted(self, anchors: Sequence[Anchor], bonds: Mapping[Anchor, Bond]) -> dict[str, list[str]]:
        wanted: dict[str, dict[str, None]] = {name: {} for name in self._order}
        for connection, record_id in anchors:
            wanted[connection][record_id] = None
        for bond in bonds.values():
            for member in bond.members.values():
                if member.connection in wanted and not member.gone:
                    wanted[member.connection][member.record_id] = None
        return {name: list(ids) for name, ids in wanted.items()}

    def _read(self, wanted: Mapping[str, Sequence[str]], fresh: Mapping[Anchor, Record]) -> dict[Anchor, Record]:
        records: dict[Anchor, Record] = {}
        for connection, ids in wanted.items():
            missing: list[str] = []
            for record_id in ids:
                anchor = (connection, record_id)
                if anchor in fresh:
                    records[anchor] = fresh[anchor]
                elif anchor not in self._known:
                    missing.append(record_id)
            for record_id, record in self.sides[connection].fetch(missing).items():
                records[connection, record_id] = record
        return records

    def _documents(self, records: Mapping[Anchor, Record]) -> dict[Anchor, Document]:
        documents: dict[Anchor, Document] = dict(self._known)
        for connection in self._order:
            mine = [record for (name, _), record in records.items() if name == connection and not record.deleted]
            found, problems = read_documents(self.sides[connection], mine)
            documents.update({(connection, record_id): document for record_id, document in found.items()})
            self._problems.update({(connection, record_id): words for record_id, words in problems.items()})
        return documents

    def _meet_people(self, documents: Iterable[Document]) -> None:
        """Look up at every member, all at once, whom the documents name: an incident by itself would ask for a few."""
        emails = {email for document in documents for email in emails_of(document)}
        for name in self._order:
            self.sides[name].directory.meet_emails(emails)

    # -- one incident

    def _plan(
        self,
        anchor: Anchor,
        bond: Bond | None,
        records: Mapping[Anchor, Record],
        documents: Mapping[Anchor, Document],
    ) -> BondPlan:
        plan = BondPlan(self.link.name, anchor, bond.id if bond else None)
        ids = {name: member.record_id for name, member in bond.members.items()} if bond else dict([anchor])
        case = _Case(plan, bond, {}, {})
        for name in self._order:
            key = (name, ids.get(name, ""))
            if key in documents:
                case.documents[name] = documents[key]
            if key in records:
                case.records[name] = records[key]
        try:
            self._describe(case)
            if bond is None:
                self._notice_clone(case)
            self._decide(case)
        except MappingError as error:
            plan.failed = str(error)
        except BROKEN as error:
            plan.failed = f"it cannot be planned: {type(error).__name__}: {error}"
        return plan

    def _notice_clone(self, case: _Case) -> None:
        """Report a record that bears the marker of another: somebody copied the one that we created."""
        connection, record_id = case.plan.anchor
        document = case.documents.get(connection)
        source = marked_source(document.get("marker"), self.sides) if document else None
        if source is not None and source != case.plan.anchor:
            words = f"bears the marker made for {source[0]} {source[1]}, as another record does: a clone, taken as new"
            case.plan.skips.append(Skip("incident", connection, record_id, words))

    def _describe(self, case: _Case) -> None:
        case.documents = {name: case.documents[name] for name in self._order if name in case.documents}
        case.plan.records = {name: document["id"] for name, document in case.documents.items()}
        case.plan.versions = {name: record.version for name, record in case.records.items()}
        case.plan.digests = {name: digest_of(record) for name, record in case.records.items()}
        case.plan.held = {name: self.sides[name].mapping.demanded(record.body) for name, record in case.records.items()}
        case.plan.young = [name for name, record in case.records.items() if self._is_young(name, record)]
        case.plan.basis = basis(case.documents)
        if self.history and case.plan.anchor[0] in case.documents:
            document = case.documents[case.plan.anchor[0]]
            case.plan.times = {name: document[name] for name in ("resolved_at", "closed_at") if document.get(name)}

    def _is_young(self, name: str, record: Record) -> bool:
        """Tell whether one more change could leave the record's body as it is, because its change token is a time."""
        connector = self.sides[name].connector
        traits = connector.traits
        if traits.version_moves_always or not traits.overlap or record.changed_at is None:
            return False
        there = self._clock() + timedelta(seconds=connector.skew_seconds)
        return record.changed_at + traits.precision + traits.overlap > there

    def _decide(self, case: _Case) -> None:
        plan, mine = case.plan, case.documents
        for name, record_id in plan.records.items():
            if (name, record_id) in self._problems:
                raise MappingError(self._problems[name, record_id])
        if case.bond is None:
            plan.excluded = self._exclusion(plan.anchor, mine)
        if plan.excluded:
            return
        plan.groups = self._plan_groups(case)
        if case.bond is not None:
            plan_deletions(plan, case.bond, self.link, self.sides, self._stated, case.edited(self.sides))
        if plan.deletes:
            plan.groups = {}
        if plan.deletes or plan.deletion_conflict or not mine:
            return
        plan.creates = self._plan_creates(case)
        self._plan_parts(case)
        plan.messages = forecast(plan, self.sides, mine, history=self.history)

    def _exclusion(self, anchor: Anchor, mine: Mapping[str, Document]) -> str | None:
        """Say why a record that has no bond yet is not taken in, or None."""
        connection, record_id = anchor
        document = mine.get(connection)
        if document is None:
            return f"{connection} no longer holds {record_id}"
        outside = out_of_scope(self.link.scope.get(connection), document)
        if outside:
            return outside
        if not any(name != connection for name in self.link.create if name in self.sides):
            return "the link creates no twin for it"
        return None

    # -- groups

    def _plan_groups(self, case: _Case) -> dict[str, GroupPlan]:
        if len(case.documents) < 2:
            return {}
        values = {name: self.sides[name].values(document) for name, document in case.documents.items()}
        plans: dict[str, GroupPlan] = {}
        for group in sorted({group for held in values.values() for group in held}):
            members = [name for name in self._order if group in values.get(name, {})]
            if len(members) > 1:
                planned = self._plan_group(group, case, {name: values[name][group] for name in members})
                if planned is not None:
                    plans[group] = planned
        return plans

    def _plan_group(self, group: str, case: _Case, values: Mapping[str, Value]) -> GroupPlan | None:
        bond = case.bond or Bond("", self.link.name)
        receipts = {name: self._receipt(bond, name, group, value) for name, value in values.items()}
        decision = self._reconcile(group, case, bond, values, receipts)
        record = decision.record or bond.values.get(group)
        writes = {
            name: value
            for name, value in decision.writes.items()
            if not self._blocked(case, bond, name, group, record, values[name])
        }
        unread = {name for name, receipt in receipts.items() if receipt is not None and not receipt.verified}
        confirmed = {name: values[name] for name in unread if name not in decision.changed and name not in writes}
        agreed = [
            name
            for name in values
            if (name, group) in bond.parks and name not in decision.writes and name not in decision.drift
        ]
        moved = decision.changed or writes or decision.conflict or decision.receipts or confirmed or agreed
        if not moved and group not in bond.open_conflicts:  # a conflict whose members are back where they were has ended
            return None
        kept = {**confirmed, **decision.receipts}
        return GroupPlan(
            record=decision.record,
            before={name: values[name] for name in writes},
            writes=writes,
            receipts=kept,
            conflict=decision.conflict,
            changed=decision.changed,
            drift=decision.drift,
            reason=decision.reason,
            agreed=[] if decision.conflict else agreed,
            raws={name: self.sides[name].raw(group, case.records[name]) for name in kept if name in case.records},
            seen={name: self._sight(case, name, group, values[name]) for name in values} if decision.conflict else {},
        )

    def _sight(self, case: _Case, name: str, group: str, value: Value) -> Document:
        """Give what a person needs to decide a conflict: the value, who set it, and when."""
        record_id = case.documents[name]["id"]
        return {"record_id": record_id, "value": value, **self._histories.describe(name, record_id, group)}

    def _reconcile(
        self,
        group: str,
        case: _Case,
        bond: Bond,
        values: Mapping[str, Value],
        receipts: Mapping[str, Receipt | None],
    ) -> Decision:
        def image(name: str) -> Callable[[Value], Value]:
            return lambda value: self.sides[name].image(group, value)

        def times(names: Sequence[str]) -> dict[str, datetime]:
            found = {name: self._histories.last(name, case.documents[name]["id"], group) for name in names}
            return {name: change.at for name, change in found.items() if change is not None}

        seen = [
            Seen(
                name,
                value,
                receipt.value if (receipt := receipts[name]) is not None else None,
                image(name),
                self.sides[name].writable,
            )
            for name, value in values.items()
        ]
        first = group not in bond.values
        return reconcile(
            group,
            seen,
            bond.values.get(group),
            self.link.rule(group, first=first),
            times,
            skew=self.skew,
            chosen=bond.choices.get(group),
        )

    def _receipt(self, bond: Bond, name: str, group: str, held: Value) -> Receipt | None:
        """Give a receipt as today's mapping reads it, so that an edited mapping is no edit of every ticket."""
        receipt = bond.receipts.get((name, group))
        side = self.sides[name]
        if receipt is None or receipt.mapping == side.mapping.version:
            return receipt
        value = side.reread(group, receipt.raw) if receipt.raw else None
        if value is None:
            record = bond.values.get(group)
            value = receipt.value if record is None or same(held, receipt.value) else side.image(group, record)
        return Receipt(value, receipt.raw, side.mapping.version, verified=False)

    def _blocked(self, case: _Case, bond: Bond, name: str, group: str, record: Value | None, value: Value) -> bool:
        """Tell whether a group may not be written at a member: frozen, closed for good, or parked under these values."""
        if (name, group) in bond.frozen:
            words = f"{group} waits: it kept swinging; 'isthmus failures' lists it, and retries it"
            case.plan.skips.append(Skip("group", name, case.plan.records[name], words))
            return True
        if self.sides[name].takes_no_change(case.documents[name]):
            words = f"{group} waits: the record is closed, and closed is final there"
            case.plan.skips.append(Skip("group", name, case.plan.records[name], words))
            return True
        park = bond.parks.get((name, group))
        return park is not None and park.fingerprint == self.park_fingerprint(name, record, value)

    def park_fingerprint(self, name: str, record: Value | None, value: Value | None) -> str:
        """Give the digest of what a refusal depended on: the values, and the member's mapping."""
        return fingerprint(record, value, {"mapping": self.sides[name].mapping.version})

    # -- creates and parts

    def _plan_creates(self, case: _Case) -> list[CreatePlan]:
        bond, mine = case.bond, case.documents
        source = case.plan.anchor[0] if case.plan.anchor[0] in mine else next(iter(mine))
        document = mine[source]
        lacking = [
            name
            for name in self.link.create
            if name in self.sides and self.sides[name].writable and name not in mine and not (bond and name in bond.members)
        ]
        if bond is not None and lacking and out_of_scope(self.link.scope.get(source), document):
            return []
        creates: list[CreatePlan] = []
        for name in lacking:
            side = self.sides[name]
            side.directory.meet(document)
            content = content_of(document)
            carried = carried_lines(content, side, history=self.history)
            creates.append(CreatePlan(name, marker_for(source, document["id"]), content, carried))
        return creates

    def _plan_notes(self, case: _Case) -> list[PartPlan]:
        """Plan the notes of origin: of records to be created, and of created ones that an interruption left without."""
        mine = case.documents
        source = case.plan.anchor[0] if case.plan.anchor[0] in mine else next(iter(mine))
        notes = [
            origin_note(mine[source], create.carried, create.connection)
            for create in case.plan.creates
            if self.sides[create.connection].takes_notes
        ]
        for name, member in case.bond.members.items() if case.bond else ():
            origin = marked_source(member.marker, mine)
            if origin is None or name not in mine or not self.sides[name].takes_notes:
                continue
            document = mine[origin[0]]
            note = origin_note(document, (), name)
            if self._is_noted(case, note) or self.sides[name].takes_no_change(mine[name]):
                continue
            carried = carried_lines(content_of(document), self.sides[name], history=self.history)
            notes.append(origin_note(document, carried, name))
        return notes

    def _is_noted(self, case: _Case, note: PartPlan) -> bool:
        known = case.bond.parts if case.bond else ()
        if any(part.origin_id == note.origin_id and note.connection in part.copies for part in known):
            return True
        comments = case.documents[note.connection].get("comments") or ()
        return any(comment.get("origin") == note.origin for comment in comments)

    def _plan_parts(self, case: _Case) -> None:
        plan, mine = case.plan, case.documents
        present = [*mine, *(create.connection for create in plan.creates)]
        writable = [name for name in present if self.sides[name].writable]
        targets = {name: [other for other in writable if other != name and self.link.flows(name, other)] for name in mine}
        for document in mine.values():
            for name in present:
                self.sides[name].directory.meet(document)
        threads = plan_threads(self.link, self.sides, mine, targets, case.bond, paired=case.paired)
        notes = plan.parts
        plan.parts = sorted(threads.parts, key=lambda part: part.body.get("created_at") or "")
        plan.skips += threads.skips
        plan.known_parts = threads.known_comments
        plan.known_files = threads.known_files
        plan.edited = threads.edited
        plan.met = threads.met
        plan.parts = [*notes, *self._plan_notes(case), *plan.parts]
