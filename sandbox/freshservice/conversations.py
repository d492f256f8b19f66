"""Replies and notes of a ticket (api.freshservice.com, "Conversations").

* A reply is public and mailed to the requester. A note is private unless ``private`` is false, and mailed to those only
  whom it names. The description is no conversation.
* The list is the oldest first; it has no order, no ``since``. The answers to writes lack some keys of the list.
* Only notes can be changed. Nothing sets ``created_at``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import account, bodies, paging, text
from .bodies import FILES, Body
from .drafts import LARGEST
from .errors import invalid, not_found
from .records import Conversation, Ticket
from .tickets import find
from .values import Values

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()

REPLY, NOTE = 0, 2
IN_REPLY = frozenset({"body", "from_email", "user_id", "cc_emails", "bcc_emails"})
IN_NOTE = frozenset({"body", "private", "notify_emails", "incoming", "user_id"})


@routes.get("/api/v2/tickets/<int:ticket_id>/conversations")
def list_conversations(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """List the conversations of a ticket."""
    paging.parameters(call)
    rows = paging.cut(vendor, call, find(vendor, ticket_id).conversations)
    return reply({"conversations": [vendor.render.conversation(said) for said in rows]})


def _values(body: Body, allowed: frozenset[str]) -> Values:
    values = Values({key: value for key, value in body.data.items() if key != FILES}, is_form=body.is_form)
    values.only(allowed)
    if FILES in body.data:
        values.problems.add(FILES, "It should contain elements of type valid file format only", "datatype_mismatch")
    if sum(len(file.content) for file in body.files) > LARGEST:
        values.problems.add(FILES, "The total size of all attachments should be less than 40 MB", "invalid_size")
    return values


def _author(vendor: Freshservice, call: Call, values: Values) -> int:
    number = values.number("user_id")
    if number is None:
        return call.account.person.id
    if number not in vendor.state.people:
        values.problems.unmatched("user_id", "user")
    return number


def _made(vendor: Freshservice, call: Call, ticket: Ticket, body: Body, said: Conversation) -> None:
    said.attachment_ids = vendor.changes.attach(body.files, of_ticket=False)
    vendor.changes.say(ticket, said, call.account.person)


@routes.post("/api/v2/tickets/<int:ticket_id>/reply")
def create_reply(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """Reply to the requester."""
    ticket, body = find(vendor, ticket_id), bodies.read(call)
    values = _values(body, IN_REPLY)
    markup = values.text("body", required=True)
    copies, hidden = values.emails("cc_emails") or [], values.emails("bcc_emails") or []
    sender, user_id = values.email("from_email"), _author(vendor, call, values)
    values.problems.check()
    requester, now = vendor.state.people[ticket.requester_id], vendor.now()
    said = Conversation(
        vendor.state.next_id(), ticket.id, user_id, text.stored(markup or ""), False, False, REPLY, now, now,
        to_emails=[requester.email] if requester.email else [],
        cc_emails=copies,
        bcc_emails=hidden,
        from_email=sender or account.SUPPORT_EMAIL,
    )  # fmt: skip
    _made(vendor, call, ticket, body, said)
    return reply({"conversation": vendor.render.reply(said)}, 201)


@routes.post("/api/v2/tickets/<int:ticket_id>/notes")
def create_note(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """Add a note, private by default; ``incoming`` with a requester as author is what he said elsewhere."""
    ticket, body = find(vendor, ticket_id), bodies.read(call)
    values = _values(body, IN_NOTE)
    markup = values.text("body", required=True)
    private, incoming = values.boolean("private", default=True), values.boolean("incoming", default=False)
    told, user_id = values.emails("notify_emails") or [], _author(vendor, call, values)
    values.problems.check()
    now = vendor.now()
    said = Conversation(
        vendor.state.next_id(), ticket.id, user_id, text.stored(markup or ""), private, incoming, NOTE, now, now,
        to_emails=told,
    )  # fmt: skip
    _made(vendor, call, ticket, body, said)
    return reply({"conversation": vendor.render.note(said)}, 201)


def _find(vendor: Freshservice, conversation_id: int) -> tuple[Ticket, Conversation]:
    said = vendor.state.conversations.get(conversation_id)
    if said is None:
        raise not_found()
    return find(vendor, said.ticket_id), said


@routes.put("/api/v2/conversations/<int:conversation_id>")
def update_conversation(vendor: Freshservice, call: Call, conversation_id: int) -> Response:
    """Change the text of a note, or add files to it."""
    ticket, said = _find(vendor, conversation_id)
    if said.source != NOTE:
        raise invalid("id", "Only notes can be updated", "incompatible_field")
    body = bodies.read(call)
    values = _values(body, frozenset({"body"}))
    markup = values.text("body", required=not body.files)
    values.problems.check()
    if markup:
        said.body = text.stored(markup)
    said.attachment_ids += vendor.changes.attach(body.files, of_ticket=False)
    said.updated = vendor.now()
    vendor.state.touch(ticket, said.updated)
    vendor.changes.record(ticket, call.account.person, " updated a note")
    return reply({"conversation": vendor.render.note(said)})


@routes.delete("/api/v2/conversations/<int:conversation_id>")
def delete_conversation(vendor: Freshservice, call: Call, conversation_id: int) -> Response:
    """Delete a reply or note for good."""
    ticket, said = _find(vendor, conversation_id)
    ticket.conversations.remove(said)
    del vendor.state.conversations[said.id]
    vendor.state.touch(ticket, vendor.now())
    vendor.changes.record(ticket, call.account.person, " deleted a conversation")
    return Response(status=204)


@routes.delete("/api/v2/conversations/<int:conversation_id>/attachments/<int:attachment_id>")
def delete_attachment(vendor: Freshservice, call: Call, conversation_id: int, attachment_id: int) -> Response:
    """Delete a file of a reply or note."""
    ticket, said = _find(vendor, conversation_id)
    if attachment_id not in said.attachment_ids:
        raise not_found()
    said.attachment_ids.remove(attachment_id)
    del vendor.state.attachments[attachment_id]
    vendor.state.touch(ticket, vendor.now())
    return Response(status=204)
