"""Open the store, and ask it what we believed at a moment.

One process writes at a time; DuckDB holds a lock on the file. Reading as of a moment goes through views: ``then_incidents``
holds the versions that were believed at that moment, each incident once.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ..errors import LedgerError, UserError
from ..extras import extra
from ..model import format_time
from .schema import BITEMPORAL, TABLES, VERSION

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = "128MB"
"""What DuckDB may hold before it goes to disk: more of it is cache, that grows with the store; charts and similar titles
take twice as much again."""


def literal(moment: datetime) -> str:
    """Give a moment as SQL: views take no parameters."""
    return f"timestamp '{naive(moment).isoformat(sep=' ', timespec='microseconds')}'"


def naive(moment: datetime) -> datetime:
    """Give a moment as the store holds it: UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware(moment: datetime) -> datetime:
    """Give a moment of the store as one that says its zone."""
    return moment.replace(tzinfo=UTC)


def spill(path: Path) -> Path:
    """Give the folder beside a store in which DuckDB keeps what does not fit into memory, while it is open."""
    return path.with_name(path.name + ".tmp")


@contextmanager
def private() -> Generator[None]:
    """Let nobody else read what is made."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


class Store:
    """The store at work."""

    def __init__(self, path: Path | None, *, memory: str = MEMORY, read_only: bool = False) -> None:
        """Open a store, or make one.

        Args:
            path: the file; None for one in memory.
            memory: how much DuckDB may hold in memory, in its own words.
            read_only: leave the file as it is; several processes may read at once.

        Raises:
            UserError: DuckDB is not installed.
            LedgerError: the file is no store, is of a later version, or is in use.
        """
        duckdb: Any = extra("duckdb", "report")
        self.path = path
        self._spill = spill(path) if path else None
        self._failures: tuple[type[Exception], ...] = (duckdb.OperationalError, duckdb.FatalException)
        self._ticked: datetime | None = None
        settings: dict[str, str] = {"memory_limit": memory, "preserve_insertion_order": "false", "threads": "2"}
        try:
            with private(), suppress(OSError):  # where nothing can be written, DuckDB says so when it has to
                if self._spill and self._spill.parent.is_dir():
                    self._spill.mkdir(exist_ok=True)
            with private():
                self.sql: DuckDBPyConnection = duckdb.connect(str(path or ":memory:"), read_only=read_only, config=settings)
        except duckdb.Error as error:
            raise LedgerError(f"the store {path} cannot be opened: {error}") from error
        try:
            fresh = self.sql.execute("select count(*) from duckdb_tables()").fetchone() == (0,)
            if not fresh:
                self._check_version()
            if not read_only:
                self._close_to_others()
                self._make_tables()
        except duckdb.Error as error:
            self.close()
            raise LedgerError(f"the store {path} cannot be used: {error}") from error
        except LedgerError:
            self.close()
            raise

    def _close_to_others(self) -> None:
        """Let nobody else read the files, which hold personal data: DuckDB writes ahead to one of its own."""
        if self.path is not None:
            for path in (self.path, self.path.with_name(self.path.name + ".wal")):
                with suppress(FileNotFoundError):
                    if path.stat().st_uid == os.geteuid():
                        path.chmod(0o600)

    def _make_tables(self) -> None:
        with self.transaction():
            for name, columns in TABLES.items():
                self.sql.execute(f"create table if not exists {name} ({columns})")
            self.sql.execute("insert or ignore into settings values ('version', ?)", [str(VERSION)])

    def _check_version(self) -> None:
        """Refuse what is no store of ours before anything in it is changed."""
        known = "select count(*) from duckdb_columns() where table_name in ('settings', 'collections') and column_name in "
        (ours,) = self.sql.execute(f"{known} ('name', 'value', 'cursor')").fetchone() or (0,)
        found = self.sql.execute("select value from settings where name = 'version'").fetchone() if ours == 3 else None
        if found is None or not str(found[0]).isdecimal():
            raise LedgerError(
                f"{self.path} is a database of something else than Isthmus; it stays as it is: name another file as 'store'"
            )
        if int(found[0]) > VERSION:
            raise LedgerError(f"the store {self.path} was made by a later version of Isthmus; install that one")

    def __enter__(self) -> Self:
        """Give the store."""
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Close the store.

        Raises:
            LedgerError: what ended the work with it is that the disk is full, or that the file cannot be read or written.
        """
        self.close()
        if isinstance(error, self._failures):
            raise LedgerError(f"the store {self.path} fails: {str(error).splitlines()[0]}") from error

    def close(self) -> None:
        """Close the file."""
        self.sql.close()
        if self._spill:
            with suppress(OSError):  # another process may read, too
                self._spill.rmdir()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Group statements: all of them hold, or none."""
        self.sql.execute("begin transaction")
        try:
            yield
        except BaseException:
            self.sql.execute("rollback")
            raise
        with private():
            self.sql.execute("commit")
        self._close_to_others()

    def tick(self, now: datetime) -> datetime:
        """Give the moment at which something is learned: now, and later than all that was learned before.

        A clock that went back is corrected, since the order of learning must hold.
        """
        last = self._ticked or self.last_learned()
        self._ticked = now if last is None or now > last else last + timedelta(microseconds=1)
        return self._ticked

    def last_learned(self) -> datetime | None:
        """Give when something was learned last, in UTC, or None for an empty store.

        That a reading began, or came to its end and found nothing new, is learned as well.
        """
        moments = [f"select max(learned_at) as learned from {table}" for table in BITEMPORAL]  # noqa: S608
        union = " union all ".join([*moments, "select max(greatest(started_at, ended_at)) from collections"])
        found = self.sql.execute(f"select max(learned) from ({union})").fetchone()  # noqa: S608
        return aware(found[0]) if found and found[0] is not None else None

    def check_known(self, as_of: datetime | None) -> None:
        """Refuse a moment before the first incident was learned: nothing is not what there was.

        Raises:
            UserError: nothing had been learned by then.
        """
        found = self.sql.execute("select min(learned_at) from incidents").fetchone()
        first = aware(found[0]) if found and found[0] is not None else None
        if as_of is not None and first is not None and as_of < first:
            raise UserError(
                f"nothing had been collected by {format_time(as_of)}; what the store knows begins at {format_time(first)}"
            )

    def believe(self, as_of: datetime) -> None:
        """Let the views ``then_incidents``, ``then_events`` and so on show what was believed at a moment."""
        moment = literal(as_of)
        for table in BITEMPORAL:
            self.sql.execute(
                f"create or replace temp view then_{table} as select * from {table} "  # noqa: S608
                f"where learned_at <= {moment} and superseded_at > {moment}"
            )
