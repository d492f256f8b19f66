"""Reading what a client writes: from a JSON body to stored values, as silently as the platform does it.

Unknown and read-only columns are ignored; long text is cut; a choice that does not exist is not stored (unless the property
``glide.rest.choice.allow_non_existing_value`` is true); a reference that does not resolve is stored empty; a moment or a
number that cannot be read is not stored (unconfirmed). ``null`` empties a column as ``""`` does (unconfirmed).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from .access import can_write_column
from .schema import Column
from .session import Session
from .store import Store
from .zones import moment, stored

SYS_ID = re.compile(r"[0-9a-f]{32}\Z")
_TRUE = frozenset({"true", "1", "yes", "on"})
_IGNORED = frozenset({"password", "journal_list", "related_tags"})


@dataclass(slots=True)
class Input:
    """What a body asks for."""

    values: dict[str, str] = field(default_factory=dict[str, str])
    """Element -> the value to store; empty empties."""
    journals: dict[str, str] = field(default_factory=dict[str, str])
    """Element -> the text of a new entry."""
    sys_id: str = ""
    """The id that the client chose for a new row."""


def read_body(store: Store, session: Session, table: str, body: Mapping[str, Any], *, display_input: bool = False) -> Input:
    """Read a body.

    Args:
        store: for choices and references.
        session: whose rights and time zone count.
        table: the table that is written.
        body: the JSON object.
        display_input: ``sysparm_input_display_value``: names, labels and the user's local time instead of stored values.
    """
    found = Input()
    reader = _Reader(store, session, table, display_input=display_input)
    columns = store[table].spec.columns
    for element, raw in body.items():
        column, text = columns.get(element), _text(raw)
        if column is None or text is None or not can_write_column(session, element):
            continue
        if element == "sys_id" and SYS_ID.match(text):
            found.sys_id = text
        elif column.read_only or column.kind in _IGNORED:
            continue
        elif column.is_journal:
            if text:
                found.journals[element] = text
        elif (value := reader.read(column, text)) is not None:
            found.values[element] = value
    return found


def _text(raw: Any) -> str | None:
    """Give a JSON value as text; None for one that no column holds."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, dict):
        return _text(cast("dict[str, Any]", raw).get("value"))
    return None if isinstance(raw, list) else str(raw).replace("\0", "")


class _Reader:
    """Reads the values of one body."""

    def __init__(self, store: Store, session: Session, table: str, *, display_input: bool) -> None:
        self.store = store
        self.session = session
        self.table = table
        self.display_input = display_input

    def read(self, column: Column, text: str) -> str | None:
        """Give what is stored for a text; None where the column keeps what it has."""
        if not text:
            return ""
        if column.kind == "reference":
            return self._reference(column, text)
        if column.kind == "glide_list":
            return ",".join(self._listed(column, item.strip()) for item in text.split(",") if item.strip())
        if column.kind == "boolean":
            return "true" if text.lower() in _TRUE else "false"
        if column.is_date_time or column.kind == "glide_duration":
            return self._moment(text)
        if column.choice:
            return self._choice(column, text)
        if column.is_number:
            return self._number(text)
        return text[: column.max_length]

    def _reference(self, column: Column, text: str) -> str:
        if SYS_ID.match(text):
            known = column.reference not in self.store.tables and column.reference != "task"
            return text if known or self.store.referenced(column.reference, text) else ""
        return self._named(column, text) if self.display_input else ""

    def _named(self, column: Column, text: str) -> str:
        table = self.store.tables.get("incident" if column.reference == "task" else column.reference)
        if table is None:
            return ""
        display = table.spec.display
        if display in table.hashed_by:
            row = table.first(display, text)
            return row["sys_id"] if row else ""
        wanted = text.lower()
        return next((row["sys_id"] for row in table.rows.values() if row.get(display, "").lower() == wanted), "")

    def _listed(self, column: Column, item: str) -> str:
        named = self._named(column, item) if self.display_input and not SYS_ID.match(item) else ""
        return named or item

    def _moment(self, text: str) -> str | None:
        local = self.session.display.read(text) if self.display_input else None
        found = local or moment(text)
        return None if found is None else stored(found)

    def _choice(self, column: Column, text: str) -> str | None:
        choices = self.store.choices(self.table, column.element)
        if not choices or text in choices:
            return text[: column.max_length]
        by_label = {label: value for value, label in choices.items()} if self.display_input else {}
        if text in by_label:
            return by_label[text]
        allowed = self.store.property("glide.rest.choice.allow_non_existing_value") == "true"
        return text[: column.max_length] if allowed else None

    @staticmethod
    def _number(text: str) -> str | None:
        plain = text.replace(",", "").strip()
        return plain if re.fullmatch(r"-?\d+", plain) else None
