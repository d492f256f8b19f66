"""The ledger's inboxes, where people decide: conflicts and quarantine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row, delete, insert, select, update

from ..errors import ConnectorError
from . import schema as db
from .state import Conflict, Failure
from .store import Store, chunks, dump, new_id, words


class InboxMethods(Store):
    """Conflicts and quarantine."""

    # -- conflicts

    def add_conflict(self, link: str, bond: str, group: str, values: dict[str, Any], reason: str) -> str:
        """Put a group into the inbox, or refresh its values while it is there."""
        table = db.conflicts.c
        body = dump(values)
        with self.transaction() as session:
            known = session.execute(
                select(table.id).where(table.bond == bond, table.group_name == group, table.state == "open")
            ).scalar()
            if known is not None:
                session.execute(update(db.conflicts).where(table.id == known).values(body=body, reason=words(reason)))
                return str(known)
            conflict = new_id()[:12]
            session.execute(
                insert(db.conflicts).values(
                    id=conflict,
                    link=link,
                    bond=bond,
                    group_name=group,
                    at=self.now(),
                    body=body,
                    reason=words(reason),
                    state="open",
                )
            )
            return conflict

    def conflicts(self, link: str | None = None, *, state: str = "open") -> list[Conflict]:
        """Give the conflicts in a state, oldest first."""
        query = select(db.conflicts).where(db.conflicts.c.state == state).order_by(db.conflicts.c.at, db.conflicts.c.id)
        if link is not None:
            query = query.where(db.conflicts.c.link == link)
        with self.transaction() as session:
            return [_conflict(row) for row in session.execute(query)]

    def conflict(self, conflict: str) -> Conflict | None:
        """Give one conflict."""
        query = select(db.conflicts).where(db.conflicts.c.id == conflict)
        with self.transaction() as session:
            row = session.execute(query).first()
            return None if row is None else _conflict(row)

    def choose(self, conflict: str, choice: str) -> bool:
        """Store a person's choice, which the next run carries out; tells whether the conflict still waited for one."""
        table = db.conflicts.c
        with self.transaction() as session:
            return (
                session.execute(
                    update(db.conflicts)
                    .where(table.id == conflict, table.state != "resolved")
                    .values(state="chosen", choice=choice)
                ).rowcount
                > 0
            )

    def close_conflicts(self, bond: str, groups: Iterable[str]) -> None:
        """Take groups out of the inbox: they agree, or the choice has been carried out."""
        table = db.conflicts.c
        with self.transaction() as session:
            session.execute(
                update(db.conflicts)
                .where(table.bond == bond, table.group_name.in_(list(groups)), table.state != "resolved")
                .values(state="resolved")
            )

    # -- quarantine

    def quarantine(self, link: str, connection: str, record_id: str, error: Exception) -> str:
        """Put a record aside with the vendor's own words; the rest flows."""
        facts = {
            "error": type(error).__name__,
            "message": words(str(error)),
            "vendor_words": words(error.vendor_words) if isinstance(error, ConnectorError) else "",
            "last_at": self.now(),
            "state": "waiting",
        }
        key = {"link": link, "connection": connection, "record_id": record_id}
        row = {"id": new_id()[:12], **key, "first_at": facts["last_at"], "tries": 1, **facts}
        statement = self.insertion(db.failures).values(row)
        statement = statement.on_conflict_do_update(
            index_elements=list(key), set_={**facts, "tries": db.failures.c.tries + 1}
        )
        with self.transaction() as session:
            return session.execute(statement.returning(db.failures.c.id)).scalar_one()

    def failures(self, link: str | None = None, *, state: str | None = None) -> list[Failure]:
        """Give the quarantined records, oldest first."""
        query = select(db.failures).order_by(db.failures.c.first_at, db.failures.c.id)
        if link is not None:
            query = query.where(db.failures.c.link == link)
        if state is not None:
            query = query.where(db.failures.c.state == state)
        with self.transaction() as session:
            return [_failure(row) for row in session.execute(query)]

    def set_failure(self, failure: str, state: str) -> bool:
        """Move a quarantined record to ``retry`` or ``discarded``; tells whether it exists."""
        with self.transaction() as session:
            return session.execute(update(db.failures).where(db.failures.c.id == failure).values(state=state)).rowcount > 0

    def retry_changed(self, link: str, connection: str, record_ids: Sequence[str]) -> None:
        """Have records in quarantine tried again, since they have changed."""
        table = db.failures.c
        with self.transaction() as session:
            for ids in chunks(record_ids):
                mine = (table.link == link, table.connection == connection, table.record_id.in_(ids))
                session.execute(update(db.failures).where(*mine, table.state == "waiting").values(state="retry"))

    def heal(self, link: str, connection: str, record_id: str) -> None:
        """Take a record out of quarantine: it went through."""
        table = db.failures.c
        with self.transaction() as session:
            session.execute(
                delete(db.failures).where(table.link == link, table.connection == connection, table.record_id == record_id)
            )


def _conflict(row: Row[Any]) -> Conflict:
    return Conflict(
        id=row.id,
        link=row.link,
        bond=row.bond,
        group=row.group_name,
        at=datetime.fromisoformat(row.at),
        values=orjson.loads(row.body),
        reason=row.reason,
        state=row.state,
        choice=row.choice,
    )


def _failure(row: Row[Any]) -> Failure:
    return Failure(
        id=row.id,
        link=row.link,
        connection=row.connection,
        record_id=row.record_id,
        error=row.error,
        message=row.message,
        vendor_words=row.vendor_words,
        first_at=datetime.fromisoformat(row.first_at),
        last_at=datetime.fromisoformat(row.last_at),
        tries=row.tries,
        state=row.state,
    )
