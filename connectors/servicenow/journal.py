"""Comments and work notes: as rows of ``sys_journal_field``, and where that table is hidden, from the tickets' own text.

Vendor facts (ServiceNow documentation, journal fields): each entry is a row with ``element_id`` (the ticket), ``element``
(``comments`` is public, ``work_notes`` internal), ``value``, and ``sys_created_by``, a user name. An account that may not
read the table gets 200 and an empty list, so an empty list counts only where the tickets' own text is empty as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ...core.connector import Json
from ...core.errors import ConfigError, ForbiddenError, UnexpectedReplyError
from ...core.shapes import as_object
from .account import Account
from .columns import TABLE
from .people import People, chunks
from .query import Query, one_of, parse_stamp, stamp
from .table import TableApi
from .threadtext import TextEntry, entry_ids, moments, split_entries

PUBLIC: Final = "comments"
INTERNAL: Final = "work_notes"
ELEMENTS: Final = (PUBLIC, INTERNAL)
MERGED: Final = "comments_and_work_notes"
FIELDS = ("sys_id", "element_id", "element", "value", "sys_created_on", "sys_created_by")
CHUNK = 100
TEXT_CHUNK = 25
"""Tickets whose threads are read as text in one call."""


class Journal:
    """The comments and work notes of incidents, each as a journal row with its author beside it."""

    def __init__(self, table: TableApi, people: People, connection: str) -> None:
        """Make a reader that has not yet found out whether the account may read journal rows."""
        self._table = table
        self._people = people
        self._connection = connection
        self.readable: bool | None = None
        """Whether journal rows can be read; None as long as no ticket with a thread was met."""

    def of(self, ids: Sequence[str], account: Account) -> dict[str, list[Json]]:
        """Give the entries of some incidents, oldest first."""
        rows: list[Json] = []
        for chunk in chunks(ids, CHUNK):
            rows += self._entries(chunk, account)
        self._people.name_authors(rows)
        found: dict[str, list[Json]] = {record_id: [] for record_id in ids}
        for row in rows:
            found[row["element_id"]].append(row)
        return found

    def _entries(self, ids: Sequence[str], account: Account) -> list[Json]:
        if self.readable is not False:
            rows = self._rows(ids)
            if rows:
                self.readable = True
            if self.readable:
                return rows
        texts = [record for chunk in chunks(ids, TEXT_CHUNK) for record in self._texts(chunk)]
        if not texts:
            return []
        self.readable = False
        return [entry for record in texts for entry in self._text_entries(record, account)]

    def _rows(self, ids: Sequence[str]) -> list[Json]:
        query = Query().where(one_of("element_id", ids), one_of("element", ELEMENTS)).ordered("sys_id")
        try:
            rows = list(self._table.rows("sys_journal_field", query, FIELDS))
        except ForbiddenError:
            self.readable = False
            return []
        rows.sort(key=lambda row: (row.get("sys_created_on") or "", row["sys_id"]))
        return rows

    def _texts(self, ids: Sequence[str]) -> list[Json]:
        """Give the tickets among these that show a thread as text, with stored and display values."""
        query = Query().where(one_of("sys_id", ids)).ordered("sys_id")
        fields = ("sys_id", "sys_updated_on", *ELEMENTS, MERGED)
        rows = self._table.page(TABLE, query, fields, limit=len(ids), display="all").rows
        return [row for row in rows if any(_shown(row, element) for element in (*ELEMENTS, MERGED))]

    def _text_entries(self, record: Mapping[str, Any], account: Account) -> list[Json]:
        """Give a ticket's entries from its text, oldest first."""
        zone = account.tzinfo(self._connection)
        record_id = str(record["sys_id"]["value"])
        try:
            self._check_zone(record, account)
            named = self._split(record, account)
        except ValueError:
            raise ConfigError(
                f"connection {self._connection}: the thread of ticket {record_id} cannot be read from its text; let the "
                "account read sys_journal_field, or set its date format to yyyy-MM-dd HH:mm:ss and its zone to GMT"
            ) from None
        times = moments([entry for _, entry in named], zone)
        oldest_first = list(zip(named, times, strict=True))[::-1]
        keys = [(record_id, element, stamp(at), entry.author, entry.text) for (element, entry), at in oldest_first]
        entries = [
            {
                "sys_id": entry_id,
                "element_id": record_id,
                "element": element,
                "value": entry.text,
                "sys_created_on": stamp(at),
                "author.name": entry.author,
            }
            for entry_id, ((element, entry), at) in zip(entry_ids(keys), oldest_first, strict=True)
        ]
        return sorted(entries, key=lambda entry: entry["sys_created_on"])

    def _split(self, record: Mapping[str, Any], account: Account) -> list[tuple[str, TextEntry]]:
        """Give the entries newest first, each with the journal that holds it.

        The merged text knows the order, the single ones know which label is whose. Where labels do not tell them apart
        the single texts are read one by one.
        """
        single = {element: split_entries(text, account.format) for element in ELEMENTS if (text := _shown(record, element))}
        if not single:
            raise ValueError("a thread of which nobody says what is public")
        labels = {entries[0].label: element for element, entries in single.items()}
        merged = _shown(record, MERGED)
        if merged and len(labels) == len(single):
            entries = split_entries(merged, account.format, frozenset(labels))
            if len(entries) == sum(len(each) for each in single.values()):
                return [(labels[entry.label], entry) for entry in entries]
        every = [(element, entry) for element, entries in single.items() for entry in entries]
        return sorted(every, key=lambda pair: pair[1].at, reverse=True)

    def _check_zone(self, record: Mapping[str, Any], account: Account) -> None:
        """Make sure that the account's zone and format are what we take them for, by a time that comes in both forms."""
        cell = as_object(record.get("sys_updated_on"))
        if not cell.get("value"):
            raise UnexpectedReplyError("a ticket without sys_updated_on", connection=self._connection)
        shown = account.format.parse(str(cell["display_value"]))
        stored = parse_stamp(str(cell["value"]))
        if stored.astimezone(account.tzinfo(self._connection)).replace(tzinfo=None) != shown:
            raise ValueError("the account's zone is not what its user record says")


def _shown(record: Mapping[str, Any], element: str) -> str:
    return str(as_object(record.get(element)).get("display_value") or "")
