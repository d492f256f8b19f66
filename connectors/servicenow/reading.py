"""Reading incidents: changes by keyset, records by id, the census, the count.

Vendor facts (ServiceNow documentation, Table API; knowledge base KB0723183 on system fields): ``sys_updated_on`` has a
precision of one second, and a row may get its time before it becomes visible, so a reader goes back by an overlap and reads
in the order of ``sys_updated_on, sys_id``. Scripts can change rows without moving it; only a full comparison finds those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import orjson

from ...core.connector import Json, Page, Record, Scope
from ...core.errors import ConfigError, UnexpectedReplyError
from ...core.shapes import as_object
from .calls import Calls
from .columns import TABLE, Columns
from .payloads import with_figures
from .people import People, chunks
from .query import (
    Condition,
    Query,
    Term,
    UnsafeValueError,
    at_least,
    at_most,
    either,
    is_listable,
    later_than,
    native_query,
    one_of,
    parse_native,
    parse_stamp,
    stamp,
)
from .table import TableApi

OVERLAP: Final = timedelta(seconds=60)
"""How far a reader goes back, for rows that became visible after their own time."""
CLOCK_MARGIN: Final = timedelta(seconds=120)
"""How far a cursor stays behind the vendor's clock on a quiet instance, beside the overlap."""
CHUNK = 100
"""Ids of one read."""
CENSUS_PAGE = 10_000
NOBODY: Final = "0" * 32
"""An id that no record has."""

STATES: Final = {
    "new": ("1",),
    "in_progress": ("2",),
    "pending": ("3", "4", "5"),
    "resolved": ("6",),
    "closed": ("7",),
    "canceled": ("8",),
}
"""Status -> states of the base product; 4 and 5 are older ones."""


def record_of(row: Json) -> Record:
    """Give the record of a row."""
    updated = row.get("sys_updated_on")
    return Record(
        id=row["sys_id"],
        body=with_figures(row),
        version=row.get("sys_mod_count"),
        changed_at=parse_stamp(updated) if updated else None,
    )


class Reading:
    """Reads incidents of one instance."""

    def __init__(self, calls: Calls, table: TableApi, columns: Columns, people: People, *, page: int) -> None:
        """Make a reader.

        Args:
            calls: for the aggregate API, and the connection's name.
            table: the table API.
            columns: the columns of incidents.
            people: who remembers those who come with a page.
            page: rows of one page.
        """
        self._calls = calls
        self._table = table
        self._columns = columns
        self._people = people
        self._page = page
        self._natives: dict[str, Query] = {}

    def changes(self, cursor: str | None, scope: Scope, now: datetime) -> Iterator[Page]:
        """Give what changed since the cursor, oldest first, up to a moment on the vendor's clock.

        Group, status, priority and label do not narrow: a ticket that leaves the scope has changed, too.
        """
        query = self.lasting(scope).where(at_most("sys_updated_on", now))
        reached = parse_cursor(cursor, self._calls.connection) if cursor else None
        if reached is not None:
            query = query.where(at_least("sys_updated_on", reached - OVERLAP))
        query = query.ordered("sys_updated_on", "sys_id")
        for rows, more in self._table.scan(TABLE, query, self._columns.wanted, limit=self._page):
            self._people.meet(rows)
            passed = parse_stamp(rows[-1]["sys_updated_on"]) if rows else now - CLOCK_MARGIN
            reached = max(passed, reached or passed, passed if more else now - CLOCK_MARGIN)
            yield Page(tuple(record_of(row) for row in rows), make_cursor(reached))

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Read incidents by id; those gone or hidden are left out."""
        records: list[Record] = []
        usable = [each for each in dict.fromkeys(ids) if is_listable(each)]
        for chunk in chunks(usable, CHUNK):
            query = Query().where(one_of("sys_id", chunk)).ordered("sys_id")
            rows = list(self._table.rows(TABLE, query, self._columns.wanted, limit=len(chunk)))
            self._people.meet(rows)
            records += [record_of(row) for row in rows]
        return records

    def find(self, *conditions: Condition) -> list[Record]:
        """Find incidents by any of some conditions."""
        query = Query().where(either(*conditions)).ordered("sys_id")
        rows = list(self._table.rows(TABLE, query, self._columns.wanted, limit=20))
        self._people.meet(rows)
        return [record_of(row) for row in rows]

    def census(self, scope: Scope) -> Iterator[str]:
        """Give the id of every incident in scope, in the order of ids."""
        query = self.present(scope).ordered("sys_id")
        for row in self._table.rows(TABLE, query, ("sys_id",), limit=CENSUS_PAGE):
            yield str(row["sys_id"])

    def count(self, scope: Scope) -> int:
        """Give the vendor's own count of the incidents in scope."""
        reply = self._calls.read(
            f"/api/now/stats/{TABLE}", {"sysparm_count": "true", "sysparm_query": self.present(scope).text}
        )
        told = as_object(as_object(as_object(reply.data).get("result")).get("stats")).get("count")
        if not str(told or "").isdigit():
            raise UnexpectedReplyError("a reply without a count", connection=self._calls.connection)
        return int(str(told))

    # -- scope

    def lasting(self, scope: Scope) -> Query:
        """Give the conditions of a scope that a ticket cannot leave, and the vendor's own query.

        Raises:
            ConfigError: the vendor's own query is wrong, or a key cannot be asked for.
        """
        query = Query()
        if scope.key:
            try:
                query = query.where(either(one_of("number", scope.key), one_of("sys_id", scope.key)))
            except UnsafeValueError:
                raise ConfigError(f"connection {self._calls.connection}: scope 'key' holds an unusable key") from None
        if scope.opened_after:
            query = query.where(later_than("opened_at", scope.opened_after))
        if scope.updated_after:
            query = query.where(later_than("sys_updated_on", scope.updated_after))
        return query.within(self._native(scope.native)) if scope.native else query

    def present(self, scope: Scope) -> Query:
        """Give all conditions of a scope, by the base product's states; labels do not exist here."""
        query = self.lasting(scope)
        if scope.status:
            states = [state for status in scope.status for state in STATES.get(status, ())]
            query = query.where(one_of("state", states or [NOBODY]))
        if scope.priority:
            query = query.where(one_of("priority", [str(each) for each in scope.priority]))
        if scope.group:
            groups = {group.name: group.id for group in self._people.groups()}
            ids = [found for name in scope.group if (found := groups.get(name))]
            query = query.where(one_of("assignment_group", ids or [NOBODY]))
        return query.where(one_of("sys_id", [NOBODY])) if scope.label else query

    def _native(self, text: str) -> Query:
        if text not in self._natives:
            alternatives = parse_native(text, self._calls.connection)
            for term in {term.text: term for each in alternatives for clause in each for term in clause}.values():
                self._prove(term)
            self._natives[text] = native_query(alternatives)
        return self._natives[text]

    def _prove(self, term: Term) -> None:
        """Make sure that the vendor understands a term, since it drops silently what it does not understand.

        Joined by OR to a condition that nothing satisfies, an understood term finds as much as alone, and a dropped one
        finds nothing where alone it finds everything.
        """
        column = term.field.partition(".")[0]
        alone = self._total(Condition(term.text, (), lambda row: True)) if self._columns.knows(column) else None
        nothing = one_of("sys_id", [NOBODY])
        joined = self._total(Condition(f"{nothing.text}^OR{term.text}", (), lambda row: True)) if alone else alone
        if alone is None or (alone > 0 and joined == 0):
            raise ConfigError(
                f"connection {self._calls.connection}: scope 'native': ServiceNow does not understand '{term.text[:80]}'; "
                "check the field and the operator"
            )

    def _total(self, condition: Condition) -> int:
        return self._table.total(TABLE, Query().where(condition))


def make_cursor(reached: datetime) -> str:
    """Give the cursor of a moment up to which everything was read."""
    return orjson.dumps({"updated": stamp(reached)}).decode()


def parse_cursor(cursor: str, connection: str) -> datetime:
    """Give the moment of a cursor.

    Raises:
        ConfigError: it is none of ours.
    """
    try:
        return parse_stamp(orjson.loads(cursor)["updated"])
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f"connection {connection}: a cursor that this connector did not make") from None
