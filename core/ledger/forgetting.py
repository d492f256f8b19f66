"""Erase a person from the ledger.

What is about to be erased is committed first, as an intent without a link, so that an erasure which was interrupted is
finished later. The trail stays as it is: it names people by keyed digests only, and the key is deleted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

import orjson
from sqlalchemy import Column, ColumnElement, Table, and_, delete, select, tuple_, update

from . import schema as db
from .store import Store, dump

PERSONAL: Final[dict[Table, tuple[str, ...]]] = {
    db.runs: ("report",),  # what vendors said, and whom messages were for
    db.values: ("value",),
    db.receipts: ("value", "raw"),
    db.parks: ("reason",),
    db.intents: ("error", "body"),
    db.conflicts: ("body", "reason"),
    db.failures: ("message", "vendor_words"),
    db.staged: ("body",),
    db.timeline: ("body",),
}
"""Columns that can hold personal data. The others hold ids, digests, words of our own, cursors and times."""
FORGETTING: Final = ""
"""Stands for the link of an erasure's intent: it belongs to none."""
PAGE: Final = 500


class ForgettingMethods(Store):
    """Erasures."""

    def begin_forgetting(self, facts: dict[str, Any]) -> None:
        """Commit what is about to be erased, or how far that has come."""
        row = {"id": "forgetting", "link": FORGETTING, "open": True, "at": self.now(), "body": dump(facts)}
        self.upsert(db.intents, [row])

    def begun_forgetting(self) -> dict[str, Any] | None:
        """Give what an erasure that has not come to its end was about to erase."""
        with self.transaction() as session:
            body = session.execute(select(db.intents.c.body).where(db.intents.c.link == FORGETTING)).scalar()
        return None if body is None else orjson.loads(body)

    def end_forgetting(self) -> None:
        """Take an erasure's intent away."""
        with self.transaction() as session:
            session.execute(delete(db.intents).where(db.intents.c.link == FORGETTING))

    def personal_texts(self, hints: Iterable[str]) -> Iterable[str]:
        """Give the texts that hold one of some hints (lower case), in any case."""
        wanted = list(hints)
        for table, names in PERSONAL.items():
            for row in self._pages(table, names):
                yield from (text for text in row[: len(names)] if text and _holds(text, wanted))

    def links_that_wait(self, names: Callable[[str], bool]) -> list[str]:
        """Give the links with a write of unknown fate whose intent names somebody: it is settled before he is erased."""
        table = db.intents.c
        query = select(table.link, table.body).where(table.open.is_(True), table.link != FORGETTING)
        with self.transaction() as session:
            return sorted({row.link for row in session.execute(query) if names(row.body)})

    def known_links(self) -> list[str]:
        """Give every link and migration that was ever run."""
        with self.transaction() as session:
            return sorted(session.execute(select(db.runs.c.link).distinct()).scalars())

    def erase(self, hints: Iterable[str], erased: Callable[[str], str]) -> dict[str, int]:
        """Put erased texts in the place of others, in one transaction, and give the number of rows by table.

        Args:
            hints: a text that holds none of these, in lower case, needs no erasing.
            erased: gives a stored text without the people who are to be erased.
        """
        wanted = list(hints)
        changed: Counter[str] = Counter()
        with self.transaction() as session:
            for table, names in PERSONAL.items():
                keys = list(table.primary_key)
                for row in self._pages(table, names):
                    held = dict(zip(names, row, strict=False))
                    fresh = {name: erased(text) for name, text in held.items() if text and _holds(text, wanted)}
                    fresh = {name: text for name, text in fresh.items() if text != held[name]}
                    if fresh:
                        session.execute(update(table).where(_at(keys, row[len(names) :])).values(fresh))
                        changed[str(table.name)] += 1
        return dict(changed)

    def _pages(self, table: Table, names: tuple[str, ...]) -> Iterable[tuple[Any, ...]]:
        """Give some columns of a table and its key, row by row, a page at a time."""
        keys = list(table.primary_key)
        query = select(*(table.c[name] for name in names), *keys).order_by(*keys).limit(PAGE)
        if table is db.intents:
            query = query.where(table.c.link != FORGETTING)
        after: tuple[Any, ...] | None = None
        while True:
            page = query if after is None else query.where(tuple_(*keys) > tuple_(*after))
            with self.transaction() as session:
                rows = [tuple(row) for row in session.execute(page)]
            yield from rows
            if len(rows) < PAGE:
                return
            after = rows[-1][len(names) :]


def _at(keys: list[Column[Any]], values: tuple[Any, ...]) -> ColumnElement[bool]:
    return and_(*(key == value for key, value in zip(keys, values, strict=True)))


def _holds(text: str, hints: list[str]) -> bool:
    lowered = text.lower()
    return any(hint in lowered for hint in hints)
