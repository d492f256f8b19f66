"""The database: tables of sparse rows in memory.

A row keeps only what is not null, under the names of its table: text, whole numbers, moments as seconds since 1970,
selections as labels, attachments as :class:`File`, the status history as label -> (login, seconds).
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from . import forms as names
from .forms import all_forms
from .indexes import HashIndex, SortedIndex
from .schema import Form

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class File:
    """An attachment."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a table is kept."""

    prefix: str = ""
    first: int = 1
    hashed: tuple[str, ...] = ()
    ordered: tuple[str, ...] = ("Last Modified Date", "Submit Date")


_LAYOUTS = {
    names.CREATE_FORM: _Layout("", 607, ("Incident Number",)),
    names.HELP_DESK: _Layout(
        "INC",
        98,
        ("Incident Number", "InstanceId", "Vendor Ticket Number", "SRID", "mc_ueid", "Status"),
        ("Last Modified Date", "Submit Date", "Reported Date", "Incident Number"),
    ),
    names.WORK_LOG_FORM: _Layout(
        "WLG",
        1,
        ("Incident Number", "Broker Vendor Ticket Id"),
        ("Last Modified Date", "Submit Date", "Work Log Submit Date"),
    ),
    names.PEOPLE: _Layout("PPL", 1, ("Remedy Login ID", "Internet E-mail", "Full Name", "Last Name", "Corporate ID")),
    names.GROUPS: _Layout("SGP", 1, ("Support Group Name",)),
    names.MEMBERS: _Layout("SGA", 1, ("Support Group ID", "Person ID", "Login ID")),
    names.COMPANIES: _Layout("COM", 1, ("Company",)),
    names.CATEGORIES: _Layout("SVC", 1, ("Categorization Tier 1",)),
    names.ASSOCIATIONS: _Layout("ASC", 1, ("Request ID01", "Request ID02")),
    names.ITEMS: _Layout("", 1, ("Name", "ReconciliationIdentity", "InstanceId")),
    names.AUDIT: _Layout("", 1, ("Original Request ID",), ("Create Date", "Audit Date")),
    names.MEASUREMENTS: _Layout("SLM", 1, ("ApplicationUserFriendlyID", "ApplicationInstanceID")),
    names.TASKS: _Layout("TAS", 1, ("RootRequestID",)),
    names.PROBLEMS: _Layout("PBM", 1, ("Problem Investigation ID",)),
    names.CHANGES: _Layout("CRQ", 1, ("Infrastructure Change ID",)),
    names.TEMPLATES: _Layout("HTP", 1, ("InstanceId",)),
}
"""The counters of incidents differ, so that a mix-up of number and entry id finds another ticket or none (recorded:
entry ``INC000000000527`` has the number ``INC000000000430``)."""


class Table:
    """One table: its rows by id, and its indexes, which are made when they are first needed."""

    def __init__(self, form: Form, layout: _Layout) -> None:
        self.name = form.table
        self.id_column = form.id_field
        self.ordered_by = frozenset(layout.ordered) & {each.column for each in form.fields.values()} | {self.id_column}
        self.hashed_by = frozenset(layout.hashed)
        self._prefix, self._next = layout.prefix, layout.first
        self._rows: dict[str, Row] = {}
        self._postponed: list[Iterable[Row]] = []
        self._ordered: dict[str, SortedIndex] = {}
        self._hashed: dict[str, HashIndex] = {}
        self._texts = frozenset({self.id_column, "Incident Number"})

    @property
    def rows(self) -> dict[str, Row]:
        """All rows by id; to be changed through the methods only."""
        while self._postponed:
            for row in self._postponed.pop(0):
                row.setdefault(self.id_column, self.next_id())
                self.put(row)
        return self._rows

    def postpone(self, rows: Iterable[Row]) -> None:
        """Add new rows that are made, and get their ids, when the table is first read: that may never happen."""
        self._postponed.append(rows)

    def ordered(self, column: str) -> SortedIndex:
        """Give the index in order of a column in ``ordered_by``."""
        if column not in self._ordered:
            self._ordered[column] = SortedIndex((self._key(row, column), row_id) for row_id, row in self.rows.items())
        return self._ordered[column]

    def _hash(self, column: str) -> HashIndex:
        if column not in self._hashed:
            self._hashed[column] = HashIndex((row.get(column) or "", row_id) for row_id, row in self.rows.items())
        return self._hashed[column]

    def _key(self, row: Row, column: str) -> Any:
        return row.get(column, "" if column in self._texts else -1)

    def put(self, row: Row) -> None:
        """Store a new row, or a changed one under the same id. It must not be changed in place afterwards."""
        row_id = row[self.id_column]
        old = self._rows.get(row_id)
        self._rows[row_id] = row
        if old is not None:
            self._unindex(old)
        for column, index in self._ordered.items():
            index.add((self._key(row, column), row_id))
        for column, hashed in self._hashed.items():
            hashed.add(row.get(column) or "", row_id)

    def fill(self, rows: Iterable[Row]) -> None:
        """Store many new rows: the indexes are made anew when they are next needed."""
        self._ordered.clear()
        self._hashed.clear()
        for row in rows:
            self._rows[row[self.id_column]] = row

    def remove(self, row_id: str) -> Row:
        """Take a row out and give it.

        Raises:
            KeyError: there is none.
        """
        row = self.rows.pop(row_id)
        self._unindex(row)
        return row

    def _unindex(self, row: Row) -> None:
        row_id = row[self.id_column]
        for column, index in self._ordered.items():
            index.discard((self._key(row, column), row_id))
        for column, hashed in self._hashed.items():
            hashed.discard(row.get(column) or "", row_id)

    def where(self, column: str, value: str) -> list[Row]:
        """Give the rows with a value in a hashed column, in the order in which they came."""
        index = self._hash(column)
        return [self._rows[row_id] for row_id in index.get(value)]

    def ids_where(self, column: str, value: str) -> list[str]:
        """Give the ids of the same."""
        return self._hash(column).get(value)

    def first(self, column: str, value: str) -> Row | None:
        """Give the first row with a value in a hashed column."""
        return next(iter(self.where(column, value)), None)

    def next_id(self) -> str:
        """Draw the next id that no row has."""
        while True:
            row_id = f"{self._prefix}{self._next:0{15 - len(self._prefix)}}"
            self._next += 1
            if row_id not in self._rows:
                return row_id


class Store:
    """All tables of one server, and the counter of incident numbers."""

    def __init__(self) -> None:
        self.forms = all_forms()
        self.tables = {
            form.table: Table(form, _LAYOUTS[form.table]) for form in self.forms.values() if form.name == form.table
        }
        create = self.forms[names.CREATE_FORM]
        self.creation = Form(create.name, names.HELP_DESK, create.id_field, create.fields)
        """The create form as a way to write an incident."""
        self.permission_groups: dict[str, str] = {}
        """Company -> the number of the permission group of its rows."""
        self._next_number = 1

    def __getitem__(self, name: str) -> Table:
        """Give a table.

        Raises:
            KeyError: there is none.
        """
        return self.tables[name]

    def next_number(self) -> str:
        """Draw the next incident number that no incident has."""
        while True:
            number = f"INC{self._next_number:012}"
            self._next_number += 1
            if not self[names.HELP_DESK].ids_where("Incident Number", number):
                return number

    def incident(self, number: str) -> Row | None:
        """Give the incident of a number."""
        return self[names.HELP_DESK].first("Incident Number", number)

    def work_logs(self, number: str) -> Iterator[Row]:
        """Give the work logs of an incident, oldest first."""
        rows = self[names.WORK_LOG_FORM].where("Incident Number", number)
        return iter(sorted(rows, key=lambda row: (row.get("Work Log Submit Date", 0), row["Work Log ID"])))


def instance_id(*parts: object) -> str:
    """Give a GUID as AR writes it, 30 characters, made from known parts: always the same."""
    digest = hashlib.sha256(":".join(map(str, parts)).encode()).digest()
    return "AGG" + b32encode(digest)[:27].decode()
