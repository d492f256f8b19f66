"""Departments (api.freshservice.com, "Departments")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import bodies, paging
from .errors import not_found
from .records import Department, Json
from .times import iso
from .values import Values

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()

PLAIN: dict[str, Any] = {"head_user_id": None, "prime_user_id": None, "domains": [], "custom_fields": {}}


def body(department: Department) -> Json:
    """Give a department as JSON."""
    return {
        "id": department.id,
        "name": department.name,
        "description": department.description,
        **PLAIN,
        **department.other,
        "created_at": iso(department.created),
        "updated_at": iso(department.updated),
    }


def _find(vendor: Freshservice, department_id: int) -> Department:
    department = vendor.state.departments.get(department_id)
    if department is None:
        raise not_found()
    return department


@routes.get("/api/v2/departments")
def list_departments(vendor: Freshservice, call: Call) -> Response:
    """List the departments."""
    paging.parameters(call)
    rows = paging.cut(vendor, call, vendor.state.departments.values())
    return reply({"departments": [body(row) for row in rows]})


@routes.get("/api/v2/departments/<int:department_id>")
def show_department(vendor: Freshservice, call: Call, department_id: int) -> Response:
    """Show a department."""
    return reply({"department": body(_find(vendor, department_id))})


def _store(vendor: Freshservice, values: Values, department: Department | None) -> Department:
    values.only({"name", "description", *PLAIN})
    name = values.text("name", required=True) if department is None or "name" in values.data else department.name
    namesake = next((row for row in vendor.state.departments.values() if row.name == name), None)
    if namesake is not None and namesake is not department:
        values.problems.add("name", "It should be a unique value", "duplicate_value")
    values.problems.check()
    now = vendor.now()
    stored = department or Department(vendor.state.next_id(), "", now, now)
    stored.name, stored.updated = name or "", now
    if "description" in values.data:
        stored.description = values.text("description")
    stored.other |= {key: value for key, value in values.data.items() if key in PLAIN}
    vendor.state.departments[stored.id] = stored
    return stored


@routes.post("/api/v2/departments")
def create_department(vendor: Freshservice, call: Call) -> Response:
    """Create a department."""
    stored = _store(vendor, Values(bodies.read(call).data), None)
    return reply({"department": body(stored)}, 201)


@routes.put("/api/v2/departments/<int:department_id>")
def update_department(vendor: Freshservice, call: Call, department_id: int) -> Response:
    """Change a department."""
    department = _find(vendor, department_id)
    return reply({"department": body(_store(vendor, Values(bodies.read(call).data), department))})
