"""Reading tickets: the list, one, and side-loads (api.freshservice.com, "Tickets").

* Without ``updated_since`` a list has only the tickets created in the last 30 days.
* A list shows the primary workspace unless ``workspace_id`` names another; 0 means all, with the fields of all only.
* Deleted and spam tickets are left out; ``filter=deleted`` and ``filter=spam`` show them. The view of one shows a deleted
  ticket, marked.
* ``order_by`` is in no document, and works (airbytehq/airbyte, source-freshservice).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import paging
from .errors import not_found
from .records import DONE, PRIMARY_WORKSPACE, Json, Person, Ticket
from .render import linked_change, linked_problem
from .values import Values

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()

RECENT = 30 * 86_400
"""Seconds of the window that a list has by default."""
PARAMETERS = (
    "filter", "requester_id", "email", "type", "workspace_id", "updated_since", "include", "order_by", "order_type",
)  # fmt: skip
FILTERS = ("new_and_my_open", "watching", "spam", "deleted")
LISTED_TYPES = ("Incident", "Service Request", "Major Incident", "Case")
IN_LIST = ("stats", "requester", "requested_for", "tags", "department", "onboarding_context", "offboarding_context")
IN_VIEW = (*IN_LIST, "conversations", "problem", "assets", "changes", "related_tickets")
CONVERSATIONS_SHOWN = 10


def find(vendor: Freshservice, ticket_id: int) -> Ticket:
    """Give a ticket that is not in the trash.

    Raises:
        RefusedError: 404.
    """
    ticket = vendor.state.live(ticket_id)
    if ticket is None:
        raise not_found()
    return ticket


@routes.get("/api/v2/tickets")
def list_tickets(vendor: Freshservice, call: Call) -> Response:
    """List tickets."""
    values = paging.parameters(call, PARAMETERS)
    wanted = paging.includes(call, IN_LIST)
    workspace = _workspace(vendor, values)
    since = values.moment("updated_since")
    matches = _matcher(vendor, values, workspace, since, call.account.person)
    ordered = _ordered(vendor, values, since)
    values.problems.check()
    tickets = (vendor.state.tickets[number] for _, number in ordered)
    rows = paging.cut(vendor, call, (ticket for ticket in tickets if matches(ticket)))
    shown = 0 if workspace == 0 else None
    bodies = [vendor.render.listed(ticket, shown) | side_loads(vendor, ticket, wanted) for ticket in rows]
    return reply({"tickets": bodies})


def _workspace(vendor: Freshservice, values: Values) -> int:
    if not values.has("workspace_id"):
        return PRIMARY_WORKSPACE
    known = [0, *(row["id"] for row in vendor.workspaces())]
    number = values.number("workspace_id", least=0)
    if number not in known:
        values.problems.not_a_choice("workspace_id", known)
    return number or 0


def _ordered(vendor: Freshservice, values: Values, since: int | None) -> Iterator[tuple[int, int]]:
    """Give (time, ticket id) in the order asked for, from the earliest that the window admits."""
    by_updated = values.word("order_by", ("created_at", "updated_at")) == "updated_at"
    ascending = values.word("order_type", ("asc", "desc")) == "asc"
    index = vendor.state.by_updated if by_updated else vendor.state.by_created
    earliest = vendor.now() - RECENT if since is None else since if by_updated else 0
    start = bisect_left(index, (earliest, 0))
    places = range(start, len(index)) if ascending else range(len(index) - 1, start - 1, -1)
    return (index[place] for place in places)


def _matcher(
    vendor: Freshservice, values: Values, workspace: int, since: int | None, actor: Person
) -> Callable[[Ticket], bool]:
    """Give the condition that a list puts on its tickets."""
    named = values.word("filter", FILTERS)
    kind = values.word("type", LISTED_TYPES)
    requester = values.number("requester_id")
    if values.has("email"):
        person = vendor.state.with_email(values.email("email") or "")
        requester = 0 if person is None else person.id
    first = vendor.now() - RECENT if since is None else None

    def matches(ticket: Ticket) -> bool:
        return (
            (workspace in {0, ticket.workspace_id})
            and (ticket.created >= first if first is not None else ticket.updated >= (since or 0))
            and (ticket.deleted == (named == "deleted") and (named == "deleted" or ticket.spam == (named == "spam")))
            and (kind is None or ticket.type == kind)
            and (requester is None or ticket.requester_id == requester)
            and (named != "new_and_my_open" or _is_new_or_mine(ticket, actor))
            and named != "watching"
        )

    return matches


def _is_new_or_mine(ticket: Ticket, actor: Person) -> bool:
    return ticket.status not in DONE and ticket.responder_id in {None, actor.id}


@routes.get("/api/v2/tickets/<int:ticket_id>")
def show_ticket(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """Show a ticket, be it in the trash."""
    paging.parameters(call, ("include",))
    wanted = paging.includes(call, IN_VIEW)
    ticket = vendor.state.tickets.get(ticket_id)
    if ticket is None:
        raise not_found()
    return reply({"ticket": vendor.render.viewed(ticket) | side_loads(vendor, ticket, wanted)})


def side_loads(vendor: Freshservice, ticket: Ticket, wanted: list[str]) -> Json:
    """Give what a request wants beside a ticket."""
    return {name: SIDE_LOADS[name](vendor, ticket) for name in wanted}


def _person(vendor: Freshservice, person_id: int) -> Json:
    person = vendor.state.people[person_id]
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "mobile": person.mobile_phone,
        "phone": person.work_phone,
    }


def _department(vendor: Freshservice, ticket: Ticket) -> Json | None:
    department = vendor.state.departments.get(ticket.department_id or 0)
    return None if department is None else {"id": department.id, "name": department.name}


def _changes(vendor: Freshservice, ticket: Ticket) -> Json:
    state = vendor.state
    pairs = (("initiating", ticket.change_initiating_ticket), ("initiated_by", ticket.change_initiated_by_ticket))
    return {name: None if number is None else linked_change(state.changes[number]) for name, number in pairs}


def _related(vendor: Freshservice, ticket: Ticket) -> Json:
    if ticket.parent_id is not None:
        return {"parent_id": ticket.parent_id}
    keys = ("id", "status", "priority", "responder_id", "requester_id")
    return {"child_tickets": [{key: getattr(row, key) for key in keys} for row in vendor.state.children(ticket.id)]}


def _problem(vendor: Freshservice, ticket: Ticket) -> Json | None:
    return None if ticket.problem is None else linked_problem(vendor.state.problems[ticket.problem])


SIDE_LOADS: dict[str, Callable[[Freshservice, Ticket], object]] = {
    "stats": lambda vendor, ticket: vendor.render.stats(ticket),
    "requester": lambda vendor, ticket: _person(vendor, ticket.requester_id),
    "requested_for": lambda vendor, ticket: _person(vendor, ticket.requested_for_id or ticket.requester_id),
    "tags": lambda _, ticket: ticket.tags,
    "department": _department,
    "onboarding_context": lambda _vendor, _ticket: None,
    "offboarding_context": lambda _vendor, _ticket: None,
    "conversations": lambda vendor, ticket: [
        vendor.render.conversation(said) for said in ticket.conversations[:CONVERSATIONS_SHOWN]
    ],
    "problem": _problem,
    "assets": lambda vendor, ticket: [vendor.state.assets[number] for number in ticket.assets],
    "changes": _changes,
    "related_tickets": _related,
}
