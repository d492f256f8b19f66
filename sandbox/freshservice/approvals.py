"""Approvals, items asked for, and the requester's satisfaction (api.freshservice.com, "Approvals")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import bodies, paging
from .errors import not_found
from .records import Json
from .rows import entry, record
from .tickets import find
from .times import iso
from .values import Values

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()

STATUSES = {0: "requested", 1: "approved", 2: "rejected", 3: "cancelled"}


@routes.get("/api/v2/tickets/<int:ticket_id>/approvals")
def list_approvals(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """List the approvals of a ticket."""
    paging.parameters(call)
    return reply({"approvals": paging.cut(vendor, call, find(vendor, ticket_id).approvals)})


@routes.get("/api/v2/tickets/<int:ticket_id>/approvals/<int:number>")
def show_approval(vendor: Freshservice, call: Call, ticket_id: int, number: int) -> Response:
    """Show an approval."""
    return reply({"approval": entry(find(vendor, ticket_id).approvals, number)})


@routes.post("/api/v2/tickets/<int:ticket_id>/approvals")
def request_approval(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """Ask somebody for approval."""
    ticket, now, actor = find(vendor, ticket_id), iso(vendor.now()), call.account.person
    values = Values(bodies.read(call).data)
    values.only({"approver_id", "approval_type", "email_content", "approval_group_id"})
    approver = vendor.state.people.get(values.number("approver_id") or 0)
    if approver is None:
        values.problems.unmatched("approver_id", "user")
    kind = values.choice("approval_type", (1, 2, 3, 4), required=True)
    values.problems.check()
    assert approver is not None
    approval: Json = {
        "id": vendor.state.next_id(),
        "created_at": now,
        "updated_at": now,
        "approver_id": approver.id,
        "approver_name": approver.name,
        "approval_type": kind,
        "user_id": actor.id,
        "level": 1,
        "user_name": actor.name,
        "approval_status": {"id": 0, "name": STATUSES[0]},
        "approval_group": None,
        "delegatee": None,
        "latest_remark": "",
    }
    ticket.approvals.append(approval)
    record(vendor, call, ticket, f" requested for approval from {approver.name}")
    return reply({"approvals": ticket.approvals}, 201)


@routes.put("/api/v2/tickets/<int:ticket_id>/approvals/<int:number>")
def update_approval(vendor: Freshservice, call: Call, ticket_id: int, number: int) -> Response:
    """Decide about an approval, or cancel it."""
    ticket = find(vendor, ticket_id)
    approval = entry(ticket.approvals, number)
    values = Values(bodies.read(call).data.get("approval_status") or {})
    status = values.choice("id", (1, 2, 3), required=True)
    values.problems.check()
    approval |= {"approval_status": {"id": status, "name": STATUSES[status or 0]}, "updated_at": iso(vendor.now())}
    return reply({"approval": approval})


@routes.get("/api/v2/tickets/<int:ticket_id>/requested_items")
def list_requested_items(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """List the catalogue items of a service request; the sandbox has no catalogue."""
    find(vendor, ticket_id)
    return reply({"requested_items": []})


@routes.get("/api/v2/tickets/<int:ticket_id>/csat_response")
def show_satisfaction(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """Show what the requester thinks of the solution; 404 until he has told."""
    satisfaction = find(vendor, ticket_id).satisfaction
    if satisfaction is None:
        raise not_found()
    return reply({"csat_response": satisfaction})
