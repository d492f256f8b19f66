"""The ledger's intents: what was about to be written, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import insert, select, update

from . import schema as db
from .state import Intent, IntentKind
from .store import Store, dump, stamp, words


class IntentMethods(Store):
    """Intents."""

    def open_intents(self, intents: Sequence[Intent]) -> None:
        """Commit intents, before the calls that they announce."""
        if not intents:
            return
        with self.transaction() as session:
            session.execute(
                insert(db.intents),
                [
                    {
                        "id": intent.id,
                        "link": intent.link,
                        "open": True,
                        "at": stamp(intent.at),
                        "body": dump({name: getattr(intent, name) for name in intent.__slots__}),
                    }
                    for intent in intents
                ],
            )

    def date_intent(self, intent: str, at: datetime) -> None:
        """Move an open intent's time: from now on the vendor may still be at work on it."""
        table = db.intents
        with self.transaction() as session:
            body = session.execute(select(table.c.body).where(table.c.id == intent)).scalar_one()
            dated = dump({**orjson.loads(body), "at": at})
            session.execute(update(table).where(table.c.id == intent).values(at=stamp(at), body=dated))

    def close_intent(self, intent: str, outcome: str, error: str = "") -> None:
        """Close an intent with what became of it: ``done``, ``failed`` or ``absent``."""
        with self.transaction() as session:
            session.execute(
                update(db.intents).where(db.intents.c.id == intent).values(open=False, outcome=outcome, error=words(error))
            )

    def unsettled(self, link: str) -> list[Intent]:
        """Give the open intents of a link, oldest first."""
        query = (
            select(db.intents.c.body)
            .where(db.intents.c.link == link, db.intents.c.open.is_(True))
            .order_by(db.intents.c.at, db.intents.c.id)
        )
        with self.transaction() as session:
            return [_intent(orjson.loads(body)) for body in session.execute(query).scalars()]


def _intent(raw: dict[str, Any]) -> Intent:
    raw["kind"] = IntentKind(raw["kind"])
    raw["at"] = datetime.fromisoformat(raw["at"])
    raw["path"] = tuple(raw["path"])
    return Intent(**raw)
