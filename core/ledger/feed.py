"""The ledger's reading: cursors, records to look at, records left out, and the documents that a migration has staged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, func, insert, select, update

from . import schema as db
from .store import Store, chunks, dump, given, listed

_CURSOR = select(db.cursors.c.cursor).where(*given(db.cursors, "link", "connection"))
_DIRTY = (
    select(db.dirty.c.connection, db.dirty.c.record_id)
    .where(*given(db.dirty, "link"))
    .order_by(db.dirty.c.connection, db.dirty.c.record_id)
)
_DIGESTS = [
    select(table.c.record_id, table.c.digest).where(*given(table, "link", "connection"), listed(table, "record_id"))
    for table in (db.excluded, db.members)
]


class FeedMethods(Store):
    """What has been read and what is still to be looked at."""

    # -- the feed

    def remember(
        self, link: str, connection: str, record_ids: Iterable[str], cursor: str | None, *, deleted: bool = False
    ) -> None:
        """Commit the ids to look at, together with the cursor that follows them.

        Args:
            link: name of the link.
            connection: name of the member, or ``member/what`` for a cursor beside that of its feed.
            record_ids: the records to look at.
            cursor: where the feed goes on, or None to leave it.
            deleted: the vendor itself says that these records were deleted.
        """
        place = {"link": link, "connection": connection}
        with self.transaction():
            self.upsert(db.dirty, [{**place, "record_id": each, "deleted": deleted} for each in dict.fromkeys(record_ids)])
            if cursor is not None:
                self.upsert(db.cursors, [{"link": link, "connection": connection, "cursor": cursor}])

    def cursor(self, link: str, connection: str) -> str | None:
        """Give the cursor of a member's feed."""
        with self.transaction() as session:
            return session.execute(_CURSOR, {"link": link, "connection": connection}).scalar()

    def dirty(self, link: str, limit: int | None = None) -> list[tuple[str, str]]:
        """Give the records to look at, as (connection, record id)."""
        query = _DIRTY if limit is None else _DIRTY.limit(limit)
        with self.transaction() as session:
            return [(row.connection, row.record_id) for row in session.execute(query, {"link": link})]

    def stated_deletions(self, link: str) -> set[tuple[str, str]]:
        """Give the records on the list of which the vendor itself says that they were deleted."""
        query = select(db.dirty.c.connection, db.dirty.c.record_id)
        with self.transaction() as session:
            found = session.execute(query.where(db.dirty.c.link == link, db.dirty.c.deleted.is_(True)))
            return {(row.connection, row.record_id) for row in found}

    def clean(self, link: str, anchors: Iterable[tuple[str, str]]) -> None:
        """Take records off the list, given as (connection, record id): what was found there is committed."""
        rows = [{"its_connection": name, "its_id": record_id} for name, record_id in dict.fromkeys(anchors)]
        if not rows:
            return
        table = db.dirty.c
        statement = delete(db.dirty).where(
            table.link == link,
            table.connection == bindparam("its_connection"),
            table.record_id == bindparam("its_id"),
        )
        with self.transaction() as session:
            session.execute(statement, rows)

    def digests(self, link: str, connection: str, record_ids: Sequence[str]) -> dict[str, str | None]:
        """Give the digests under which records were last seen, bonded or excluded."""
        found: dict[str, str | None] = {}
        with self.transaction() as session:
            for ids in chunks(record_ids):
                place = {"link": link, "connection": connection, "ids": ids}
                for query in _DIGESTS:
                    found.update({row.record_id: row.digest for row in session.execute(query, place)})
        return found

    def exclude(self, link: str, connection: str, record_id: str, digest: str | None) -> None:
        """Remember a record that is out of scope, so that its repeats cost nothing."""
        self.upsert(db.excluded, [{"link": link, "connection": connection, "record_id": record_id, "digest": digest}])

    # -- staging

    def stage(self, run: str, items: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Keep documents that a migration has read; one that has changed since it was handled is handled again."""
        bodies = {record_id: dump(body) for record_id, body in items}
        table = db.staged.c
        with self.transaction() as session:
            for ids in chunks(list(bodies)):
                mine = (table.run == run, table.record_id.in_(ids))
                query = select(table.record_id, table.body).where(*mine)
                held = {row.record_id: row.body for row in session.execute(query)}
                moved = [each for each in ids if held.get(each) != bodies[each]]
                session.execute(delete(db.staged).where(table.run == run, table.record_id.in_(moved)))
                rows = [{"run": run, "record_id": each, "state": "planned", "body": bodies[each]} for each in moved]
                if rows:
                    session.execute(insert(db.staged), rows)

    def staged(self, run: str, state: str, *, after: int = 0, limit: int = 100) -> list[tuple[int, dict[str, Any]]]:
        """Give staged documents in order, as (number, document)."""
        table = db.staged.c
        query = (
            select(table.seq, table.body)
            .where(table.run == run, table.state == state, table.seq > after)
            .order_by(table.seq)
            .limit(limit)
        )
        with self.transaction() as session:
            return [(row.seq, orjson.loads(row.body)) for row in session.execute(query)]

    def set_staged(self, run: str, record_ids: Sequence[str], state: str) -> None:
        """Move staged documents on."""
        table = db.staged.c
        with self.transaction() as session:
            for ids in chunks(record_ids):
                session.execute(update(db.staged).where(table.run == run, table.record_id.in_(ids)).values(state=state))

    def count_staged(self, run: str) -> dict[str, int]:
        """Give the number of staged documents by state."""
        query = select(db.staged.c.state, func.count()).where(db.staged.c.run == run).group_by(db.staged.c.state)
        with self.transaction() as session:
            return {row[0]: row[1] for row in session.execute(query)}

    def unstage(self, run: str) -> None:
        """Drop a finished migration's documents."""
        with self.transaction() as session:
            session.execute(delete(db.staged).where(db.staged.c.run == run))
