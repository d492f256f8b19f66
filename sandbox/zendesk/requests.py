"""Requests: an end user's view of tickets (developer.zendesk.com, Requests).

An end user sees the tickets that he requested or is copied on, with their public comments only; he creates tickets,
comments and marks them as solved. His comment on a pending, on-hold or solved ticket opens it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import paging
from .comments import list_of
from .errors import invalid, not_found
from .records import Json, Ticket
from .render import via
from .ticket_writes import actor_of, object_of
from .times import iso, iso_or_none

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()

WRITABLE = ("subject", "comment", "priority", "type", "custom_fields", "due_at", "requester")


def _body(vendor: Zendesk, ticket: Ticket) -> Json:
    fields = [{"id": field.id, "value": ticket.fields.get(field.id)} for field in vendor.state.custom_fields()]
    return {
        "url": f"{vendor.base_url}/api/v2/requests/{ticket.id}.json",
        "id": ticket.id,
        "status": "open" if ticket.status == "hold" else ticket.status,
        "custom_status_id": ticket.custom_status_id,
        "priority": ticket.priority,
        "type": ticket.type,
        "subject": ticket.subject,
        "description": vendor.render.description(ticket),
        "organization_id": ticket.organization_id,
        "via": via(ticket.via),
        "custom_fields": fields,
        "fields": fields,
        "requester_id": ticket.requester_id,
        "collaborator_ids": ticket.email_cc_ids,
        "email_cc_ids": ticket.email_cc_ids,
        "is_public": True,
        "due_at": iso_or_none(ticket.due_at),
        "can_be_solved_by_me": ticket.assignee_id is not None and ticket.status not in {"solved", "closed"},
        "solved": ticket.status in {"solved", "closed"},
        "ticket_form_id": ticket.form_id,
        "recipient": ticket.recipient,
        "followup_source_id": None,
        "assignee_id": ticket.assignee_id,
        "created_at": iso(ticket.created),
        "updated_at": iso(ticket.updated),
    }


def _may_see(call: Call, ticket: Ticket) -> bool:
    number = actor_of(call).id
    concerned = number == ticket.requester_id or number in ticket.email_cc_ids
    return concerned and any(comment.public for comment in ticket.comments)


def _find(vendor: Zendesk, call: Call, request_id: int) -> Ticket:
    ticket = vendor.state.live(request_id)
    if ticket is None or not _may_see(call, ticket):
        raise not_found()
    return ticket


@routes.get("/api/v2/requests")
def list_requests(vendor: Zendesk, call: Call) -> Response:
    """List the caller's requests."""
    rows = [ticket for ticket in vendor.state.living() if _may_see(call, ticket)]
    cut, envelope = paging.page(vendor, call, rows, lambda ticket: (ticket.id,))
    return reply({"requests": [_body(vendor, ticket) for ticket in cut], **envelope})


@routes.get("/api/v2/requests/<int:request_id>")
def show_request(vendor: Zendesk, call: Call, request_id: int) -> Response:
    """Show a request."""
    return reply({"request": _body(vendor, _find(vendor, call, request_id))})


@routes.get("/api/v2/requests/<int:request_id>/comments")
def list_comments(vendor: Zendesk, call: Call, request_id: int) -> Response:
    """List the public comments of a request."""
    return list_of(vendor, call, _find(vendor, call, request_id), public_only=True)


def _said(data: Json) -> Json:
    comment = data.get("comment")
    words: Json = cast("Json", comment) if isinstance(comment, dict) else {"body": comment}
    return {key: value for key, value in words.items() if key in {"body", "html_body", "uploads"}}


@routes.post("/api/v2/requests")
def create_request(vendor: Zendesk, call: Call) -> Response:
    """Create a ticket as its requester."""
    data = object_of(call, "request")
    kept = {key: value for key, value in data.items() if key in WRITABLE and key != "requester"}
    via_web: Json = {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}}
    ticket = vendor.changes.create({**kept, "comment": _said(data)}, actor_of(call), via_web).ticket
    location = f"{vendor.base_url}/api/v2/requests/{ticket.id}.json"
    return reply({"request": _body(vendor, ticket)}, 201, {"Location": location})


@routes.put("/api/v2/requests/<int:request_id>")
def update_request(vendor: Zendesk, call: Call, request_id: int) -> Response:
    """Comment on a request, or mark it as solved."""
    data, ticket = object_of(call, "request"), _find(vendor, call, request_id)
    change: Json = {"comment": _said(data)}
    if data.get("solved"):
        if ticket.assignee_id is None:
            raise invalid("solved", "Solved: the request cannot be solved by you", None)
        change["status"] = "solved"
    via_web: Json = {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}}
    vendor.changes.update(ticket, change, actor_of(call), via=via_web)
    return reply({"request": _body(vendor, ticket)})
