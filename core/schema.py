"""The ledger's tables, and the migrations that bring an older ledger up to date.

Values are JSON text with sorted keys; times are RFC 3339 text in UTC. Both read the same in SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
    inspect,
    select,
)

from .errors import LedgerError

metadata = MetaData()

versions = Table("schema_versions", metadata, Column("name", String, primary_key=True), Column("at", String))

runs = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("link", String, nullable=False, index=True),
    Column("started_at", String, nullable=False),
    Column("ended_at", String),
    Column("outcome", String),
    Column("report", Text, nullable=False),
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
)
excluded = Table(
    "excluded",
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
    Column("seq", Integer, primary_key=True, autoincrement=True),
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
    Column("seq", Integer, primary_key=True, autoincrement=False),
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
    Column("at", String, primary_key=True),
    Column("after", String, primary_key=True),
    Column("body", Text, nullable=False),
)


def _first_tables(connection: Connection) -> None:
    metadata.create_all(connection)


MIGRATIONS: tuple[tuple[str, Callable[[Connection], None]], ...] = (("0001-first-tables", _first_tables),)
"""In order; a released one never changes."""


def pending(connection: Connection) -> list[str]:
    """Give the names of the migrations that this ledger still lacks; writes nothing.

    Raises:
        LedgerError: a newer Isthmus has written this ledger.
    """
    if not inspect(connection).has_table(versions.name):
        return [name for name, _ in MIGRATIONS]
    done = {name for (name,) in connection.execute(select(versions.c.name))}
    unknown = sorted(done - {name for name, _ in MIGRATIONS})
    if unknown:
        raise LedgerError(f"a newer Isthmus wrote this ledger ({', '.join(unknown)}); upgrade Isthmus")
    return [name for name, _ in MIGRATIONS if name not in done]


def migrate(connection: Connection, at: str) -> None:
    """Bring the schema up to date; each change and its record are one transaction."""
    todo = set(pending(connection))
    for name, change in MIGRATIONS:
        if name in todo:
            change(connection)
            connection.execute(insert(versions).values(name=name, at=at))
