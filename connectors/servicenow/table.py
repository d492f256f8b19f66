"""The table API: pages of rows, checked against their query, and whole results by keyset.

Vendor facts (ServiceNow documentation, Table API):

- The limit is applied before row ACLs, so a page may be shorter than its limit although more rows follow;
  ``X-Total-Count`` counts the rows before ACLs. Without ``ORDERBY`` the order is undefined.
- ``sysparm_exclude_reference_link=true`` with stored values gives references as bare sys_ids; a dot-walked field
  (``caller_id.email``) comes as a flat key with a dot; unknown fields are ignored.
- Addresses beyond some 2,000 characters are refused by servers on the way: longer ones travel inside a batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from ...core.connector import Json
from ...core.errors import ConnectorError, UnavailableError, UnexpectedReplyError
from ...core.net.http import Reply, quote_segment
from ...core.shapes import as_object
from .batch import Batch, Item
from .calls import TRIES, Calls
from .query import Query
from .replies import CanceledError

LONGEST_URL = 2000
LEAST_PAGE = 20
"""Rows below which a page is not made smaller."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of rows."""

    rows: list[Json]
    total: int | None
    """Rows that the query matches, those hidden by ACLs included; None where the vendor did not tell."""


class TableApi:
    """Reads tables of one instance."""

    def __init__(self, calls: Calls, batch: Batch) -> None:
        """Make a reader."""
        self._calls = calls
        self._batch = batch
        self._connection = calls.connection

    def page(
        self,
        table: str,
        query: Query,
        fields: Sequence[str],
        *,
        limit: int,
        offset: int = 0,
        display: str = "false",
        tries: int = TRIES,
    ) -> Rows:
        """Read one page, and make sure that every row satisfies the query.

        Args:
            table: name of the table.
            query: conditions and order.
            fields: the columns wanted; those that the query needs are added. None of either means all columns.
            limit: most rows.
            offset: rows to skip.
            display: ``false`` for stored values, ``all`` for stored and display values.
            tries: how often a call is sent that the vendor cancels as too slow.

        Raises:
            ConnectorError: the vendor refuses or fails.
        """
        wanted = tuple(dict.fromkeys((*fields, *query.fields))) if fields else ()
        params = {
            "sysparm_query": query.text,
            "sysparm_fields": ",".join(wanted),
            "sysparm_limit": str(limit),
            "sysparm_offset": str(offset) if offset else "",
            "sysparm_display_value": display,
            "sysparm_exclude_reference_link": "true",
            "sysparm_suppress_pagination_header": "true",
        }
        told = {name: value for name, value in params.items() if value}
        reply = self._get(f"/api/now/table/{quote_segment(table)}", told, tries)
        rows = rows_of(reply.data, self._connection)
        query.check(rows if display == "false" else [_stored(row) for row in rows], self._connection)
        total = {name.lower(): value for name, value in reply.headers.items()}.get("x-total-count")
        return Rows(rows, int(total) if total and total.isdigit() else None)

    def total(self, table: str, query: Query) -> int:
        """Give the number of rows that a query matches, those hidden by ACLs included."""
        page = self.page(table, query, ("sys_id",), limit=1)
        return len(page.rows) if page.total is None else page.total

    def scan(self, table: str, query: Query, fields: Sequence[str], *, limit: int) -> Iterator[tuple[list[Json], bool]]:
        """Read everything that an ordered query matches, page by page, with whether more follows.

        Each page begins after the last row of the one before, so rows that change meanwhile shift nothing. A page that
        ACLs left empty is passed over by its offset. One that takes too long is asked for by halves, for a while.
        """
        rest, offset, most = query, 0, limit
        while True:
            least = limit <= LEAST_PAGE
            try:
                page = self.page(table, rest, fields, limit=limit, offset=offset, tries=TRIES if least else 2)
            except CanceledError as error:
                if least:
                    raise _too_slow(error) from None
                limit = max(limit // 2, LEAST_PAGE)
                continue
            more = bool(page.rows) if page.total is None else offset + limit < page.total
            if page.rows or not more:
                yield page.rows, more
            if not more:
                return
            if page.rows:
                rest, offset, limit = query.beyond(page.rows[-1]), 0, min(limit * 2, most)
            else:
                offset += limit

    def rows(self, table: str, query: Query, fields: Sequence[str], *, limit: int = 1000) -> Iterator[Json]:
        """Read every row that an ordered query matches."""
        for rows, _ in self.scan(table, query, fields, limit=limit):
            yield from rows

    def _get(self, path: str, params: dict[str, str], tries: int) -> Reply:
        address = f"{path}?{urlencode(params)}"
        if len(address) <= LONGEST_URL:
            return self._calls.read(path, params, tries=tries)
        return self._calls.patiently(lambda: self._get_long(path, address), f"GET {path}", tries=tries)

    def _get_long(self, path: str, address: str) -> Reply:
        ((_, answer),) = self._batch.send([Item("GET", address, f"GET {path}")])
        if isinstance(answer, ConnectorError):
            raise answer
        return Reply(answer.status, answer.headers, answer.data)


def _too_slow(error: ConnectorError) -> UnavailableError:
    return UnavailableError(
        "the vendor cancels even small calls as too slow",
        connection=error.connection,
        operation=error.operation,
        status=error.status,
        vendor_words=error.vendor_words,
    )


def _stored(row: Json) -> Json:
    """Give the stored values of a row that has both."""
    return {column: as_object(cell).get("value") for column, cell in row.items()}


def rows_of(data: Any, connection: str) -> list[Json]:
    """Give the rows of a list reply.

    Raises:
        UnexpectedReplyError: it is none.
    """
    rows = as_object(data).get("result")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in cast("list[Any]", rows)):
        raise UnexpectedReplyError("a reply without a list of records", connection=connection)
    return cast("list[Json]", rows)
