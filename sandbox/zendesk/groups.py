"""Groups of agents and memberships (developer.zendesk.com, Groups and Group memberships)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import paging
from .errors import invalid, not_found
from .records import Group, Membership
from .ticket_writes import object_of
from .tickets import counted

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()


def _find(vendor: Zendesk, group_id: int) -> Group:
    group = vendor.state.groups.get(group_id)
    if group is None or group.deleted:
        raise not_found()
    return group


def _listed(vendor: Zendesk, call: Call, rows: list[Group]) -> Response:
    rows.sort(key=lambda group: (group.name, group.id))
    cut, envelope = paging.page(vendor, call, rows, lambda group: (group.name, group.id), order="name,id")
    return reply({"groups": [vendor.render.group(group) for group in cut], **envelope})


@routes.get("/api/v2/groups", "/api/v2/groups/assignable")
def list_groups(vendor: Zendesk, call: Call) -> Response:
    """List the groups by name; deleted ones only where they are asked for."""
    deleted = call.request.args.get("exclude_deleted") == "false"
    return _listed(vendor, call, [group for group in vendor.state.groups.values() if deleted or not group.deleted])


@routes.get("/api/v2/groups/count")
def count_groups(vendor: Zendesk, call: Call) -> Response:
    """Count the groups."""
    return counted(vendor, sum(not group.deleted for group in vendor.state.groups.values()))


@routes.get("/api/v2/groups/<int:group_id>")
def show_group(vendor: Zendesk, call: Call, group_id: int) -> Response:
    """Show a group."""
    return reply({"group": vendor.render.group(_find(vendor, group_id))})


@routes.post("/api/v2/groups")
def create_group(vendor: Zendesk, call: Call) -> Response:
    """Create a group; its name must be new."""
    data = object_of(call, "group")
    name = str(data.get("name") or "").strip()
    if not name:
        raise invalid("name", "Name: cannot be blank", "BlankValue")
    if vendor.state.group_named(name) is not None:
        raise invalid("name", "Name: has already been taken", "DuplicateValue")
    group = vendor.state.add_group(name, vendor.now())
    group.description = str(data.get("description") or "")
    group.is_public = bool(data.get("is_public", True))
    location = f"{vendor.base_url}/api/v2/groups/{group.id}.json"
    return reply({"group": vendor.render.group(group)}, 201, {"Location": location})


@routes.put("/api/v2/groups/<int:group_id>")
def update_group(vendor: Zendesk, call: Call, group_id: int) -> Response:
    """Change a group."""
    group, data = _find(vendor, group_id), object_of(call, "group")
    group.name = str(data.get("name") or group.name)
    group.description = str(data.get("description", group.description))
    group.updated = vendor.now()
    return reply({"group": vendor.render.group(group)})


@routes.delete("/api/v2/groups/<int:group_id>")
def delete_group(vendor: Zendesk, call: Call, group_id: int) -> Response:
    """Delete a group; the default one stays."""
    group = _find(vendor, group_id)
    if group.default:
        raise invalid("base", "Group: the default group cannot be deleted", None)
    group.deleted, group.updated = True, vendor.now()
    return Response(status=204)


def _memberships(vendor: Zendesk, call: Call, rows: Sequence[Membership]) -> Response:
    cut, envelope = paging.page(vendor, call, rows, lambda place: (place.id,))
    return reply({"group_memberships": [vendor.render.membership(place) for place in cut], **envelope})


@routes.get("/api/v2/group_memberships")
def list_memberships(vendor: Zendesk, call: Call) -> Response:
    """List all memberships."""
    return _memberships(vendor, call, list(vendor.state.memberships.values()))


@routes.get("/api/v2/users/<int:user_id>/group_memberships")
def list_memberships_of_user(vendor: Zendesk, call: Call, user_id: int) -> Response:
    """List the memberships of an agent."""
    return _memberships(vendor, call, [place for place in vendor.state.memberships.values() if place.user_id == user_id])


@routes.get("/api/v2/groups/<int:group_id>/memberships")
def list_memberships_of_group(vendor: Zendesk, call: Call, group_id: int) -> Response:
    """List the memberships of a group."""
    _find(vendor, group_id)
    return _memberships(vendor, call, [place for place in vendor.state.memberships.values() if place.group_id == group_id])


@routes.get("/api/v2/groups/<int:group_id>/users")
def list_users_of_group(vendor: Zendesk, call: Call, group_id: int) -> Response:
    """List the agents of a group."""
    _find(vendor, group_id)
    places = [place for place in vendor.state.memberships.values() if place.group_id == group_id]
    cut, envelope = paging.page(vendor, call, places, lambda place: (place.user_id,))
    return reply({"users": [vendor.render.user(vendor.state.users[place.user_id]) for place in cut], **envelope})


@routes.get("/api/v2/users/<int:user_id>/groups")
def list_groups_of_user(vendor: Zendesk, call: Call, user_id: int) -> Response:
    """List the groups of an agent."""
    numbers = {place.group_id for place in vendor.state.memberships.values() if place.user_id == user_id}
    return _listed(vendor, call, [group for group in vendor.state.groups.values() if group.id in numbers])


@routes.post("/api/v2/group_memberships")
def create_membership(vendor: Zendesk, call: Call) -> Response:
    """Put an agent into a group."""
    data = object_of(call, "group_membership")
    user = vendor.state.users.get(int(data.get("user_id") or 0))
    if user is None or not user.is_agent:
        raise invalid("user_id", "User: is not an agent")
    group = _find(vendor, int(data.get("group_id") or 0))
    if vendor.state.is_member(user.id, group.id):
        raise invalid("user_id", "User: has already been taken", "DuplicateValue")
    place = vendor.state.join(user, group, default=bool(data.get("default")) or user.default_group_id is None)
    return reply({"group_membership": vendor.render.membership(place)}, 201)


@routes.delete("/api/v2/group_memberships/<int:membership_id>")
def delete_membership(vendor: Zendesk, call: Call, membership_id: int) -> Response:
    """Take an agent out of a group."""
    if vendor.state.memberships.pop(membership_id, None) is None:
        raise not_found()
    return Response(status=204)
