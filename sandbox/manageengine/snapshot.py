"""The raw state as JSON, for oracles: requests with their comments and files beside them, people, groups.

Each ticket is ``{"id", "cloud_id", "record", "comments", "files", "history", "links", "deleted"}``: ``id`` and
the record are those on-premises, ``cloud_id`` is the id in Cloud of the same request. A comment is a note or a reply
(``kind``) with author (id and e-mail address), time, public, text, HTML and its own files; a mail is public where the
requester sent or got it. All files stand at the ticket, with the ``place`` where they are listed. Trashed and purged
requests are marked as deleted.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from .conversations import concerns
from .flavour import CLOUD, ON_PREMISES
from .records import File, Json, Note, Reply, Request
from .text import plain
from .times import iso

if TYPE_CHECKING:
    from .vendor import ManageEngine


def snapshot(vendor: ManageEngine) -> Json:
    """Give everything."""
    state, parts = vendor.state, vendor.render.parts
    tickets = [_ticket(vendor, request, deleted=request.trashed) for request in state.requests.values()]
    tickets += [_ticket(vendor, request, deleted=True) for request in state.purged]
    people: list[Json] = [
        {
            **(parts.user(user.number, ON_PREMISES) or {}),
            "cloud_id": CLOUD.id(user.number),
            "is_technician": user.technician,
            "active": user.active,
            "groups": sorted(user.groups),
        }
        for user in state.users.values()
    ]
    return {
        "tickets": tickets,
        "people": people,
        "groups": [parts.named(group, ON_PREMISES) for group in state.options["groups"].values()],
        "options": {
            kind: [parts.named(option, ON_PREMISES) for option in options.values()]
            for kind, options in state.options.items()
        },
        "items": [{"id": str(number), **row} for number, row in state.items.items()],
        "problems": list(state.modules["problems"].values()),
        "changes": list(state.modules["changes"].values()),
    }


def _ticket(vendor: ManageEngine, request: Request, *, deleted: bool) -> Json:
    said: list[Note | Reply] = sorted((*request.notes, *request.replies), key=lambda one: (one.at, one.number))
    return {
        "id": ON_PREMISES.id(request.number),
        "cloud_id": CLOUD.id(request.number),
        "display_id": str(request.number),
        "record": vendor.render.detail(request, ON_PREMISES),
        "comments": [_comment(vendor, request, one) for one in said],
        "files": [_file(vendor, file) for file in request.files.values()],
        "history": [_entry(vendor, entry) for entry in request.history],
        "links": [str(link.other) for link in request.links],
        "deleted": deleted or request.merged_into is not None,
    }


def _comment(vendor: ManageEngine, request: Request, said: Note | Reply) -> Json:
    author = vendor.state.users[said.by]
    return {
        "id": ON_PREMISES.id(said.number),
        "kind": "note" if isinstance(said, Note) else "reply",
        "author": ON_PREMISES.id(said.by),
        "email": author.email or "",
        "time": iso(said.at),
        "public": said.public if isinstance(said, Note) else concerns(vendor, request, said),
        "text": plain(said.html),
        "html": said.html,
        "files": [_file(vendor, request.files[number]) for number in said.files],
    }


def _file(vendor: ManageEngine, file: File) -> Json:
    data = file.content()
    return {
        "id": ON_PREMISES.id(file.number),
        "name": file.name,
        "content_type": file.media_type,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "author": ON_PREMISES.id(file.by),
        "time": iso(file.at),
        "place": file.place,
        "inline": file.inline,
    }


def _entry(vendor: ManageEngine, entry: Any) -> Json:
    author = vendor.state.users.get(entry.by or 0)
    return {
        "time": iso(entry.at),
        "email": author.email if author else None,
        "operation": entry.operation,
        "fields": [name for name, _, _ in entry.diff],
    }
