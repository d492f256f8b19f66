"""Audits: what happened to a ticket, update by update (developer.zendesk.com, Ticket audits)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import paging
from .errors import not_found
from .tickets import counted, find, includes

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()


@routes.get("/api/v2/tickets/<int:ticket_id>/audits")
def list_audits(vendor: Zendesk, call: Call, ticket_id: int) -> Response:
    """List the audits of a ticket, oldest first unless asked otherwise."""
    ticket = find(vendor, ticket_id)
    asked = call.request.args.get("sort", call.request.args.get("sort_order", ""))
    sign = -1 if asked.startswith("-") or asked == "desc" else 1
    rows = sorted(ticket.audits, key=lambda audit: (sign * audit.created, sign * audit.id))
    cut, envelope = paging.page(
        vendor, call, rows, lambda audit: (sign * audit.created, sign * audit.id), order="created_at,id"
    )
    body = {"audits": [vendor.render.audit(audit) for audit in cut], **envelope}
    if "users" in includes(call):
        authors = sorted({audit.author_id for audit in cut} & set(vendor.state.users))
        body["users"] = [vendor.render.user(vendor.state.users[number]) for number in authors]
    return reply(body)


@routes.get("/api/v2/tickets/<int:ticket_id>/audits/<int:audit_id>")
def show_audit(vendor: Zendesk, call: Call, ticket_id: int, audit_id: int) -> Response:
    """Show an audit."""
    for audit in find(vendor, ticket_id).audits:
        if audit.id == audit_id:
            return reply({"audit": vendor.render.audit(audit)})
    raise not_found()


@routes.get("/api/v2/tickets/<int:ticket_id>/audits/count")
def count_audits(vendor: Zendesk, call: Call, ticket_id: int) -> Response:
    """Count the audits of a ticket."""
    return counted(vendor, len(find(vendor, ticket_id).audits))


@routes.get("/api/v2/ticket_audits")
def list_all(vendor: Zendesk, call: Call) -> Response:
    """List the audits of all tickets that are not deleted, in order of their time; cursor paging only."""
    rows = [audit for ticket in vendor.state.living() for audit in ticket.audits]
    rows.sort(key=lambda audit: (audit.created, audit.id))
    cut, envelope = paging.page(
        vendor, call, rows, lambda audit: (audit.created, audit.id), order="created_at,id", cursor_only=True
    )
    return reply({"audits": [vendor.render.audit(audit) for audit in cut], **envelope})
