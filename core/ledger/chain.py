"""The trail: an append-only, hash-chained record of every write and decision.

Each entry's hash covers the entry and the hash before it, so that nothing can be altered, dropped or reordered unseen. An
end that was cut off shows only against a head (number and hash of the last entry) that was noted elsewhere.

People appear as keyed digests only; the keys live in a side table, so that forgetting a person (deleting the key) makes
the digests meaningless and leaves the chain whole.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from .schema import person_keys, trail
from .store import dump

Head: TypeAlias = tuple[int, str]
"""Number and hash of an entry."""

START = "0" * 64
"""What stands for the hash before the first entry."""
LOCK = 0x15A8
"""Names the advisory lock under which PostgreSQL appends; a transaction of SQLite is alone in writing anyway."""

_PAGE = select(trail).where(trail.c.seq > bindparam("after")).order_by(trail.c.seq).limit(1000)


def entry_hash(previous: str, seq: int, at: str, body: str) -> str:
    """Give the hash of an entry: SHA-256 over the previous hash, the number, the time and the body."""
    return hashlib.sha256(f"{previous}\n{seq}\n{at}\n{body}".encode()).hexdigest()


def append(connection: Connection, at: str, entries: Iterable[dict[str, Any]]) -> None:
    """Append entries to the chain, in the transaction of what they record."""
    _lock(connection)
    seq, previous = head(connection)
    rows: list[dict[str, Any]] = []
    for entry in entries:
        seq += 1
        body = dump(entry)
        previous = entry_hash(previous, seq, at, body)
        rows.append({"seq": seq, "at": at, "body": body, "hash": previous})
    if rows:
        connection.execute(insert(trail), rows)


def _lock(connection: Connection) -> None:
    """Keep other processes from appending until this transaction ends, so that each number is given once."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def entries(connection: Connection) -> Iterator[dict[str, Any]]:
    """Give all entries in order, as ``{seq, at, body, hash}``; ``body`` is the JSON text that was hashed."""
    after = 0
    while rows := connection.execute(_PAGE, {"after": after}).mappings().all():
        yield from map(dict, rows)
        after = rows[-1]["seq"]


def first_broken(found: Iterable[dict[str, Any]], known: Head | None = None) -> int | None:
    """Give the number of the first entry that does not continue the chain, or None where all do.

    Args:
        found: the entries in order, as :func:`entries` gives them.
        known: a head that was noted earlier; the chain must still hold it. Without one, a missing end stays unseen.
    """
    previous, expected = START, 0
    for entry in found:
        expected += 1
        if entry["seq"] != expected:
            return expected
        if entry["hash"] != entry_hash(previous, expected, entry["at"], entry["body"]):
            return expected
        previous = entry["hash"]
        if known is not None and known[0] == expected and known[1] != previous:
            return expected
    return expected + 1 if known is not None and known[0] > expected else None


def head(connection: Connection) -> Head:
    """Give the number and hash of the last entry."""
    last = connection.execute(select(trail.c.seq, trail.c.hash).order_by(trail.c.seq.desc()).limit(1)).first()
    return (last.seq, last.hash) if last else (0, START)


def person_digest(connection: Connection, person: str) -> str:
    """Give the keyed digest that stands for a person (an e-mail address) in the trail."""
    _lock(connection)
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
