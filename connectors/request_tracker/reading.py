"""Read tickets: what changed, by number, by marker, and all there is by a second way.

Vendor facts (measured on 5.0.3):

- A search gives tickets with all fields that matter, people's addresses among them, a hundred in half a second; one by one
  they would cost a password's hash each. It asks the database: there is no index and no lag. Neither deleted tickets nor
  those that were merged into another are found.
- ``LastUpdated`` has whole seconds and moves with every transaction, mail that RT sent included. It is set before the
  database commits.
- Pages move under a reader when tickets are updated: from a page's end the search is taken up again by time, not by number,
  unless the whole page is of one second.
- A deletion is a transaction ``Status`` with the new value ``deleted``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from ...core.connector import Json, Page, Record, Scope
from ...core.errors import ConfigError
from ...core.model import format_time
from ...core.shapes import as_list, as_object
from .api import PAGE, Api
from .payloads import FIELDS, PEOPLE, tidy
from .people import People, chunks
from .queries import custom_field, in_scope, moment, numbered, together
from .texts import Descriptions

OVERLAP: Final = timedelta(seconds=60)
"""How far a reader goes back: a commit follows the time that it bears within that."""
DESCRIBED: Final = "Name,EmailAddress,RealName"
WHAT: Final = {
    "fields": ",".join(FIELDS),
    "fields[Owner]": DESCRIBED,
    **{f"fields[{key}]": DESCRIBED for key in PEOPLE},
}


def real_ids(ids: Iterable[str]) -> list[str]:
    """Give the numbers that a ticket can have, each once."""
    return list(dict.fromkeys(each for each in ids if each.isascii() and each.isdigit() and 0 < int(each) < 2**31))


class Reader:
    """Reads the tickets of one site."""

    def __init__(
        self,
        api: Api,
        people: People,
        descriptions: Descriptions,
        marker_field: str,
        zone: Callable[[], tzinfo],
        now: Callable[[], datetime],
    ) -> None:
        """Make a reader.

        Args:
            api: the connection's session.
            people: told the people that come with a page.
            descriptions: reads descriptions.
            marker_field: name of the custom field that keeps our marker.
            zone: the zone in which the account's searches are read.
            now: the vendor's clock, as we know it.
        """
        self._api = api
        self._people = people
        self._descriptions = descriptions
        self._marker_field = marker_field
        self._zone = zone
        self._now = now

    # -- what changed

    def changes(self, cursor: str | None, scope: Scope) -> Iterator[Page]:
        """Give what changed since a cursor, which is the last second that was read to its end."""
        since = self._parsed(cursor) if cursor else None
        start = None if since is None else since - OVERLAP
        last = since
        for rows in self._by_time(start, in_scope(scope, self._zone())):
            newest = datetime.fromisoformat(rows[-1]["LastUpdated"])
            last = newest if last is None else max(last, newest)
            yield Page(tuple(self._records(rows)), format_time(last))
        if last is None:
            yield Page((), format_time(self._now().replace(microsecond=0) - OVERLAP))

    def _parsed(self, cursor: str) -> datetime:
        try:
            return datetime.fromisoformat(cursor)
        except ValueError:
            raise ConfigError(f"'{cursor}' is no cursor of Request Tracker") from None

    def _by_time(self, start: datetime | None, terms: list[str]) -> Iterator[list[Json]]:
        """Give tickets in order of their last change, none twice as long as it does not change in between."""
        number = 1
        seen: set[tuple[str, str]] = set()
        while True:
            since = [] if start is None else [f"LastUpdated >= {moment(start, self._zone())}"]
            rows, more = self._page([*since, *terms], ("LastUpdated", "id"), number)
            fresh = [row for row in rows if (row["id"], row["LastUpdated"]) not in seen]
            if fresh:
                yield fresh
            if not more:
                return
            newest = datetime.fromisoformat(rows[-1]["LastUpdated"])
            if start is not None and newest <= start:
                number += 1
            else:
                number, start = 1, newest
            seen = {(row["id"], row["LastUpdated"]) for row in rows} | (seen if number > 1 else set())

    def _page(self, terms: Sequence[str], order: Sequence[str], number: int = 1) -> tuple[list[Json], bool]:
        params: dict[str, Any] = {
            **WHAT,
            "query": together(terms),
            "orderby": list(order),
            "order": ["ASC"] * len(order),
            "per_page": PAGE,
            "page": number,
        }
        data = self._api.get("/tickets", "items", params)
        rows = [as_object(each) for each in as_list(data["items"])]
        return rows, bool(rows) and number * PAGE < int(data.get("total") or 0)

    def _records(self, rows: Sequence[Json]) -> Iterator[Record]:
        self._people.meet(rows)
        texts = self._descriptions.of([str(row["id"]) for row in rows])
        for row in rows:
            body = tidy(row, self._marker_field)
            if body["id"] in texts:
                body["Content"] = texts[body["id"]]
            version = str(row["LastUpdated"])
            yield Record(body["id"], body, version=version, changed_at=datetime.fromisoformat(version))

    # -- by number and by marker

    def fetch(self, ids: Iterable[str]) -> list[Record]:
        """Read tickets by number; those gone, merged or hidden are left out."""
        found: list[Record] = []
        for some in chunks(real_ids(ids), PAGE):
            rows, _ = self._page([numbered("id", some)], ("id",))
            found += self._records(rows)
        return found

    def find(self, marker: str) -> list[Record]:
        """Find the tickets that bear a marker."""
        if not marker:
            return []
        rows, _ = self._page([custom_field(self._marker_field, marker)], ("id",))
        return [record for record in self._records(rows) if record.body.get("marker") == marker]

    # -- all there is

    def census(self, scope: Scope) -> Iterator[str]:
        """Give the number of every ticket in scope, in order, each page begun after the last number."""
        last = 0
        while True:
            params = {
                "query": together([f"id > {last}", *in_scope(scope, self._zone())]),
                "orderby": "id",
                "order": "ASC",
                "per_page": PAGE,
            }
            rows = as_list(self._api.get("/tickets", "items", params)["items"])
            if not rows:
                return
            for row in rows:
                last = int(row["id"])
                yield str(last)

    def count(self, scope: Scope) -> int:
        """Give RT's own count of the tickets in scope."""
        params = {"query": together(in_scope(scope, self._zone())), "per_page": 1}
        return int(self._api.get("/tickets", "total", params)["total"] or 0)

    def deleted(self, since: datetime) -> Iterator[str]:
        """Give the numbers of the tickets that were deleted since a moment, latest first; those restored are among them."""
        query = "ObjectType = 'RT::Ticket' AND Type = 'Status' AND NewValue = 'deleted'"
        params = {"query": query, "fields": "ObjectId,Created", "orderby": "id", "order": "DESC"}
        told: set[str] = set()
        for row in self._api.rows("/transactions", params):
            if datetime.fromisoformat(row["Created"]) < since:
                return
            if row["ObjectId"] not in told:
                told.add(row["ObjectId"])
                yield str(row["ObjectId"])
