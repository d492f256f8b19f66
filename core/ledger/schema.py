"""The ledger's tables, and the migrations that bring an older ledger up to date.

Values are JSON text with sorted keys; times are RFC 3339 text in UTC, all of one width, so that they sort as they stand.
Both read the same in SQLite and PostgreSQL, whatever the locale.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    insert,
    inspect,
    select,
    text,
)

from ..errors import LedgerError
from .store import dump

metadata = MetaData()

LOCK = 0x15A7
"""Names the advisory lock under which PostgreSQL changes the schema."""
Number = BigInteger().with_variant(Integer, "sqlite")
"""A row number that never runs out: 64 bits in either database (SQLite counts rows in an INTEGER only)."""

versions = Table("schema_versions", metadata, Column("name", String, primary_key=True), Column("at", String))

runs = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("link", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("started_at", String, nullable=False),
    Column("ended_at", String),
    Column("outcome", String),
    Column("report", Text, nullable=False),
    Index("one_number_for_a_run", "link", "number", unique=True),
)
bonds = Table(
    "bonds",
    metadata,
    Column("id", String, primary_key=True),
    Column("link", String, nullable=False, index=True),
)
members = Table(
    "members",
    metadata,
    Column("bond", String, primary_key=True),
    Column("connection", String, primary_key=True),
    Column("link", String, nullable=False),
    Column("record_id", String, nullable=False),
    Column("marker", String),
    Column("digest", String),
    Column("version", String),
    Column("missing", Integer, nullable=False, default=0),
    Column("gone", Boolean, nullable=False, default=False),
    Index("one_bond_for_a_record", "link", "connection", "record_id", unique=True),
)
values = Table(
    "values_of_record",
    metadata,
    Column("bond", String, primary_key=True),
    Column("group_name", String, primary_key=True),
    Column("value", Text, nullable=False),
)
receipts = Table(
    "receipts",
    metadata,
    Column("bond", String, primary_key=True),
    Column("connection", String, primary_key=True),
    Column("group_name", String, primary_key=True),
    Column("value", Text, nullable=False),
    Column("raw", Text),
    Column("mapping", String, nullable=False),
    Column("verified", Boolean, nullable=False),
)
parks = Table(
    "parks",
    metadata,
    Column("bond", String, primary_key=True),
    Column("connection", String, primary_key=True),
    Column("group_name", String, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("reason", Text, nullable=False),
)
swings = Table(
    "swings",
    metadata,
    Column("bond", String, primary_key=True),
    Column("connection", String, primary_key=True),
    Column("group_name", String, primary_key=True),
    Column("cycles", Text, nullable=False),
    Column("frozen", Boolean, nullable=False),
)
parts = Table(
    "parts",
    metadata,
    Column("id", String, primary_key=True),
    Column("bond", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("origin_connection", String, nullable=False),
    Column("origin_id", String, nullable=False),
    Column("public", Boolean, nullable=False),
    Column("digest", String),
    Index("one_part_for_an_origin", "bond", "kind", "origin_connection", "origin_id", unique=True),
)
copies = Table(
    "copies",
    metadata,
    Column("part", String, primary_key=True),
    Column("connection", String, primary_key=True),
    Column("copy_id", String, nullable=False),
)
intents = Table(
    "intents",
    metadata,
    Column("id", String, primary_key=True),
    Column("link", String, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("at", String, nullable=False),
    Column("outcome", String),
    Column("error", Text),
    Column("body", Text, nullable=False),
    Index("open_intents", "link", "open"),
)
cursors = Table(
    "cursors",
    metadata,
    Column("link", String, primary_key=True),
    Column("connection", String, primary_key=True),
    Column("cursor", Text, nullable=False),
)
dirty = Table(
    "dirty",
    metadata,
    Column("link", String, primary_key=True),
    Column("connection", String, primary_key=True),
    Column("record_id", String, primary_key=True),
    Column("deleted", Boolean, nullable=False),
)
excluded = Table(
    "left_out",
    metadata,
    Column("link", String, primary_key=True),
    Column("connection", String, primary_key=True),
    Column("record_id", String, primary_key=True),
    Column("digest", String),
)
conflicts = Table(
    "conflicts",
    metadata,
    Column("id", String, primary_key=True),
    Column("link", String, nullable=False),
    Column("bond", String, nullable=False, index=True),
    Column("group_name", String, nullable=False),
    Column("at", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("choice", String),
)
failures = Table(
    "failures",
    metadata,
    Column("id", String, primary_key=True),
    Column("link", String, nullable=False),
    Column("connection", String, nullable=False),
    Column("record_id", String, nullable=False),
    Column("error", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("vendor_words", Text, nullable=False),
    Column("first_at", String, nullable=False),
    Column("last_at", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("state", String, nullable=False),
    Index("one_failure_for_a_record", "link", "connection", "record_id", unique=True),
)
leases = Table(
    "leases",
    metadata,
    Column("link", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("until", String, nullable=False),
)
staged = Table(
    "staged",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=True),
    Column("run", String, nullable=False),
    Column("record_id", String, nullable=False),
    Column("state", String, nullable=False),
    Column("body", Text, nullable=False),
    Index("one_stage_for_a_record", "run", "record_id", unique=True),
    Index("staged_by_state", "run", "state", "seq"),
)
trail = Table(
    "trail",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("at", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", String, nullable=False),
)
person_keys = Table(
    "person_keys", metadata, Column("person", String, primary_key=True), Column("key", String, nullable=False)
)
timeline = Table(
    "timeline",
    metadata,
    Column("connection", String, primary_key=True),
    Column("record_id", String, primary_key=True),
    Column("body", Text, nullable=False),
)


Change: TypeAlias = Callable[[Connection], None]


def _whole_timelines(connection: Connection) -> None:
    """Keep a record's timeline in one row, with all that figures of the time before a move need; it held statuses only."""
    held: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in connection.execute(text("select connection, record_id, body from timeline order by at, after")):
        held.setdefault((row.connection, row.record_id), []).append({"field": "status", **orjson.loads(row.body)})
    connection.execute(text("drop table timeline"))
    timeline.create(connection)
    rows = [
        {"connection": name, "record_id": record_id, "body": dump({"events": events})}
        for (name, record_id), events in held.items()
    ]
    if rows:
        connection.execute(insert(timeline), rows)


MIGRATIONS: tuple[tuple[str, Change | None], ...] = (
    ("0001-first-tables", None),
    ("0002-whole-timelines", _whole_timelines),
)
"""In order; a released one never changes. A new ledger gets the tables as they are today and all these names; an older one
gets the changes that it lacks. The first has no change of its own: whatever has a name has had it."""


def pending(connection: Connection) -> list[str]:
    """Give the names of the migrations that this ledger still lacks; writes nothing.

    Raises:
        LedgerError: a newer Isthmus has written this ledger.
    """
    names = [name for name, _ in MIGRATIONS]
    if not inspect(connection).has_table(versions.name):
        return names
    done = set(connection.execute(select(versions.c.name)).scalars())
    unknown = sorted(done.difference(names))
    if unknown:
        raise LedgerError(f"a newer Isthmus wrote this ledger ({', '.join(unknown)}); upgrade Isthmus")
    return [name for name in names if name not in done]


def migrate(connection: Connection, at: str) -> None:
    """Bring the schema up to date, all of it in the caller's transaction; two processes do it one after the other.

    Raises:
        LedgerError: a newer Isthmus has written this ledger.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    todo = pending(connection)
    if len(todo) == len(MIGRATIONS):
        metadata.create_all(connection)
    else:
        for change in (change for name, change in MIGRATIONS if name in todo):
            assert change is not None, "only the first migration has none, and this ledger has had it"
            change(connection)
    if todo:
        connection.execute(insert(versions), [{"name": name, "at": at} for name in todo])
