"""Files: download by signed link or by id, and deletion (api.freshservice.com, "Attachments").

A file comes with the write of its ticket or conversation, as a form. ``attachment_url`` works for some minutes and asks for
no credentials; like object stores, it refuses a request that brings some along. By id, with credentials, files of tickets
can be had, those of conversations cannot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from werkzeug.wrappers import Response

from ..vendor import Call, Routes
from .errors import not_found
from .records import Attachment
from .render import signature
from .tickets import find

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()


def _bytes(file: Attachment) -> Response:
    name = quote(file.name, safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(file.content(), 200, headers, content_type=file.content_type)


def _denied(code: str, message: str, status: int) -> Response:
    words = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Response(words, status, content_type="application/xml")


@routes.get("/data/helpdesk/attachments/production/<int:attachment_id>/original/<path:name>", public=True)
def download(vendor: Freshservice, call: Call, attachment_id: int, name: str) -> Response:
    """Give the bytes to whoever has a link that is still good."""
    if "Authorization" in call.request.headers:
        return _denied("InvalidArgument", "Only one auth mechanism allowed", 400)
    expires = call.request.args.get("Expires", "")
    file = vendor.state.attachments.get(attachment_id)
    good = expires.isdecimal() and call.request.args.get("Signature") == signature(attachment_id, int(expires))
    if file is None or not good or int(expires) < vendor.now():
        return _denied("AccessDenied", "Request has expired", 403)
    return _bytes(file)


@routes.get("/api/v2/attachments/<int:attachment_id>")
def show_attachment(vendor: Freshservice, call: Call, attachment_id: int) -> Response:
    """Give the bytes of a ticket's file."""
    file = vendor.state.attachments.get(attachment_id)
    if file is None or not file.of_ticket:
        raise not_found()
    return _bytes(file)


@routes.delete("/api/v2/tickets/<int:ticket_id>/attachments/<int:attachment_id>")
def delete_attachment(vendor: Freshservice, call: Call, ticket_id: int, attachment_id: int) -> Response:
    """Delete a file of a ticket."""
    ticket = find(vendor, ticket_id)
    if attachment_id not in ticket.attachment_ids:
        raise not_found()
    ticket.attachment_ids.remove(attachment_id)
    del vendor.state.attachments[attachment_id]
    vendor.state.touch(ticket, vendor.now())
    vendor.changes.record(ticket, call.account.person, " deleted an attachment")
    return Response(status=204)
