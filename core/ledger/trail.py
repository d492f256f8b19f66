"""The ledger's memory of what happened: the trail, and the timelines of records."""

from __future__ import annotations

import logging
import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import orjson
from sqlalchemy import select

from . import chain as trail
from . import schema as db
from .store import Store, chunks, dump

log = logging.getLogger("isthmus.trail")

ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
"""An e-mail address within a text."""


class TrailMethods(Store):
    """Trail, people's digests, timelines."""

    def record(self, run: str, link: str, entries: Iterable[dict[str, Any]]) -> None:
        """Append entries to the trail, in the transaction of what they record, and log each."""
        listed: list[dict[str, Any]] = [{**entry, "run": run, "link": link} for entry in entries]
        if not listed:
            return
        with self.transaction() as session:
            listed = [self._nameless(entry) for entry in listed]
            trail.append(session, self.now(), listed)
        for entry in listed if log.isEnabledFor(logging.INFO) else ():
            key = f"{entry.get('connection')}/{entry['record_id']}" if entry.get("record_id") else None
            log.info("%s", entry.get("kind"), extra={"key": key, "facts": entry})

    def _nameless(self, value: Any) -> Any:
        """Put the digest of a person in the place of an e-mail address: what the trail holds can never be taken back."""
        match value:
            case str():
                return ADDRESS.sub(lambda found: f"person:{self.person_digest(found[0])}", value) if "@" in value else value
            case dict():
                return {name: self._nameless(each) for name, each in cast("dict[str, Any]", value).items()}
            case list() | tuple():
                return [self._nameless(each) for each in cast("list[Any]", value)]
            case _:
                return value

    def note(self, entry: dict[str, Any], *, at: str | None = None) -> None:
        """Append an entry that belongs to no run, at this moment or at the one that it states itself."""
        with self.transaction() as session:
            trail.append(session, at or self.now(), [entry])

    def trail_entries(self, after: int = 0) -> Iterator[dict[str, Any]]:
        """Give the trail from an entry on, as ``{seq, at, body, hash}``; others may write while it is read."""
        while True:
            with self.transaction() as session:
                rows = trail.page(session, after)
            if not rows:
                return
            yield from rows
            after = rows[-1]["seq"]

    def trail_head(self) -> trail.Head:
        """Give the number and hash of the trail's last entry, to be noted elsewhere."""
        with self.transaction() as session:
            return trail.head(session)

    @contextmanager
    def closed_trail(self) -> Generator[None]:
        """Keep every other process from appending to the trail, in one transaction."""
        with self.transaction() as session:
            trail.lock(session)
            yield

    def person_digest(self, person: str) -> str:
        """Give the keyed digest that stands for a person (an e-mail address) in the trail."""
        with self.transaction() as session:
            return trail.person_digest(session, person)

    def forget_person(self, person: str) -> bool:
        """Make a person's digests in the trail meaningless; tells whether there were any."""
        with self.transaction() as session:
            return trail.forget(session, person)

    def keep_timelines(self, connection: str, bodies: Mapping[str, dict[str, Any]]) -> None:
        """Keep what figures need to know of some records, by id: their events, times, and who said something when."""
        rows = [{"connection": connection, "record_id": each, "body": dump(body)} for each, body in bodies.items()]
        self.upsert(db.timeline, rows)

    def timelines(self, connection: str, record_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Give what is kept of some records, by id."""
        table = db.timeline.c
        found: dict[str, dict[str, Any]] = {}
        with self.transaction() as session:
            for ids in chunks(record_ids):
                query = select(table.record_id, table.body).where(table.connection == connection, table.record_id.in_(ids))
                found.update({row.record_id: orjson.loads(row.body) for row in session.execute(query)})
        return found
