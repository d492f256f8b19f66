"""Rules of all tables: numbers and openings of tasks, names of users, columns added through the dictionary.

A new row of ``sys_dictionary`` adds a column to a live table, named ``u_...`` whatever the client called it (the platform's
prefix for customers' columns).
"""

from __future__ import annotations

import base64
import hashlib
import re

from .change import Change
from .schema import Column
from .store import Store

_TWINS = {"problem": "problem_state"}


def before_write(change: Change) -> None:
    """Apply what every row of a kind gets."""
    spec = change.store[change.table].spec
    if spec.extends == "task":
        _task(change)
    elif change.table == "sys_user":
        _user(change)
    elif change.table == "sys_dictionary" and change.inserts:
        change.set("element", custom_name(change.after("element") or change.after("column_label")))


def after_write(change: Change) -> None:
    """Apply what follows from a stored row."""
    if change.table == "sys_dictionary" and change.inserts:
        add_column(change.store, change.new)


def _task(change: Change) -> None:
    if change.inserts:
        if not change.after("number"):
            change.set("number", change.store[change.table].next_number())
        change.set_unless_sent("opened_at", change.at)
        change.set_unless_sent("opened_by", change.session.user_id)
        if change.table == "change_request":
            change.set_unless_sent("requested_by", change.session.user_id)
    change.set("task_effective_number", change.after("number"))
    twin = _TWINS.get(change.table)
    if twin is not None:
        change.set(twin, change.after("state"))


def _user(change: Change) -> None:
    parts = [change.after(name) for name in ("first_name", "middle_name", "last_name")]
    renamed = any(change.changes(name) for name in ("first_name", "middle_name", "last_name"))
    if any(parts) and (renamed or not change.after("name")):
        change.set("name", " ".join(part for part in parts if part))
    if change.inserts:
        digest = hashlib.sha256(change.new["sys_id"].encode()).digest()
        change.set("federated_id", base64.b64encode(digest).decode())


def custom_name(element: str) -> str:
    """Give the name of a customer's column: lower case, with the prefix ``u_``."""
    plain = re.sub(r"\W+", "_", element.lower(), flags=re.ASCII).strip("_")
    return plain if plain.startswith("u_") else f"u_{plain}"


def add_column(store: Store, row: dict[str, str]) -> None:
    """Add the column that a dictionary row describes; one under ``task`` to each kind of task."""
    name = row.get("name", "")
    length = row.get("max_length", "")
    column = Column(
        element=row["element"],
        kind=row.get("internal_type") or "string",
        label=row.get("column_label") or row["element"],
        owner=name,
        max_length=int(length) if length.isdecimal() else 40,
        reference=row.get("reference", ""),
        default=row.get("default_value", ""),
        choice=row.get("choice", "") in {"1", "2", "3"},
        read_only=row.get("read_only") == "true",
        mandatory=row.get("mandatory") == "true",
    )
    for table in store.tables.values():
        if name in {table.spec.name, table.spec.extends} and column.element not in table.spec.columns:
            table.spec.add(column)
