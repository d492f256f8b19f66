r"""The journal: entries of ``comments`` and ``work_notes``, and the thread as text.

An entry is a row of ``sys_journal_field``; the ticket's own columns stay empty. As text, a thread is newest first, each
entry ``{moment in the reader's zone and format} - {full name} ({label})\\n{text}\\n\\n`` (recorded replies with
``sysparm_display_value=true``).
"""

from __future__ import annotations

from .session import Session
from .store import Row, Store

PUBLIC = "comments"
INTERNAL = "work_notes"
LABELS = {PUBLIC: "Comments", INTERNAL: "Work notes", "approval_history": "Approval history"}


def entry(sys_id: str, table: str, element_id: str, element: str, text: str, *, at: str, by: str) -> Row:
    """Give a journal row; ``at`` is a stored moment, ``by`` a ``user_name``."""
    return {
        "sys_id": sys_id,
        "name": table,
        "element_id": element_id,
        "element": element,
        "value": text,
        "sys_created_on": at,
        "sys_created_by": by,
    }


def entries(store: Store, element_id: str) -> list[Row]:
    """Give the entries of a ticket, oldest first."""
    rows = store["sys_journal_field"].where("element_id", element_id)
    return sorted(rows, key=lambda row: row.get("sys_created_on", ""))


def thread(store: Store, session: Session, element_id: str, elements: frozenset[str]) -> str:
    """Give the entries of some elements as one text, as the session's user reads them."""
    parts = [_block(store, session, row) for row in reversed(entries(store, element_id)) if row.get("element") in elements]
    return "".join(parts)


def _block(store: Store, session: Session, row: Row) -> str:
    user_name = row.get("sys_created_by", "")
    author = store["sys_user"].first("user_name", user_name)
    name = author.get("name", "") if author else user_name
    label = LABELS.get(row.get("element", ""), "")
    return f"{session.display.show(row.get('sys_created_on', ''))} - {name} ({label})\n{row.get('value', '')}\n\n"
