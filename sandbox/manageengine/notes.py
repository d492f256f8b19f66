"""Notes: the envelope is ``request_note`` in Cloud, ``note`` on-premises; the list on-premises lacks the texts.

A note is for technicians unless ``show_to_requester``; what a requester writes is always shown to him. The time and
the author are the server's. Adding one is a save of the request.

Source: manageengine.com, request notes of both products; recorded bodies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from werkzeug.wrappers import Response

from ..vendor import Call, Routes
from .access import asks
from .criteria import Type
from .errors import invalid, mandatory, mismatch, not_found
from .flavour import Flavour, both
from .input_data import boolean, envelope, text
from .list_info import listed
from .records import Json, Note, Request, User
from .replies import ok, single
from .requests import find
from .text import sanitize

if TYPE_CHECKING:
    from .vendor import ManageEngine

routes = Routes()

FLAGS = ("show_to_requester", "notify_technician", "mark_first_response", "add_to_linked_requests")
KEYS = ("description", "attachments", *FLAGS)


def _visible(request: Request, user: User) -> list[Note]:
    return [note for note in request.notes if user.technician or note.public]


def _find(request: Request, user: User, flavour: Flavour, note_id: str) -> Note:
    number = flavour.number(note_id)
    for note in _visible(request, user):
        if note.number == number:
            return note
    raise not_found()


@routes.get(*both("/requests/<request_id>/notes"))
def list_notes(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """List notes, the one edited longest ago first."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id)
    render = vendor.render.parts
    bodies = [render.note(request, note, flavour, whole=False) for note in _visible(request, user)]
    types: dict[str, Type] = {
        "id": "text",
        "show_to_requester": "flag",
        "last_updated_time": "time",
        flavour.note_time: "time",
        f"{flavour.note_author}.name": "text",
        f"{flavour.note_author}.email_id": "text",
    }
    return listed(call, "notes", bodies, types, "last_updated_time", order=True)


@routes.get(*both("/requests/<request_id>/notes/<note_id>"))
def show(vendor: ManageEngine, call: Call, request_id: str, note_id: str) -> Response:
    """Show a note with its text."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id)
    note = _find(request, user, flavour, note_id)
    return single(flavour.note, vendor.render.parts.note(request, note, flavour))


@routes.post(*both("/requests/<request_id>/notes"))
def add(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Add a note, on wish to the linked requests too."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id, live=True)
    body = envelope(call, flavour.note, KEYS)
    flags = {key: boolean(body, key) for key in FLAGS}
    words = text(body, "description")
    if not words or not words.strip():
        raise mandatory(["description"])
    public = flags["show_to_requester"] or not user.technician
    files = _files(request, body, flavour)
    linked = [vendor.state.requests[link.other] for link in request.links] if flags["add_to_linked_requests"] else []
    note = _write(vendor, request, user, sanitize(words), public=public, files=files)
    for other in linked:
        _write(vendor, other, user, note.html, public=public, files=[])
    if flags["mark_first_response"] and request.values.get("responded_time") is None:
        request.values["responded_time"] = note.at
    vendor.mailer.noted(request, note, user, flavour)
    vendor.rules.after_note(request, note, user)
    return single(flavour.note, vendor.render.parts.note(request, note, flavour), 201)


def _write(vendor: ManageEngine, request: Request, user: User, words: str, *, public: bool, files: list[int]) -> Note:
    now = vendor.now()
    note = Note(vendor.state.next("notes"), words, public, user.number, now, user.number, now, files)
    request.notes.append(note)
    vendor.changes.touch(request, user, "NOTE")
    return note


def _files(request: Request, body: Json, flavour: Flavour) -> list[int]:
    """Give the files that a note names; they leave the place where they were uploaded."""
    rows: Any = body.get("attachments") or []
    if not isinstance(rows, list):
        raise mismatch("attachments")
    numbers: list[int] = []
    for row in cast("list[Any]", rows):
        named: Any = cast("Json", row).get("id") if isinstance(row, dict) else None
        number = flavour.number(str(named))
        if number is None or number not in request.files:
            raise invalid("attachments")
        numbers.append(number)
    for number in numbers:
        request.files[number].place = "note"
    return numbers


@routes.put(*both("/requests/<request_id>/notes/<note_id>"))
def edit(vendor: ManageEngine, call: Call, request_id: str, note_id: str) -> Response:
    """Change a note."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id, live=True)
    note = _find(request, user, flavour, note_id)
    body = envelope(call, flavour.note, KEYS)
    words, public = text(body, "description"), boolean(body, "show_to_requester", default=note.public)
    if "description" in body and not (words or "").strip():
        raise mandatory(["description"])
    note.files += _files(request, body, flavour)
    note.html = sanitize(words) if words else note.html
    note.public, note.edited, note.edited_by = public, vendor.now(), user.number
    vendor.changes.touch(request, user, "NOTE_EDIT")
    return single(flavour.note, vendor.render.parts.note(request, note, flavour))


@routes.delete(*both("/requests/<request_id>/notes/<note_id>"))
def delete(vendor: ManageEngine, call: Call, request_id: str, note_id: str) -> Response:
    """Delete a note and its files, for good."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id, live=True)
    note = _find(request, user, flavour, note_id)
    request.notes.remove(note)
    for number in note.files:
        del request.files[number], vendor.state.files[number]
    vendor.changes.touch(request, user, "NOTE_DELETE")
    return ok()
