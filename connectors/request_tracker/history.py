"""A ticket's history: its comments and files, and its field changes.

Vendor facts (measured on 5.0.3):

- ``/ticket/7/history`` gives the transactions of a ticket and of those merged into it, oldest first. Mail that RT sent
  stands among them (``EmailRecord``, ``CommentEmailRecord``), with attachments that repeat the text: it is no comment.
- ``Correspond`` is a public reply, ``Comment`` an internal one. Custom fields of transactions come with them.
- ``Status`` names statuses; ``Set`` another field, owner and queue by number; ``CustomField`` a custom field by number;
  watchers come and go one by one. The user ``RT_System`` acts for RT's own rules.
- Entries that the account may not see are left out in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final

from ...core.connector import FieldChange, Json, Thread
from ...core.errors import ForbiddenError, NotFoundError
from ...core.shapes import as_list, as_object
from .api import Api
from .payloads import SYSTEM
from .texts import is_file, message_of, parts_of

FIELDS: Final = "Type,Created,Creator,Field,OldValue,NewValue,CustomFields"
SAID: Final = {"Correspond": True, "Comment": False}
"""Types of transactions in which a person says something -> whether the requestor may read it."""
WATCHERS: Final = frozenset({"AddWatcher", "DelWatcher"})


def transactions(api: Api, record_id: str) -> list[Json] | None:
    """Read the transactions of one ticket, oldest first, or give None where it is gone or hidden."""
    try:
        return list(api.rows("/ticket/{number}/history", {"fields": FIELDS}, record_id))
    except (NotFoundError, ForbiddenError):
        return None


# -- comments and files


def read_threads(api: Api, ids: Iterable[str], origin_field: str) -> dict[str, Thread]:
    """Read the threads of some tickets; those gone are left out."""
    threads: dict[str, Thread] = {}
    for record_id in ids:
        rows = transactions(api, record_id)
        if rows:
            threads[record_id] = _thread(api, rows, origin_field)
    return threads


def _thread(api: Api, rows: list[Json], origin_field: str) -> Thread:
    begun = [row for row in rows if row["Type"] == "Create"]
    said = [row for row in rows if row["Type"] in SAID]
    parts = parts_of(api, [str(row["id"]) for row in (*begun, *said)])
    thread = Thread()
    for row in begun:
        thread.files += _files(row, parts.get(str(row["id"]), []), public=True)
    for row in said:
        public = SAID[row["Type"]]
        own = parts.get(str(row["id"]), [])
        thread.comments.append(
            {
                **_facts(row, public=public),
                "id": str(row["id"]),
                "Content": message_of(own),
                "origin": _origin(row, origin_field),
                "Attachments": _files(row, own, public=public),
            }
        )
    return thread


def _facts(row: Json, *, public: bool) -> Json:
    creator = str(as_object(row.get("Creator")).get("id") or "")
    return {"Creator": creator if creator != SYSTEM else None, "Created": row["Created"], "public": public}


def _files(row: Json, parts: list[Json], *, public: bool) -> list[Json]:
    return [
        {
            **_facts(row, public=public),
            "id": str(part["id"]),
            "Filename": part.get("Filename") or f"attachment-{part['id']}",
            "ContentType": part.get("ContentType"),
            "ContentLength": part.get("ContentLength"),
        }
        for part in parts
        if is_file(part)
    ]


def _origin(row: Json, origin_field: str) -> str | None:
    for field in map(as_object, as_list(row.get("CustomFields"))):
        if field.get("name") == origin_field:
            return next((str(value) for value in field.get("values") or () if value), None)
    return None


# -- field changes


def changes_of(record_id: str, rows: Iterable[Json], user_name: Callable[[str], str | None]) -> Iterator[FieldChange]:
    """Give the field changes that a ticket's transactions tell, oldest first.

    Args:
        record_id: the ticket.
        rows: its transactions.
        user_name: gives the name of a user by number.
    """
    for row in rows:
        told = _told(row)
        if told is None:
            continue
        field, before, after = told
        if field in ("Owner", "Requestor", "Cc"):
            before, after = (value and user_name(value) for value in (before, after))
        creator = str(as_object(row.get("Creator")).get("id") or "")
        by = creator if creator not in ("", SYSTEM) else None
        yield FieldChange(record_id, field, before, after, datetime.fromisoformat(row["Created"]), by)


def _told(row: Json) -> tuple[str, str | None, str | None] | None:
    """Give the record's field that a transaction changed, and its values, or None where it is of another kind."""
    kind, field = row["Type"], str(row.get("Field") or "")
    before, after = (str(row.get(key) or "") or None for key in ("OldValue", "NewValue"))
    if kind == "CustomField":
        return "CustomFields", before, after
    if kind in ("Status", "Set") or (kind in WATCHERS and field in ("Requestor", "Cc")):
        return field, before, after
    return None
