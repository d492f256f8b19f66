"""Time entries of a ticket: how long an agent worked on it.

They are wrapped in ``time_entry`` in requests, unlike everything else; deleting one answers 200
(api.freshservice.com, "Time entries").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import bodies, paging
from .records import Json
from .rows import entry, record
from .tickets import find
from .times import iso
from .values import Values

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()

SPENT = re.compile(r"\d{2,}:[0-5]\d")


def _time_values(vendor: Freshservice, call: Call, *, creating: bool) -> Json:
    given: Any = bodies.read(call).data.get("time_entry")
    values = Values(cast("Json", given) if isinstance(given, dict) else {})
    values.only({"note", "time_spent", "agent_id", "billable", "timer_running", "executed_at", "task_id", "custom_fields"})
    agent_id = values.number("agent_id")
    if agent_id is not None and vendor.state.agent(agent_id) is None:
        values.problems.unmatched("agent_id", "agent")
    if creating and agent_id is None:
        values.problems.blank("agent_id")
    running, spent = values.boolean("timer_running", default=False), values.text("time_spent")
    if spent is not None and not SPENT.fullmatch(spent):
        values.problems.add("time_spent", "It should be in the 'hh:mm' format", "invalid_value")
    if creating and not running and spent is None:
        values.problems.blank("time_spent")
    values.moment("executed_at")
    values.boolean("billable", default=True)
    values.problems.check()
    return dict(values.data)


@routes.get("/api/v2/tickets/<int:ticket_id>/time_entries")
def list_time_entries(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """List the time entries of a ticket."""
    paging.parameters(call)
    return reply({"time_entries": paging.cut(vendor, call, find(vendor, ticket_id).time_entries)})


@routes.get("/api/v2/tickets/<int:ticket_id>/time_entries/<int:number>")
def show_time_entry(vendor: Freshservice, call: Call, ticket_id: int, number: int) -> Response:
    """Show a time entry."""
    return reply({"time_entry": entry(find(vendor, ticket_id).time_entries, number)})


@routes.post("/api/v2/tickets/<int:ticket_id>/time_entries")
def create_time_entry(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """Add a time entry."""
    ticket, now = find(vendor, ticket_id), iso(vendor.now())
    values = _time_values(vendor, call, creating=True)
    base: Json = {
        "id": vendor.state.next_id(),
        "created_at": now,
        "updated_at": now,
        "start_time": now,
        "timer_running": False,
        "billable": True,
        "time_spent": "00:00",
        "executed_at": now,
        "task_id": None,
        "workspace_id": ticket.workspace_id,
        "note": None,
        "agent_id": None,
        "custom_fields": {},
    }
    ticket.time_entries.append(base | values)
    record(vendor, call, ticket, " added a time entry")
    return reply({"time_entry": ticket.time_entries[-1]}, 201)


@routes.put("/api/v2/tickets/<int:ticket_id>/time_entries/<int:number>")
def update_time_entry(vendor: Freshservice, call: Call, ticket_id: int, number: int) -> Response:
    """Change a time entry."""
    ticket = find(vendor, ticket_id)
    kept = entry(ticket.time_entries, number)
    kept |= _time_values(vendor, call, creating=False) | {"updated_at": iso(vendor.now())}
    return reply({"time_entry": kept})


@routes.delete("/api/v2/tickets/<int:ticket_id>/time_entries/<int:number>")
def delete_time_entry(vendor: Freshservice, call: Call, ticket_id: int, number: int) -> Response:
    """Delete a time entry."""
    ticket = find(vendor, ticket_id)
    ticket.time_entries.remove(entry(ticket.time_entries, number))
    return Response(status=200)
