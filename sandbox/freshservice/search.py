"""Filtering tickets with the query language (api.freshservice.com, "Filter tickets").

Thirty a page, whatever is asked; the answer tells the total. The index lags behind under the profile ``laggy``, and
shows a change only then. The agent is ``agent_id`` and a tag ``tag`` here, not as in the ticket.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import account, paging
from .errors import invalid
from .query import Query, asked
from .records import PRIMARY_WORKSPACE, Field, Ticket

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()

FIELDS = {
    "workspace_id": "number", "requester_id": "number", "email": "text", "agent_id": "nullable", "group_id": "nullable",
    "priority": "number", "status": "number", "impact": "number", "urgency": "number", "tag": "text", "due_by": "date",
    "fr_due_by": "date", "created_at": "date", "updated_at": "date",
}  # fmt: skip
ATTRIBUTES = {
    "agent_id": "responder_id", "tag": "tags", "due_by": "due", "fr_due_by": "fr_due", "created_at": "created",
    "updated_at": "updated",
}  # fmt: skip
"""Attribute of a ticket by the name that a query uses, where they differ."""
KINDS = {"custom_number": "number", "custom_checkbox": "boolean", "custom_dropdown": "text", "custom_date": "date"}
"""Own fields by which tickets can be filtered; a text field cannot."""
CHOICES = {"priority": account.PRIORITIES, "impact": account.LEVELS, "urgency": account.LEVELS}


@routes.get("/api/v2/tickets/filter")
def filter_tickets(vendor: Freshservice, call: Call) -> Response:
    """Filter tickets."""
    values = paging.parameters(call, ("query", "workspace_id"))
    own = [field for field in vendor.state.fields.values() if field.kind in KINDS]
    query = Query(asked(values.data.get("query")), FIELDS | {field.name: KINDS[field.kind] for field in own})
    _check_choices(query, own, vendor.state.statuses)
    workspace = _workspace(query, values.number("workspace_id", least=0))
    known_until = vendor.now() - int(vendor.faults.index_lag)
    rows = [
        ticket
        for _, number in reversed(vendor.state.by_created)
        if _is_shown(ticket := vendor.state.tickets[number], workspace)
        and ticket.updated <= known_until
        and query.holds(_Indexed(vendor, ticket))
    ]
    page = paging.cut(vendor, call, rows, pages=paging.FILTER_PAGES, fixed=True)
    shown = 0 if workspace == 0 else None
    return reply({"tickets": [vendor.render.listed(ticket, shown) for ticket in page], "total": len(rows)})


def _check_choices(query: Query, own: list[Field], statuses: Mapping[int, object]) -> None:
    """Refuse values that no ticket can have."""
    for key, choices in (CHOICES | {"status": statuses}).items():
        if not set(query.terms_of(key)) <= choices.keys():
            raise _no_choice(key)
    for field in own:
        texts = {value.lower() for value in field.values}
        if field.kind == "custom_dropdown" and not set(query.terms_of(field.name)) <= texts:
            raise _no_choice(field.name)


def _no_choice(key: str) -> Exception:
    return invalid(key, '[ " It should be one of the choice value. " ]')


def _workspace(query: Query, parameter: int | None) -> int:
    """Give the workspace that is searched; 0 is all, and a query that names some searches these."""
    named = query.terms_of("workspace_id")
    if named:
        return 0
    return PRIMARY_WORKSPACE if parameter is None else parameter


def _is_shown(ticket: Ticket, workspace: int) -> bool:
    return workspace in {0, ticket.workspace_id} and not ticket.deleted and not ticket.spam


class _Indexed:
    """What the index holds of a ticket, by the names that a query uses."""

    def __init__(self, vendor: Freshservice, ticket: Ticket) -> None:
        self.vendor = vendor
        self.ticket = ticket

    def __getitem__(self, key: str) -> Any:
        if key == "email":
            return self.vendor.state.people[self.ticket.requester_id].email
        if key == "workspace_id":
            return [self.ticket.workspace_id, 0]
        attribute = ATTRIBUTES.get(key, key)
        return getattr(self.ticket, attribute) if key in FIELDS else self.ticket.custom_fields.get(key)
