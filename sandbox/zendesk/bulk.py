"""Bulk writes of tickets: at most 100 rows a call, carried out by a job (developer.zendesk.com, "Create Many Tickets" ...).

* New ids are not in the order of the request; ``index`` tells the place of each (recorded).
* ``update_many`` checks every ``updated_stamp``. With ``ids`` it makes one change to all, else each row names its ``id``.
* A row that fails does not stop the others.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from werkzeug.wrappers import Response

from ..vendor import Call, RefusedError, Routes, reply
from . import jobs, paging, values
from .errors import InvalidError, too_many
from .imports import import_ticket
from .records import Json, Ticket
from .state import ACCOUNT_ID
from .ticket_writes import actor_of, body_of, delete, object_of, warned
from .tickets import find

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()

MOST = 100


def _rows(call: Call) -> list[Json]:
    rows = body_of(call, "tickets")
    listed = cast("list[Any]", rows if isinstance(rows, list) else [])
    if len(listed) > MOST:
        raise too_many(MOST)
    return [cast("Json", row) for row in listed]


def _words(refused: RefusedError) -> str:
    if isinstance(refused, InvalidError):
        return refused.text
    body: Json = refused.response.get_json()
    return str(body.get("description") or body["error"])


def _create_all(vendor: Zendesk, call: Call, create: Callable[[Json], Ticket]) -> Response:
    rows = _rows(call)
    jobs.admit(vendor, call)
    order = list(range(len(rows)))
    random.Random(vendor.state.last_ticket_id).shuffle(order)  # noqa: S311 - an order, no secret
    results: dict[int, Json] = {}
    for place in order:
        try:
            results[place] = {"index": place, "id": create(rows[place]).id, "account_id": ACCOUNT_ID}
        except RefusedError as refused:
            results[place] = {"index": place, "error": "TicketCreateFailed", "details": _words(refused)}
    listed = [results[place] for place in range(len(rows))]
    return reply({"job_status": jobs.submit(vendor, "Bulk Create Ticket", "Creating ticket", len(rows), listed)})


@routes.post("/api/v2/tickets/create_many")
def create_many(vendor: Zendesk, call: Call) -> Response:
    """Create tickets."""
    return _create_all(vendor, call, lambda row: vendor.changes.create(row, actor_of(call)).ticket)


@routes.post("/api/v2/imports/tickets/create_many")
def import_many(vendor: Zendesk, call: Call) -> Response:
    """Import tickets with their history."""
    return _create_all(vendor, call, lambda row: import_ticket(vendor, row, actor_of(call)).ticket)


def _update_row(vendor: Zendesk, call: Call, number: int, row: Json) -> Json:
    try:
        vendor.changes.update(find(vendor, number), row, actor_of(call), safe=True)
    except RefusedError as refused:
        return {"id": number, "action": "update", "success": False, "status": "Failed", "errors": _words(refused)}
    return {"id": number, "action": "update", "status": "Updated", "success": True}


@routes.put("/api/v2/tickets/update_many")
def update_many(vendor: Zendesk, call: Call) -> Response:
    """Change tickets."""
    if "ids" in call.request.args:
        change = object_of(call, "ticket")
        warned(call, "update_many", change, values.BULK)
        pairs = [(number, change) for number in paging.ids(call)]
    else:
        pairs = [(int(row.get("id") or 0), row) for row in _rows(call)]
    jobs.admit(vendor, call)
    results = [_update_row(vendor, call, number, row) for number, row in pairs]
    return reply({"job_status": jobs.submit(vendor, "Bulk Update Ticket", "Updating ticket", len(pairs), results)})


@routes.delete("/api/v2/tickets/destroy_many")
def destroy_many(vendor: Zendesk, call: Call) -> Response:
    """Delete tickets softly."""
    numbers = paging.ids(call)
    jobs.admit(vendor, call)
    results: list[Json] = []
    for number in numbers:
        ticket = vendor.state.live(number)
        if ticket is None:
            results.append({"id": number, "action": "delete", "success": False, "status": "Failed", "errors": "Not found"})
        else:
            delete(vendor, ticket, actor_of(call))
            results.append({"id": number, "action": "delete", "status": "Deleted", "success": True})
    return reply({"job_status": jobs.submit(vendor, "Bulk Delete Ticket", "Deleting ticket", len(numbers), results)})
