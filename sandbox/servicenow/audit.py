"""The audit: a row of ``sys_audit`` for each changed column and each journal entry, and the marks of deleted rows.

Inserts are not audited (the base product's default). ``record_checkpoint`` is the row's ``sys_mod_count``. An undeleted row
is out of scope. Sources: product documentation of auditing; community articles on journal migration for
``JOURNAL FIELD ADDITION``. Which of the columns of a delete mark say ``DELETED`` is unconfirmed; here all three do.
"""

from __future__ import annotations

from uuid import uuid4

import orjson

from .change import Change
from .session import Session
from .store import Row, Store

JOURNAL = "JOURNAL FIELD ADDITION"
DELETED = "DELETED"
_UNAUDITED = ("sys_", "business_duration", "business_stc", "calendar_")


def audit_row(
    table: str, key: str, field: str, before: str, after: str, *, at: str, by: str, checkpoint: str, sys_id: str = ""
) -> Row:
    """Give one row of ``sys_audit``."""
    row = {
        "sys_id": sys_id or uuid4().hex,
        "tablename": table,
        "documentkey": key,
        "fieldname": field,
        "user": by,
        "record_checkpoint": checkpoint,
        "sys_created_on": at,
        "sys_created_by": by,
    }
    if before:
        row["oldvalue"] = before
    if after:
        row["newvalue"] = after
    return row


def is_audited(element: str) -> bool:
    """Tell whether changes of a column are audited; those of system and duration columns are not (unconfirmed)."""
    return not element.startswith(_UNAUDITED)


def record(change: Change) -> None:
    """Write the audit of an update; its journal entries are audited for inserts too."""
    audit, by = change.store["sys_audit"], change.session.user_name
    stamp = {"at": change.at, "by": by, "checkpoint": change.after("sys_mod_count")}
    key = change.new["sys_id"]
    for element in [] if change.inserts else change.written:
        if is_audited(element):
            audit.put(audit_row(change.table, key, element, change.before(element), change.after(element), **stamp))
    for element, text in change.journals.items():
        audit.put(audit_row(change.table, key, element, JOURNAL, text, **stamp))


def record_delete(store: Store, session: Session, table: str, row: Row, at: str) -> None:
    """Write the marks of a deleted row."""
    by, key = session.user_name, row["sys_id"]
    stamp = {"at": at, "by": by, "checkpoint": "-1"}
    store["sys_audit"].put(audit_row(table, key, DELETED, DELETED, DELETED, **stamp))
    store["sys_audit_delete"].put(
        {
            "sys_id": uuid4().hex,
            "tablename": table,
            "documentkey": key,
            "display_value": row.get(store[table].spec.display, ""),
            "payload": orjson.dumps(row).decode(),
            "sys_created_on": at,
            "sys_created_by": by,
            "sys_updated_on": at,
            "sys_updated_by": by,
            "sys_mod_count": "0",
        }
    )
