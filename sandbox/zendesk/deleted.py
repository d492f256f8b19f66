"""Deleted tickets: list, restore, and delete for ever (developer.zendesk.com, Deleted tickets). They are kept 30 days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import paging
from .errors import not_found
from .jobs import submit
from .records import Deletion, Json, Ticket
from .text import sanitize
from .times import iso

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()

KEPT = 30 * 86_400
"""Seconds for which a deleted ticket can be restored."""


def _deleted(vendor: Zendesk, ticket_id: int) -> tuple[Ticket, Deletion]:
    ticket = vendor.state.tickets.get(ticket_id)
    if ticket is None or ticket.deletion is None or _gone(vendor, ticket.deletion):
        raise not_found()
    return ticket, ticket.deletion


def _gone(vendor: Zendesk, deletion: Deletion) -> bool:
    return deletion.purged or deletion.at + KEPT < vendor.now()


@routes.get("/api/v2/deleted_tickets")
def list_deleted(vendor: Zendesk, call: Call) -> Response:
    """List the deleted tickets, by id."""
    rows = [
        (row, row.deletion) for row in vendor.state.tickets.values() if row.deletion and not _gone(vendor, row.deletion)
    ]
    if call.request.args.get("sort_by") == "deleted_at":
        rows.sort(key=lambda row: (row[1].at, row[0].id), reverse=call.request.args.get("sort_order") == "desc")
    cut, envelope = paging.page(vendor, call, rows, lambda row: (row[0].id,), order="id")
    return reply({"deleted_tickets": [_body(vendor, *row) for row in cut], **envelope})


def _body(vendor: Zendesk, ticket: Ticket, deletion: Deletion) -> Json:
    actor = vendor.state.users[deletion.actor_id]
    return {
        "id": ticket.id,
        "subject": ticket.subject,
        "description": vendor.render.description(ticket),
        "actor": {"id": actor.id, "name": actor.name},
        "deleted_at": iso(deletion.at),
        "previous_state": deletion.previous_state,
    }


def _restore(vendor: Zendesk, ticket: Ticket) -> None:
    ticket.deletion = None
    ticket.updated = vendor.now()
    vendor.state.log_change(ticket, vendor.now())


@routes.put("/api/v2/deleted_tickets/<int:ticket_id>/restore")
def restore(vendor: Zendesk, call: Call, ticket_id: int) -> Response:
    """Restore a ticket in the state that it had."""
    _restore(vendor, _deleted(vendor, ticket_id)[0])
    return reply({})


@routes.put("/api/v2/deleted_tickets/restore_many")
def restore_many(vendor: Zendesk, call: Call) -> Response:
    """Restore tickets; all must be there."""
    for ticket, _ in [_deleted(vendor, number) for number in paging.ids(call)]:
        _restore(vendor, ticket)
    return reply({})


def _purge(ticket: Ticket, deletion: Deletion) -> None:
    deletion.purged = True
    ticket.subject = "SCRUBBED"
    for comment in ticket.comments:
        comment.html, comment.attachment_ids = sanitize("<p>SCRUBBED</p>"), ()


@routes.delete("/api/v2/deleted_tickets/<int:ticket_id>")
def purge(vendor: Zendesk, call: Call, ticket_id: int) -> Response:
    """Delete a ticket for ever; the export shows it scrubbed."""
    _purge(*_deleted(vendor, ticket_id))
    return reply({"job_status": submit(vendor, "Delete Tickets Permanently", "Deleting ticket", 1, {"success": True})})


@routes.delete("/api/v2/deleted_tickets/destroy_many")
def purge_many(vendor: Zendesk, call: Call) -> Response:
    """Delete tickets for ever."""
    rows = [_deleted(vendor, number) for number in paging.ids(call)]
    for row in rows:
        _purge(*row)
    job = submit(vendor, "Delete Tickets Permanently", "Deleting ticket", len(rows), {"success": True})
    return reply({"job_status": job})
