"""Creating, changing, deleting and restoring tickets (api.freshservice.com, "Tickets").

Requests are not wrapped, answers are. A write is all or nothing. There is no idempotency key and no version to compare:
a retried creation makes a second ticket, and the last write wins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import account, bodies, drafts, paging
from .bodies import Body
from .errors import conflict, invalid, not_found
from .records import Ticket
from .tickets import find
from .values import Values

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()


def _created(vendor: Freshservice, ticket: Ticket) -> Response:
    location = f"{vendor.base_url}/api/v2/tickets/{ticket.id}"
    return reply({"ticket": vendor.render.created(ticket)}, 201, {"Location": location})


@routes.post("/api/v2/tickets")
def create_ticket(vendor: Freshservice, call: Call) -> Response:
    """Create a ticket; an unknown e-mail address or phone makes a requester."""
    actor = call.account.person
    draft = drafts.read(vendor, bodies.read(call), None, actor)
    return _created(vendor, vendor.changes.create(draft, actor))


@routes.post("/api/v2/tickets/<int:ticket_id>/create_child_ticket")
def create_child(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """Create a ticket below another; one level only."""
    parent = find(vendor, ticket_id)
    if parent.spam or parent.parent_id is not None:
        raise invalid("parent_id", "A child ticket cannot be associated with this ticket", "incompatible_field")
    actor = call.account.person
    draft = drafts.read(vendor, bodies.read(call), None, actor)
    return _created(vendor, vendor.changes.create(draft, actor, parent))


@routes.put("/api/v2/tickets/<int:ticket_id>")
def update_ticket(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """Change a ticket; only what is sent changes, and files are added to those that are there."""
    values = paging.parameters(call, ("bypass_mandatory",))
    bypass = values.boolean("bypass_mandatory", default=False)
    values.problems.check()
    ticket = find(vendor, ticket_id)
    draft = drafts.read(vendor, bodies.read(call), ticket, call.account.person, bypass=bypass)
    vendor.changes.update(ticket, draft, call.account.person)
    return reply({"ticket": vendor.render.updated(ticket)})


@routes.delete("/api/v2/tickets/<int:ticket_id>")
def delete_ticket(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """Put a ticket into the trash."""
    bodies.none(call)
    vendor.changes.delete(find(vendor, ticket_id), call.account.person)
    return Response(status=204)


@routes.put("/api/v2/tickets/<int:ticket_id>/restore")
def restore_ticket(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """Take a ticket out of the trash."""
    bodies.none(call)
    ticket = vendor.state.tickets.get(ticket_id)
    if ticket is None or not ticket.deleted:
        raise not_found()
    vendor.changes.restore(ticket, call.account.person)
    return Response(status=204)


@routes.put("/api/v2/tickets/<int:ticket_id>/move_workspace")
def move_workspace(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """Move a ticket to another workspace; group and agent come along only where they are sent."""
    ticket = find(vendor, ticket_id)
    values = Values(bodies.read(call).data)
    values.only({"workspace_id", "group_id", "responder_id"})
    target = values.choice("workspace_id", [row["id"] for row in vendor.workspaces()], required=True)
    group_id, responder_id = values.number("group_id"), values.number("responder_id")
    group = vendor.state.groups.get(group_id or 0)
    if group_id is not None and (group is None or group.workspace_id != target):
        values.problems.unmatched("group_id", "group")
    if responder_id is not None and vendor.state.agent(responder_id) is None:
        values.problems.unmatched("responder_id", "agent")
    values.problems.check()
    changed = {"workspace_id": target, "group_id": group_id, "responder_id": responder_id}
    vendor.changes.apply(ticket, changed)
    vendor.state.touch(ticket, vendor.now())
    name = next(row["name"] for row in vendor.workspaces() if row["id"] == target)
    vendor.changes.record(ticket, call.account.person, f" moved this ticket to {name} workspace")
    return reply({"ticket": vendor.render.updated(ticket)})


@routes.put("/api/v2/tickets/<int:ticket_id>/<any(promote, demote):way>")
def change_type(vendor: Freshservice, call: Call, ticket_id: int, way: str) -> Response:
    """Make an incident a major incident, or the reverse."""
    before, after = ("Incident", "Major Incident") if way == "promote" else ("Major Incident", "Incident")
    ticket = find(vendor, ticket_id)
    values = Values(bodies.read(call).data)
    values.only({"type"})
    if values.word("type", (after,)) is None and not values.problems.errors:
        values.problems.blank("type")
    values.problems.check()
    if ticket.type != before:
        raise conflict(f"The ticket is no {before}")
    draft = drafts.read(vendor, Body(), ticket, call.account.person)
    draft.values["type"] = after
    if way == "promote":
        draft.values["priority"] = max(account.PRIORITIES)
    vendor.changes.update(ticket, draft, call.account.person)
    return reply({"ticket": vendor.render.updated(ticket)})
