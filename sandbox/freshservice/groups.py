"""Agent groups (api.freshservice.com, "Agent groups").

A list of groups has those of one workspace, the primary one by default; there is no list over all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import bodies, paging
from .errors import not_found
from .records import PRIMARY_WORKSPACE, Group, Json
from .times import iso
from .values import Values

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()

PLAIN: dict[str, Any] = {
    "escalate_to": None, "unassigned_for": None, "business_hours_id": None, "restricted": False,
    "approval_required": False, "auto_ticket_assign": False,
}  # fmt: skip
WRITABLE = frozenset({"name", "description", "members", "observers", "leaders", "workspace_id", *PLAIN})


def body(group: Group) -> Json:
    """Give a group as JSON."""
    return {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "workspace_id": group.workspace_id,
        **PLAIN,
        **{key: value for key, value in group.other.items() if key in PLAIN},
        "members": group.members,
        "observers": group.other.get("observers", []),
        "leaders": group.other.get("leaders", []),
        "members_pending_approval": [],
        "leaders_pending_approval": [],
        "observers_pending_approval": [],
        "created_at": iso(group.created),
        "updated_at": iso(group.updated),
    }


def _find(vendor: Freshservice, group_id: int) -> Group:
    group = vendor.state.groups.get(group_id)
    if group is None:
        raise not_found()
    return group


@routes.get("/api/v2/groups")
def list_groups(vendor: Freshservice, call: Call) -> Response:
    """List the groups of a workspace."""
    values = paging.parameters(call, ("workspace_id",))
    known = [row["id"] for row in vendor.workspaces()]
    asked = values.choice("workspace_id", known) if values.has("workspace_id") else PRIMARY_WORKSPACE
    values.problems.check()
    rows = [group for group in vendor.state.groups.values() if group.workspace_id == asked]
    return reply({"groups": [body(group) for group in paging.cut(vendor, call, rows)]})


@routes.get("/api/v2/groups/<int:group_id>")
def show_group(vendor: Freshservice, call: Call, group_id: int) -> Response:
    """Show a group."""
    return reply({"group": body(_find(vendor, group_id))})


def _store(vendor: Freshservice, values: Values, group: Group | None) -> Group:
    """Check a request about a group, and carry it out."""
    values.only(WRITABLE if group is None else WRITABLE - {"workspace_id"})
    name = values.text("name", required=True) if group is None or "name" in values.data else None
    known = [row["id"] for row in vendor.workspaces()]
    workspace = values.choice("workspace_id", known) if values.has("workspace_id") else None
    holder = vendor.state.group_named(name) if name else None
    if holder is not None and holder is not group:
        values.problems.add("name", "It should be a unique value", "duplicate_value")
    people = {key: ids for key in ("members", "observers", "leaders") if (ids := values.numbers(key)) is not None}
    for key, ids in people.items():
        if not all(vendor.state.agent(number) for number in ids):
            values.problems.unmatched(key, "agent")
    values.problems.check()
    stored = group or vendor.state.add_group(name or "", vendor.now(), workspace or PRIMARY_WORKSPACE)
    stored.name = name or stored.name
    if "description" in values.data or group is None:
        stored.description = values.text("description")
    stored.members = people.get("members", stored.members)
    stored.other |= {key: ids for key, ids in people.items() if key != "members"}
    stored.other |= {key: value for key, value in values.data.items() if key in PLAIN}
    stored.updated = vendor.now()
    return stored


@routes.post("/api/v2/groups")
def create_group(vendor: Freshservice, call: Call) -> Response:
    """Create a group."""
    return reply({"group": body(_store(vendor, Values(bodies.read(call).data), None))}, 201)


@routes.put("/api/v2/groups/<int:group_id>")
def update_group(vendor: Freshservice, call: Call, group_id: int) -> Response:
    """Change a group."""
    group = _find(vendor, group_id)
    return reply({"group": body(_store(vendor, Values(bodies.read(call).data), group))})


@routes.delete("/api/v2/groups/<int:group_id>")
def delete_group(vendor: Freshservice, call: Call, group_id: int) -> Response:
    """Delete a group; its tickets have none then."""
    group = _find(vendor, group_id)
    for ticket in vendor.state.tickets.values():
        if ticket.group_id == group.id:
            ticket.group_id = None
    del vendor.state.groups[group.id]
    return Response(status=204)
