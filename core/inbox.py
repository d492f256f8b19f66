"""The ledger's inboxes, where people decide: conflicts and quarantine; and the lease that keeps processes apart."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Row, delete, insert, select, update

from . import schema as db
from .errors import ConnectorError, LeaseHeldError
from .model import format_time
from .state import Conflict, Failure
from .store import Store


class InboxMethods(Store):
    """Conflicts, quarantine and leases."""

    # -- conflicts

    def add_conflict(self, link: str, bond: str, group: str, values: dict[str, Any], reason: str) -> str:
        """Put a group into the inbox, or refresh its values while it is there."""
        table = db.conflicts.c
        body = orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode()
        with self.transaction() as session:
            known = session.execute(
                select(table.id).where(table.bond == bond, table.group_name == group, table.state == "open")
            ).scalar()
            if known is not None:
                session.execute(update(db.conflicts).where(table.id == known).values(body=body, reason=reason))
                return str(known)
            conflict = uuid.uuid4().hex[:12]
            session.execute(
                insert(db.conflicts).values(
                    id=conflict,
                    link=link,
                    bond=bond,
                    group_name=group,
                    at=self.now(),
                    body=body,
                    reason=reason,
                    state="open",
                )
            )
            return conflict

    def conflicts(self, link: str | None = None, *, state: str = "open") -> list[Conflict]:
        """Give the conflicts in a state, oldest first."""
        query = select(db.conflicts).where(db.conflicts.c.state == state).order_by(db.conflicts.c.at)
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

    def choose(self, conflict: str, choice: str) -> None:
        """Store a person's choice; the next run carries it out."""
        with self.transaction() as session:
            session.execute(
                update(db.conflicts).where(db.conflicts.c.id == conflict).values(state="chosen", choice=choice)
            )

    def choice(self, bond: str, group: str) -> str | None:
        """Give the member that a person chose for a group and that has not been carried out."""
        table = db.conflicts.c
        query = select(table.choice).where(table.bond == bond, table.group_name == group, table.state == "chosen")
        with self.transaction() as session:
            return session.execute(query.limit(1)).scalar()

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
        table = db.failures.c
        words = error.vendor_words if isinstance(error, ConnectorError) else ""
        facts = {
            "error": type(error).__name__,
            "message": str(error),
            "vendor_words": words,
            "last_at": self.now(),
        }
        with self.transaction() as session:
            known = session.execute(
                select(table.id).where(table.link == link, table.connection == connection, table.record_id == record_id)
            ).scalar()
            if known is not None:
                session.execute(
                    update(db.failures).where(table.id == known).values(tries=table.tries + 1, state="waiting", **facts)
                )
                return str(known)
            failure = uuid.uuid4().hex[:12]
            session.execute(
                insert(db.failures).values(
                    id=failure,
                    link=link,
                    connection=connection,
                    record_id=record_id,
                    first_at=self.now(),
                    tries=1,
                    state="waiting",
                    **facts,
                )
            )
            return failure

    def failures(self, link: str | None = None, *, state: str | None = None) -> list[Failure]:
        """Give the quarantined records, oldest first."""
        query = select(db.failures).order_by(db.failures.c.first_at)
        if link is not None:
            query = query.where(db.failures.c.link == link)
        if state is not None:
            query = query.where(db.failures.c.state == state)
        with self.transaction() as session:
            return [_failure(row) for row in session.execute(query)]

    def set_failure(self, failure: str, state: str) -> bool:
        """Move a quarantined record to ``retry`` or ``discarded``; tells whether it exists."""
        with self.transaction() as session:
            return (
                session.execute(update(db.failures).where(db.failures.c.id == failure).values(state=state)).rowcount > 0
            )

    def heal(self, link: str, connection: str, record_id: str) -> None:
        """Take a record out of quarantine: it went through."""
        table = db.failures.c
        with self.transaction() as session:
            session.execute(
                delete(db.failures).where(
                    table.link == link, table.connection == connection, table.record_id == record_id
                )
            )

    # -- lease

    def acquire(self, link: str, owner: str, seconds: float) -> None:
        """Take or prolong the lease on a link.

        Raises:
            LeaseHeldError: another process holds it; names it and until when.
        """
        now = datetime.fromisoformat(self.now())
        until = format_time(now + timedelta(seconds=seconds))
        table = db.leases.c
        with self.transaction() as session:
            taken = session.execute(
                update(db.leases)
                .where(table.link == link, (table.owner == owner) | (table.until < format_time(now)))
                .values(owner=owner, until=until)
            ).rowcount
            if taken:
                return
            held = session.execute(select(db.leases).where(table.link == link)).first()
            if held is not None:
                raise LeaseHeldError(f"link '{link}' is being worked on by {held.owner} until {held.until}")
            session.execute(insert(db.leases).values(link=link, owner=owner, until=until))

    def give_back(self, link: str, owner: str) -> None:
        """Give a lease back."""
        table = db.leases.c
        with self.transaction() as session:
            session.execute(delete(db.leases).where(table.link == link, table.owner == owner))


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
