"""Loading of real incidents, in any of the shapes in which the vendor returns them.

Values, display values or both; references with or without links, or by name; threads as text. Who and what a record refers
to becomes a stub. Absent required columns get defaults, and every default is told. Moments of the display shape are taken
as they stand, because the reader's zone is not part of the record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from .fresh import SYSTEM_USER, base_row, made_id, user_row
from .journal import INTERNAL, PUBLIC, entry
from .schema import Column
from .store import Row, Store
from .values import SYS_ID
from .zones import duration, stored

_BLOCK = re.compile(r"^(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) - (?P<name>.+) \((?P<label>[^()\n]+)\)$", re.MULTILINE)
_DURATION = re.compile(r"(?P<count>\d+) (?P<unit>Day|Hour|Minute|Second)s?")
_SECONDS = {"Day": 86400, "Hour": 3600, "Minute": 60, "Second": 1}
_OF_LABEL = {"Comments": PUBLIC, "Additional comments": PUBLIC, "Work notes": INTERNAL}


@dataclass(slots=True)
class Loader:
    """Loads records into a store."""

    store: Store
    now: datetime
    tell: Callable[[str], None]
    """Takes a sentence about each default."""
    _journal: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def load(self, record: Mapping[str, Any]) -> None:
        """Load one incident; one with a known sys_id takes the place of the earlier one."""
        row: Row = {}
        self._journal = []
        for element, raw in record.items():
            column = self._column(element)
            if column is None or raw is None:
                continue
            value, display = _both(raw)
            if column.is_journal:
                self._journal.append((element, display or value))
            elif text := self._value(column, value, display):
                row[element] = text
        self._complete(row)
        self._replace(row)

    def _column(self, element: str) -> Column | None:
        columns = self.store["incident"].spec.columns
        if element not in columns and element.startswith("u_"):
            self.store["incident"].spec.add(Column(element, "string", element, "incident", max_length=4000))
            self.tell(f"column {element} added to incident as text")
        elif element not in columns:
            self.tell(f"{element} is no column of incident: left out")
        return columns.get(element)

    def _value(self, column: Column, value: str, display: str) -> str:
        text = value or display
        if not text:
            return ""
        if column.kind == "reference":
            return self._reference(column.reference, value, display)
        if column.element == "sla_due" and text == "UNKNOWN":
            return ""
        if column.kind == "glide_duration":
            parts = _DURATION.findall(text)
            return duration(sum(int(count) * _SECONDS[unit] for count, unit in parts)) if parts else text
        if column.kind == "sys_class_name":
            return "incident"
        if column.choice:
            choices = self.store.choices("incident", column.element)
            return next((known for known, label in choices.items() if label == text and text not in choices), text)
        return text.replace(",", "") if column.is_number else text

    def _reference(self, table: str, value: str, display: str) -> str:
        sys_id = value if SYS_ID.match(value) else ""
        name = display or ("" if sys_id else value)
        if table == "sys_user_group" and value == "global":
            return value
        if not sys_id:
            sys_id = self._known(table, name) or made_id(table, name)
        if table in self.store.tables and sys_id not in self.store[table].rows:
            self._stub(table, sys_id, name or f"Stub {sys_id[:8]}")
        return sys_id

    def _known(self, table: str, name: str) -> str:
        rows = self.store[table].rows.values() if table in self.store.tables else ()
        return next((row["sys_id"] for row in rows if row.get("name") == name), "")

    def _stub(self, table: str, sys_id: str, name: str) -> None:
        if table == "sys_user":
            first, _, last = name.partition(" ")
            user_name = re.sub(r"\W+", ".", name.lower()).strip(".")
            row = user_row(user_name, first, last, email=f"{user_name}@example.com")
        elif table in {"incident", "problem", "change_request"}:
            return
        else:
            row = base_row(table, name, name=name, active="true" if table == "sys_user_group" else "")
            if "sys_class_name" in self.store[table].spec.columns:
                row["sys_class_name"] = table
        self.store[table].put({**row, "sys_id": sys_id})
        self.tell(f"{table} {name} ({sys_id}) added as a stub")

    def _complete(self, row: Row) -> None:
        """Give absent required columns their defaults."""
        target, now = self.store["incident"], stored(self.now)
        given = dict(row)
        row.setdefault("sys_id", made_id("loaded", *sorted(row.items())))
        number = row["number"] if "number" in row else target.next_number()
        moment = row.get("sys_created_on") or row.get("opened_at") or now
        required = {
            "number": number,
            "task_effective_number": number,
            "short_description": "(no short description)",
            "sys_class_name": "incident",
            "sys_created_on": moment,
            "sys_created_by": SYSTEM_USER,
            "opened_at": moment,
            "sys_updated_on": row.get("sys_updated_on") or moment,
            "sys_updated_by": row.get("sys_created_by") or SYSTEM_USER,
            "sys_mod_count": "0",
            "incident_state": row.get("state") or "1",
            **{element: value for element, value in target.spec.defaults.items() if element != "incident_state"},
        }
        for element, value in required.items():
            row.setdefault(element, value)
        absent = [f"{element}={row[element]!r}" for element in ("sys_id", *required) if element not in given]
        if absent:
            self.tell(f"incident {number}: absent, so set: {', '.join(absent)}")

    def _replace(self, row: Row) -> None:
        sys_id = row["sys_id"]
        for old in list(self.store["sys_journal_field"].where("element_id", sys_id)):
            self.store["sys_journal_field"].remove(old["sys_id"])
        self.store["incident"].put(row)
        texts = dict(self._journal)
        merged = texts.pop("comments_and_work_notes", "")
        for text in texts.values() if any(texts.values()) else (merged,):
            self._thread(sys_id, text)

    def _thread(self, sys_id: str, text: str) -> None:
        """Store the entries of a thread; text before the first header is none."""
        headers = list(_BLOCK.finditer(text))
        ends = [header.start() for header in headers[1:]] + [len(text)][: len(headers)]
        blocks = [(header, text[header.end() + 1 : end]) for header, end in zip(headers, ends, strict=True)]
        for number, (header, body) in enumerate(reversed(blocks)):
            element = _OF_LABEL.get(header["label"], INTERNAL)
            user_id = self._reference("sys_user", "", header["name"])
            by = self.store["sys_user"].rows[user_id]["user_name"]
            key = made_id("journal", sys_id, element, number)
            words = body.removesuffix("\n\n")
            self.store["sys_journal_field"].put(entry(key, "incident", sys_id, element, words, at=header["at"], by=by))


def _both(raw: Any) -> tuple[str, str]:
    """Give (value, display value) of a column in any shape; one that the shape lacks is empty."""
    if isinstance(raw, dict):
        parts = cast("dict[str, Any]", raw)
        link = str(parts.get("link") or "")
        return str(parts.get("value") or link.rpartition("/")[2]), str(parts.get("display_value") or "")
    if isinstance(raw, bool):
        return ("true" if raw else "false"), ""
    return str(raw), ""
