"""Reading requests: changes by time, requests by id, the census.

Vendor facts (manageengine.com, list_info; seen live):

- On-premises a request that nobody has edited has no ``last_updated_time``, so a feed by that time alone misses every new
  request. Two feeds are read, by the last edit and by the creation, and merged by their times. One query with OR would do,
  but not every build takes it.
- Rows move while one pages, so a page begins at the time of the last row of the one before. Only where more rows than fit
  on a page have the same time is the index used, with some rows of overlap.
- What one feed has read already may move in the other while that is still being read, so no cursor passes the moment at
  which reading began.
- Rows hold what ``fields_required`` names. Where a build refuses that, or leaves texts out, each request is read by itself.
- Trashed requests are in no list and can be read by id; a merged one answers 404.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson

from ...core.connector import Json, Page, Record, Scope
from ...core.errors import ConfigError, NotFoundError, RejectedError, UnexpectedReplyError
from ...core.shapes import as_object
from .calls import Calls
from .catalogue import Catalogue
from .criteria import beyond, both, equals, native, since
from .related import links_of
from .replies import body_of
from .shapes import (
    LINKS,
    LISTS,
    WANTED,
    changed,
    is_incident,
    label_list,
    milliseconds,
    moment_of,
    record_of,
    shaped,
    stamp,
)

OVERLAP: Final = timedelta(minutes=3)
"""How far a reader goes back, for saves that became visible after their own time."""
CLOCK_MARGIN: Final = timedelta(minutes=2)
"""How far a cursor stays behind the vendor's clock on a quiet account, beside the overlap."""
SHIFT: Final = 10
"""Rows that are read again where a page begins by index."""
FEW: Final = ("id", "created_time", "last_updated_time", "is_service_request")
SCOPED: Final = (*FEW, "status", "priority", "group", "udf_fields")
PRIORITIES: Final = {1: "High", 2: "Medium", 3: "Normal", 4: "Low", 5: "Low"}
STATES: Final = {
    "new": "Open",
    "in_progress": "In Progress",
    "pending": "On Hold",
    "resolved": "Resolved",
    "closed": "Closed",
    "canceled": "Cancelled",
}


class Reading:
    """Reads requests of one account."""

    def __init__(self, calls: Calls, catalogue: Catalogue, *, marker: str, labels: str, page: int, services: bool) -> None:
        """Make a reader.

        Args:
            calls: the connection's calls.
            catalogue: the lists of the account.
            marker: the custom field that holds the marker.
            labels: the custom field that holds the labels.
            page: requests of one page.
            services: service requests count as well.
        """
        self._calls = calls
        self._catalogue = catalogue
        self._marker = marker
        self._labels = labels
        self._page = page
        self._services = services
        self._wanted = [*WANTED, "display_id"] if calls.flavour.cloud else list(WANTED)
        self._whole_rows: bool | None = None
        """Whether lists give whole requests; None where that is not yet known."""

    # -- the feed

    def changes(self, cursor: str | None, scope: Scope, clock: Callable[[], datetime]) -> Iterator[Page]:
        """Give what changed since the cursor, oldest first, up to now on the vendor's clock.

        Args:
            cursor: where to go on; None reads everything.
            scope: what counts.
            clock: our clock, in UTC.
        """
        own = native(scope.native, self._calls.connection)
        reached = parse_cursor(cursor, self._calls.connection) if cursor else None
        began = clock()
        start = 0 if reached is None else max(reached - stamp_of(OVERLAP), 0)
        fields = ("created_time",) if reached is None else self._calls.flavour.feeds
        feeds = [self._feed(field, start, own) for field in fields]
        rows: list[Json] = []
        seen: set[tuple[str, int | None]] = set()
        for position, row in heapq.merge(*feeds, key=lambda pair: pair[0]):
            known = str(row["id"]), changed(row)
            if known in seen:
                continue
            if len(fields) > 1:
                seen.add(known)
            rows.append(row)
            reached = max(min(position, self._quiet(began)), reached or 0)
            if len(rows) >= self._page:
                yield Page(tuple(self._in_scope(rows, scope)), make_cursor(reached))
                rows = []
        if rows:
            yield Page(tuple(self._in_scope(rows, scope)), make_cursor(reached or 0))
        yield Page((), make_cursor(max(reached or 0, self._quiet(began))))

    def _quiet(self, began: datetime) -> int:
        """Give the moment, in epoch milliseconds on the vendor's clock, that everything read since then has passed.

        Args:
            began: when reading began, on our clock; how far off the vendor's is, the first reply tells.
        """
        return stamp(began + timedelta(seconds=self._calls.session.skew_seconds) - CLOCK_MARGIN)

    def _feed(self, field: str, start: int, own: Json | None) -> Iterator[tuple[int, Json]]:
        """Give the requests of which a time is at least a moment, in its order, each with that time."""
        at, index = start, 1
        edge: set[str] = set()
        while True:
            criteria = both(since(field, at) if at else None, own)
            rows, more = self._list({"start_index": index, "sort_field": field, "search_criteria": criteria})
            last = at
            for row in rows:
                position = milliseconds(row.get(field)) or 0
                if str(row["id"]) in edge:
                    continue
                if position > last:
                    last, edge = position, set[str]()
                edge.add(str(row["id"]))
                yield position, row
            if not more or not rows:
                return
            at, index = (last, 1) if last > at else (at, index + max(len(rows) - SHIFT, 1))

    def _list(self, info: Json) -> tuple[list[Json], bool]:
        """Read a page of requests, whole ones where the account gives them."""
        asked = {"row_count": self._page, "sort_order": "asc", **info}
        if self._whole_rows is not False:
            try:
                found = self._calls.page("/requests", "requests", {**asked, "fields_required": self._wanted})
            except RejectedError:
                if self._whole_rows:
                    raise
                found = self._calls.page("/requests", "requests", {**asked, "fields_required": list(FEW)})
                self._whole_rows = False
            else:
                self._whole_rows = True if found[0] else self._whole_rows
            return found
        return self._calls.page("/requests", "requests", {**asked, "fields_required": list(FEW)})

    def _in_scope(self, rows: Iterable[Json], scope: Scope) -> Iterator[Record]:
        for row in rows:
            if not self._lasts(row, scope):
                continue
            whole = row if "description" in row and "udf_fields" in row else self._whole(str(row["id"]))
            if whole is not None and (self._services or is_incident(whole)):
                yield self.record(whole)

    # -- requests

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Read requests by id; those gone or hidden are left out, trashed ones say so."""
        rows = (self._whole(each) for each in dict.fromkeys(ids))
        return [self.record(row) for row in rows if row is not None]

    def _whole(self, record_id: str) -> Json | None:
        if not (record_id.isascii() and record_id.isdigit()):
            return None
        try:
            reply = self._calls.read("/requests/{id}", id=record_id)
        except NotFoundError:
            return None
        row = body_of(reply, "request")
        if row is None:
            raise UnexpectedReplyError("a reply without a request", connection=self._calls.connection, key=record_id)
        return row

    def record(self, row: Json) -> Record:
        """Give the record of a request that the vendor told as a whole."""
        asked: Json = {name: row.get(name) for name in self._wanted}
        asked |= {name: asked[name] or [] for name in LISTS}
        body = shaped(asked, marker=self._marker, labels=self._labels, state=self._catalogue.state(row.get("status")))
        body[LINKS] = links_of(self._calls, row)
        return record_of(body)

    def find(self, marker: str) -> list[Record]:
        """Find the requests that bear a marker, letter for letter."""
        if not marker:
            return []
        criteria = equals(f"udf_fields.{self._marker}", marker)
        asked: Json = {"search_criteria": criteria, "fields_required": ["id", "udf_fields"]}
        rows = self._calls.rows("/requests", "requests", asked)
        ids = [str(row["id"]) for row in rows if as_object(row.get("udf_fields")).get(self._marker, marker) == marker]
        return [record for record in self.fetch(ids) if record.body.get("marker") == marker and not record.deleted]

    # -- the census

    def census(self, scope: Scope) -> Iterator[str]:
        """Give the id of every request in scope, in the order of ids."""
        own, last = native(scope.native, self._calls.connection), ""
        while True:
            criteria = both(beyond("id", last) if last else None, own)
            asked: Json = {"row_count": 100, "sort_field": "id", "sort_order": "asc", "fields_required": list(SCOPED)}
            rows, more = self._calls.page("/requests", "requests", {**asked, "search_criteria": criteria})
            for row in rows:
                if self._is_present(row, scope):
                    yield str(row["id"])
            if not rows or not more:
                return
            last = str(rows[-1]["id"])

    def count(self, scope: Scope) -> int:
        """Give the vendor's own count where the scope asks for nothing, else that of the census."""
        if scope != Scope():
            return sum(1 for _ in self.census(scope))
        criteria = None if self._services else equals("is_service_request", "false")
        asked: Json = {"row_count": 1, "get_total_count": True, **({"search_criteria": criteria} if criteria else {})}
        reply = as_object(self._calls.read("/requests", {"list_info": asked}))
        total = as_object(reply.get("list_info")).get("total_count")
        if total is None:
            return sum(1 for _ in self.census(scope))
        return int(total)

    # -- scope

    def _lasts(self, row: Json, scope: Scope) -> bool:
        """Tell whether a request is in the part of a scope that it cannot leave."""
        created, edited = milliseconds(row.get("created_time")), changed(row)
        if not self._services and not is_incident(row):
            return False
        if scope.key and str(row.get("display_id") or row["id"]) not in scope.key and str(row["id"]) not in scope.key:
            return False
        if scope.opened_after and (created is None or moment_of(created) <= scope.opened_after):
            return False
        return not (scope.updated_after and (edited is None or moment_of(edited) <= scope.updated_after))

    def _is_present(self, row: Json, scope: Scope) -> bool:
        """Tell whether a request is in scope now."""
        if not self._lasts(row, scope):
            return False
        status = as_object(row.get("status"))
        state = self._catalogue.state(status) or status.get("name")
        if scope.status and state not in {STATES.get(each) for each in scope.status}:
            return False
        priority, group = as_object(row.get("priority")).get("name"), as_object(row.get("group")).get("name")
        if scope.priority and priority not in {PRIORITIES.get(each) for each in scope.priority}:
            return False
        if scope.group and group not in scope.group:
            return False
        labels = label_list(as_object(row.get("udf_fields")).get(self._labels))
        return not scope.label or not set(scope.label).isdisjoint(labels)


def stamp_of(span: timedelta) -> int:
    """Give the milliseconds of a span."""
    return span // timedelta(milliseconds=1)


def make_cursor(reached: int) -> str:
    """Give the cursor of a moment, in epoch milliseconds, up to which everything was read."""
    return orjson.dumps({"changed": reached}).decode()


def parse_cursor(cursor: str, connection: str) -> int:
    """Give the moment of a cursor.

    Raises:
        ConfigError: it is none of ours.
    """
    try:
        reached = int(orjson.loads(cursor)["changed"])
        datetime.fromtimestamp(reached / 1000, UTC)
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        raise ConfigError(f"connection {connection}: a cursor that this connector did not make") from None
    return reached
