"""Read issues: what changed, some by id, those with a marker, all of them.

Vendor facts (measured on 2.6):

- A search is one query of the database: nothing lags. ``activity=2026-03-02.09:00:00+0000;`` is everything since then.
- Pages are cut from a list that is made anew for each, so a row that moves on in between shifts the others. Each page here
  begins where the last one ended, and grows where it does not reach beyond one second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from isthmus.plugin import Json, Page, Record, Scope, as_object

from .api import Api
from .records import MARKER, ids_of, is_submission, message_id, read_time, record_body, write_time

PAGE: Final = 100
"""Rows of a page of changes."""
OVERLAP: Final = timedelta(seconds=60)
"""A change is stamped before its transaction ends."""
FIELDS: Final = "title,status,priority,keyword,assignedto,nosy,messages,creator,creation,activity"
TEXT: Final = "author,creator,creation,content,messageid"


def since(scope: Scope, moment: datetime | None = None) -> Json:
    """Give the terms of a search that narrow it to a scope, as far as Roundup can tell, and to what changed since."""
    moments = [each for each in (moment, scope.updated_after) if each]
    terms: Json = {"activity": f"{write_time(max(moments))};"} if moments else {}
    if scope.opened_after:
        terms["creation"] = f"{write_time(scope.opened_after)};"
    return terms


class Reader:
    """Reads the issues of one tracker."""

    def __init__(self, api: Api) -> None:
        """Make a reader."""
        self._api = api

    def changes(self, cursor: str | None, scope: Scope, now: Callable[[], datetime]) -> Iterator[Page]:
        """Give what changed since a cursor, which is a time of the tracker's clock.

        Args:
            cursor: where the last reading ended, or None.
            scope: narrows a first reading.
            now: gives the time of the tracker, the cursor of a reading that finds nothing at all.
        """
        start = datetime.fromisoformat(cursor) - OVERLAP if cursor else None
        size, given = PAGE, set[str]()
        while True:
            terms = {"@sort": "activity,id", "@page_size": size, **since(scope, start)}
            rows = self._api.search("issue", FIELDS, terms, verbose=2)
            news = [row for row in rows if row["id"] not in given]
            if news:
                yield Page(tuple(self._records(news)), read_time(rows[-1]["activity"]))
            elif not rows and start is None:
                yield Page((), now().isoformat())
            if len(rows) < size:
                return
            last = rows[-1]["activity"]
            given = {row["id"] for row in rows if row["activity"] == last}
            moved = datetime.fromisoformat(read_time(last))
            size, start = (PAGE if moved != start else 2 * size), moved

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Read issues by id."""
        return self._records(list(self._api.by_id("issue", ids, FIELDS, verbose=2)))

    def find(self, marker: str) -> list[Record]:
        """Find the issues that bear a marker: by the message that keeps it."""
        messages = self._api.search("msg", "id", {"messageid:": message_id(MARKER, marker)})
        issues = [row["id"] for each in messages for row in self._api.search("issue", "id", {"messages": each["id"]})]
        return [record for record in self.fetch(issues) if record.body["marker"] == marker]

    def census(self, scope: Scope) -> Iterator[str]:
        """Give the id of every issue in scope."""
        for row in self._api.search("issue", "id", since(scope)):
            yield str(row["id"])

    def count(self, scope: Scope) -> int:
        """Give Roundup's own count."""
        params: dict[str, Any] = {"@page_size": 1, **since(scope)}
        return int(self._api.data("GET", "/issue", params=params)["@total_size"])

    def _records(self, rows: Iterable[Json]) -> list[Record]:
        """Give the records of rows of a search, with the text of each."""
        issues = list(rows)
        first = {row["id"]: ids[0] for row in issues if (ids := ids_of(row["messages"]))}
        texts = {row["id"]: row for row in self._api.by_id("msg", first.values(), TEXT, verbose=3)}
        records: list[Record] = []
        for row in issues:
            text = _plain(texts.get(first.get(row["id"], ""), {}))
            submission = text if text and is_submission(text, row) else None
            body = record_body(row, submission, self._api.account)
            records.append(Record(body["id"], body, body["activity"], datetime.fromisoformat(body["activity"])))
        return records


def _plain(message: Json) -> Json:
    """Give a message with its references as ids."""
    return {key: as_object(value).get("id", value) if isinstance(value, dict) else value for key, value in message.items()}
