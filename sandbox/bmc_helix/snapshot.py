"""The raw state as JSON, for oracles: incidents with their work logs and files beside them, people, groups.

Each ticket is ``{"id", "record", "comments", "files", "deleted"}``: the id is the entry id of ``HPD:Help Desk``, the
record all fields of ``HPD:IncidentInterface`` as replies show them. A comment has author (login and e-mail address),
time, public, summary, text, whether the system wrote it, its type and its own files.
"""

from __future__ import annotations

import hashlib
from typing import Any

from . import forms as names
from .fields_work_log import FILES
from .records import Deleted
from .schema import Field
from .session import SERVICE_LOGIN
from .store import File, Row, Store
from .times import shown
from .values import show, unset
from .work_log_rules import PUBLIC

Json = dict[str, Any]


def snapshot(store: Store, deleted: list[Deleted], base: str) -> Json:
    """Give everything; ``base`` is the address of the entry API."""
    record = _Whole(store, names.INTERFACE_FORM, base)
    living = [
        _ticket(store, record(row), row, list(store.work_logs(row["Incident Number"])), deleted=False)
        for row in store[names.HELP_DESK].rows.values()
    ]
    gone = [_ticket(store, record(each.row), each.row, each.work_logs, deleted=True) for each in deleted]
    person, group = _Whole(store, names.PEOPLE, base), _Whole(store, names.GROUPS, base)
    return {
        "tickets": [*living, *gone],
        "people": [
            {
                "id": row["Person ID"],
                "email": row.get("Internet E-mail") or "",
                "name": row["Full Name"],
                "login": row.get("Remedy Login ID") or "",
                "record": person(row),
            }
            for row in store[names.PEOPLE].rows.values()
        ],
        "groups": [
            {
                "id": row["Support Group ID"],
                "name": row["Support Group Name"],
                "record": group(row),
            }
            for row in store[names.GROUPS].rows.values()
        ],
        **{
            part: list(map(_Whole(store, table, base), store[table].rows.values()))
            for part, table in (
                ("members", names.MEMBERS),
                ("organizations", names.COMPANIES),
                ("items", names.ITEMS),
                ("links", names.ASSOCIATIONS),
            )
        },
    }


def _ticket(store: Store, record: Json, row: Row, logs: list[Row], *, deleted: bool) -> Json:
    comments = [_comment(store, log) for log in logs]
    return {
        "id": row["Entry ID"],
        "record": record,
        "comments": comments,
        "files": [file for comment in comments for file in comment["files"]],
        "deleted": deleted,
    }


class _Whole:
    """Shows whole rows of one form: most fields are null, so that a row costs what it holds."""

    def __init__(self, store: Store, form_name: str, base: str) -> None:
        self.form = store.forms[form_name]
        self.base = base
        self.unset = {name: unset(field) for name, field in self.form.fields.items()}
        self.shown_as: dict[str, list[Field]] = {}
        for field in self.form.fields.values():
            self.shown_as.setdefault(field.column, []).append(field)

    def __call__(self, row: Row) -> Json:
        held = [field for column in row for field in self.shown_as.get(column, ())]
        return self.unset | {field.name: show(self.form, field, row, self.base) for field in held}


def _comment(store: Store, row: Row) -> Json:
    login = row.get("Work Log Submitter") or row["Submitter"]
    author = store[names.PEOPLE].first("Remedy Login ID", login) or {}
    return {
        "id": row["Work Log ID"],
        "author": login,
        "email": author.get("Internet E-mail") or "",
        "time": shown(row.get("Work Log Submit Date") or row["Submit Date"]),
        "public": row.get("View Access") == PUBLIC,
        "type": row.get("Work Log Type"),
        "system": row["Submitter"] == SERVICE_LOGIN,
        "summary": row.get("Description") or "",
        "text": row.get("Detailed Description") or "",
        "files": [_file(row["Work Log ID"], column, row[column]) for column in FILES if isinstance(row.get(column), File)],
    }


def _file(log_id: str, column: str, file: File) -> Json:
    digest = hashlib.sha256(file.content).hexdigest()
    return {"id": f"{log_id}/{column}", "name": file.name, "size": len(file.content), "sha256": digest}
