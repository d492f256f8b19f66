"""How values look in replies: ``sysparm_display_value``, ``sysparm_exclude_reference_link``, ``sysparm_fields``.

Every scalar is text. A journal column is empty as a value and the whole thread as a display value; ``sla_due`` shows
``UNKNOWN`` while it is empty (both recorded).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from .access import can_read_column
from .journal import INTERNAL, PUBLIC, thread
from .paths import Path, display_value, find
from .session import Session
from .store import Row, Store
from .zones import show_duration

Show: TypeAlias = Literal["false", "true", "all"]
Renderer: TypeAlias = Callable[[Row], Any]
Text: TypeAlias = Callable[[Row], str]

_LISTED = frozenset({PUBLIC, INTERNAL})


@dataclass(frozen=True, slots=True)
class Shape:
    """What a request asks of the values in its reply."""

    show: Show = "false"
    exclude_link: bool = False
    fields: tuple[str, ...] | None = None
    """The columns to deliver, dot-walked ones among them; None for all."""


def render(store: Store, session: Session, table: str, rows: Iterable[Row], shape: Shape) -> list[dict[str, Any]]:
    """Give rows as a reply shows them."""
    columns = _Columns(store, session, table, shape).renderers()
    return [{name: value(row) for name, value in columns} for row in rows]


class _Columns:
    """Makes one function for each column of a reply."""

    def __init__(self, store: Store, session: Session, table: str, shape: Shape) -> None:
        self.store = store
        self.session = session
        self.table = table
        self.shape = shape

    def renderers(self) -> list[tuple[str, Renderer]]:
        names: Sequence[str] = self.shape.fields or list(self.store[self.table].spec.columns)
        paths = [(name, find(self.store, self.table, name)) for name in dict.fromkeys(names)]
        return [(name, self._renderer(path)) for name, path in paths if path is not None]

    def _renderer(self, path: Path) -> Renderer:
        if not can_read_column(self.session, path.column.element):
            return self._pair(lambda row: "", lambda row: "")
        value, display = path.getter(self.store), self._display(path)
        if path.column.is_journal:
            return self._pair(lambda row: "", display)
        if path.column.kind == "reference":
            return self._reference(path.column.reference, value, display)
        return self._pair(value, display)

    def _pair(self, value: Text, display: Text) -> Renderer:
        match self.shape.show:
            case "false":
                return value
            case "true":
                return display
            case "all":
                return lambda row: {"display_value": display(row), "value": value(row)}

    def _reference(self, table: str, value: Text, display: Text) -> Renderer:
        prefix, bare = f"{self.session.base_url}/api/now/table/{table}/", self.shape.exclude_link
        match self.shape.show:
            case "false":
                return (
                    value if bare else lambda row: {"link": prefix + found, "value": found} if (found := value(row)) else ""
                )
            case "true":
                if bare:
                    return display
                return lambda row: {"display_value": display(row), "link": prefix + found} if (found := value(row)) else ""
            case "all":

                def both(row: Row) -> dict[str, str]:
                    found = value(row)
                    link = {"link": prefix + found} if found and not bare else {}
                    return {"display_value": display(row), **link, "value": found}

                return both

    def _display(self, path: Path) -> Text:
        store, column, value = self.store, path.column, path.getter(self.store)
        if column.is_journal:
            return self._thread(path)
        if column.kind == "reference":
            return lambda row: display_value(store, column.reference, value(row)) if value(row) else ""
        if column.element == "sla_due":
            return lambda row: self.session.display.show(value(row)) or "UNKNOWN"
        if column.is_date_time:
            return lambda row: self.session.display.show(value(row))
        if column.kind == "glide_duration":
            return lambda row: show_duration(value(row))
        if column.kind == "sys_class_name":
            return lambda row: store.tables[found].spec.label if (found := value(row)) in store.tables else found
        if column.kind == "glide_list":
            return lambda row: self._names(column.reference, value(row))
        labels = store.choices(path.table, column.element) if column.choice else {}
        if labels:
            return lambda row: labels.get(found := value(row), found)
        if column.is_number:
            return lambda row: _grouped(value(row))
        return value

    def _thread(self, path: Path) -> Text:
        store, session, element = self.store, self.session, path.column.element
        elements = _LISTED if element == "comments_and_work_notes" else frozenset({element})

        def read(row: Row) -> str:
            found = path.row(store, row)
            return thread(store, session, found["sys_id"], elements) if found else ""

        return read

    def _names(self, table: str, text: str) -> str:
        return ", ".join(display_value(self.store, table, item) or item for item in text.split(",") if item)


def _grouped(text: str) -> str:
    return f"{int(text):,}" if text.removeprefix("-").isdecimal() else text
