"""The trail: an append-only, hash-chained record of every write and decision.

Each entry's hash covers the entry and the hash before it, so that nothing can be altered, dropped or reordered unseen by
who follows the chain (:mod:`core.evidence.verify`). Whoever can write here can also write a whole new chain: that shows
against the signature of a checkpoint, or against a head (number and hash of the last entry) that was noted elsewhere.

People appear as keyed digests only; the keys live in a side table, so that forgetting a person (deleting the key) makes
the digests meaningless and leaves the chain whole.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Any, TypeAlias

from sqlalchemy import Connection, LargeBinary, bindparam, cast, delete, func, insert, select

from .schema import person_keys, trail
from .store import dump

Head: TypeAlias = tuple[int, str]
"""Number and hash of an entry."""

START = "0" * 64
"""What stands for the hash before the first entry."""
LOCK = 0x15A8
"""Names the advisory lock under which PostgreSQL appends; a transaction of SQLite is alone in writing anyway."""

_TEXTS = ("at", "body", "hash")
_ROWS = select(trail).where(trail.c.seq > bindparam("after")).order_by(trail.c.seq).limit(1000)
_BYTES = _ROWS.with_only_columns(trail.c.seq, *(cast(trail.c[name], LargeBinary).label(name) for name in _TEXTS))
"""The same for SQLite, whose file takes any bytes, and whose driver stops at those that are no text."""


def entry_hash(previous: str, seq: int, at: str, body: str) -> str:
    """Give the hash of an entry: SHA-256 over the previous hash, the number, the time and the body."""
    return hashlib.sha256(f"{previous}\n{seq}\n{at}\n{body}".encode()).hexdigest()


def append(connection: Connection, at: str, entries: Iterable[dict[str, Any]]) -> None:
    """Append entries to the chain, in the transaction of what they record."""
    lock(connection)
    seq, previous = head(connection)
    rows: list[dict[str, Any]] = []
    for entry in entries:
        seq += 1
        body = dump(entry)
        previous = entry_hash(previous, seq, at, body)
        rows.append({"seq": seq, "at": at, "body": body, "hash": previous})
    if rows:
        connection.execute(insert(trail), rows)


def lock(connection: Connection) -> None:
    """Keep other processes from appending until this transaction ends, so that each number is given once."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def page(connection: Connection, after: int = 0) -> list[dict[str, Any]]:
    """Give the next entries after one, as ``{seq, at, body, hash}``; ``body`` is the JSON text that was hashed.

    Bytes that are no UTF-8 are halves of surrogate pairs in it: Isthmus chains no such entry, so it is found altered.
    """
    raw = connection.dialect.name == "sqlite"
    rows = connection.execute(_BYTES if raw else _ROWS, {"after": after}).mappings()
    if not raw:
        return [dict(row) for row in rows]
    return [{**row, **{name: row[name].decode(errors="surrogateescape") for name in _TEXTS}} for row in rows]


def head(connection: Connection) -> Head:
    """Give the number and hash of the last entry."""
    last = connection.execute(select(trail.c.seq, trail.c.hash).order_by(trail.c.seq.desc()).limit(1)).first()
    return (last.seq, last.hash) if last else (0, START)


def person_digest(connection: Connection, person: str) -> str:
    """Give the keyed digest that stands for a person (an e-mail address) in the trail."""
    lock(connection)
    name = _name(person)
    key: str | None = connection.execute(select(person_keys.c.key).where(person_keys.c.person == name)).scalar()
    if key is None:
        key = secrets.token_hex(32)
        connection.execute(insert(person_keys).values(person=name, key=key))
    return hmac.new(bytes.fromhex(key), name.encode(), hashlib.sha256).hexdigest()


def forget(connection: Connection, person: str) -> bool:
    """Delete a person's key, and tell whether there was one."""
    return connection.execute(delete(person_keys).where(person_keys.c.person == _name(person))).rowcount > 0


def _name(person: str) -> str:
    return person.strip().lower()
