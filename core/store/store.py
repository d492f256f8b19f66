"""Open the store, and ask it what we believed at a moment.

One process writes at a time; DuckDB holds a lock on the file. Reading as of a moment goes through views: ``then_incidents``
holds the versions that were believed at that moment, each incident once.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ..errors import LedgerError
from ..extras import extra
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
        self._ticked: datetime | None = None
        settings: dict[str, str] = {"memory_limit": memory, "preserve_insertion_order": "false", "threads": "2"}
        try:
            self.sql: DuckDBPyConnection = duckdb.connect(str(path or ":memory:"), read_only=read_only, config=settings)
        except duckdb.Error as error:
            raise LedgerError(f"the store {path} cannot be opened: {error}") from error
        try:
            if not read_only:
                self._close_to_others()
                self._make_tables()
            self._check_version()
        except duckdb.Error as error:
            self.close()
            raise LedgerError(f"the store {path} cannot be used: {error}") from error
        except LedgerError:
            self.close()
            raise

    def _close_to_others(self) -> None:
        """Let nobody else read the file, which holds personal data."""
        if self.path is not None and self.path.stat().st_uid == os.geteuid():
            self.path.chmod(0o600)

    def _make_tables(self) -> None:
        with self.transaction():
            for name, columns in TABLES.items():
                self.sql.execute(f"create table if not exists {name} ({columns})")
            self.sql.execute("insert or ignore into settings values ('version', ?)", [str(VERSION)])

    def _check_version(self) -> None:
        found = self.sql.execute("select value from settings where name = 'version'").fetchone()
        if found is None or int(found[0]) > VERSION:
            raise LedgerError(f"the store {self.path} was made by a later version of Isthmus; install that one")

    def __enter__(self) -> Self:
        """Give the store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the store."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.sql.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Group statements: all of them hold, or none."""
        self.sql.execute("begin transaction")
        try:
            yield
        except BaseException:
            self.sql.execute("rollback")
            raise
        self.sql.execute("commit")

    def tick(self, now: datetime) -> datetime:
        """Give the moment at which something is learned: now, and later than all that was learned before.

        A clock that went back is corrected, since the order of learning must hold.
        """
        last = self._ticked or self.last_learned()
        self._ticked = now if last is None or now > last else last + timedelta(microseconds=1)
        return self._ticked

    def last_learned(self) -> datetime | None:
        """Give when something was learned last, in UTC, or None for an empty store.

        That a reading came to its end, and found nothing new, is learned as well.
        """
        moments = [f"select max(learned_at) as learned from {table}" for table in BITEMPORAL]  # noqa: S608
        union = " union all ".join([*moments, "select max(ended_at) from collections"])
        found = self.sql.execute(f"select max(learned) from ({union})").fetchone()  # noqa: S608
        return aware(found[0]) if found and found[0] is not None else None

    def believe(self, as_of: datetime) -> None:
        """Let the views ``then_incidents``, ``then_events`` and so on show what was believed at a moment."""
        moment = literal(as_of)
        for table in BITEMPORAL:
            self.sql.execute(
                f"create or replace temp view then_{table} as select * from {table} "  # noqa: S608
                f"where learned_at <= {moment} and superseded_at > {moment}"
            )
