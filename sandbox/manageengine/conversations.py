"""Replies: the mails of a request's conversation.

The vendor documents no call for them. The paths are those that its own web client uses: ``conversations`` lists mails
without their texts, ``notifications/{id}`` shows one, and a POST to ``notifications`` sends one. A technician's reply goes
to the requester unless ``to`` names others, and counts as the first response; a requester's is one that came in, and
leaves the request unreplied. Drafts are kept and sent to nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from werkzeug.wrappers import Response

from ..vendor import Call, Routes
from .access import asks
from .criteria import Type
from .errors import mandatory, mismatch, not_found
from .flavour import Flavour, both
from .input_data import envelope, text
from .list_info import listed
from .records import Json, Reply, Request
from .replies import single
from .requests import find
from .text import sanitize
from .times import shown

if TYPE_CHECKING:
    from .vendor import ManageEngine

routes = Routes()

KEYS = ("subject", "description", "to", "type")
TYPES: dict[str, Type] = {"id": "text", "type": "text", "sent_time": "time", "from.email_id": "text"}


def concerns(vendor: ManageEngine, request: Request, reply: Reply) -> bool:
    """Tell whether the requester sent or got a mail; what a technician sends to others only they do not see."""
    requester = vendor.state.users[request.values["requester"]]
    return reply.by == requester.number or (requester.email or "").lower() in {each.lower() for each in reply.to}


def _body(vendor: ManageEngine, request: Request, reply: Reply, flavour: Flavour, *, whole: bool) -> Json:
    parts = vendor.render.parts
    body: Json = {
        "id": flavour.id(reply.number),
        "type": "conversation" if reply.incoming else "notification",
        "from": parts.user(reply.by, flavour),
        "to": [{"email_id": address} for address in reply.to],
        "subject": reply.subject,
        "sent_time": shown(reply.at, flavour),
        "has_attachments": bool(reply.files),
        "content_url": f"{flavour.base}/requests/{flavour.id(request.number)}/notifications/{flavour.id(reply.number)}",
    }
    return {**body, "description": parts.html(request, reply.html, flavour)} if whole else body


@routes.get(*both("/requests/<request_id>/conversations"))
def list_conversations(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """List the mails, the oldest first; to a requester those that they sent or got."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id)
    seen = [reply for reply in request.replies if user.technician or concerns(vendor, request, reply)]
    bodies = [_body(vendor, request, reply, flavour, whole=False) for reply in seen]
    return listed(call, "conversations", bodies, TYPES, "sent_time")


@routes.get(*both("/requests/<request_id>/notifications/<reply_id>"))
def show(vendor: ManageEngine, call: Call, request_id: str, reply_id: str) -> Response:
    """Show a mail with its text."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id)
    number = flavour.number(reply_id)
    for reply in request.replies:
        if reply.number == number and (user.technician or concerns(vendor, request, reply)):
            return single("notification", _body(vendor, request, reply, flavour, whole=True))
    raise not_found()


@routes.post(*both("/requests/<request_id>/notifications"))
def send(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Send a reply; as a requester, take in his mail."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id, live=True)
    body = envelope(call, "notification", KEYS)
    words = text(body, "description")
    if not words:
        raise mandatory(["description"])
    state, now, incoming = vendor.state, vendor.now(), not user.technician
    requester = state.users[request.values["requester"]]
    addresses = [] if incoming else _addresses(body) or [email for email in (requester.email,) if email]
    subject = text(body, "subject") or f"Re: [Request ID :##{request.number}##] : {request.values['subject']}"
    reply = Reply(state.next("notes"), sanitize(words), subject, user.number, now, addresses, incoming)
    request.replies.append(reply)
    values = request.values
    values["unreplied_count"] = (values.get("unreplied_count") or 0) + 1 if incoming else 0
    if not incoming and values.get("responded_time") is None:
        values["responded_time"] = now
    vendor.changes.touch(request, user, "REPLY")
    vendor.mailer.replied(request, reply)
    return single("notification", _body(vendor, request, reply, flavour, whole=True), 201)


def _addresses(body: Json) -> list[str]:
    rows: Any = body.get("to") or []
    if not isinstance(rows, list):
        raise mismatch("to")
    found: list[str] = []
    for row in cast("list[Any]", rows):
        address: Any = cast("Json", row).get("email_id") if isinstance(row, dict) else None
        if not isinstance(address, str) or "@" not in address:
            raise mismatch("to")
        found.append(address)
    return found


@routes.post(*both("/requests/<request_id>/drafts"))
def draft(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Keep the draft of a reply."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id, live=True)
    body = envelope(call, "draft", KEYS)
    words = text(body, "description") or ""
    vendor.changes.set(request, {"has_draft": True}, user.number, operation="DRAFT")
    number = vendor.state.next("notes")
    return single("draft", {"id": flavour.id(number), "description": sanitize(words), "subject": body.get("subject")}, 201)
