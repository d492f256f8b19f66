"""Paths through references: ``caller_id.manager.email`` is a column of a row that another row refers to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from .schema import Column
from .store import Row, Store

Getter: TypeAlias = Callable[[Row], str]


@dataclass(frozen=True, slots=True)
class Path:
    """One column, seen from a table."""

    table: str
    """The table that the last column belongs to."""
    column: Column
    steps: tuple[tuple[str, str], ...] = ()
    """The references on the way: (element, referenced table)."""

    def row(self, store: Store, row: Row) -> Row | None:
        """Follow the references from a row; None where one is empty or dangling."""
        found: Row | None = row
        for element, table in self.steps:
            target = found.get(element, "") if found else ""
            found = store.referenced(table, target) if target else None
        return found

    def getter(self, store: Store) -> Getter:
        """Give the function that reads the stored value from a row; empty where a reference leads nowhere."""
        element = self.column.element
        if not self.steps:
            return lambda row: row.get(element, "")

        def read(row: Row) -> str:
            found = self.row(store, row)
            return found.get(element, "") if found else ""

        return read


def find(store: Store, table: str, path: str) -> Path | None:
    """Give the column that a path means; None where a name on it is unknown."""
    *through, last = path.split(".")
    steps: list[tuple[str, str]] = []
    for element in through:
        column = _column(store, table, element)
        if column is None or column.kind not in {"reference", "GUID"} or not column.reference:
            return None
        steps.append((element, column.reference))
        table = column.reference
    column = _column(store, table, last)
    return None if column is None else Path(table, column, tuple(steps))


def _column(store: Store, table: str, element: str) -> Column | None:
    name = "incident" if table == "task" else table
    found = store.tables.get(name)
    return found.spec.columns.get(element) if found else None


def display_value(store: Store, table: str, sys_id: str) -> str:
    """Give the text that stands for a referenced row; empty where there is none."""
    if table == "sys_user_group" and sys_id == "global":
        return "global"
    row = store.referenced(table, sys_id)
    if row is None:
        return ""
    name = row.get("sys_class_name") or table
    return row.get(store.tables[name if name in store.tables else table].spec.display, "")
