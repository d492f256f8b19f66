"""Tasks of a ticket (api.freshservice.com, "Tasks")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import bodies, paging
from .records import Json, Ticket
from .rows import entry, record
from .tickets import find
from .times import iso
from .values import Values

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()

COMPLETED = 3
STATUSES = {1: "Open", 2: "In Progress", COMPLETED: "Completed"}


def _task_values(vendor: Freshservice, call: Call, ticket: Ticket, *, creating: bool) -> Json:
    values = Values(bodies.read(call).data)
    values.only({"title", "description", "status", "due_date", "notify_before", "agent_id", "group_id", "workspace_id"})
    if creating or "title" in values.data:
        values.text("title", required=True)
    if values.has("status"):
        values.choice("status", STATUSES)
    values.moment("due_date")
    agent_id, group_id = values.number("agent_id"), values.number("group_id")
    if agent_id is not None and vendor.state.agent(agent_id) is None:
        values.problems.unmatched("agent_id", "agent")
    if group_id is not None and group_id not in vendor.state.groups:
        values.problems.unmatched("group_id", "group")
    values.problems.check()
    return dict(values.data) | {"workspace_id": ticket.workspace_id}


@routes.get("/api/v2/tickets/<int:ticket_id>/tasks")
def list_tasks(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """List the tasks of a ticket."""
    paging.parameters(call)
    return reply({"tasks": paging.cut(vendor, call, find(vendor, ticket_id).tasks)})


@routes.get("/api/v2/tickets/<int:ticket_id>/tasks/<int:number>")
def show_task(vendor: Freshservice, call: Call, ticket_id: int, number: int) -> Response:
    """Show a task."""
    return reply({"task": entry(find(vendor, ticket_id).tasks, number)})


@routes.post("/api/v2/tickets/<int:ticket_id>/tasks")
def create_task(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """Add a task."""
    ticket, now = find(vendor, ticket_id), iso(vendor.now())
    values = _task_values(vendor, call, ticket, creating=True)
    base: Json = {
        "id": vendor.state.next_id(),
        "agent_id": None,
        "status": 1,
        "due_date": now,
        "notify_before": 0,
        "title": None,
        "description": None,
        "created_at": now,
        "updated_at": now,
        "closed_at": None,
        "group_id": None,
        "deleted": False,
    }
    ticket.tasks.append(base | values)
    record(vendor, call, ticket, f" added a task {values['title']}")
    return reply({"task": ticket.tasks[-1]}, 201)


@routes.put("/api/v2/tickets/<int:ticket_id>/tasks/<int:number>")
def update_task(vendor: Freshservice, call: Call, ticket_id: int, number: int) -> Response:
    """Change a task."""
    ticket = find(vendor, ticket_id)
    task, now = entry(ticket.tasks, number), iso(vendor.now())
    task |= _task_values(vendor, call, ticket, creating=False) | {"updated_at": now}
    task["closed_at"] = (task["closed_at"] or now) if task["status"] == COMPLETED else None
    return reply({"task": task})


@routes.delete("/api/v2/tickets/<int:ticket_id>/tasks/<int:number>")
def delete_task(vendor: Freshservice, call: Call, ticket_id: int, number: int) -> Response:
    """Delete a task."""
    ticket = find(vendor, ticket_id)
    ticket.tasks.remove(entry(ticket.tasks, number))
    return Response(status=204)
