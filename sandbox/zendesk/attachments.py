"""Files: uploads, attachments and their content (developer.zendesk.com, Attachments).

* An upload's token lives 60 minutes and names one or more files; a comment uses it up.
* ``content_url`` is a long token link; it redirects to storage on another host, which refuses a request that brings
  credentials along, as object stores do.
* At most 50 MB a file; more is 413.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote

from werkzeug.wrappers import Response

from ..vendor import Call, RefusedError, Routes, reply
from .errors import missing, not_found
from .records import Attachment, Upload
from .ticket_writes import object_of
from .times import iso

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()

LIVES = 3600
LARGEST = 50 * 1024 * 1024


def find(vendor: Zendesk, attachment_id: int) -> Attachment:
    """Give a file.

    Raises:
        RefusedError: 404.
    """
    file = vendor.state.attachments.get(attachment_id)
    if file is None:
        raise not_found()
    return file


def add(vendor: Zendesk, name: str, media_type: str, content: bytes) -> Attachment:
    """Keep a file's bytes."""
    state = vendor.state
    number = state.next_id()
    token = hashlib.sha256(f"file:{number}".encode()).hexdigest()[:24]
    file = Attachment(number, name, media_type, len(content), lambda: content, token)
    state.attachments[number] = file
    state.attachment_by_token[token] = number
    return file


@routes.post("/api/v2/uploads")
def upload(vendor: Zendesk, call: Call) -> Response:
    """Take a file; with ``token`` it joins others under the same token."""
    name, data = call.request.args.get("filename"), call.request.get_data()
    if not name:
        raise missing("filename")
    if len(data) > LARGEST:
        words = {"description": "The file is larger than 50 MB", "message": "Attachment is too large"}
        raise RefusedError(reply(words, 413))
    media_type = call.request.headers.get("Content-Type") or "application/octet-stream"
    given = call.request.args.get("token")
    kept = vendor.state.uploads.get(given) if given else None
    if given and (kept is None or kept.expires < vendor.now()):
        raise not_found()
    kept = kept or Upload(vendor.state.token("upload"), vendor.now() + LIVES)
    vendor.state.uploads[kept.token] = kept
    file = add(vendor, name, media_type, data)
    kept.attachment_ids.append(file.id)
    bodies = [vendor.render.attachment(vendor.state.attachments[number]) for number in kept.attachment_ids]
    body = {"token": kept.token, "expires_at": iso(kept.expires), "attachments": bodies, "attachment": bodies[-1]}
    return reply({"upload": body}, 201, {"Location": bodies[-1]["url"]})


@routes.delete("/api/v2/uploads/<token>")
def delete_upload(vendor: Zendesk, call: Call, token: str) -> Response:
    """Take an unused upload away."""
    kept = vendor.state.uploads.pop(token, None)
    if kept is None:
        raise not_found()
    for number in kept.attachment_ids:
        file = vendor.state.attachments.pop(number)
        del vendor.state.attachment_by_token[file.token]
    return Response(status=204)


@routes.get("/api/v2/attachments/<int:attachment_id>")
def show_attachment(vendor: Zendesk, call: Call, attachment_id: int) -> Response:
    """Show a file's facts."""
    return reply({"attachment": vendor.render.attachment(find(vendor, attachment_id))})


@routes.put("/api/v2/attachments/<int:attachment_id>")
def update_attachment(vendor: Zendesk, call: Call, attachment_id: int) -> Response:
    """Let a file be downloaded although a scan found malware."""
    file = find(vendor, attachment_id)
    file.malware_access_override = bool(object_of(call, "attachment").get("malware_access_override"))
    return reply({"attachment": vendor.render.attachment(file)})


def _by_token(vendor: Zendesk, token: str) -> Attachment:
    number = vendor.state.attachment_by_token.get(token)
    if number is None:
        raise not_found()
    return vendor.state.attachments[number]


@routes.get("/attachments/token/<token>/", public=True)
def content(vendor: Zendesk, call: Call, token: str) -> Response:
    """Send the client to the storage host."""
    file = _by_token(vendor, token)
    port = vendor.base_url.rpartition(":")[2]
    target = f"http://localhost:{port}/storage/{file.token}?name={quote(file.file_name, safe='')}"
    return Response(status=302, headers={"Location": target})


@routes.get("/storage/<token>", public=True)
def storage(vendor: Zendesk, call: Call, token: str) -> Response:
    """Give the bytes, but not to a client that brings credentials to the storage host."""
    if "Authorization" in call.request.headers:
        words = "<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>"
        return Response(words, 400, content_type="application/xml")
    file = _by_token(vendor, token)
    name = quote(file.file_name, safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "private"}
    return Response(file.content(), 200, headers, content_type=file.content_type)
