"""Custom ticket statuses (developer.zendesk.com, Custom ticket statuses).

A category has one default status; the category of a status never changes: an update that names it is ignored, and the
header ``x-zendesk-api-warn`` says so (recorded). Labels have at most 48 characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from .errors import invalid, not_found
from .records import CustomStatus, Json
from .ticket_writes import body_of, object_of
from .values import CATEGORIES

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()

LONGEST_LABEL = 48


def _find(vendor: Zendesk, status_id: int) -> CustomStatus:
    status = vendor.state.statuses.get(status_id)
    if status is None:
        raise not_found()
    return status


def _flag(call: Call, name: str, value: bool) -> bool:
    asked = call.request.args.get(name)
    return asked is None or (asked == "true") == value


@routes.get("/api/v2/custom_statuses")
def list_statuses(vendor: Zendesk, call: Call) -> Response:
    """List the statuses, filtered by category, active and default; there is no paging."""
    categories = call.request.args.get("status_categories")
    rows = [
        status
        for status in vendor.state.statuses.values()
        if (categories is None or status.category in categories.split(","))
        and _flag(call, "active", status.active)
        and _flag(call, "default", status.default)
    ]
    return reply({"custom_statuses": [vendor.render.custom_status(status) for status in rows]})


@routes.get("/api/v2/custom_statuses/<int:status_id>")
def show_status(vendor: Zendesk, call: Call, status_id: int) -> Response:
    """Show a status."""
    return reply({"custom_status": vendor.render.custom_status(_find(vendor, status_id))})


def _label(data: Json, key: str, default: str) -> str:
    label = str(data.get(key) or default).strip()
    if not label or len(label) > LONGEST_LABEL:
        raise invalid(key, f"{key.replace('_', ' ').capitalize()}: must have 1 to {LONGEST_LABEL} characters")
    return label


@routes.post("/api/v2/custom_statuses")
def create_status(vendor: Zendesk, call: Call) -> Response:
    """Create a status in a category."""
    data = object_of(call, "custom_status")
    if data.get("status_category") not in CATEGORIES:
        raise invalid("status_category", "Status category: is not included in the list")
    label, now = _label(data, "agent_label", ""), vendor.now()
    if any(status.agent_label.lower() == label.lower() for status in vendor.state.statuses.values()):
        raise invalid("agent_label", "Agent label: has already been taken", "DuplicateValue")
    status = CustomStatus(
        vendor.state.next_id(), data["status_category"], label, _label(data, "end_user_label", label), now, now
    )
    status.active = bool(data.get("active", True))
    status.description, status.end_user_description = data.get("description"), data.get("end_user_description")
    vendor.state.statuses[status.id] = status
    location = f"{vendor.base_url}/api/v2/custom_statuses/{status.id}.json"
    return reply({"custom_status": vendor.render.custom_status(status)}, 201, {"Location": location})


@routes.put("/api/v2/custom_statuses/<int:status_id>")
def update_status(vendor: Zendesk, call: Call, status_id: int) -> Response:
    """Change a status, but not its category."""
    status, data = _find(vendor, status_id), object_of(call, "custom_status")
    if "status_category" in data:
        call.headers["x-zendesk-api-warn"] = (
            '{:allowed_parameters=>{:controller=>"custom_statuses", :action=>"update", '
            ':unpermitted_keys=>["custom_status.status_category"], :invalid_values=>[]}}'
        )
    if status.default and data.get("active") is False:
        raise invalid("active", "Active: a default status cannot be deactivated")
    status.agent_label = _label(data, "agent_label", status.agent_label)
    status.end_user_label = _label(data, "end_user_label", status.end_user_label)
    status.active = bool(data.get("active", status.active))
    status.updated = vendor.now()
    return reply({"custom_status": vendor.render.custom_status(status)})


@routes.put("/api/v2/custom_status/default")
def set_defaults(vendor: Zendesk, call: Call) -> Response:
    """Make statuses the defaults of their categories."""
    chosen = [_find(vendor, int(number)) for number in str(body_of(call, "ids")).split(",") if number.strip().isdigit()]
    for status in chosen:
        for other in vendor.state.statuses.values():
            if other.category == status.category:
                other.default = other is status
    return reply({})
