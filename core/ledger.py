"""The ledger: what Isthmus remembers, in SQLite or PostgreSQL.

Every method commits by itself, unless it is called inside :meth:`Ledger.transaction`. The engine uses one ledger object
from one thread; several processes may open the same ledger, and the lease keeps them off the same link.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Table, create_engine, delete, event, func, insert, make_url, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from . import schema as db
from . import trail
from .errors import ConfigError, LedgerError
from .inbox import InboxMethods
from .ledger_bonds import BondMethods
from .model import format_time
from .state import RunRecord

BUSY_SECONDS = 30


def utc_now() -> datetime:
    """Give the present moment, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Give a new id for a row of ours."""
    return uuid.uuid4().hex


class Ledger(BondMethods, InboxMethods):
    """One open ledger."""

    def __init__(self, url: str, *, clock: Callable[[], datetime] = utc_now) -> None:
        """Open a ledger, creating or upgrading its tables.

        Raises:
            ConfigError: the URL names no database that can be opened.
            LedgerError: the file is no ledger, or a newer Isthmus wrote it.
        """
        self._clock = clock
        try:
            address = make_url(url)
            self._prepare_file(address.database if address.get_backend_name() == "sqlite" else None)
            self._engine = create_engine(address)
        except (SQLAlchemyError, ImportError) as error:
            raise ConfigError(f"ledger: {url.partition('@')[0]}: {error}") from None
        self._sqlite = self._engine.dialect.name == "sqlite"
        if self._sqlite:
            event.listen(self._engine, "connect", _tune_sqlite)
        try:
            self._connection = self._engine.connect()
            with self.transaction() as connection:
                db.migrate(connection, self.now())
        except OperationalError as error:
            raise ConfigError(f"ledger cannot be opened: {error.orig}") from None
        except DatabaseError as error:
            raise LedgerError(f"the file is no ledger: {error.orig}") from None

    @staticmethod
    def _prepare_file(path: str | None) -> None:
        """Create the file for its owner alone: it holds personal data."""
        if not path or path == ":memory:":
            return
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise ConfigError(f"ledger {Path(path).name} cannot be opened: {error.strerror}") from error

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()
        self._engine.dispose()

    def now(self) -> str:
        """Give the present moment as the ledger writes it."""
        return format_time(self._clock())

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Group calls into one transaction; an inner one joins the outer one."""
        if self._connection.in_transaction():
            yield self._connection
            return
        with self._connection.begin():
            yield self._connection

    def upsert(self, table: Table, rows: Sequence[dict[str, Any]], *, keep: Iterable[str] = ()) -> None:
        """Insert rows, replacing those whose key exists; the columns in ``keep`` stay as they were."""
        if not rows:
            return
        keys = [column.name for column in table.primary_key]
        build = sqlite.insert if self._sqlite else postgresql.insert
        statement = build(table)
        changed = {name: statement.excluded[name] for name in rows[0] if name not in keys and name not in set(keep)}
        statement = (
            statement.on_conflict_do_update(index_elements=keys, set_=changed)
            if changed
            else statement.on_conflict_do_nothing(index_elements=keys)
        )
        with self.transaction() as connection:
            connection.execute(statement, list(rows))

    # -- runs

    def start_run(self, kind: str, link: str) -> str:
        """Open a run and give its id."""
        run = new_id()
        with self.transaction() as connection:
            connection.execute(insert(db.runs).values(id=run, kind=kind, link=link, started_at=self.now(), report="{}"))
        return run

    def end_run(self, run: str, outcome: str, report: dict[str, Any]) -> None:
        """Close a run with its outcome and report."""
        with self.transaction() as connection:
            connection.execute(
                update(db.runs)
                .where(db.runs.c.id == run)
                .values(ended_at=self.now(), outcome=outcome, report=dump(report))
            )

    def runs(self, link: str | None = None, *, kind: str | None = None, limit: int = 20) -> list[RunRecord]:
        """Give the latest runs, the newest first."""
        query = select(db.runs).order_by(db.runs.c.started_at.desc(), db.runs.c.id).limit(limit)
        if link is not None:
            query = query.where(db.runs.c.link == link)
        if kind is not None:
            query = query.where(db.runs.c.kind == kind)
        with self.transaction() as connection:
            return [_run(row._mapping) for row in connection.execute(query)]

    def cycle(self, link: str) -> int:
        """Give the number of runs of a link so far, for the budget of writes."""
        with self.transaction() as connection:
            query = select(func.count()).select_from(db.runs).where(db.runs.c.link == link)
            return int(connection.execute(query).scalar_one())

    # -- the feed

    def remember(self, link: str, connection: str, record_ids: Iterable[str], cursor: str | None) -> None:
        """Commit the ids to look at, together with the cursor that follows them."""
        with self.transaction():
            self.upsert(
                db.dirty,
                [{"link": link, "connection": connection, "record_id": each} for each in dict.fromkeys(record_ids)],
            )
            if cursor is not None:
                self.upsert(db.cursors, [{"link": link, "connection": connection, "cursor": cursor}])

    def cursor(self, link: str, connection: str) -> str | None:
        """Give the cursor of a member's feed."""
        query = select(db.cursors.c.cursor).where(db.cursors.c.link == link, db.cursors.c.connection == connection)
        with self.transaction() as session:
            return session.execute(query).scalar()

    def dirty(self, link: str, limit: int | None = None) -> list[tuple[str, str]]:
        """Give the records to look at, as (connection, record id)."""
        query = select(db.dirty.c.connection, db.dirty.c.record_id).where(db.dirty.c.link == link)
        query = query.order_by(db.dirty.c.connection, db.dirty.c.record_id).limit(limit)
        with self.transaction() as connection:
            return [(row.connection, row.record_id) for row in connection.execute(query)]

    def clean(self, link: str, anchors: Iterable[tuple[str, str]]) -> None:
        """Take records off the list: what was found there is committed."""
        with self.transaction() as connection:
            for name, record_id in anchors:
                connection.execute(
                    delete(db.dirty).where(
                        db.dirty.c.link == link,
                        db.dirty.c.connection == name,
                        db.dirty.c.record_id == record_id,
                    )
                )

    # -- staging

    def stage(self, run: str, items: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Keep documents that a migration has read; reading one again replaces it while it is only planned."""
        rows = [{"run": run, "record_id": key, "state": "planned", "body": dump(body)} for key, body in items]
        if not rows:
            return
        with self.transaction() as connection:
            ids = [row["record_id"] for row in rows]
            done = set(
                connection.execute(
                    select(db.staged.c.record_id).where(
                        db.staged.c.run == run, db.staged.c.record_id.in_(ids), db.staged.c.state != "planned"
                    )
                ).scalars()
            )
            connection.execute(
                delete(db.staged).where(
                    db.staged.c.run == run, db.staged.c.record_id.in_(ids), db.staged.c.state == "planned"
                )
            )
            fresh = [row for row in rows if row["record_id"] not in done]
            if fresh:
                connection.execute(insert(db.staged), fresh)

    def staged(self, run: str, state: str, *, after: int = 0, limit: int = 100) -> list[tuple[int, dict[str, Any]]]:
        """Give staged documents in order, as (number, document)."""
        query = (
            select(db.staged.c.seq, db.staged.c.body)
            .where(db.staged.c.run == run, db.staged.c.state == state, db.staged.c.seq > after)
            .order_by(db.staged.c.seq)
            .limit(limit)
        )
        with self.transaction() as connection:
            return [(row.seq, orjson.loads(row.body)) for row in connection.execute(query)]

    def set_staged(self, run: str, record_ids: Sequence[str], state: str) -> None:
        """Move staged documents on."""
        with self.transaction() as connection:
            connection.execute(
                update(db.staged)
                .where(db.staged.c.run == run, db.staged.c.record_id.in_(record_ids))
                .values(state=state)
            )

    def count_staged(self, run: str) -> dict[str, int]:
        """Give the number of staged documents by state."""
        query = select(db.staged.c.state, func.count()).where(db.staged.c.run == run).group_by(db.staged.c.state)
        with self.transaction() as connection:
            return {state: count for state, count in connection.execute(query)}

    def unstage(self, run: str) -> None:
        """Drop a finished migration's documents."""
        with self.transaction() as connection:
            connection.execute(delete(db.staged).where(db.staged.c.run == run))

    # -- trail

    def record(self, run: str, link: str, entries: Iterable[dict[str, Any]]) -> None:
        """Append entries to the trail, in the transaction of what they record."""
        with self.transaction() as connection:
            trail.append(connection, self.now(), ({"run": run, "link": link, **entry} for entry in entries))

    def trail_entries(self) -> list[dict[str, Any]]:
        """Give the whole trail."""
        with self.transaction() as connection:
            return list(trail.entries(connection))

    # -- timeline

    def add_timeline(self, connection: str, record_id: str, steps: Iterable[dict[str, Any]]) -> None:
        """Keep status changes of a record; those known already stay once."""
        rows = [
            {
                "connection": connection,
                "record_id": record_id,
                "at": step["at"],
                "after": step["after"],
                "body": dump(step),
            }
            for step in steps
        ]
        self.upsert(db.timeline, rows)

    def timeline(self, connection: str, record_id: str) -> list[dict[str, Any]]:
        """Give the status changes of a record, oldest first."""
        query = (
            select(db.timeline.c.body)
            .where(db.timeline.c.connection == connection, db.timeline.c.record_id == record_id)
            .order_by(db.timeline.c.at)
        )
        with self.transaction() as session:
            return [orjson.loads(body) for body in session.execute(query).scalars()]


def dump(value: Any) -> str:
    """Give a value as the ledger stores it: JSON with sorted keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _run(row: Any) -> RunRecord:
    return RunRecord(
        id=row["id"],
        kind=row["kind"],
        link=row["link"],
        started_at=datetime.fromisoformat(row["started_at"]),
        ended_at=datetime.fromisoformat(row["ended_at"]) if row["ended_at"] else None,
        outcome=row["outcome"],
        report=orjson.loads(row["report"]),
    )


def _tune_sqlite(connection: Any, _record: Any) -> None:
    """Set WAL, full durability and a patient lock: an intent must be on disk before the call that it announces."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.close()
