"""Access rules: which rows and columns a user may read and write.

``admin`` passes all; ``itil`` reads every incident and works on those that are not closed, without deleting; a user without
a role reads the incidents that concern him, sees no work notes, and may add comments. Three rules can be switched by system
properties:

- ``sandbox.acl.journal`` (default ``true``): only admins read ``sys_journal_field``, as on many instances.
- ``sandbox.acl.hidden_rows`` (default ``false``): incidents whose sys_id ends with ``0`` are hidden from all but admins.
- ``sandbox.acl.audit`` (default ``true``): only admins read the audit tables.

Rows are filtered after the limit was applied, so a page may be short or empty while more follow.
"""

from __future__ import annotations

from .journal import INTERNAL
from .session import Session
from .store import Row, Store

_ADMIN_ONLY = frozenset({"sys_properties", "sys_rate_limit_rules", "sys_user_has_role"})
_AUDIT = frozenset({"sys_audit", "sys_audit_delete"})
_TASKS = frozenset({"incident", "problem", "change_request"})
_PEOPLE_CAN_WRITE = frozenset({"comments", "short_description", "description", "caller_id", "watch_list", "category"})
SECRET = frozenset({"user_password"})
"""Columns that nobody may query."""


def can_read(store: Store, session: Session, table: str, row: Row) -> bool:
    """Tell whether a user may read a row."""
    if session.is_admin:
        return True
    if table in _ADMIN_ONLY:
        return False
    if table == "sys_journal_field":
        return store.property("sandbox.acl.journal", "true") != "true"
    if table in _AUDIT:
        return store.property("sandbox.acl.audit", "true") != "true"
    if table == "sys_attachment":
        return _can_read_record(store, session, row.get("table_name", ""), row.get("table_sys_id", ""))
    if table in _TASKS:
        if row["sys_id"].endswith("0") and store.property("sandbox.acl.hidden_rows") == "true":
            return False
        return session.is_fulfiller or _concerns(session, row)
    return True


def _can_read_record(store: Store, session: Session, table: str, sys_id: str) -> bool:
    row = store[table].rows.get(sys_id) if table in store.tables else None
    return row is not None and can_read(store, session, table, row)


def _concerns(session: Session, row: Row) -> bool:
    watchers = row.get("watch_list", "").split(",")
    return session.user_id in {row.get("caller_id"), row.get("opened_by"), *watchers}


def can_read_column(session: Session, element: str) -> bool:
    """Tell whether a user may read a column."""
    return session.is_fulfiller or element not in {INTERNAL, "comments_and_work_notes", "work_notes_list"}


def can_insert(session: Session, table: str) -> bool:
    """Tell whether a user may insert rows into a table."""
    return session.is_admin or table == "incident" or (session.is_fulfiller and table in _TASKS)


def can_update(session: Session, table: str, row: Row) -> bool:
    """Tell whether a user may change a row: closed tasks are for admins."""
    if session.is_admin:
        return True
    return table in _TASKS and row.get("state") not in {"7", "8"}


def can_write_column(session: Session, element: str) -> bool:
    """Tell whether a user may write a column; what he may not is dropped without a word."""
    return session.is_fulfiller or element in _PEOPLE_CAN_WRITE


def can_delete(session: Session) -> bool:
    """Tell whether a user may delete rows."""
    return session.is_admin
