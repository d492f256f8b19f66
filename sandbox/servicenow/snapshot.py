"""The raw state as JSON, for oracles: tickets with their journals and files beside them, people, groups.

Each ticket is ``{"record", "comments", "files", "deleted"}``: the record is the stored row (all columns, empty ones too),
a comment has author (``user_name`` and e-mail address), time, public, text; ServiceNow does not know which file belongs to
which comment, so a comment's ``files`` are empty and all files stand at the ticket.
"""

from __future__ import annotations

import hashlib
from typing import Any

from .journal import INTERNAL, PUBLIC, entries
from .records import Deleted
from .store import Row, Store

Json = dict[str, Any]


def snapshot(store: Store, deleted: list[Deleted]) -> Json:
    """Give everything."""
    tickets = [_ticket(store, row, *_parts(store, row["sys_id"]), deleted=False) for row in store["incident"].rows.values()]
    gone = [item for item in deleted if item.row.get("sys_class_name") == "incident"]
    return {
        "tickets": [*tickets, *(_ticket(store, item.row, item.journal, item.files, deleted=True) for item in gone)],
        "people": [_whole(store, "sys_user", row) for row in store["sys_user"].rows.values()],
        "groups": [_whole(store, "sys_user_group", row) for row in store["sys_user_group"].rows.values()],
        "members": [_whole(store, "sys_user_grmember", row) for row in store["sys_user_grmember"].rows.values()],
        "items": [
            _whole(store, table, row) for table in ("cmdb_ci", "cmdb_ci_service") for row in store[table].rows.values()
        ],
    }


def _parts(store: Store, sys_id: str) -> tuple[list[Row], list[tuple[Row, bytes]]]:
    files = store["sys_attachment"].where("table_sys_id", sys_id)
    return entries(store, sys_id), [(row, store.files.get(row["sys_id"], b"")) for row in files]


def _ticket(store: Store, row: Row, journal: list[Row], files: list[tuple[Row, bytes]], *, deleted: bool) -> Json:
    return {
        "id": row["sys_id"],
        "record": _whole(store, "incident", row),
        "comments": [_comment(store, item) for item in journal if item.get("element") in {PUBLIC, INTERNAL}],
        "files": [_file(item, data) for item, data in files],
        "deleted": deleted,
    }


def _whole(store: Store, table: str, row: Row) -> Row:
    return {element: row.get(element, "") for element in store[table].spec.columns}


def _comment(store: Store, row: Row) -> Json:
    user_name = row.get("sys_created_by", "")
    author = store["sys_user"].first("user_name", user_name) or {}
    return {
        "id": row["sys_id"],
        "author": user_name,
        "email": author.get("email", ""),
        "time": row.get("sys_created_on", ""),
        "public": row.get("element") == PUBLIC,
        "text": row.get("value", ""),
        "files": [],
    }


def _file(row: Row, data: bytes) -> Json:
    return {
        "id": row["sys_id"],
        "name": row.get("file_name", ""),
        "content_type": row.get("content_type", ""),
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "time": row.get("sys_created_on", ""),
        "author": row.get("sys_created_by", ""),
    }
