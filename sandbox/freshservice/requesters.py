"""Requesters (api.freshservice.com, "Requesters").

* A list leaves agents out unless ``include_agents=true``, which asks for the right to manage agents.
* ``email`` and the phone numbers match exactly, at once; ``query`` goes to an index that is minutes late, 40 pages deep.
* An update sets ``can_see_all_tickets_from_associated_departments`` to false unless it is sent.
* Deleting deactivates; forgetting deletes for good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import bodies, paging, people
from .auth import MANAGERS
from .errors import forbidden, not_found
from .records import Json, Person
from .values import Values

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()

LISTED_BY = ("email", "first_name", "last_name", "work_phone_number", "mobile_phone_number", "include_agents", "query")
WRITABLE = people.COMMON | {"primary_email", "secondary_emails"}
WAYS = ("primary_email", "work_phone_number", "mobile_phone_number")


def find(vendor: Freshservice, person_id: int) -> Person:
    """Give a requester; an agent is none.

    Raises:
        RefusedError: 404.
    """
    person = vendor.state.people.get(person_id)
    if person is None or person.is_agent:
        raise not_found()
    return person


@routes.get("/api/v2/requesters")
def list_requesters(vendor: Freshservice, call: Call) -> Response:
    """List requesters."""
    values = paging.parameters(call, LISTED_BY)
    with_agents = values.boolean("include_agents", default=False)
    values.problems.check()
    if with_agents and call.account.person.role not in MANAGERS:
        raise forbidden()
    rows = [row for row in vendor.state.people.values() if with_agents or not row.is_agent]
    if values.has("query"):
        rows = people.matching(vendor, rows, values.data["query"], people.requester)
        page = paging.cut(vendor, call, rows, pages=paging.FILTER_PAGES, fixed=True)
        return reply({"requesters": [people.requester(row) for row in page], "total": len(rows)})
    page = paging.cut(vendor, call, people.filtered(values, rows))
    return reply({"requesters": [people.requester(row) for row in page]})


@routes.get("/api/v2/requesters/<int:person_id>")
def show_requester(vendor: Freshservice, call: Call, person_id: int) -> Response:
    """Show a requester."""
    return reply({"requester": people.requester(find(vendor, person_id))})


def _read(vendor: Freshservice, values: Values, person: Person | None) -> Json:
    """Check a request about a requester; give the attributes to set."""
    values.only(WRITABLE)
    found = people.read(vendor, values, creating=person is None)
    if "primary_email" in values.data:
        found["email"] = values.email("primary_email")
    secondary = values.emails("secondary_emails")
    if secondary is not None:
        found["secondary_emails"] = secondary
    for key, address in (("primary_email", found.get("email")), *(("secondary_emails", row) for row in secondary or ())):
        holder = vendor.state.with_email(address) if address else None
        if holder is not None and holder is not person:
            values.problems.add(key, "It should be a unique value", "duplicate_value")
    if person is None and not any(values.has(way) for way in WAYS):
        values.problems.blank("primary_email")
    found["sees_departments"] = values.boolean("can_see_all_tickets_from_associated_departments", default=False)
    values.problems.check()
    return found


@routes.post("/api/v2/requesters")
def create_requester(vendor: Freshservice, call: Call) -> Response:
    """Create a requester."""
    values = Values(bodies.read(call).data)
    attributes = _read(vendor, values, None)
    person = vendor.state.add_requester(attributes["first_name"], None, None, vendor.now())
    people.store(vendor, person, attributes, values)
    return reply({"requester": people.requester(person)}, 201)


@routes.put("/api/v2/requesters/<int:person_id>")
def update_requester(vendor: Freshservice, call: Call, person_id: int) -> Response:
    """Change a requester."""
    person = find(vendor, person_id)
    values = Values(bodies.read(call).data)
    people.store(vendor, person, _read(vendor, values, person), values)
    return reply({"requester": people.requester(person)})


@routes.delete("/api/v2/requesters/<int:person_id>")
def deactivate_requester(vendor: Freshservice, call: Call, person_id: int) -> Response:
    """Deactivate a requester."""
    people.store(vendor, find(vendor, person_id), {"active": False}, Values({}))
    return Response(status=204)


@routes.put("/api/v2/requesters/<int:person_id>/reactivate")
def reactivate_requester(vendor: Freshservice, call: Call, person_id: int) -> Response:
    """Make a requester active again."""
    bodies.none(call)
    person = find(vendor, person_id)
    people.store(vendor, person, {"active": True}, Values({}))
    return reply({"requester": people.requester(person)})


@routes.delete("/api/v2/requesters/<int:person_id>/forget")
def forget_requester(vendor: Freshservice, call: Call, person_id: int) -> Response:
    """Delete a requester for good, with the tickets that he requested."""
    person = find(vendor, person_id)
    vendor.state.forget(person)
    return Response(status=204)


@routes.put("/api/v2/requesters/<int:person_id>/convert_to_agent")
def convert_to_agent(vendor: Freshservice, call: Call, person_id: int) -> Response:
    """Make a requester an occasional agent."""
    person = find(vendor, person_id)
    people.store(vendor, person, {"is_agent": True, "occasional": True, "role": "SD Agent"}, Values({}))
    return reply({"agent": people.agent(vendor, person)})


@routes.put("/api/v2/requesters/<int:person_id>/merge")
def merge_requesters(vendor: Freshservice, call: Call, person_id: int) -> Response:
    """Merge other requesters into one: their addresses and tickets become his."""
    person = find(vendor, person_id)
    values = Values(call.request.args.to_dict())
    given = values.text("secondary_requesters", required=True) or ""
    values.problems.check()
    others = [find(vendor, int(part)) for part in given.split(",") if part.strip().isdecimal() and int(part) != person_id]
    for other in others:
        addresses = [address for address in (other.email, *other.secondary_emails) if address]
        for ticket in vendor.state.tickets.values():
            if ticket.requester_id == other.id:
                vendor.changes.apply(ticket, {"requester_id": person.id, "requested_for_id": person.id})
                vendor.state.touch(ticket, vendor.now())
        vendor.state.forget(other)
        people.store(vendor, person, {"secondary_emails": [*person.secondary_emails, *addresses]}, Values({}))
    return reply({"requester": people.requester(person)})
