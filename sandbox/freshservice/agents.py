"""Agents and their roles (api.freshservice.com, "Agents", "Roles").

Reading and changing agents asks for the right to manage them; ``/agents/me`` is for everybody. Deactivating answers with
the agent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import bodies, paging, people
from .errors import not_found
from .records import Json, Person
from .times import iso
from .values import Values

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()

LISTED_BY = (
    "email", "first_name", "last_name", "work_phone_number", "mobile_phone_number", "active", "state", "query", "include",
)  # fmt: skip
PLAIN = ("signature", "scoreboard_level_id", "vip_user", "auto_assign_tickets")
WRITABLE = people.COMMON | {"email", "occasional", "roles", "member_of", "observer_of", "workspace_ids", *PLAIN}
STATES = ("fulltime", "occasional")


def find(vendor: Freshservice, person_id: int) -> Person:
    """Give an agent, be it an inactive one.

    Raises:
        RefusedError: 404.
    """
    person = vendor.state.people.get(person_id)
    if person is None or not person.is_agent:
        raise not_found()
    return person


@routes.get("/api/v2/agents")
def list_agents(vendor: Freshservice, call: Call) -> Response:
    """List agents."""
    values = paging.parameters(call, LISTED_BY)
    active = values.boolean("active", default=True) if values.has("active") else None
    kind = values.word("state", STATES)
    values.problems.check()
    rows = [row for row in vendor.state.people.values() if row.is_agent]
    rows = [row for row in rows if active is None or row.active == active]
    rows = [row for row in rows if kind is None or row.occasional == (kind == "occasional")]
    if values.has("query"):
        rows = people.matching(vendor, rows, values.data["query"], lambda row: _indexed(vendor, row))
        page = paging.cut(vendor, call, rows, pages=paging.FILTER_PAGES, fixed=True)
        return reply({"agents": [people.agent(vendor, row) for row in page], "total": len(rows)})
    page = paging.cut(vendor, call, people.filtered(values, rows))
    return reply({"agents": [people.agent(vendor, row) for row in page]})


def _indexed(vendor: Freshservice, person: Person) -> Json:
    return people.agent(vendor, person) | {"primary_email": person.email}


@routes.get("/api/v2/agents/me")
def show_me(vendor: Freshservice, call: Call) -> Response:
    """Show the agent who calls."""
    return reply({"agent": people.agent(vendor, call.account.person)})


@routes.get("/api/v2/agents/<int:person_id>")
def show_agent(vendor: Freshservice, call: Call, person_id: int) -> Response:
    """Show an agent."""
    return reply({"agent": people.agent(vendor, find(vendor, person_id))})


def _read(vendor: Freshservice, values: Values, person: Person | None) -> Json:
    values.only(WRITABLE)
    found = people.read(vendor, values, creating=person is None)
    if person is None or "email" in values.data:
        email = values.email("email")
        holder = vendor.state.with_email(email) if email else None
        if not email:
            values.problems.blank("email")
        elif holder is not None and holder is not person:
            values.problems.add("email", "It should be a unique value", "duplicate_value")
        found["email"] = email
    if "occasional" in values.data:
        found["occasional"] = values.boolean("occasional", default=False)
    if person is None or "roles" in values.data:
        found["role"] = _role(vendor, values)
    groups = values.numbers("member_of")
    if groups is not None and not set(groups) <= vendor.state.groups.keys():
        values.problems.unmatched("member_of", "group")
    values.problems.check()
    return found


def _role(vendor: Freshservice, values: Values) -> str:
    given: Any = values.data.get("roles")
    items = cast("list[Any]", given) if isinstance(given, list) else []
    ids = [cast("Json", item).get("role_id") for item in items if isinstance(item, dict)]
    if not ids:
        values.problems.blank("roles")
    elif ids[0] not in vendor.state.roles:
        values.problems.unmatched("roles", "role")
    else:
        return vendor.state.roles[ids[0]][0]
    return ""


def _join(vendor: Freshservice, person: Person, values: Values) -> None:
    wanted = values.numbers("member_of")
    for group in vendor.state.groups.values() if wanted is not None else ():
        group.members = [number for number in group.members if number != person.id]
        if group.id in (wanted or ()):
            group.members.append(person.id)


@routes.post("/api/v2/agents")
def create_agent(vendor: Freshservice, call: Call) -> Response:
    """Create an agent."""
    values = Values(bodies.read(call).data)
    attributes = _read(vendor, values, None)
    person = vendor.state.add_agent(attributes["first_name"], None, attributes["email"], attributes["role"], vendor.now())
    people.store(vendor, person, attributes, values, PLAIN)
    _join(vendor, person, values)
    return reply({"agent": people.agent(vendor, person)}, 201)


@routes.put("/api/v2/agents/<int:person_id>")
def update_agent(vendor: Freshservice, call: Call, person_id: int) -> Response:
    """Change an agent."""
    person = find(vendor, person_id)
    values = Values(bodies.read(call).data)
    people.store(vendor, person, _read(vendor, values, person), values, PLAIN)
    _join(vendor, person, values)
    return reply({"agent": people.agent(vendor, person)})


@routes.delete("/api/v2/agents/<int:person_id>")
def deactivate_agent(vendor: Freshservice, call: Call, person_id: int) -> Response:
    """Deactivate an agent."""
    person = find(vendor, person_id)
    people.store(vendor, person, {"active": False}, Values({}))
    return reply({"agent": people.agent(vendor, person)})


@routes.put("/api/v2/agents/<int:person_id>/reactivate")
def reactivate_agent(vendor: Freshservice, call: Call, person_id: int) -> Response:
    """Make an agent active again."""
    bodies.none(call)
    person = find(vendor, person_id)
    people.store(vendor, person, {"active": True}, Values({}))
    return reply({"agent": people.agent(vendor, person)})


@routes.put("/api/v2/agents/<int:person_id>/convert_to_requester")
def convert_to_requester(vendor: Freshservice, call: Call, person_id: int) -> Response:
    """Make an agent a requester."""
    bodies.none(call)
    person = find(vendor, person_id)
    people.store(vendor, person, {"is_agent": False, "role": ""}, Values({}))
    return reply({"requester": people.requester(person)})


# -- roles


def _role_body(vendor: Freshservice, role_id: int) -> Json:
    name, description = vendor.state.roles[role_id]
    scopes = dict.fromkeys(("ticket", "problem", "change", "release", "asset", "solution", "contract"))
    founded = iso(vendor.state.founded)
    return {
        "id": role_id,
        "name": name,
        "description": description,
        "default": True,
        "scopes": scopes,
        "created_at": founded,
        "updated_at": founded,
    }


@routes.get("/api/v2/roles")
def list_roles(vendor: Freshservice, call: Call) -> Response:
    """List the roles."""
    paging.parameters(call)
    return reply({"roles": [_role_body(vendor, number) for number in paging.cut(vendor, call, vendor.state.roles)]})


@routes.get("/api/v2/roles/<int:role_id>")
def show_role(vendor: Freshservice, call: Call, role_id: int) -> Response:
    """Show a role."""
    if role_id not in vendor.state.roles:
        raise not_found()
    return reply({"role": _role_body(vendor, role_id)})
