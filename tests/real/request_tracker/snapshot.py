"""The raw state of a server, read from its database: what the judge compares."""

from __future__ import annotations

import base64
import hashlib
import quopri
from collections.abc import Callable
from typing import Any

Query = Callable[..., list[tuple[Any, ...]]]
MEMBERS = """
    SELECT g.Instance, g.Name, LOWER(COALESCE(u.EmailAddress, ''))
    FROM Groups g JOIN GroupMembers m ON m.GroupId = g.id JOIN Users u ON u.id = m.MemberId
    WHERE g.Domain = 'RT::Ticket-Role' ORDER BY m.id
"""
TICKETS = """
    SELECT t.id, t.Subject, t.Status, t.Priority, q.Name, LOWER(COALESCE(o.EmailAddress, '')), t.Created, t.Resolved, t.Due
    FROM Tickets t JOIN Queues q ON q.id = t.Queue LEFT JOIN Users o ON o.id = t.Owner
    WHERE t.Status != 'deleted' ORDER BY t.id
"""
MARKERS = """
    SELECT v.ObjectId, v.Content FROM ObjectCustomFieldValues v JOIN CustomFields f ON f.id = v.CustomField
    WHERE v.ObjectType = 'RT::Ticket' AND f.Name = 'Isthmus Marker' AND v.Disabled = 0
"""
SAID = """
    SELECT t.ObjectId, t.id, t.Type, LOWER(COALESCE(u.EmailAddress, '')), t.Created
    FROM Transactions t JOIN Tickets k ON k.id = t.ObjectId LEFT JOIN Users u ON u.id = t.Creator
    WHERE t.ObjectType = 'RT::Ticket' AND t.Type IN ('Create', 'Correspond', 'Comment') AND k.Status != 'deleted' ORDER BY t.id
"""
PARTS = """
    SELECT a.id, a.TransactionId, a.ContentType, COALESCE(a.Filename, ''), a.ContentEncoding, a.Content
    FROM Attachments a JOIN Transactions t ON t.id = a.TransactionId JOIN Tickets k ON k.id = t.ObjectId
    WHERE t.ObjectType = 'RT::Ticket' AND t.Type IN ('Create', 'Correspond', 'Comment') AND k.Status != 'deleted' ORDER BY a.id
"""


def snapshot(query: Query) -> dict[str, Any]:
    """Give every ticket that is not deleted, with all that was said and attached."""
    people: dict[tuple[int, str], list[str]] = {}
    for ticket, role, email in query(MEMBERS):
        people.setdefault((ticket, role), []).append(email)
    markers = dict(query(MARKERS))
    parts: dict[int, list[tuple[Any, ...]]] = {}
    for row in query(PARTS):
        parts.setdefault(row[1], []).append(row)
    tickets: dict[int, dict[str, Any]] = {}
    for key, subject, status, priority, queue, owner, created, resolved, due in query(TICKETS):
        tickets[key] = {
            "id": str(key),
            "deleted": False,
            "record": {
                "Subject": subject,
                "Status": status,
                "Priority": priority,
                "Queue": queue,
                "Owner": owner,
                "Requestor": next(iter(people.get((key, "Requestor"), [])), ""),
                "Cc": people.get((key, "Cc"), []),
                "Created": created,
                "Resolved": _time(resolved),
                "Due": _time(due),
                "Marker": markers.get(key),
            },
            "description": "",
            "files": [],
            "comments": [],
        }
    for key, transaction, kind, email, time in query(SAID):
        own = parts.get(transaction, [])
        if kind == "Create":
            tickets[key]["description"], tickets[key]["files"] = _text(own), _files(own)
        else:
            said = {"id": str(transaction), "email": email, "time": time, "public": kind == "Correspond"}
            tickets[key]["comments"].append({**said, "html": _text(own), "files": _files(own)})
    return {"tickets": list(tickets.values())}


def _time(value: str | None) -> str | None:
    return None if value is None or value.startswith("1970-") else value


def _bytes(encoding: str, content: Any) -> bytes:
    raw = content if isinstance(content, bytes) else str(content or "").encode()
    if encoding == "base64":
        return base64.b64decode(raw)
    return quopri.decodestring(raw) if encoding == "quoted-printable" else raw


def _text(parts: list[tuple[Any, ...]]) -> str:
    texts = [
        (kind, _bytes(encoding, content).decode()) for _, _, kind, name, encoding, content in parts if _is_text(kind, name)
    ]
    return "".join(text if kind == "text/html" else f"<pre>{text}</pre>" for kind, text in texts)


def _is_text(kind: str, name: str) -> bool:
    return not name and kind.startswith("text/")


def _files(parts: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [
        {"id": str(key), "name": name, "sha256": hashlib.sha256(_bytes(encoding, content)).hexdigest()}
        for key, _, kind, name, encoding, content in parts
        if not _is_text(kind, name) and not kind.startswith("multipart/")
    ]
