"""The comments of a ticket: list, count, make private, redact (developer.zendesk.com, Ticket comments).

There is no call that creates a comment, edits or deletes one: a comment comes with a write of its ticket.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import paging, text
from .errors import invalid, missing, not_found
from .records import Audit, Comment, Event, Json, Ticket
from .ticket_writes import actor_of, body_of
from .tickets import counted, find, includes

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()

REDACTED = b"This file has been redacted."


def list_of(vendor: Zendesk, call: Call, ticket: Ticket, *, public_only: bool = False) -> Response:
    """Give a page of comments, oldest first unless asked otherwise."""
    rows = [comment for comment in ticket.comments if comment.public or not public_only]
    descending = call.request.args.get("sort", "").startswith("-") or call.request.args.get("sort_order") == "desc"
    sign = -1 if descending else 1
    rows.sort(key=lambda comment: (sign * comment.created, sign * comment.id))
    cut, envelope = paging.page(
        vendor, call, rows, lambda comment: (sign * comment.created, sign * comment.id), order="created_at,id"
    )
    inline = call.request.args.get("include_inline_images") == "true"
    body: Json = {"comments": [vendor.render.comment(comment, inline=inline) for comment in cut]}
    if "users" in includes(call):
        authors = sorted({comment.author_id for comment in cut} & set(vendor.state.users))
        body["users"] = [vendor.render.user(vendor.state.users[number]) for number in authors]
    return reply({**body, **envelope})


@routes.get("/api/v2/tickets/<int:ticket_id>/comments")
def list_comments(vendor: Zendesk, call: Call, ticket_id: int) -> Response:
    """List the comments of a ticket; those of a deleted one are 404 (airbytehq/airbyte issue 6249)."""
    return list_of(vendor, call, find(vendor, ticket_id))


@routes.get("/api/v2/tickets/<int:ticket_id>/comments/count")
def count_comments(vendor: Zendesk, call: Call, ticket_id: int) -> Response:
    """Count the comments of a ticket."""
    return counted(vendor, len(find(vendor, ticket_id).comments))


def _comment(ticket: Ticket, comment_id: int) -> Comment:
    for comment in ticket.comments:
        if comment.id == comment_id:
            return comment
    raise not_found()


def _record(vendor: Zendesk, call: Call, ticket: Ticket, kind: str, other: Json) -> None:
    now = vendor.now()
    event = Event(vendor.state.next_id(), kind, other=other)
    audit = Audit(vendor.state.next_id(), ticket.id, now, actor_of(call).id, [event])
    ticket.updated = now
    vendor.state.log_audit(ticket, audit, now)
    vendor.state.log_change(ticket, now)


@routes.put("/api/v2/tickets/<int:ticket_id>/comments/<int:comment_id>/make_private")
def make_private(vendor: Zendesk, call: Call, ticket_id: int, comment_id: int) -> Response:
    """Make a comment internal; there is no way back."""
    ticket = find(vendor, ticket_id)
    comment = _comment(ticket, comment_id)
    comment.public = False
    _record(vendor, call, ticket, "CommentPrivacyChange", {"comment_id": comment.id, "public": False})
    return reply({})


@routes.put("/api/v2/tickets/<int:ticket_id>/comments/<int:comment_id>/redact")
def redact(vendor: Zendesk, call: Call, ticket_id: int, comment_id: int) -> Response:
    """Black out a text in a comment."""
    secret = str(body_of(call, "text"))
    ticket = find(vendor, ticket_id)
    comment = _comment(ticket, comment_id)
    if not secret or text.redact(comment.html, secret) == comment.html:
        raise invalid("text", "Text: was not found in the comment")
    comment.html = text.redact(comment.html, secret)
    _record(vendor, call, ticket, "CommentRedactionEvent", {"comment_id": comment.id})
    return reply({"comment": vendor.render.comment(comment)})


@routes.put("/api/v2/comment_redactions/<int:comment_id>")
def redact_html(vendor: Zendesk, call: Call, comment_id: int) -> Response:
    """Black out what stands between ``<redact>`` and ``</redact>`` in the comment's HTML."""
    ticket = find(vendor, int(body_of(call, "ticket_id")))
    comment = _comment(ticket, comment_id)
    secrets: list[str] = re.findall(r"<redact>(.*?)</redact>", str(body_of(call, "html_body")), re.DOTALL)
    if not secrets:
        raise missing("html_body")
    for secret in secrets:
        comment.html = comment.html.replace(secret, "▇" * len(secret))
    _record(vendor, call, ticket, "CommentRedactionEvent", {"comment_id": comment.id})
    return reply({"comment": vendor.render.comment(comment)})


@routes.put("/api/v2/tickets/<int:ticket_id>/comments/<int:comment_id>/attachments/<int:attachment_id>/redact")
def redact_attachment(vendor: Zendesk, call: Call, ticket_id: int, comment_id: int, attachment_id: int) -> Response:
    """Take a file away: an empty ``redacted.txt`` stands in its place; the answer shows it as it was (recorded)."""
    ticket = find(vendor, ticket_id)
    if attachment_id not in _comment(ticket, comment_id).attachment_ids:
        raise not_found()
    file = vendor.state.attachments[attachment_id]
    answer = vendor.render.attachment(file)
    file.file_name, file.content_type, file.size, file.content = (
        "redacted.txt",
        "text/plain",
        len(REDACTED),
        lambda: REDACTED,
    )
    _record(vendor, call, ticket, "AttachmentRedactionEvent", {"attachment_id": file.id, "comment_id": comment_id})
    return reply({"attachment": answer})
