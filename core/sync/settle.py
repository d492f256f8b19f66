"""Find out what became of writes whose fate is unknown: settle the intents that a crash or a lost reply left open.

Presence is proof at once; absence only after the vendor's commit bound and index lag have passed since the intent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from ..ledger.ledger import Ledger
from ..ledger.state import Bond, Intent, IntentKind, Receipt, Value
from ..mapping.values import same
from .copies import PartKey, is_paired, learn_copies
from .side import Side
from .steps import stopped_at


def adopt_create(
    ledger: Ledger,
    intent: Intent,
    bond: Bond,
    record_id: str,
    sides: Mapping[str, Side],
    reached: Mapping[str, Value] | None = None,
) -> None:
    """Make a created record a member of its bond, with what it and its source hold as receipts.

    What the bond had agreed on before stays as it was: only the new member is new. ``reached`` are groups that the write
    left half-way.
    """
    origin = intent.details["origin"]
    held = {group: value for group, value in intent.details["held"].items() if group not in bond.values}
    ledger.join(intent.bond, intent.link, intent.connection, record_id, marker=intent.marker)
    ledger.save_values(intent.bond, held)
    rows = [(origin, group, value, True) for group, value in held.items()]
    written = {**intent.predicted, **(reached or {})}
    rows += [(intent.connection, group, value, False) for group, value in written.items()]
    ledger.save_receipts(
        (intent.bond, name, group, Receipt(value, None, sides[name].mapping.version, verified))
        for name, group, value, verified in rows
    )


class Settler:
    """Settles the open intents of a link, before anything else is done."""

    def __init__(self, link: str, sides: Mapping[str, Side], ledger: Ledger) -> None:
        """Make a settler for the members of a link."""
        self._link = link
        self._sides = sides
        self._ledger = ledger

    def settle(self, now: datetime | None = None) -> datetime | None:
        """Settle what can be settled, and give the moment when the rest can be, or None where nothing is left.

        Args:
            now: our clock, UTC.
        """
        moment = now or datetime.now(UTC)
        later: list[datetime] = []
        for intent in self._ledger.unsettled(self._link):
            side = self._sides.get(intent.connection)
            if side is None:  # no member of the link any more: nothing will be written there
                self._close(intent, "absent")
                continue
            if self._happened(intent, side):
                self._close(intent, "done")
                continue
            traits = side.connector.traits
            ripe = intent.at + side.connector.commit_bound
            if intent.kind is IntentKind.CREATE:
                ripe += traits.search_lag
            if ripe > moment:
                later.append(ripe)
            else:
                self._close(intent, "absent")
        return min(later, default=None)

    def waiting(self) -> set[str]:
        """Give the bonds with an open intent: only they wait."""
        return {intent.bond for intent in self._ledger.unsettled(self._link)}

    def _close(self, intent: Intent, outcome: str) -> None:
        with self._ledger.transaction():
            self._ledger.close_intent(intent.id, outcome, "settled after an interruption")
            self._ledger.record(intent.run, self._link, [{"kind": "settled", "intent": intent.id, "outcome": outcome}])

    def _happened(self, intent: Intent, side: Side) -> bool:
        match intent.kind:
            case IntentKind.CREATE:
                return self._created(intent, side)
            case IntentKind.UPDATE:
                return self._updated(intent, side)
            case IntentKind.COMMENT | IntentKind.FILE:
                return self._carried(intent, side)
            case IntentKind.DELETE:
                return self._deleted(intent, side)

    def _created(self, intent: Intent, side: Side) -> bool:
        found = side.connector.find(intent.marker or "")
        if not found:
            return False
        record = min(found, key=lambda record: (len(record.id), record.id))
        (bond,) = self._ledger.bonds([intent.bond]).values()
        if side.name not in bond.members:  # else only its thread was not read any more
            with self._ledger.transaction():
                (bond,) = self._ledger.bonds([intent.bond]).values()
            reached = stopped_at(intent, side.values(side.document(record)))
            adopt_create(self._ledger, intent, bond, record.id, self._sides, reached)
        self._pair_parts(intent, side, record.id)
        return True

    def _updated(self, intent: Intent, side: Side) -> bool:
        """One update writes all its groups at once: one predicted value that was not there before proves them all.

        What else has become of the record since is then its own change, and handled as such. A tool that goes by steps may
        have stopped in between: there a group that still holds its value of before is not written yet.
        """
        records = side.fetch([intent.record_id or ""])
        if not records:
            return False
        (document,) = side.documents(records.values()).values()
        values = side.values(document)
        before: dict[str, Value] = intent.details.get("before") or {}
        on_the_way = stopped_at(intent, values)
        reached = intent.predicted
        if not any(
            same(values.get(group, {}), value) and not same(value, before.get(group, {}))
            for group, value in intent.predicted.items()
        ):
            reached = on_the_way
        elif side.can("path"):
            left = {group for group, value in before.items() if same(values.get(group, {}), value)}
            reached = {group: value for group, value in intent.predicted.items() if group not in left} | on_the_way
        self._ledger.save_receipts(
            (intent.bond, side.name, group, Receipt(value, None, side.mapping.version, verified=False))
            for group, value in reached.items()
        )
        return bool(reached)

    def _deleted(self, intent: Intent, side: Side) -> bool:
        records = side.fetch([intent.record_id or ""]).values()
        if any(not record.deleted for record in records):
            return False
        self._ledger.miss(intent.bond, side.name, gone=True)
        return True

    def _carried(self, intent: Intent, side: Side) -> bool:
        return self._pair_parts(intent, side, intent.record_id or "") > 0

    def _pair_parts(self, intent: Intent, side: Side, record_id: str) -> int:
        keys: list[PartKey] = intent.details.get("parts") or []
        if not keys:
            return 0
        (bond,) = self._ledger.bonds([intent.bond]).values()
        if all(is_paired(bond, side.name, key) for key in keys):
            return len(keys)
        return learn_copies(side, self._ledger, {record_id: (intent.bond, keys)}).get(record_id, 0)
