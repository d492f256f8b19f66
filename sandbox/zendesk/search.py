"""Search: results, count and export (developer.zendesk.com, Search).

* Offset paging only: ``page[size]`` is 400; at most 1000 results, beyond that 422. ``count`` tells the true total.
* The export pages by cursor, by ``created_at``, up to 1000 a page; its cursor lives an hour.
* The index is eventually consistent: under the profile ``laggy`` a ticket that changed just now is not found at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ..vendor import Call, RefusedError, Routes, reply
from . import paging
from .errors import bad_request, missing, unprocessable
from .query import Query
from .records import Group, Json, Organization, Ticket, User
from .tickets import PRIORITY_ORDER, STATUS_ORDER, sideloads

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()

DEEPEST = 1000
MOST_EXPORTED = 1000
ORDERS: dict[str, Callable[[Any], Any]] = {
    "updated_at": lambda record: record.updated,
    "created_at": lambda record: record.created,
    "priority": lambda record: PRIORITY_ORDER[record.priority] if isinstance(record, Ticket) else 0,
    "status": lambda record: STATUS_ORDER[record.status] if isinstance(record, Ticket) else 0,
    "ticket_type": lambda record: (record.type or "") if isinstance(record, Ticket) else "",
}


def _found(vendor: Zendesk, query: Query) -> list[Any]:
    state, known_until = vendor.state, vendor.now() - int(vendor.faults.index_lag)
    rows: list[Any] = []
    if "ticket" in query.kinds:
        rows += [row for row in state.living() if row.generated <= known_until and query.holds(row)]
    for kind, records in (("user", state.users), ("organization", state.organizations), ("group", state.groups)):
        if kind in query.kinds:
            rows += [row for row in records.values() if getattr(row, "active", True) and query.holds(row)]
    return rows


def _body(vendor: Zendesk, row: Ticket | User | Organization | Group) -> Json:
    render = vendor.render
    if isinstance(row, Ticket):
        return {**render.ticket(row), "result_type": "ticket"}
    if isinstance(row, User):
        return {**render.user(row), "result_type": "user"}
    if isinstance(row, Organization):
        return {**render.organization(row), "result_type": "organization"}
    return {**render.group(row), "result_type": "group"}


def _asked(call: Call) -> str:
    query = call.request.args.get("query")
    if query is None:
        raise missing("query")
    return query


def page_of(vendor: Zendesk, call: Call, rows: list[Any]) -> tuple[list[Any], Json]:
    """Cut a page of results and give its envelope.

    Raises:
        RefusedError: 400 for cursor paging, 422 beyond the thousandth result.
    """
    if paging.by_cursor(call):
        raise bad_request("InvalidPaginationParameter", "Cursor pagination is not supported by this endpoint")
    number, count = paging.offset(call)
    if number * count > DEEPEST and (number - 1) * count >= DEEPEST:
        raise unprocessable("invalid", "Invalid search: Requested response size was greater than Search Response Limits")
    start = (number - 1) * count
    return rows[start : start + count], paging.offset_envelope(vendor, call, len(rows), number, count)


@routes.get("/api/v2/search")
def search(vendor: Zendesk, call: Call) -> Response:
    """Search everything."""
    rows = _found(vendor, Query(vendor, _asked(call)))
    order = ORDERS.get(call.request.args.get("sort_by", ""))
    if order is not None:
        rows.sort(key=lambda row: (order(row), row.id), reverse=call.request.args.get("sort_order", "desc") == "desc")
    cut, envelope = page_of(vendor, call, rows)
    tickets = [row for row in cut if isinstance(row, Ticket)]
    body = {"results": [_body(vendor, row) for row in cut], "facets": None, **envelope}
    return reply({**body, **sideloads(vendor, call, tickets)})


@routes.get("/api/v2/search/count")
def search_count(vendor: Zendesk, call: Call) -> Response:
    """Count what a search would find."""
    return reply({"count": len(_found(vendor, Query(vendor, _asked(call))))})


@routes.get("/api/v2/search/export")
def search_export(vendor: Zendesk, call: Call) -> Response:
    """Export what a search finds, without the limit of 1000."""
    kind = call.request.args.get("filter[type]")
    if kind not in {"ticket", "user", "organization", "group"}:
        raise missing("filter[type]")
    rows = _found(vendor, Query(vendor, _asked(call), kind))
    rows.sort(key=lambda row: (row.created, row.id))
    _check_age(vendor, call)
    cut, envelope = paging.page(
        vendor,
        call,
        rows,
        lambda row: (row.created, row.id),
        order=f"created_at@{vendor.now()}",
        most=MOST_EXPORTED,
        cursor_only=True,
    )
    envelope["meta"]["before_cursor"] = None
    return reply({"results": [_body(vendor, row) for row in cut], "facets": None, **envelope})


def _check_age(vendor: Zendesk, call: Call) -> None:
    cursor = call.request.args.get("page[after]")
    if cursor and vendor.now() - paging.made_at(cursor) > 3600:
        raise RefusedError(reply({"error": "InvalidCursor", "description": "The cursor has expired"}, 422))
