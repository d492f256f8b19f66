"""Find out what became of writes: pair the copies of comments and files, and settle intents that a crash left open.

Presence is proof at once; absence only after the vendor's commit bound and index lag have passed since the intent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from . import richtext
from .ledger import Ledger
from .model import Document
from .side import Side
from .state import Bond, Intent, IntentKind, PartKind, Receipt, Value
from .values import same

PartKey = dict[str, Any]


def learn_copies(side: Side, ledger: Ledger, pending: Mapping[str, tuple[str, list[PartKey]]]) -> dict[str, int]:
    """Pair what was written at a side with the parts that it copies, and give the number paired by record.

    Args:
        side: where the copies are.
        ledger: where the pairs are kept.
        pending: record id -> (bond, what was written there). What is paired already is passed over.
    """
    bonds = ledger.bonds([bond for bond, _ in pending.values()])
    open_keys = {
        record_id: [key for key in keys if not _is_paired(bonds[bond], side.name, key)]
        for record_id, (bond, keys) in pending.items()
    }
    wanted = [record_id for record_id, keys in open_keys.items() if keys]
    documents: dict[str, Document] = {record_id: {} for record_id in wanted}
    side.hydrate(documents)
    paired: dict[str, int] = {}
    for record_id in wanted:
        bond = bonds[pending[record_id][0]]
        with ledger.transaction():
            paired[record_id] = _pair(side, ledger, bond, documents[record_id], open_keys[record_id])
    return paired


def adopt_create(ledger: Ledger, intent: Intent, record_id: str, sides: Mapping[str, Side]) -> None:
    """Make a created record a member of its bond, with what it and its source hold as receipts."""
    origin, held = intent.details["origin"], intent.details["held"]
    ledger.join(intent.bond, intent.link, intent.connection, record_id, marker=intent.marker)
    ledger.save_values(intent.bond, held)
    rows = [(origin, group, value, True) for group, value in held.items()]
    rows += [(intent.connection, group, value, False) for group, value in intent.predicted.items()]
    ledger.save_receipts(
        (intent.bond, name, group, Receipt(value, None, sides[name].mapping.version, verified))
        for name, group, value, verified in rows
    )


def _is_paired(bond: Bond, connection: str, key: PartKey) -> bool:
    kinds = [PartKind(key["kind"])] + ([PartKind.FILE] if key["files"] else [])
    origins = [key["origin_id"]] + ([key["files"][0]["origin_id"]] if key["files"] else [])
    return all(
        any(
            part.kind is kind
            and part.origin_connection == key["origin_connection"]
            and part.origin_id == origin
            and connection in part.copies
            for part in bond.parts
        )
        for kind, origin in zip(kinds, origins, strict=True)
    )


def _pair(side: Side, ledger: Ledger, bond: Bond, document: Document, keys: Iterable[PartKey]) -> int:
    """Match what stands at the target and is not known yet with what we wrote, in order."""
    taken = {(part.kind, part.copies[side.name]) for part in bond.parts if side.name in part.copies}
    taken |= {(part.kind, part.origin_id) for part in bond.parts if part.origin_connection == side.name}
    comments = [each for each in document["comments"] if (PartKind.COMMENT, each["id"]) not in taken]
    files = [each for each in document["attachments"] if (PartKind.FILE, each["id"]) not in taken]
    count = 0
    for key in keys:
        found_files = files
        if key["kind"] == PartKind.COMMENT:
            match = next((each for each in comments if _says(each, key)), None)
            if match is None:
                continue
            comments.remove(match)
            _remember(ledger, bond, side, PartKind.COMMENT, key, key["origin_id"], match["id"])
            found_files = list(match["attachments"])
            count += 1
        for wanted in key["files"]:
            copy = next((each for each in found_files if _is_file(each, wanted)), None)
            if copy is not None:
                found_files.remove(copy)
                _remember(ledger, bond, side, PartKind.FILE, key, wanted["origin_id"], copy["id"])
                count += key["kind"] == PartKind.FILE
    return count


def _says(comment: Document, key: PartKey) -> bool:
    """A comment that tells its origin is known by it; any other by its words, which no other comment of ours shares."""
    origin = comment.get("origin")
    if origin is not None:
        return origin == f"{key['origin_connection']}/{key['origin_record']}/{key['origin_id']}"
    public = comment["visibility"] == "public"
    return public == key["public"] and richtext.comparable(comment.get("body") or "") == richtext.comparable(key["words"])


def _is_file(file: Document, wanted: Mapping[str, Any]) -> bool:
    sizes = (file.get("size"), wanted.get("size"))
    return file["name"] == wanted["name"] and (None in sizes or sizes[0] == sizes[1])


def _remember(ledger: Ledger, bond: Bond, side: Side, kind: PartKind, key: PartKey, origin_id: str, copy_id: str) -> None:
    digest = key["digest"] if kind is PartKind.COMMENT else None
    part = ledger.add_part(bond.id, kind, key["origin_connection"], origin_id, public=key["public"], digest=digest)
    ledger.add_copy(part, side.name, copy_id)


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
            if side is None:
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
        record_id = min(found, key=lambda record: (len(record.id), record.id)).id
        with self._ledger.transaction():
            adopt_create(self._ledger, intent, record_id, self._sides)
        self._pair_parts(intent, side, record_id)
        return True

    def _updated(self, intent: Intent, side: Side) -> bool:
        """One update writes all its groups at once: one predicted value that was not there before proves them all.

        What else has become of the record since is then its own change, and handled as such.
        """
        records = side.fetch([intent.record_id or ""])
        if not records:
            return False
        (document,) = side.documents(records.values()).values()
        values = side.values(document)
        before: dict[str, Value] = intent.details.get("before") or {}
        if not any(
            same(values.get(group, {}), value) and not same(value, before.get(group, {}))
            for group, value in intent.predicted.items()
        ):
            return False
        self._ledger.save_receipts(
            (intent.bond, side.name, group, Receipt(value, None, side.mapping.version, verified=False))
            for group, value in intent.predicted.items()
        )
        return True

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
        if all(_is_paired(bond, side.name, key) for key in keys):
            return len(keys)
        return learn_copies(side, self._ledger, {record_id: (intent.bond, keys)}).get(record_id, 0)
