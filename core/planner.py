"""Plan incidents: read what all members show, decide each group, and say what would be written.

The planner reads and decides; it changes nothing, neither at a vendor nor in the ledger.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from .carry import carried_lines
from .connector import Record, Scope
from .errors import MappingError
from .ledger import Ledger
from .link_config import LinkConfig
from .messages import forecast
from .model import Document
from .plan import BondPlan, CreatePlan, GroupPlan, Skip
from .reconcile import Seen, reconcile
from .side import Side
from .state import Bond, Value
from .threads import plan_threads
from .values import fingerprint

Anchor = tuple[str, str]
"""(connection, record id)"""

MARKER = "isthmus:"
NOT_WRITTEN = frozenset(
    {"connection", "id", "key", "url", "version", "marker", "extra", "comments", "attachments", "updated_at"}
)
"""Fields of a document that belong to the record it came from."""


def marker_for(connection: str, record_id: str) -> str:
    """Give the marker of the record that is created for a source record: stable, and at most 100 characters."""
    marker = f"{MARKER}{connection}:{record_id}"
    if len(marker) <= 100:
        return marker
    return f"{MARKER}{hashlib.sha256(marker.encode()).hexdigest()}"


def marked_source(marker: str | None, members: Iterable[str]) -> Anchor | None:
    """Give the source record that a marker names, if it is one of this link's."""
    if not marker or not marker.startswith(MARKER):
        return None
    connection, _, record_id = marker.removeprefix(MARKER).partition(":")
    return (connection, record_id) if connection in members and record_id else None


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
    ) -> None:
        """Make a planner.

        Args:
            link: the link's configuration.
            sides: its members at work, by connection.
            ledger: the ledger, which is only read.
            history: plan creates that keep original times and stay silent (a migration).
            skew: the largest difference between the members' clocks.
        """
        self.link = link
        self.sides = sides
        self.ledger = ledger
        self.history = history
        self.skew = skew
        self._order = [name for name in link.members if name in sides]
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
        bonds = self._bonds(anchors)
        wanted = self._wanted(anchors, bonds)
        records = self._read(wanted, fresh or {})
        documents = self._documents(records)
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
        records = {anchor: record for anchor, record in fresh.items() if anchor[1] in wanted.get(anchor[0], ())}
        for connection, ids in wanted.items():
            missing = [
                record_id
                for record_id in ids
                if (connection, record_id) not in records and (connection, record_id) not in self._known
            ]
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
        mine = {name: documents[name, ids[name]] for name in self._order if (name, ids.get(name, "")) in documents}
        plan.records = {name: ids[name] for name in mine}
        plan.basis = basis(mine)
        try:
            self._decide(plan, anchor, bond, mine, records)
        except MappingError as error:
            plan.failed = str(error)
        return plan

    def _decide(
        self,
        plan: BondPlan,
        anchor: Anchor,
        bond: Bond | None,
        mine: dict[str, Document],
        records: Mapping[Anchor, Record],
    ) -> None:
        for name, record_id in plan.records.items():
            if (name, record_id) in self._problems:
                raise MappingError(self._problems[name, record_id])
        if bond is None:
            plan.excluded = self._exclusion(anchor, mine)
            if plan.excluded:
                return
        self._plan_deletions(plan, bond, mine, records)
        if plan.deletes or not mine:
            return
        plan.groups = self._plan_groups(bond, mine)
        plan.creates = self._plan_creates(anchor, bond, mine)
        self._plan_parts(plan, bond, mine)
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

    def _plan_groups(self, bond: Bond | None, mine: Mapping[str, Document]) -> dict[str, GroupPlan]:
        if bond is None or len(mine) < 2:
            return {}
        values = {name: self.sides[name].values(document) for name, document in mine.items()}
        shared = sorted({group for held in values.values() for group in held})
        plans: dict[str, GroupPlan] = {}
        for group in shared:
            members = [name for name in self._order if group in values.get(name, {})]
            if len(members) < 2:
                continue
            planned = self._plan_group(group, bond, {name: values[name][group] for name in members}, mine)
            if planned is not None:
                plans[group] = planned
        return plans

    def _plan_group(
        self, group: str, bond: Bond, values: Mapping[str, Value], mine: Mapping[str, Document]
    ) -> GroupPlan | None:
        def image(name: str) -> Callable[[Value], Value]:
            return lambda value: self.sides[name].image(group, value)

        def times(names: Sequence[str]) -> dict[str, datetime]:
            return self._change_times(group, {name: mine[name]["id"] for name in names})

        receipts = {name: bond.receipts.get((name, group)) for name in values}
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
        decision = reconcile(
            group,
            seen,
            bond.values.get(group),
            self.link.rule(group, first=group not in bond.values),
            times,
            skew=self.skew,
            chosen=self._choice(bond, group),
        )
        writes = {
            name: value
            for name, value in decision.writes.items()
            if not self._blocked(bond, name, group, decision.record or bond.values.get(group), values[name])
        }
        unread = {name for name, receipt in receipts.items() if receipt is not None and not receipt.verified}
        confirmed = {name: values[name] for name in unread if name not in decision.changed and name not in writes}
        if not (decision.changed or writes or decision.conflict or decision.receipts or confirmed):
            return None
        return GroupPlan(
            record=decision.record,
            before={name: values[name] for name in writes},
            writes=writes,
            receipts={**confirmed, **decision.receipts},
            conflict=decision.conflict,
            changed=decision.changed,
            drift=decision.drift,
            reason=decision.reason,
            seen=dict(values) if decision.conflict else {},
        )

    def _choice(self, bond: Bond, group: str) -> str | None:
        return self.ledger.choice(bond.id, group)

    def _blocked(self, bond: Bond, name: str, group: str, record: Value | None, value: Value) -> bool:
        """Tell whether a group may not be written at a member: frozen, or parked under these very values."""
        if (name, group) in bond.frozen:
            return True
        park = bond.parks.get((name, group))
        return park is not None and park.fingerprint == self.park_fingerprint(name, record, value)

    def park_fingerprint(self, name: str, record: Value | None, value: Value | None) -> str:
        """Give the digest of what a refusal depended on: the values, and the member's mapping."""
        return fingerprint(record, value, {"mapping": self.sides[name].mapping.version})

    def _change_times(self, group: str, ids: Mapping[str, str]) -> dict[str, datetime]:
        """Ask the vendors' histories when a group last changed, our own account's changes left out."""
        times: dict[str, datetime] = {}
        for name, record_id in ids.items():
            side = self.sides[name]
            if not side.can("history"):
                continue
            fields = side.mapping.fields_of(group)
            changes = side.connector.history([record_id]).get(record_id, [])
            moments = [change.at for change in changes if change.field in fields and not side.is_ours(change.by)]
            if moments:
                times[name] = max(moments)
        return times

    # -- creates, parts, deletions

    def _plan_creates(self, anchor: Anchor, bond: Bond | None, mine: Mapping[str, Document]) -> list[CreatePlan]:
        source = anchor[0] if anchor[0] in mine else next(iter(mine))
        document = mine[source]
        lacking = [
            name
            for name in self.link.create
            if name in self.sides
            and self.sides[name].writable
            and name not in mine
            and not (bond and name in bond.members)
        ]
        if bond is not None and lacking and out_of_scope(self.link.scope.get(source), document):
            return []
        creates: list[CreatePlan] = []
        for name in lacking:
            side = self.sides[name]
            side.directory.meet(document)
            content = {field: value for field, value in document.items() if field not in NOT_WRITTEN}
            carried = carried_lines(content, side, history=self.history)
            creates.append(CreatePlan(name, marker_for(source, document["id"]), content, carried))
        return creates

    def _plan_parts(self, plan: BondPlan, bond: Bond | None, mine: Mapping[str, Document]) -> None:
        present = [*mine, *(create.connection for create in plan.creates)]
        targets = {
            name: [other for other in present if other != name and self.link.flows(name, other)] for name in mine
        }
        for document in mine.values():
            for name in present:
                self.sides[name].directory.meet(document)
        threads = plan_threads(self.link, self.sides, mine, targets, bond)
        plan.parts = sorted(threads.parts, key=lambda part: part.body.get("created_at") or "")
        plan.skips += threads.skips
        plan.known_parts = threads.known_comments
        plan.known_files = threads.known_files

    def _plan_deletions(
        self,
        plan: BondPlan,
        bond: Bond | None,
        mine: Mapping[str, Document],
        records: Mapping[Anchor, Record],
    ) -> None:
        """Plan what follows from a member that is gone: absence counts only after two direct reads in two runs."""
        if bond is None:
            return
        for name, member in bond.members.items():
            if name in mine or member.gone or name not in self.sides:
                continue
            record = records.get((name, member.record_id))
            stated = record is not None and record.deleted
            if not stated and member.missing < 1:
                plan.skips.append(Skip("incident", name, member.record_id, "not found once; the next run looks again"))
                continue
            for other in mine:
                plan.deletes[other] = self.link.on_delete
            plan.deletes.setdefault(name, "ignore")


def read_documents(side: Side, records: Sequence[Record]) -> tuple[dict[str, Document], dict[str, str]]:
    """Give the hydrated documents of some records, and what the mapping cannot read, both by record id."""
    documents = side.documents(records)
    problems = {
        record.id: problem
        for record in records
        if (problem := side.mapping.unmapped(record.body, documents[record.id]))
    }
    side.hydrate(documents)
    return documents, problems


def basis(documents: Mapping[str, Document]) -> str:
    """Give a digest of all that was seen of an incident: versions, comments and files."""
    digest = hashlib.sha256()
    for name in sorted(documents):
        document = documents[name]
        comments = [comment["id"] for comment in document.get("comments") or ()]
        files = [file["id"] for file in document.get("attachments") or ()]
        digest.update(repr((name, document["id"], document.get("version"), comments, files)).encode())
    return digest.hexdigest()


def out_of_scope(scope: Scope | None, document: Document) -> str | None:
    """Say why a document is outside a scope, or None."""
    if scope is None:
        return None
    labels = set(document.get("labels") or ())
    group = (document.get("group") or {}).get("name")
    checks = (
        (scope.status, document.get("status") in scope.status, "status"),
        (scope.priority, document.get("priority") in scope.priority, "priority"),
        (scope.group, group in scope.group, "group"),
        (scope.label, bool(labels.intersection(scope.label)), "label"),
        (scope.key, document.get("key") in scope.key or document.get("id") in scope.key, "key"),
        (scope.opened_after, _after(document.get("opened_at"), scope.opened_after), "opened_after"),
        (scope.updated_after, _after(document.get("updated_at"), scope.updated_after), "updated_after"),
    )
    outside = [name for wanted, inside, name in checks if wanted and not inside]
    return f"out of scope: {', '.join(outside)}" if outside else None


def _after(text: str | None, moment: datetime | None) -> bool:
    return moment is None or (text is not None and datetime.fromisoformat(text) > moment)
