"""Files of a request: uploaded by multipart, listed, downloaded, deleted.

* On-premises: ``PUT upload`` with the part ``input_file``, at most 10 MB; ``attachments/{id}/_download`` answers
  ``application/x-download``.
* Cloud: ``POST _uploads`` with the part ``filename``; without ``addtoattachment=true`` the file is only kept until a note
  names it. ``PUT upload`` works too. At most 20 MB; ``content_url`` leads to the content.
* Images inside texts have relative URLs of their own, for those who log in.

Source: manageengine.com, sdpop-v3-api, attachments; document copies for Cloud.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from .access import asks
from .criteria import Type
from .errors import invalid, mandatory, not_found
from .flavour import both, cloud, on_premises
from .list_info import listed
from .records import File, Request
from .replies import SUCCESS, ok
from .requests import find

if TYPE_CHECKING:
    from .vendor import ManageEngine

routes = Routes()

MEGABYTE = 1024 * 1024
LARGEST = {True: 20 * MEGABYTE, False: 10 * MEGABYTE}
"""Bytes of a file, by whether it is the Cloud."""
PARTS = ("input_file", "filename")
TYPES: dict[str, Type] = {"id": "text", "name": "text", "content_type": "text", "attached_on": "time"}


def _find(vendor: ManageEngine, call: Call, request_id: str, file_id: str) -> tuple[Request, File]:
    user, flavour = asks(call)
    request = find(vendor, call, request_id)
    file = request.files.get(flavour.number(file_id) or 0)
    if file is None or not (user.technician or _visible(request, file)):
        raise not_found()
    return request, file


def _visible(request: Request, file: File) -> bool:
    return file.place != "note" or any(note.public and file.number in note.files for note in request.notes)


@routes.get(*both("/requests/<request_id>/attachments"))
def list_attachments(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """List the files of a request itself."""
    _, flavour = asks(call)
    request = find(vendor, call, request_id)
    return listed(call, "attachments", vendor.render.parts.files(request, "request", flavour), TYPES)


@routes.put(*both("/requests/<request_id>/upload"))
def upload(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Attach a file to a request."""
    request = find(vendor, call, request_id, live=True)
    return _stored(vendor, call, request, listed_there=True, status=200)


@routes.post(cloud("/requests/<request_id>/_uploads"))
def upload_loose(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Take a file, and attach it where ``addtoattachment`` says so."""
    request = find(vendor, call, request_id, live=True)
    wanted = (call.request.form.get("addtoattachment") or call.request.args.get("addtoattachment") or "").lower()
    return _stored(vendor, call, request, listed_there=wanted == "true", status=201)


def _stored(vendor: ManageEngine, call: Call, request: Request, *, listed_there: bool, status: int) -> Response:
    user, flavour = asks(call)
    part = next((name for name in PARTS if name in call.request.files), "")
    sent = call.request.files.get(part)
    data = sent.stream.read() if sent is not None else b""
    call.request.close()
    if sent is None:
        raise mandatory(["filename" if flavour.cloud else "input_file"])
    if len(data) > LARGEST[flavour.cloud]:
        raise invalid(part, "File size exceeds the limit")
    name, media_type = sent.filename or "file", sent.mimetype or "application/octet-stream"
    number, now = vendor.state.next("files"), vendor.now()
    file = File(number, name, media_type, len(data), lambda: data, user.number, now)
    file.place = "request" if listed_there else "loose"
    file.description = call.request.args.get("description") or call.request.form.get("description")
    vendor.state.add_file(request, file)
    if listed_there:
        vendor.changes.touch(request, user, "ATTACHMENT")
    body = vendor.render.parts.file(request, file, flavour)
    shown = {**body, "file_id": body["id"]} if flavour.cloud else body
    return reply({"attachment": shown, "response_status": SUCCESS}, status)


@routes.delete(*both("/requests/<request_id>/attachments/<file_id>"))
def delete(vendor: ManageEngine, call: Call, request_id: str, file_id: str) -> Response:
    """Delete a file, for good."""
    user, _ = asks(call)
    request, file = _find(vendor, call, request_id, file_id)
    del request.files[file.number], vendor.state.files[file.number]
    for note in request.notes:
        note.files = [number for number in note.files if number != file.number]
    vendor.changes.touch(request, user, "ATTACHMENT_DELETE")
    return ok()


# -- content


@routes.get(
    on_premises("/requests/<request_id>/attachments/<file_id>/_download"),
    cloud("/requests/<request_id>/_uploads/<file_id>/download"),
)
def download(vendor: ManageEngine, call: Call, request_id: str, file_id: str) -> Response:
    """Give a file's bytes."""
    _, flavour = asks(call)
    _, file = _find(vendor, call, request_id, file_id)
    return _content(file, file.media_type if flavour.cloud else "application/x-download")


@routes.get(cloud("/requests/<request_id>/attachments/<file_id>/content"))
def inline(vendor: ManageEngine, call: Call, request_id: str, file_id: str) -> Response:
    """Give the bytes of an image inside a text, in Cloud."""
    _, file = _find(vendor, call, request_id, file_id)
    return _content(file, file.media_type)


@routes.get("/inlineimages/WorkOrder/<request_id>/<file_id>")
def inline_on_premises(vendor: ManageEngine, call: Call, request_id: str, file_id: str) -> Response:
    """Give the bytes of an image inside a text, on-premises."""
    _, file = _find(vendor, call, request_id, file_id)
    return _content(file, file.media_type)


def _content(file: File, media_type: str) -> Response:
    disposition = f"attachment; filename*=UTF-8''{quote(file.name)}"
    return Response(file.content(), 200, {"Content-Disposition": disposition}, content_type=media_type)
