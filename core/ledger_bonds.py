"""The ledger's bonds: members, values of record, receipts, parks, swings, parts, and the intents about them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import delete, func, insert, select, update

from . import schema as db
from .model import format_time
from .state import Bond, Intent, IntentKind, Member, Park, Part, PartKind, Receipt, Value
from .store import Store, chunks

BUDGET_MEMORY = 12
"""Cycles over which writes to one group are counted."""


def _dump(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


class BondMethods(Store):
    """Bonds and intents."""

    # -- bonds

    def add_bond(self, link: str) -> str:
        """Make an empty bond and give its id."""
        bond = uuid.uuid4().hex
        with self.transaction() as connection:
            connection.execute(insert(db.bonds).values(id=bond, link=link))
        return bond

    def join(
        self,
        bond: str,
        link: str,
        connection: str,
        record_id: str,
        *,
        marker: str | None = None,
        digest: str | None = None,
        version: str | None = None,
    ) -> None:
        """Make a record a member of a bond."""
        row = {
            "bond": bond,
            "link": link,
            "connection": connection,
            "record_id": record_id,
            "marker": marker,
            "digest": digest,
            "version": version,
            "missing": 0,
            "gone": False,
        }
        self.upsert(db.members, [row])

    def find_bonds(self, link: str, connection: str, record_ids: Sequence[str]) -> dict[str, str]:
        """Give the bonds that some records belong to, by record id."""
        found: dict[str, str] = {}
        table = db.members.c
        with self.transaction() as session:
            for ids in chunks(record_ids):
                query = select(table.record_id, table.bond).where(
                    table.link == link, table.connection == connection, table.record_id.in_(ids)
                )
                found.update({row.record_id: row.bond for row in session.execute(query)})
        return found

    def digests(self, link: str, connection: str, record_ids: Sequence[str]) -> dict[str, str | None]:
        """Give the digests under which records were last seen, bonded or excluded."""
        found: dict[str, str | None] = {}
        with self.transaction() as session:
            for ids in chunks(record_ids):
                for table in (db.members, db.excluded):
                    query = select(table.c.record_id, table.c.digest).where(
                        table.c.link == link, table.c.connection == connection, table.c.record_id.in_(ids)
                    )
                    found.update({row.record_id: row.digest for row in session.execute(query)})
        return found

    def exclude(self, link: str, connection: str, record_id: str, digest: str | None) -> None:
        """Remember a record that is out of scope, so that its repeats cost nothing."""
        self.upsert(db.excluded, [{"link": link, "connection": connection, "record_id": record_id, "digest": digest}])

    def bonds(self, bond_ids: Sequence[str]) -> dict[str, Bond]:
        """Give everything about some bonds, in a handful of queries however many they are."""
        loaded: dict[str, Bond] = {}
        for ids in chunks(bond_ids):
            loaded.update(self._load(ids))
        return loaded

    def _load(self, ids: Sequence[str]) -> dict[str, Bond]:
        with self.transaction() as session:

            def rows(table: Any) -> Iterator[Any]:
                return iter(session.execute(select(table).where(table.c.bond.in_(ids))))

            query = select(db.bonds).where(db.bonds.c.id.in_(ids))
            bonds = {row.id: Bond(row.id, row.link) for row in session.execute(query)}
            for row in rows(db.members):
                bonds[row.bond].members[row.connection] = Member(
                    row.connection, row.record_id, row.marker, row.digest, row.version, row.missing, row.gone
                )
            for row in rows(db.values):
                bonds[row.bond].values[row.group_name] = orjson.loads(row.value)
            for row in rows(db.receipts):
                bonds[row.bond].receipts[row.connection, row.group_name] = Receipt(
                    orjson.loads(row.value),
                    orjson.loads(row.raw) if row.raw else None,
                    row.mapping,
                    row.verified,
                )
            for row in rows(db.parks):
                bonds[row.bond].parks[row.connection, row.group_name] = Park(
                    row.connection, row.group_name, row.fingerprint, row.reason
                )
            frozen: dict[str, set[tuple[str, str]]] = {}
            for row in rows(db.swings):
                bonds[row.bond].writes[row.connection, row.group_name] = tuple(orjson.loads(row.cycles))
                if row.frozen:
                    frozen.setdefault(row.bond, set()).add((row.connection, row.group_name))
            opened: dict[str, set[str]] = {}
            for row in rows(db.conflicts):
                if row.state == "open":
                    opened.setdefault(row.bond, set()).add(row.group_name)
            parts = self._parts(session, ids)
        return {
            key: replace(
                bond,
                frozen=frozenset(frozen.get(key, ())),
                open_conflicts=frozenset(opened.get(key, ())),
                parts=tuple(parts.get(key, ())),
            )
            for key, bond in bonds.items()
        }

    def _parts(self, session: Any, ids: Sequence[str]) -> dict[str, list[Part]]:
        found: dict[str, list[Part]] = {}
        by_id: dict[str, Part] = {}
        for row in session.execute(select(db.parts).where(db.parts.c.bond.in_(ids))):
            part = Part(row.id, PartKind(row.kind), row.origin_connection, row.origin_id, row.public, row.digest)
            by_id[part.id] = part
            found.setdefault(row.bond, []).append(part)
        query = select(db.copies).join(db.parts, db.parts.c.id == db.copies.c.part).where(db.parts.c.bond.in_(ids))
        for row in session.execute(query):
            by_id[row.part].copies[row.connection] = row.copy_id
        return found

    def bond_ids(self, link: str) -> list[str]:
        """Give the ids of all bonds of a link."""
        with self.transaction() as session:
            return list(session.execute(select(db.bonds.c.id).where(db.bonds.c.link == link)).scalars())

    def record_ids(self, link: str, connection: str) -> set[str]:
        """Give the ids of all records of a member that belong to a bond and are not gone."""
        table = db.members.c
        query = select(table.record_id).where(table.link == link, table.connection == connection, table.gone.is_(False))
        with self.transaction() as session:
            return set(session.execute(query).scalars())

    def see(self, bond: str, connection: str, *, digest: str | None, version: str | None) -> None:
        """Remember what a record looked like when it was handled."""
        table = db.members
        with self.transaction() as session:
            session.execute(
                update(table)
                .where(table.c.bond == bond, table.c.connection == connection)
                .values(digest=digest, version=version, missing=0)
            )

    def miss(self, bond: str, connection: str, *, gone: bool) -> None:
        """Remember that a direct read did not find a record; ``gone`` once that has been handled."""
        table = db.members
        with self.transaction() as session:
            session.execute(
                update(table)
                .where(table.c.bond == bond, table.c.connection == connection)
                .values(missing=table.c.missing + 1, gone=gone)
            )

    # -- groups

    def save_receipts(self, rows: Iterable[tuple[str, str, str, Receipt]]) -> None:
        """Store receipts, as (bond, connection, group, receipt)."""
        self.upsert(
            db.receipts,
            [
                {
                    "bond": bond,
                    "connection": connection,
                    "group_name": group,
                    "value": _dump(receipt.value),
                    "raw": None if receipt.raw is None else _dump(receipt.raw),
                    "mapping": receipt.mapping,
                    "verified": receipt.verified,
                }
                for bond, connection, group, receipt in rows
            ],
        )

    def save_values(self, bond: str, values: dict[str, Value]) -> None:
        """Store values of record, by group."""
        self.upsert(
            db.values,
            [{"bond": bond, "group_name": group, "value": _dump(value)} for group, value in values.items()],
        )

    def park(self, bond: str, park: Park) -> None:
        """Remember a refusal and the values that it depended on."""
        self.upsert(
            db.parks,
            [
                {
                    "bond": bond,
                    "connection": park.connection,
                    "group_name": park.group,
                    "fingerprint": park.fingerprint,
                    "reason": park.reason,
                }
            ],
        )

    def unpark(self, bond: str, connection: str, group: str) -> None:
        """Forget a refusal: the write went through."""
        table = db.parks.c
        with self.transaction() as session:
            session.execute(
                delete(db.parks).where(table.bond == bond, table.connection == connection, table.group_name == group)
            )

    def note_write(self, bond: Bond, connection: str, group: str, cycle: int, *, frozen: bool) -> None:
        """Count a write against the group's budget, and freeze the group where it is used up."""
        recent = [each for each in bond.writes.get((connection, group), ()) if each > cycle - BUDGET_MEMORY]
        row = {
            "bond": bond.id,
            "connection": connection,
            "group_name": group,
            "cycles": _dump([*recent, cycle]),
            "frozen": frozen,
        }
        self.upsert(db.swings, [row])

    def release(self, bond: str) -> int:
        """Let a person release the frozen groups of a bond; gives how many there were."""
        table = db.swings
        with self.transaction() as session:
            return session.execute(
                update(table).where(table.c.bond == bond, table.c.frozen.is_(True)).values(frozen=False, cycles="[]")
            ).rowcount

    # -- parts

    def add_part(
        self,
        bond: str,
        kind: PartKind,
        origin_connection: str,
        origin_id: str,
        *,
        public: bool,
        digest: str | None,
    ) -> str:
        """Make a comment or file known, once for its origin, and give its id."""
        table = db.parts.c
        with self.transaction() as session:
            known = session.execute(
                select(table.id).where(
                    table.bond == bond,
                    table.kind == kind.value,
                    table.origin_connection == origin_connection,
                    table.origin_id == origin_id,
                )
            ).scalar()
            if known is not None:
                return str(known)
            part = uuid.uuid4().hex
            session.execute(
                insert(db.parts).values(
                    id=part,
                    bond=bond,
                    kind=kind.value,
                    origin_connection=origin_connection,
                    origin_id=origin_id,
                    public=public,
                    digest=digest,
                )
            )
            return part

    def add_copy(self, part: str, connection: str, copy_id: str) -> None:
        """Remember where a part has been carried."""
        self.upsert(db.copies, [{"part": part, "connection": connection, "copy_id": copy_id}])

    # -- intents

    def open_intents(self, intents: Sequence[Intent]) -> None:
        """Commit intents, before the calls that they announce."""
        if not intents:
            return
        with self.transaction() as session:
            session.execute(
                insert(db.intents),
                [
                    {
                        "id": intent.id,
                        "link": intent.link,
                        "open": True,
                        "at": format_time(intent.at),
                        "body": _dump(asdict(intent)),
                    }
                    for intent in intents
                ],
            )

    def close_intent(self, intent: str, outcome: str, error: str = "") -> None:
        """Close an intent with what became of it: ``done``, ``failed`` or ``absent``."""
        with self.transaction() as session:
            session.execute(
                update(db.intents).where(db.intents.c.id == intent).values(open=False, outcome=outcome, error=error)
            )

    def unsettled(self, link: str) -> list[Intent]:
        """Give the open intents of a link, oldest first."""
        query = (
            select(db.intents.c.body)
            .where(db.intents.c.link == link, db.intents.c.open.is_(True))
            .order_by(db.intents.c.at, db.intents.c.id)
        )
        with self.transaction() as session:
            return [_intent(orjson.loads(body)) for body in session.execute(query).scalars()]

    def summary(self, link: str) -> dict[str, int]:
        """Give the counts that ``isthmus status`` shows."""

        def count(table: Any, *conditions: Any) -> int:
            query = select(func.count()).select_from(table).where(table.c.link == link, *conditions)
            return int(session.execute(query).scalar_one())

        with self.transaction() as session:
            parked = (
                select(func.count())
                .select_from(db.parks.join(db.bonds, db.bonds.c.id == db.parks.c.bond))
                .where(db.bonds.c.link == link)
            )
            frozen = (
                select(func.count())
                .select_from(db.swings.join(db.bonds, db.bonds.c.id == db.swings.c.bond))
                .where(db.bonds.c.link == link, db.swings.c.frozen.is_(True))
            )
            return {
                "bonds": count(db.bonds),
                "dirty": count(db.dirty),
                "open_intents": count(db.intents, db.intents.c.open.is_(True)),
                "conflicts": count(db.conflicts, db.conflicts.c.state == "open"),
                "quarantine": count(db.failures, db.failures.c.state != "discarded"),
                "parked": int(session.execute(parked).scalar_one()),
                "frozen": int(session.execute(frozen).scalar_one()),
            }


def _intent(raw: dict[str, Any]) -> Intent:
    raw["kind"] = IntentKind(raw["kind"])
    raw["at"] = datetime.fromisoformat(raw["at"])
    raw["path"] = tuple(raw["path"])
    return Intent(**raw)
