"""The trail: an append-only, hash-chained record of every write and decision.

Each entry's hash covers the entry and the hash before it, so that nothing can be altered, dropped or reordered unseen.
People appear as keyed digests only; the keys live in a side table, so that forgetting a person (deleting the key) makes
the digests meaningless and leaves the chain whole.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, insert, select

from .schema import person_keys, trail

START = "0" * 64
"""What stands for the hash before the first entry."""


def entry_hash(previous: str, seq: int, at: str, body: str) -> str:
    """Give the hash of an entry: SHA-256 over the previous hash, the number, the time and the body."""
    return hashlib.sha256(f"{previous}\n{seq}\n{at}\n{body}".encode()).hexdigest()


def append(connection: Connection, at: str, entries: Iterable[dict[str, Any]]) -> None:
    """Append entries to the chain, in the transaction of what they record."""
    last = connection.execute(select(trail.c.seq, trail.c.hash).order_by(trail.c.seq.desc()).limit(1)).first()
    seq, previous = (last.seq, last.hash) if last else (0, START)
    rows: list[dict[str, Any]] = []
    for entry in entries:
        seq += 1
        body = orjson.dumps(entry, option=orjson.OPT_SORT_KEYS).decode()
        previous = entry_hash(previous, seq, at, body)
        rows.append({"seq": seq, "at": at, "body": body, "hash": previous})
    if rows:
        connection.execute(insert(trail), rows)


def entries(connection: Connection) -> Iterator[dict[str, Any]]:
    """Give all entries in order, as ``{seq, at, body, hash}``; ``body`` is the JSON text that was hashed."""
    for row in connection.execute(select(trail).order_by(trail.c.seq)).yield_per(1000):
        yield dict(row._mapping)


def first_broken(found: Iterable[dict[str, Any]]) -> int | None:
    """Give the number of the first entry that does not continue the chain, or None where all do."""
    previous, expected = START, 0
    for entry in found:
        expected += 1
        if entry["seq"] != expected:
            return expected
        if entry["hash"] != entry_hash(previous, expected, entry["at"], entry["body"]):
            return expected
        previous = entry["hash"]
    return None


def head(connection: Connection) -> tuple[int, str]:
    """Give the number and hash of the last entry."""
    seq = connection.execute(select(func.max(trail.c.seq))).scalar() or 0
    if not seq:
        return 0, START
    return seq, str(connection.execute(select(trail.c.hash).where(trail.c.seq == seq)).scalar())


def person_digest(connection: Connection, person: str) -> str:
    """Give the keyed digest that stands for a person (an e-mail address) in the trail."""
    name = person.lower()
    key = connection.execute(select(person_keys.c.key).where(person_keys.c.person == name)).scalar()
    if key is None:
        key = secrets.token_hex(32)
        connection.execute(insert(person_keys).values(person=name, key=key))
    return hmac.new(bytes.fromhex(str(key)), name.encode(), hashlib.sha256).hexdigest()


def forget(connection: Connection, person: str) -> bool:
    """Delete a person's key, and tell whether there was one."""
    return connection.execute(delete(person_keys).where(person_keys.c.person == person.lower())).rowcount > 0
