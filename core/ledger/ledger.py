"""The ledger: what Isthmus remembers, in SQLite or PostgreSQL.

Every method commits by itself, unless it is called inside :meth:`Ledger.transaction`. Several processes may open the same
ledger; the lease keeps them off the same link.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError, SQLAlchemyError
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random

from ..errors import ConfigError, LedgerError
from ..net.secrets import SecretText
from . import schema as db
from .bonds import BondMethods
from .feed import FeedMethods
from .forgetting import PERSONAL, ForgettingMethods
from .inbox import InboxMethods
from .intents import IntentMethods
from .leases import LeaseMethods
from .parts import PartMethods
from .runs import RunMethods
from .store import Insert, dump, new_id, stamp
from .trail import TrailMethods

__all__ = ["Ledger", "dump", "new_id", "utc_now"]

BUSY_SECONDS = 30
"""How long a transaction waits for another process's."""


def utc_now() -> datetime:
    """Give the present moment, in UTC."""
    return datetime.now(UTC)


class Ledger(
    BondMethods,
    PartMethods,
    IntentMethods,
    FeedMethods,
    RunMethods,
    TrailMethods,
    InboxMethods,
    LeaseMethods,
    ForgettingMethods,
):
    """One open ledger."""

    def __init__(self, url: str | URL, *, clock: Callable[[], datetime] = utc_now) -> None:
        """Open a ledger, creating or upgrading its tables.

        Args:
            url: ``sqlite:///PATH`` or ``postgresql://USER@HOST/DATABASE``.
            clock: our clock, in UTC.

        Raises:
            ConfigError: the URL names no database that can be opened.
            LedgerError: the file is no ledger, or a newer Isthmus wrote it.
        """
        self._clock = clock
        self._local = threading.local()
        self._upserts: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Insert] = {}
        self._engine = _engine(url)
        self._sqlite = self._engine.dialect.name == "sqlite"
        try:
            with self._engine.begin() as connection:
                self._lock(connection)
                db.migrate(connection, self.now())
        except OperationalError as error:
            self._engine.dispose()
            raise ConfigError(f"ledger cannot be opened: {_first_line(error)}") from None
        except DatabaseError as error:
            self._engine.dispose()
            raise LedgerError(f"the file is no ledger: {_first_line(error)}") from None
        except LedgerError:
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def now(self) -> str:
        """Give the present moment as the ledger writes it."""
        return stamp(self._clock())

    @contextmanager
    def transaction(self) -> Generator[Connection]:
        """Group calls into one transaction; an inner one joins the outer one.

        Each outermost one takes a connection from the pool, which replaces those that a restart of the server has cut.

        Raises:
            LedgerError: the database fails. Nothing of the transaction is kept.
        """
        joined: Connection | None = getattr(self._local, "connection", None)
        if joined is not None:
            yield joined
            return
        try:
            with self._engine.begin() as connection:
                self._lock(connection)
                self._local.connection = connection
                try:
                    yield connection
                finally:
                    self._local.connection = None
        except SQLAlchemyError as error:
            raise LedgerError(f"the ledger fails: {_first_line(error)}") from None

    def compact(self) -> None:
        """Write the database's files anew, so that what was erased stands in none of their blocks.

        Raises:
            LedgerError: another process is using the database, or it fails.
        """
        try:
            with self._engine.connect() as connection:
                driver = connection.connection.driver_connection
                assert driver is not None, "a connection that was just made has a driver's"
                if self._sqlite:
                    driver.execute("VACUUM")
                    busy = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                else:
                    driver.rollback()
                    driver.autocommit = True
                    for table in (*PERSONAL, db.person_keys):
                        driver.execute(f'VACUUM FULL "{table.name}"')
                    driver.autocommit = False
                    busy = 0
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise LedgerError(f"the ledger cannot be compacted: {error}") from None
        if busy:
            raise LedgerError("the ledger cannot be compacted while another process reads it; try again")

    def _lock(self, connection: Connection) -> None:
        """Take SQLite's write lock at once: what a transaction has read stays true until it writes."""
        if self._sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    def insertion(self, table: Table) -> Insert:
        """Begin an insertion in the database's own dialect."""
        return sqlite.insert(table) if self._sqlite else postgresql.insert(table)

    def upsert(self, table: Table, rows: Sequence[dict[str, Any]], *, keep: Iterable[str] = ()) -> None:
        """Insert rows, replacing those whose key exists; the columns in ``keep`` stay as they were."""
        if not rows:
            return
        shape = (table.name, tuple(rows[0]), tuple(keep))
        statement = self._upserts.get(shape)
        if statement is None:
            statement = self._upserts[shape] = self._upsert(table, *shape[1:])
        with self.transaction() as session:
            session.execute(statement, list(rows))

    def _upsert(self, table: Table, columns: Iterable[str], keep: Iterable[str]) -> Insert:
        """Give the statement for rows of these columns; making one takes longer than executing it."""
        keys = [column.name for column in table.primary_key]
        statement = self.insertion(table)
        fixed = {*keys, *keep}
        changed = {name: statement.excluded[name] for name in columns if name not in fixed}
        if not changed:
            return statement.on_conflict_do_nothing(index_elements=keys)
        return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def _engine(url: str | URL) -> Engine:
    """Give the database behind a URL; no error names a password that stands in it."""
    try:
        address = make_url(url)
    except (SQLAlchemyError, ValueError):
        raise ConfigError("ledger: not a URL; write sqlite:///PATH or postgresql://USER@HOST/DATABASE") from None
    if address.password:
        SecretText(str(address.password))
    match address.get_backend_name():
        case "sqlite":
            return _sqlite_engine(address)
        case "postgresql" | "postgres":
            return _postgresql_engine(address)
        case other:
            raise ConfigError(f"ledger: '{other}' is not supported; write sqlite:///PATH or postgresql://...")


def _sqlite_engine(address: URL) -> Engine:
    path = address.database
    if path and path.startswith("file:"):
        raise ConfigError("ledger: write sqlite:///PATH, not a file: URI")
    if path and path != ":memory:":
        _prepare_file(Path(path))
    engine = create_engine(address, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _tune_sqlite)
    return engine


def _postgresql_engine(address: URL) -> Engine:
    defaults = {"connect_timeout": "10", "application_name": "isthmus"}
    try:
        return create_engine(
            address.set(drivername="postgresql+psycopg", query={**defaults, **address.query}),
            hide_parameters=True,
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,
        )
    except ImportError as error:
        raise ConfigError("ledger: PostgreSQL needs the extra: pip install 'isthmus[postgresql]'") from error


def _prepare_file(path: Path) -> None:
    """Create the file for its owner alone, or make it so: it holds personal data."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            if os.fstat(descriptor).st_uid == os.geteuid():
                os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise ConfigError(f"ledger {path} cannot be opened: {error.strerror}") from error


def _tune_sqlite(connection: Any, _record: Any) -> None:
    """Set WAL and full durability: an intent must be on disk before the call that it announces.

    The ledger begins its transactions, not the driver, which would begin them at the first change only.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


@retry(
    retry=retry_if_exception(lambda error: isinstance(error, sqlite3.OperationalError) and "locked" in str(error)),
    stop=stop_after_delay(BUSY_SECONDS),
    wait=wait_random(0.01, 0.1),
    reraise=True,
)
def _use_wal(cursor: sqlite3.Cursor) -> None:
    """Change the journal; of several processes that do so at once SQLite turns some away without waiting."""
    cursor.execute("PRAGMA journal_mode=WAL")


def _first_line(error: SQLAlchemyError) -> str:
    """Give the database's own words; the lines after the first repeat values."""
    words = str(error.orig) if isinstance(error, DBAPIError) else type(error).__name__
    return words.splitlines()[0] if words else type(error).__name__
