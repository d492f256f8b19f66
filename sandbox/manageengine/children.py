"""What hangs on a request beside its notes: tasks, worklogs, approval levels and their approvals.

Each kind is kept as it was written, with id, author and time.

Source: manageengine.com, sdpop-v3-api, request tasks, worklogs, approval levels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from werkzeug.wrappers import Response

from ..vendor import Call, Routes
from .access import asks
from .criteria import Type
from .errors import invalid, mandatory, mismatch, not_found
from .flavour import Flavour, both
from .input_data import envelope
from .list_info import listed
from .records import Json, Request
from .replies import done, ok, single
from .requests import find
from .times import shown
from .values import Reader

if TYPE_CHECKING:
    from .vendor import ManageEngine

routes = Routes()

KINDS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "tasks": ("task", ("title", "description", "status", "owner", "percentage_completion"), "title"),
    "worklogs": ("worklog", ("description", "owner", "start_time", "end_time", "total_charge"), "description"),
    "approval_levels": ("approval_level", ("level", "approvals"), "level"),
}
"""Path -> envelope, keys, the mandatory one."""
TYPES: dict[str, Type] = {"id": "text", "created_time": "time", "title": "text"}
LISTS = [rule for name in KINDS for rule in both(f"/requests/<request_id>/{name}")]
SINGLES = [rule for name in KINDS for rule in both(f"/requests/<request_id>/{name}/<child_id>")]
APPROVALS = "/requests/<request_id>/approval_levels/<child_id>/approvals"
DECISIONS = {"_approve": "Approved", "_reject": "Rejected"}


def _kind(call: Call) -> str:
    return next(name for name in KINDS if f"/{name}" in call.route.rule)


def _find(request: Request, kind: str, child_id: str, flavour: Flavour) -> Json:
    child = request.children.get(kind, {}).get(flavour.number(child_id) or 0)
    if child is None:
        raise not_found()
    return child


def _body(vendor: ManageEngine, request: Request, child: Json, flavour: Flavour) -> Json:
    parts, named = vendor.render.parts, {"number", "by", "at", "owner", "approvals", "status"}
    body: Json = {
        "id": flavour.id(child["number"]),
        "request": {"id": flavour.id(request.number), "subject": request.values["subject"]},
        "created_by": parts.user(child["by"], flavour),
        "created_time": shown(child["at"], flavour),
        **{key: value for key, value in child.items() if key not in named},
    }
    if "status" in child:
        body["status"] = {"name": child["status"]} if isinstance(child["status"], str) else child["status"]
    if "owner" in child:
        body["owner"] = parts.user(child["owner"], flavour)
    return body


def _read(vendor: ManageEngine, call: Call, request: Request, kind: str) -> Json:
    _, flavour = asks(call)
    name, keys, _ = KINDS[kind]
    body = dict(envelope(call, name, keys))
    if body.get("owner") is not None:
        body["owner"] = Reader(vendor, flavour, request).person("owner", body["owner"]).number
    if kind == "approval_levels":
        body["approvals"] = [_approval(vendor, row, request, flavour) for row in _rows(body.get("approvals"))]
        body["status"] = "Pending Approval"
    return body


def _rows(value: Any) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise mismatch("approvals")
    return cast("list[Any]", value or [])


def _approval(vendor: ManageEngine, row: Any, request: Request, flavour: Flavour) -> Json:
    approver: Any = cast("Json", row).get("approver") if isinstance(row, dict) else None
    person = Reader(vendor, flavour, request).person("approver", approver)
    return {"number": vendor.state.next("approvals"), "approver": person.number, "status": "Pending Approval"}


@routes.get(*LISTS)
def list_children(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """List what is of one kind."""
    _, flavour = asks(call)
    request, kind = find(vendor, call, request_id), _kind(call)
    bodies = [_body(vendor, request, child, flavour) for child in request.children.get(kind, {}).values()]
    return listed(call, kind, bodies, TYPES)


@routes.get(*SINGLES)
def show(vendor: ManageEngine, call: Call, request_id: str, child_id: str) -> Response:
    """Show one."""
    _, flavour = asks(call)
    request, kind = find(vendor, call, request_id), _kind(call)
    return single(KINDS[kind][0], _body(vendor, request, _find(request, kind, child_id, flavour), flavour))


@routes.post(*LISTS)
def add(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Add one."""
    user, flavour = asks(call)
    request, kind = find(vendor, call, request_id, live=True), _kind(call)
    body = _read(vendor, call, request, kind)
    name, _, needed = KINDS[kind]
    if body.get(needed) is None:
        raise mandatory([needed])
    number = vendor.state.next(kind)
    child: Json = {**body, "number": number, "by": user.number, "at": vendor.now()}
    request.children.setdefault(kind, {})[number] = child
    vendor.changes.touch(request, user, name.upper())
    return single(name, _body(vendor, request, child, flavour), 201)


@routes.put(*SINGLES)
def edit(vendor: ManageEngine, call: Call, request_id: str, child_id: str) -> Response:
    """Change one."""
    user, flavour = asks(call)
    request, kind = find(vendor, call, request_id, live=True), _kind(call)
    child = _find(request, kind, child_id, flavour)
    child.update(_read(vendor, call, request, kind))
    vendor.changes.touch(request, user, KINDS[kind][0].upper())
    return single(KINDS[kind][0], _body(vendor, request, child, flavour))


@routes.delete(*SINGLES)
def delete(vendor: ManageEngine, call: Call, request_id: str, child_id: str) -> Response:
    """Delete one."""
    user, flavour = asks(call)
    request, kind = find(vendor, call, request_id, live=True), _kind(call)
    child = _find(request, kind, child_id, flavour)
    del request.children[kind][child["number"]]
    vendor.changes.touch(request, user, KINDS[kind][0].upper())
    return ok()


# -- approvals


@routes.get(*both(APPROVALS))
def list_approvals(vendor: ManageEngine, call: Call, request_id: str, child_id: str) -> Response:
    """List the approvals of a level."""
    _, flavour = asks(call)
    request = find(vendor, call, request_id)
    level = _find(request, "approval_levels", child_id, flavour)
    bodies: list[Json] = [
        {
            "id": flavour.id(row["number"]),
            "approver": vendor.render.parts.user(row["approver"], flavour),
            "status": {"name": row["status"]},
            "comments": row.get("comments"),
        }
        for row in level["approvals"]
    ]
    return listed(call, "approvals", bodies, {"id": "text", "status.name": "text"})


@routes.put(*[rule for verb in DECISIONS for rule in both(f"{APPROVALS}/<approval_id>/{verb}")])
def decide(vendor: ManageEngine, call: Call, request_id: str, child_id: str, approval_id: str) -> Response:
    """Approve or reject; the level is decided once all have approved, or one has rejected."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id, live=True)
    level = _find(request, "approval_levels", child_id, flavour)
    number = flavour.number(approval_id)
    row = next((row for row in level["approvals"] if row["number"] == number), None)
    if row is None:
        raise not_found()
    if row["status"] in DECISIONS.values():
        raise invalid("approval", "Already decided")
    row["status"] = DECISIONS[call.route.rule.rpartition("/")[2]]
    statuses = {each["status"] for each in level["approvals"]}
    decided = "Rejected" if "Rejected" in statuses else "Approved" if statuses == {"Approved"} else "Pending Approval"
    level["status"] = decided
    vendor.changes.set(request, {"approval_status": {"name": decided}}, user.number, operation="APPROVAL")
    return done(f"Request {row['status'].lower()} successfully.")
