"""The database: tables of sparse rows in memory, with the indexes that the usual queries need.

A row keeps only what is not empty; every value is text, as on the wire. Moments are ``YYYY-MM-DD HH:MM:SS`` in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from .columns_base import base_tables
from .columns_task import task_tables
from .indexes import HashIndex, Key, SortedIndex
from .schema import TableSpec

Row: TypeAlias = dict[str, str]

_HASHED: dict[str, tuple[str, ...]] = {
    "incident": ("number", "correlation_id", "state", "parent_incident"),
    "problem": ("number",),
    "change_request": ("number",),
    "sys_user": ("user_name", "email", "name"),
    "sys_user_group": ("name",),
    "sys_user_grmember": ("user", "group"),
    "sys_user_has_role": ("user",),
    "sys_journal_field": ("element_id",),
    "sys_attachment": ("table_sys_id",),
    "sys_audit": ("documentkey",),
    "sys_choice": ("element",),
    "sys_dictionary": ("name",),
    "sys_properties": ("name",),
}
_ONCE_WRITTEN = frozenset({"sys_journal_field", "sys_audit"})
"""Tables without ``sys_updated_on``."""


class Table:
    """One table: its declaration, its rows by sys_id, and its indexes, which are made when they are first needed."""

    def __init__(self, spec: TableSpec) -> None:
        self.spec = spec
        self._rows: dict[str, Row] = {}
        self._postponed: list[Iterable[Row]] = []
        self.version = 0
        """Grows with each change, for what is derived from the rows."""
        times = ("sys_created_on",) if spec.name in _ONCE_WRITTEN else ("sys_updated_on", "sys_created_on")
        self.ordered_by = frozenset({*times, "sys_id"})
        """The columns with an index in order."""
        self.hashed_by = frozenset(_HASHED.get(spec.name, ()))
        """The columns with an index by value."""
        self._ordered: dict[str, SortedIndex] = {}
        self._hashed: dict[str, HashIndex] = {}
        self._next_number = spec.first_number

    @property
    def rows(self) -> dict[str, Row]:
        """All rows by sys_id; to be changed through the methods only."""
        if self._postponed:
            postponed, self._postponed = self._postponed, []
            for rows in postponed:
                for row in rows:
                    self.put(row, bulk=True)
        return self._rows

    def postpone(self, rows: Iterable[Row]) -> None:
        """Add new rows that are made when the table is first read, because that may never happen."""
        self._postponed.append(rows)
        self.version += 1
        self._ordered.clear()
        self._hashed.clear()

    def ordered(self, column: str) -> SortedIndex:
        """Give the index in order of a column in ``ordered_by``."""
        if column not in self._ordered:
            self._ordered[column] = SortedIndex(self._pairs(column))
        return self._ordered[column]

    def hashed(self, column: str) -> HashIndex:
        """Give the index by value of a column in ``hashed_by``."""
        if column not in self._hashed:
            self._hashed[column] = HashIndex(self._pairs(column))
        return self._hashed[column]

    def _pairs(self, column: str) -> Iterator[Key]:
        return ((row.get(column, ""), sys_id) for sys_id, row in self.rows.items())

    def put(self, row: Row, *, bulk: bool = False) -> None:
        """Store a new row, or a changed one under the same sys_id.

        Args:
            row: kept as it is; must not be changed in place afterwards.
            bulk: one of many new rows: indexes in order are dropped and made anew when they are next needed.
        """
        sys_id = row["sys_id"]
        old = self._rows.get(sys_id)
        if old is not None:
            self._unindex(old)
        self._rows[sys_id] = row
        self.version += 1
        if bulk:
            self._ordered.clear()
        for column, index in self._ordered.items():
            index.add((row.get(column, ""), sys_id))
        for column, hashed in self._hashed.items():
            hashed.add(row.get(column, ""), sys_id)

    def remove(self, sys_id: str) -> Row:
        """Take a row out and give it.

        Raises:
            KeyError: there is none.
        """
        row = self.rows.pop(sys_id)
        self._unindex(row)
        self.version += 1
        return row

    def _unindex(self, row: Row) -> None:
        sys_id = row["sys_id"]
        for column, index in self._ordered.items():
            index.discard((row.get(column, ""), sys_id))
        for column, hashed in self._hashed.items():
            hashed.discard(row.get(column, ""), sys_id)

    def where(self, column: str, value: str) -> Iterator[Row]:
        """Give the rows with a value in a hashed column, in the order in which they came."""
        return (self.rows[sys_id] for sys_id in self.hashed(column).get(value))

    def first(self, column: str, value: str) -> Row | None:
        """Give the first row with a value in a hashed column."""
        return next(self.where(column, value), None)

    def next_number(self) -> str:
        """Draw the next number that no row has: ``INC0010001``."""
        while True:
            number = f"{self.spec.number_prefix}{self._next_number:07}"
            self._next_number += 1
            if self.first("number", number) is None:
                return number


class Store:
    """All tables of one instance."""

    def __init__(self) -> None:
        self.tables = {spec.name: Table(spec) for spec in (*task_tables(), *base_tables())}
        self.files: dict[str, bytes] = {}
        """The content of attachments, by sys_id."""
        self._labels: dict[tuple[str, str], dict[str, str]] = {}
        self._labels_version = -1

    def __getitem__(self, name: str) -> Table:
        """Give a table.

        Raises:
            KeyError: there is none.
        """
        return self.tables[name]

    @property
    def version(self) -> int:
        """Grows with each change of any table."""
        return sum(table.version for table in self.tables.values())

    def referenced(self, table: str, sys_id: str) -> Row | None:
        """Give the row that a reference points at; one to ``task`` may point at any kind of task, so with items."""
        names = _CHILDREN.get(table, (table,))
        for name in names:
            found = self.tables.get(name)
            if found is not None and sys_id in found.rows:
                return found.rows[sys_id]
        return None

    def choices(self, table: str, element: str) -> dict[str, str]:
        """Give a column's choices, value -> label, in sequence; those of its own before those that it inherits.

        Inactive choices are missing, because they are not offered. A value in several dependent lists appears once.
        """
        choices = self["sys_choice"]
        if choices.version != self._labels_version:
            self._labels.clear()
            self._labels_version = choices.version
        key = table, element
        if key not in self._labels:
            self._labels[key] = self._read_choices(table, element)
        return self._labels[key]

    def _read_choices(self, table: str, element: str) -> dict[str, str]:
        rows = [row for row in self["sys_choice"].where("element", element) if row.get("inactive") != "true"]
        for owner in (table, self[table].spec.extends):
            own = [row for row in rows if row.get("name") == owner]
            if own:
                own.sort(key=lambda row: int(row.get("sequence") or 0))
                return {row.get("value", ""): row.get("label", "") for row in own}
        return {}

    def property(self, name: str, default: str = "") -> str:
        """Give the value of a system property."""
        row = self["sys_properties"].first("name", name)
        return default if row is None else row.get("value", "")


_CHILDREN: dict[str, tuple[str, ...]] = {
    "task": ("incident", "problem", "change_request"),
    "cmdb_ci": ("cmdb_ci", "cmdb_ci_service", "service_offering"),
    "cmdb_ci_service": ("cmdb_ci_service", "service_offering"),
}
