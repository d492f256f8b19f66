"""The ledger's bonds: members, values of record, receipts, parks and swings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, Table, delete, insert, select, tuple_, update

from . import schema as db
from .parts import load_parts
from .state import Bond, HeldGroup, Member, Park, Receipt, Value
from .store import IN_LIST, Store, chunks, dump, given, listed, new_id, words

SWINGS = "it was written again and again, and changed again and again; find the rule that answers, then retry"
BUDGET_MEMORY = 12
"""Cycles over which writes to one group are counted."""

_BONDS = select(db.bonds).where(listed(db.bonds, "id"))
_OF_BONDS = {
    table: select(table).where(listed(table, "bond")) for table in (db.members, db.values, db.receipts, db.parks, db.swings)
}
_UNRESOLVED = (
    select(db.conflicts)
    .where(listed(db.conflicts, "bond"), db.conflicts.c.state != "resolved")
    .order_by(db.conflicts.c.at, db.conflicts.c.id)
)
_FOUND = select(db.members.c.record_id, db.members.c.bond).where(
    *given(db.members, "link", "connection"), listed(db.members, "record_id")
)
_HELD = select(db.members.c.record_id).where(*given(db.members, "link", "connection"), db.members.c.gone.is_(False))
_KNOWN = [
    select(table.c.record_id).where(*given(table, "link", "connection")) for table in (db.members, db.excluded, db.failures)
]


class BondMethods(Store):
    """Bonds and what is agreed about them."""

    def add_bond(self, link: str) -> str:
        """Make an empty bond and give its id."""
        bond = new_id()
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
        """Make a record a member of a bond; from then on it is no longer excluded."""
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
        out = db.excluded.c
        with self.transaction() as session:
            self.upsert(db.members, [row])
            session.execute(
                delete(db.excluded).where(out.link == link, out.connection == connection, out.record_id == record_id)
            )

    def find_bonds(self, link: str, connection: str, record_ids: Sequence[str]) -> dict[str, str]:
        """Give the bonds that some records belong to, by record id."""
        found: dict[str, str] = {}
        with self.transaction() as session:
            for ids in chunks(record_ids):
                place = {"link": link, "connection": connection, "ids": ids}
                found.update({row.record_id: row.bond for row in session.execute(_FOUND, place)})
        return found

    def bonds(self, bond_ids: Sequence[str]) -> dict[str, Bond]:
        """Give everything about some bonds, in a handful of queries however many they are."""
        loaded: dict[str, Bond] = {}
        for ids in chunks(bond_ids):
            loaded.update(self._load(ids))
        return loaded

    def _load(self, ids: Sequence[str]) -> dict[str, Bond]:
        with self.transaction() as session:
            bonds = {row.id: Bond(row.id, row.link) for row in session.execute(_BONDS, {"ids": ids})}
            for row in _rows(session, db.members, ids):
                bonds[row.bond].members[row.connection] = Member(
                    row.connection, row.record_id, row.marker, row.digest, row.version, row.missing, row.gone
                )
            for row in _rows(session, db.values, ids):
                bonds[row.bond].values[row.group_name] = orjson.loads(row.value)
            for row in _rows(session, db.receipts, ids):
                raw = orjson.loads(row.raw) if row.raw else None
                receipt = Receipt(orjson.loads(row.value), raw, row.mapping, row.verified)
                bonds[row.bond].receipts[row.connection, row.group_name] = receipt
            for row in _rows(session, db.parks, ids):
                park = Park(row.connection, row.group_name, row.fingerprint, row.reason)
                bonds[row.bond].parks[row.connection, row.group_name] = park
            frozen = _load_swings(session, bonds)
            opened = _load_conflicts(session, bonds)
            parts = load_parts(session, ids)
        return {
            key: replace(
                bond,
                frozen=frozenset(frozen.get(key, ())),
                open_conflicts=frozenset(opened.get(key, ())),
                parts=tuple(parts.get(key, ())),
            )
            for key, bond in bonds.items()
        }

    def bond_ids(self, link: str) -> list[str]:
        """Give the ids of all bonds of a link."""
        with self.transaction() as session:
            return list(session.execute(select(db.bonds.c.id).where(db.bonds.c.link == link)).scalars())

    def all_members(self) -> Iterator[Sequence[tuple[str, str, str, bool]]]:
        """Give every record of every bond as (bond, connection, record id, whether we created it), in pages."""
        table = db.members.c
        query = select(table.bond, table.connection, table.record_id, table.marker.is_not(None))
        query = query.order_by(table.bond, table.connection).limit(IN_LIST)
        after: tuple[str, str] | None = None
        while True:
            page = query if after is None else query.where(tuple_(table.bond, table.connection) > tuple_(*after))
            with self.transaction() as session:
                rows = [(row[0], row[1], row[2], bool(row[3])) for row in session.execute(page)]
            if not rows:
                return
            yield rows
            after = rows[-1][:2]

    def record_ids(self, link: str, connection: str) -> set[str]:
        """Give the ids of all records of a member that belong to a bond and are not gone."""
        with self.transaction() as session:
            return set(session.execute(_HELD, {"link": link, "connection": connection}).scalars())

    def known_ids(self, link: str, connection: str) -> set[str]:
        """Give the ids of all records of a member that were ever looked at: bonded, out of scope or in quarantine."""
        found: set[str] = set()
        with self.transaction() as session:
            for query in _KNOWN:
                found.update(session.execute(query, {"link": link, "connection": connection}).scalars())
        return found

    def see(self, bond: str, connection: str, *, digest: str | None) -> None:
        """Remember what a record looked like when it was handled."""
        table = db.members
        with self.transaction() as session:
            session.execute(
                update(table)
                .where(table.c.bond == bond, table.c.connection == connection)
                .values(digest=digest, missing=0, gone=False)
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
                    "value": dump(receipt.value),
                    "raw": None if receipt.raw is None else dump(receipt.raw),
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
            [{"bond": bond, "group_name": group, "value": dump(value)} for group, value in values.items()],
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
                    "reason": words(park.reason),
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
            "cycles": dump([*recent, cycle]),
            "frozen": frozen,
        }
        self.upsert(db.swings, [row])

    def held_groups(self, link: str | None = None) -> list[HeldGroup]:
        """Give the groups that were refused or kept swinging, in a steady order."""
        parked = select(db.members.c.link, db.parks, db.members.c.record_id).join(
            db.members,
            (db.members.c.bond == db.parks.c.bond) & (db.members.c.connection == db.parks.c.connection),
        )
        frozen = (
            select(db.members.c.link, db.swings, db.members.c.record_id)
            .join(
                db.members,
                (db.members.c.bond == db.swings.c.bond) & (db.members.c.connection == db.swings.c.connection),
            )
            .where(db.swings.c.frozen.is_(True))
        )
        if link is not None:
            parked, frozen = parked.where(db.members.c.link == link), frozen.where(db.members.c.link == link)
        with self.transaction() as session:
            found = [_held(row, "parked", row.reason) for row in session.execute(parked)]
            found += [_held(row, "frozen", SWINGS) for row in session.execute(frozen)]
        return sorted(found, key=lambda each: each.id)

    def release(self, held: HeldGroup) -> None:
        """Let a group be written again, and have its incident looked at in the next run."""
        place = {"bond": held.bond, "connection": held.connection, "group_name": held.group}
        with self.transaction() as session:
            session.execute(delete(db.parks).where(*_at(db.parks, place)))
            session.execute(update(db.swings).where(*_at(db.swings, place)).values(frozen=False, cycles="[]"))
            anchor = {"link": held.link, "connection": held.connection, "record_id": held.record_id, "deleted": False}
            self.upsert(db.dirty, [anchor])


def _at(table: Table, place: dict[str, str]) -> list[ColumnElement[bool]]:
    return [table.c[name] == value for name, value in place.items()]


def _held(row: Row[Any], state: str, message: str) -> HeldGroup:
    name = f"{row.bond}/{row.connection}/{row.group_name}"
    return HeldGroup(
        id=hashlib.sha256(name.encode()).hexdigest()[:12],
        link=row.link,
        bond=row.bond,
        connection=row.connection,
        record_id=row.record_id,
        group=row.group_name,
        state=state,
        message=f"{row.group_name}: {message}",
    )


def _rows(session: Connection, table: Table, ids: Sequence[str]) -> Sequence[Row[Any]]:
    return session.execute(_OF_BONDS[table], {"ids": ids}).all()


def _load_swings(session: Connection, bonds: dict[str, Bond]) -> dict[str, set[tuple[str, str]]]:
    """Fill in the writes that count against the budgets, and give what is frozen."""
    frozen: dict[str, set[tuple[str, str]]] = {}
    for row in _rows(session, db.swings, list(bonds)):
        bonds[row.bond].writes[row.connection, row.group_name] = tuple(orjson.loads(row.cycles))
        if row.frozen:
            frozen.setdefault(row.bond, set()).add((row.connection, row.group_name))
    return frozen


def _load_conflicts(session: Connection, bonds: dict[str, Bond]) -> dict[str, set[str]]:
    """Fill in what people chose, and give the groups that still wait for them."""
    opened: dict[str, set[str]] = {}
    for row in session.execute(_UNRESOLVED, {"ids": list(bonds)}):
        if row.state == "chosen":
            bonds[row.bond].choices[row.group_name] = row.choice
        else:
            opened.setdefault(row.bond, set()).add(row.group_name)
    return opened
