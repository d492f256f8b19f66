"""The readings of connections: from cursor to cursor, and what proves that nothing is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from ..connector import Scope
from .rows import canonical
from .store import Store, aware, naive


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reading is made of: it goes on from an earlier one that was made of the same."""

    connection: str
    connector: str
    url: str
    mapping: str
    """Version of the mapping: another one reads every record anew."""
    scope: Scope

    def row(self) -> list[Any]:
        """Give the values of the columns that name it."""
        scope = canonical(self.scope.model_dump(mode="json", exclude_defaults=True))
        return [self.connection, self.connector, self.url, self.mapping, scope]


@dataclass(frozen=True, slots=True)
class Earlier:
    """Where an earlier reading stopped."""

    cursor: str | None = None
    began: datetime | None = None
    """When the last reading that came to its end began."""
    problems: Mapping[str, str] = field(default_factory=dict[str, str])
    """Incident -> why it could not be read."""


class Collections:
    """The table of readings."""

    def __init__(self, store: Store) -> None:
        """Use a store's table."""
        self._sql = store.sql

    def earlier(self, reading: Reading) -> Earlier:
        """Give where the last reading of the same kind stopped."""
        same = "connection = ? and connector = ? and url = ? and mapping = ? and scope::varchar = ?"
        query = f"select cursor, problems from collections where {same} order by number desc limit 1"  # noqa: S608
        last = self._sql.execute(query, reading.row()).fetchone()
        if last is None:
            return Earlier()
        query = f"select max(started_at) from collections where {same} and outcome in ('ok', 'red')"  # noqa: S608
        ended = self._sql.execute(query, reading.row()).fetchone()
        began = aware(ended[0]) if ended and ended[0] else None
        return Earlier(last[0], began, orjson.loads(last[1]) if last[1] else {})

    def begin(self, reading: Reading, at: datetime, earlier: Earlier) -> int:
        """Open a reading and give its number."""
        row = [*reading.row(), naive(at), earlier.cursor, canonical(dict(earlier.problems))]
        found = self._sql.execute(
            "insert into collections (number, connection, connector, url, mapping, scope, started_at, cursor, problems) "
            "select coalesce(max(number), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ? from collections returning number",
            row,
        ).fetchone()
        assert found is not None, "an insertion that returns gives a row"
        return int(found[0])

    def keep(self, number: int, cursor: str | None, read: int, changed: int, problems: Mapping[str, str]) -> None:
        """Remember how far a reading has come, in the transaction of what it learned."""
        self._sql.execute(
            "update collections set cursor = coalesce(?, cursor), read = ?, changed = ?, problems = ? where number = ?",
            [cursor, read, changed, canonical(dict(problems)), number],
        )

    def end(self, number: int, at: datetime, outcome: str, **counts: int | None) -> None:
        """Close a reading with its outcome: ``ok``, ``red``, ``failed`` or ``interrupted``."""
        stated = "".join(f", {name} = ?" for name in counts)
        query = f"update collections set ended_at = ?, outcome = ?{stated} where number = ?"  # noqa: S608
        self._sql.execute(query, [naive(at), outcome, *counts.values(), number])

    def miss(self, number: int, incidents: Iterable[str]) -> None:
        """Remember what a census names and cannot be read."""
        self._sql.execute("update collections set missing = ? where number = ?", [canonical(sorted(incidents)), number])
