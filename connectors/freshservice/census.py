"""All there is, by the search index: a second way, which the reading of changes does not use.

Vendor facts (api.freshservice.com, filter tickets):

- ``tickets/filter`` gives 30 tickets a page and the total; how many pages it gives at most is told for people only: 40. So
  what is more is asked for by days, and within one day by priority, urgency and impact.
- It lags behind by minutes, and shows the primary workspace unless the query names another.
- Its names differ from those of a ticket: ``agent_id``, ``tag``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from ...core.connector import Json, Scope
from ...core.errors import ConfigError, UnavailableError
from ...core.model import Group
from ...core.shapes import as_list, as_object
from .api import Api
from .metadata import PRIMARY
from .payloads import parse_time
from .queries import UnsafeValueError, both, either, equals, native, since, until, whole

FILTER: Final = "/api/v2/tickets/filter"
ROWS: Final = 30
PAGES: Final = 40
WALL: Final = ROWS * PAGES
"""Tickets of one query beyond which it is cut into smaller ones."""
INDEX_LAG: Final = timedelta(minutes=10)
"""After this time the index surely knows a change."""
FIRST_DAY: Final = date(2010, 1, 1)
"""No ticket is older than the product."""
CUTS: Final = (("priority", (1, 2, 3, 4)), ("urgency", (1, 2, 3)), ("impact", (1, 2, 3)))
"""How the tickets of one day are cut further."""
TRIES: Final = 3


class Census:
    """Searches the tickets of one account."""

    def __init__(
        self,
        api: Api,
        workspaces: Callable[[], tuple[int, ...]],
        groups: Callable[[], Iterable[Group]],
        now: Callable[[], datetime],
    ) -> None:
        """Make it.

        Args:
            api: the connection's session.
            workspaces: gives the workspaces that count.
            groups: gives the groups, for scopes that name some.
            now: the vendor's clock, as we know it.
        """
        self._api = api
        self._workspaces = workspaces
        self._groups = groups
        self._now = now

    def rows(self, scope: Scope) -> Iterator[Json]:
        """Give every ticket in scope that the index knows, as lists show it."""
        for rows in self.pages(scope):
            yield from rows

    def count(self, scope: Scope) -> int:
        """Give the index's count of the tickets in scope; a scope finer than a query can tell is counted out."""
        if scope.opened_after or scope.updated_after or scope.key:
            return sum(1 for _ in self.rows(scope))
        today = self._today()
        condition = self._condition(scope, None)
        return sum(self._page(_within(each, FIRST_DAY, today), 1)[1] for each in self._by_workspace(condition))

    def filter(self, scope: Scope) -> Callable[[Json], bool]:
        """Give the condition that a ticket of a list, with its tags, is in scope."""
        groups = (
            {int(str(group.id)) for group in self._groups() if group.name in scope.group} if scope.group else set[int]()
        )

        def fits(row: Json) -> bool:
            return (
                _fits(row, scope)
                and (not scope.group or row.get("group_id") in groups)
                and (not scope.label or not set(scope.label).isdisjoint(as_list(row.get("tags"))))
            )

        return fits

    def tagged(self, tag: str) -> list[Json]:
        """Give the tickets that bear a tag, as far as the index knows."""
        condition = equals("tag", tag)
        return [row for each in self._by_workspace(condition) for row in self._read(each)[0]]

    def pages(self, scope: Scope, changed_since: datetime | None = None) -> Iterator[list[Json]]:
        """Give every ticket in scope that the index knows, in pieces, each ticket once.

        Args:
            scope: the scope; status and priority are words of the normalized model, and narrow nothing here.
            changed_since: only tickets that changed on the day of this moment or later.
        """
        seen: set[int] = set()
        for condition in self._by_workspace(self._condition(scope, changed_since)):
            for rows in self._cut(condition, _day(scope.opened_after) or FIRST_DAY, self._today()):
                fresh = [row for row in rows if row["id"] not in seen and _fits(row, scope)]
                seen.update(row["id"] for row in fresh)
                yield fresh

    # -- queries

    def _today(self) -> date:
        return (self._now() + timedelta(days=1)).date()

    def _condition(self, scope: Scope, changed_since: datetime | None) -> str:
        """Give the condition of a scope, as far as a query can tell it.

        Raises:
            ConfigError: a label cannot be asked for, or ``native`` is no query.
        """
        bounds = [bound for bound in (scope.updated_after, changed_since) if bound is not None]
        conditions = [native(scope.native, self._api.connection)] if scope.native else []
        if bounds:
            conditions.append(since("updated_at", max(bounds).astimezone(UTC).date()))
        if scope.label:
            try:
                conditions.append(either(*(equals("tag", label) for label in scope.label)))
            except UnsafeValueError as error:
                raise ConfigError(f"connection {self._api.connection}: no query can hold the label {error}") from None
        if scope.group:
            ids = [int(str(group.id)) for group in self._groups() if group.name in scope.group]
            conditions.append(either(*(equals("group_id", each) for each in ids or [0])))
        return both(*conditions)

    def _by_workspace(self, condition: str) -> list[str]:
        workspaces = self._workspaces()
        if workspaces == (PRIMARY,):
            return [condition]
        return [both(condition, equals("workspace_id", each)) for each in workspaces]

    def _cut(self, condition: str, first: date, last: date, cuts: int = 0) -> Iterator[list[Json]]:
        """Give the tickets of a span of days, halved until the index gives all of each part.

        Raises:
            UnavailableError: a single day holds more tickets of one kind than can be listed.
        """
        rows, total = self._read(_within(condition, first, last))
        if total <= WALL:
            if rows:
                yield rows
        elif first < last:
            middle = first + (last - first) / 2
            yield from self._cut(condition, first, middle)
            yield from self._cut(condition, middle + timedelta(days=1), last)
        elif cuts < len(CUTS):
            field, values = CUTS[cuts]
            for value in values:
                yield from self._cut(both(condition, equals(field, value)), first, last, cuts + 1)
        else:
            raise UnavailableError(
                f"{total} tickets of {first} are too many for the index to list", connection=self._api.connection
            )

    def _read(self, condition: str) -> tuple[list[Json], int]:
        """Give the tickets of one query with their number; none where they are too many.

        Rows move while pages are read, so these are read again while fewer came than there are.
        """
        found: dict[int, Json] = {}
        total = 0
        for _ in range(TRIES):
            number = 1
            rows, total = self._page(condition, number)
            while rows and total <= WALL:
                found.update((row["id"], row) for row in rows)
                if len(rows) < ROWS or number == PAGES:
                    break
                number += 1
                rows, total = self._page(condition, number)
            if total > WALL or len(found) >= total:
                break
        return ([] if total > WALL else list(found.values())), total

    def _page(self, condition: str, number: int) -> tuple[list[Json], int]:
        params = {"query": whole(condition, self._api.connection), "page": number}
        operation = f"GET {FILTER}"
        reply = self._api.call("GET", FILTER, params=params)
        rows = as_list(self._api.whole(reply, "tickets", operation))
        return rows, int(as_object(reply.data).get("total") or len(rows))


def _within(condition: str, first: date, last: date) -> str:
    return both(condition, since("created_at", first), until("created_at", last))


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.astimezone(UTC).date()


def _fits(row: Json, scope: Scope) -> bool:
    """Tell whether a ticket lies in what a query cannot tell to the second, or not at all."""
    bounds = (("created_at", scope.opened_after), ("updated_at", scope.updated_after))
    named = {key.rpartition("-")[2] for key in scope.key}
    return (not named or str(row["id"]) in named) and all(
        parse_time(row[field]) > bound for field, bound in bounds if bound is not None
    )
