"""Reading tickets: lists, one, many, counts, side-loads (developer.zendesk.com, Tickets and "Side-loading")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import paging
from .errors import bad_request, not_found
from .metrics import metric_set
from .records import Json, Ticket
from .times import iso

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()

STATUS_ORDER = {status: place for place, status in enumerate(("new", "open", "pending", "hold", "solved", "closed"))}
PRIORITY_ORDER = {None: 0, "low": 1, "normal": 2, "high": 3, "urgent": 4}
ORDERS: dict[str, Callable[[Ticket], Any]] = {
    "id": lambda ticket: ticket.id,
    "updated_at": lambda ticket: ticket.updated,
    "created_at": lambda ticket: ticket.created,
    "status": lambda ticket: STATUS_ORDER[ticket.status],
    "priority": lambda ticket: PRIORITY_ORDER[ticket.priority],
    "requester_id": lambda ticket: ticket.requester_id,
    "assignee_id": lambda ticket: ticket.assignee_id or 0,
    "group_id": lambda ticket: ticket.group_id or 0,
}
CURSOR_ORDERS = ("id", "updated_at", "status")


def find(vendor: Zendesk, ticket_id: int) -> Ticket:
    """Give a ticket that is not deleted.

    Raises:
        RefusedError: 404.
    """
    ticket = vendor.state.live(ticket_id)
    if ticket is None:
        raise not_found()
    return ticket


def listed(vendor: Zendesk, call: Call, rows: Sequence[Ticket]) -> Response:
    """Give a page of tickets, in the order that the request asks for, with its side-loads."""
    descending, name = _order(call)
    if name == "id" and not descending:
        ordered, key = rows, _place("id", descending=False)
    else:
        key = _place(name, descending=descending)
        ordered = sorted(rows, key=key)
    order = "nice_id" if name == "id" else f"{name},nice_id"
    cut, envelope = paging.page(vendor, call, ordered, key, order=order)
    return reply({"tickets": rendered(vendor, call, cut), **sideloads(vendor, call, cut), **envelope})


def _order(call: Call) -> tuple[bool, str]:
    args = call.request.args
    if paging.by_cursor(call):
        asked = args.get("sort", "id")
        descending, name, known = asked.startswith("-"), asked.removeprefix("-"), CURSOR_ORDERS
    else:
        name, known = args.get("sort_by", "id"), tuple(ORDERS)
        descending = args.get("sort_order", "asc") == "desc"
    if name not in known:
        raise bad_request("InvalidSort", f"sort is not valid: {name}")
    return descending, name


def _place(name: str, *, descending: bool) -> Callable[[Ticket], tuple[Any, ...]]:
    value = ORDERS[name]
    if name == "id":
        return (lambda ticket: (-ticket.id,)) if descending else (lambda ticket: (ticket.id,))
    if descending:
        return lambda ticket: (-value(ticket), -ticket.id)
    return lambda ticket: (value(ticket), ticket.id)


def includes(call: Call) -> set[str]:
    """Give the side-loads that a request asks for."""
    return {name.strip() for name in call.request.args.get("include", "").split(",") if name.strip()}


def rendered(vendor: Zendesk, call: Call, rows: Sequence[Ticket]) -> list[Json]:
    """Give tickets as JSON, with the side-loads that stand within each."""
    wanted, bodies = includes(call), [vendor.render.ticket(ticket) for ticket in rows]
    for ticket, body in zip(rows, bodies, strict=True):
        if "comment_count" in wanted:
            body["comment_count"] = len(ticket.comments)
        if "incident_counts" in wanted:
            body["incident_count"] = sum(other.problem_id == ticket.id for other in vendor.state.living())
        if "dates" in wanted:
            body["dates"] = {
                "assignee_updated_at": iso(ticket.updated),
                "solved_at": ticket.solved_at and iso(ticket.solved_at),
            }
        if "metric_sets" in wanted:
            body["metric_set"] = metric_set(vendor, ticket)
    return bodies


def sideloads(vendor: Zendesk, call: Call, rows: Sequence[Ticket]) -> Json:
    """Give the side-loads that stand beside the tickets."""
    wanted, state, render = includes(call), vendor.state, vendor.render
    body: Json = {}
    if "users" in wanted:
        people: set[int | None] = {
            number
            for ticket in rows
            for number in (
                ticket.requester_id,
                ticket.submitter_id,
                ticket.assignee_id,
                *ticket.email_cc_ids,
                *ticket.follower_ids,
            )
        }
        body["users"] = [render.user(user) for number, user in state.users.items() if number in people]
    if "groups" in wanted:
        used = {ticket.group_id for ticket in rows if ticket.group_id}
        body["groups"] = [render.group(state.groups[number]) for number in sorted(used)]
    if "organizations" in wanted:
        owners = {ticket.organization_id for ticket in rows if ticket.organization_id}
        body["organizations"] = [render.organization(state.organizations[number]) for number in sorted(owners)]
    if "custom_statuses" in wanted:
        body["custom_statuses"] = [render.custom_status(status) for status in state.statuses.values()]
    if "last_audits" in wanted:
        body["last_audits"] = [render.audit(ticket.audits[-1]) for ticket in rows if ticket.audits]
    return body


@routes.get("/api/v2/tickets")
def list_tickets(vendor: Zendesk, call: Call) -> Response:
    """List the tickets that are not deleted, or those with an external id."""
    external_id = call.request.args.get("external_id")
    if external_id is None:
        return listed(vendor, call, list(vendor.state.living()))
    numbers = sorted(vendor.state.by_external_id.get(external_id, ()))
    return listed(vendor, call, [vendor.state.tickets[number] for number in numbers if vendor.state.live(number)])


@routes.get("/api/v2/tickets/<int:ticket_id>")
def show_ticket(vendor: Zendesk, call: Call, ticket_id: int) -> Response:
    """Show a ticket."""
    rows = [find(vendor, ticket_id)]
    return reply({"ticket": rendered(vendor, call, rows)[0], **sideloads(vendor, call, rows)})


@routes.get("/api/v2/tickets/show_many")
def show_many(vendor: Zendesk, call: Call) -> Response:
    """Show tickets by id: in order of ids, the unknown left out without an error."""
    found = [ticket for number in sorted(set(paging.ids(call))) if (ticket := vendor.state.live(number))]
    body = {"tickets": rendered(vendor, call, found), **sideloads(vendor, call, found)}
    return reply({**body, "next_page": None, "previous_page": None, "count": len(found)})


def counted(vendor: Zendesk, value: int) -> Response:
    """Give a count as the API tells it."""
    return reply({"count": {"value": value, "refreshed_at": iso(vendor.now())}})


@routes.get("/api/v2/tickets/count")
def count_tickets(vendor: Zendesk, call: Call) -> Response:
    """Count the tickets that are not deleted."""
    return counted(vendor, sum(1 for _ in vendor.state.living()))


@routes.get("/api/v2/organizations/<int:organization_id>/tickets")
def list_by_organization(vendor: Zendesk, call: Call, organization_id: int) -> Response:
    """List the tickets of an organization."""
    if organization_id not in vendor.state.organizations:
        raise not_found()
    return listed(vendor, call, [row for row in vendor.state.living() if row.organization_id == organization_id])


@routes.get("/api/v2/users/<int:user_id>/tickets/<any(requested, assigned, ccd, followed):role>")
def list_by_user(vendor: Zendesk, call: Call, user_id: int, role: str) -> Response:
    """List the tickets in which a user has a role."""
    if user_id not in vendor.state.users:
        raise not_found()
    has_role: dict[str, Callable[[Ticket], bool]] = {
        "requested": lambda ticket: ticket.requester_id == user_id,
        "assigned": lambda ticket: ticket.assignee_id == user_id,
        "ccd": lambda ticket: user_id in ticket.email_cc_ids,
        "followed": lambda ticket: user_id in ticket.follower_ids,
    }
    return listed(vendor, call, [ticket for ticket in vendor.state.living() if has_role[role](ticket)])


@routes.get("/api/v2/tickets/<int:ticket_id>/incidents")
def list_incidents(vendor: Zendesk, call: Call, ticket_id: int) -> Response:
    """List the incidents of a problem."""
    find(vendor, ticket_id)
    return listed(vendor, call, [ticket for ticket in vendor.state.living() if ticket.problem_id == ticket_id])


@routes.get("/api/v2/problems")
def list_problems(vendor: Zendesk, call: Call) -> Response:
    """List the problems."""
    return listed(vendor, call, [ticket for ticket in vendor.state.living() if ticket.type == "problem"])


@routes.get("/api/v2/tickets/<int:ticket_id>/related")
def show_related(vendor: Zendesk, call: Call, ticket_id: int) -> Response:
    """Show what hangs on a ticket."""
    ticket = find(vendor, ticket_id)
    incidents = sum(other.problem_id == ticket.id for other in vendor.state.living())
    body: Json = {
        "url": f"{vendor.base_url}/api/v2/tickets/{ticket.id}.json",
        "topic_id": None,
        "jira_issue_ids": [],
        "followup_source_ids": [],
        "from_archive": False,
        "incidents": incidents,
        "twitter": {},
    }
    return reply({"ticket_related": body})


@routes.get("/api/v2/tickets/<int:ticket_id>/<any(collaborators, email_ccs, followers):role>")
def list_watchers(vendor: Zendesk, call: Call, ticket_id: int, role: str) -> Response:
    """List the people who are copied or follow."""
    ticket = find(vendor, ticket_id)
    numbers = {
        "collaborators": sorted({*ticket.email_cc_ids, *ticket.follower_ids}),
        "email_ccs": ticket.email_cc_ids,
        "followers": ticket.follower_ids,
    }[role]
    users = [vendor.render.user(vendor.state.users[number]) for number in numbers]
    return reply({"users": users, "next_page": None, "previous_page": None, "count": len(users)})
