"""The ledger's memory of what happened: the trail, and the timelines of records."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select

from . import chain as trail
from . import schema as db
from .store import Store, dump

log = logging.getLogger("isthmus.trail")


class TrailMethods(Store):
    """Trail, people's digests, timelines."""

    def record(self, run: str, link: str, entries: Iterable[dict[str, Any]]) -> None:
        """Append entries to the trail, in the transaction of what they record, and log each."""
        listed: list[dict[str, Any]] = [{**entry, "run": run, "link": link} for entry in entries]
        if not listed:
            return
        with self.transaction() as session:
            trail.append(session, self.now(), listed)
        for entry in listed if log.isEnabledFor(logging.INFO) else ():
            key = f"{entry.get('connection')}/{entry['record_id']}" if entry.get("record_id") else None
            log.info("%s", entry.get("kind"), extra={"key": key, "facts": entry})

    def trail_entries(self) -> list[dict[str, Any]]:
        """Give the whole trail."""
        with self.transaction() as session:
            return list(trail.entries(session))

    def trail_head(self) -> trail.Head:
        """Give the number and hash of the trail's last entry, to be noted elsewhere."""
        with self.transaction() as session:
            return trail.head(session)

    def broken_entry(self, known: trail.Head | None = None) -> int | None:
        """Give the number of the first entry of the trail that was tampered with, or None.

        Args:
            known: a head that was noted earlier.
        """
        with self.transaction() as session:
            return trail.first_broken(trail.entries(session), known)

    def person_digest(self, person: str) -> str:
        """Give the keyed digest that stands for a person (an e-mail address) in the trail."""
        with self.transaction() as session:
            return trail.person_digest(session, person)

    def forget_person(self, person: str) -> bool:
        """Make a person's digests in the trail meaningless; tells whether there were any."""
        with self.transaction() as session:
            return trail.forget(session, person)

    def add_timeline(self, connection: str, record_id: str, steps: Iterable[dict[str, Any]]) -> None:
        """Keep status changes of a record; those known already stay once."""
        rows = {
            (step["at"], step["after"]): {
                "connection": connection,
                "record_id": record_id,
                "at": step["at"],
                "after": step["after"],
                "body": dump(step),
            }
            for step in steps
        }
        self.upsert(db.timeline, list(rows.values()))

    def timeline(self, connection: str, record_id: str) -> list[dict[str, Any]]:
        """Give the status changes of a record, oldest first."""
        query = select(db.timeline.c.body).where(
            db.timeline.c.connection == connection, db.timeline.c.record_id == record_id
        )
        with self.transaction() as session:
            steps = [orjson.loads(body) for body in session.execute(query).scalars()]
        return sorted(steps, key=lambda step: (datetime.fromisoformat(step["at"]), step["after"]))
