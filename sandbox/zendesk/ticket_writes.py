"""Creating, updating and deleting single tickets, and importing them with their history.

* POST answers 201 with ``Location`` and ``generated_timestamp: 0``; PUT still shows the old ``generated_timestamp``.
* ``Idempotency-Key`` on POST: remembered two hours; ``x-idempotency-lookup`` tells ``miss`` or ``hit``; another body under
  the same key is 400 (developer.zendesk.com, "Idempotency").
* An import keeps the times of ticket and comments, runs no trigger and mails nobody (developer.zendesk.com, Ticket import).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import values
from .changes import Update
from .errors import bad_request, invalid
from .imports import import_ticket
from .jobs import submit
from .records import Deletion, Json, Ticket, User
from .tickets import find

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()

REMEMBERED = 7200
"""Seconds for which an idempotency key is known."""


def body_of(call: Call, key: str) -> Any:
    """Give the value under a key of the request's body.

    Raises:
        RefusedError: 400, the body is no JSON object, or lacks the key.
    """
    try:
        body: Any = call.json()
    except ValueError:
        raise bad_request("UnprocessableEntity", "The request body is not valid JSON") from None
    found = cast("Json", body).get(key) if isinstance(body, dict) else None
    if found is None:
        raise bad_request("ParameterMissing", f"Parameter {key} is required")
    return found


def object_of(call: Call, key: str) -> Json:
    """Give the object under a key of the request's body; 400 where there is none."""
    found = body_of(call, key)
    if not isinstance(found, dict):
        raise bad_request("ParameterMissing", f"Parameter {key} is required")
    return cast("Json", found)


def actor_of(call: Call) -> User:
    """Give the user in effect."""
    return call.account.user


def warned(call: Call, action: str, data: Json, allowed: frozenset[str]) -> None:
    """Put the header that names the dropped keys on its way."""
    text = values.warn(action, data, allowed)
    if text is not None:
        call.headers["x-zendesk-api-warn"] = text


@routes.post("/api/v2/tickets")
def create_ticket(vendor: Zendesk, call: Call) -> Response:
    """Create a ticket."""
    key = call.request.headers.get("Idempotency-Key")
    if key is None:
        return _create(vendor, call)
    remembered = vendor.state.idempotent
    while remembered and next(iter(remembered.values()))[0] + REMEMBERED <= vendor.now():
        del remembered[next(iter(remembered))]
    known = remembered.get(key)
    if known is not None:
        if known[1] != call.request.get_data():
            words = "Request parameters don't match the given idempotency key"
            raise bad_request("IdempotentRequestError", words)
        call.headers["x-idempotency-lookup"] = "hit"
        status, location, body = known[2]
        return reply(body, status, {"Location": location} if location else None)
    call.headers["x-idempotency-lookup"] = "miss"
    response = _create(vendor, call)
    answer = (response.status_code, response.headers.get("Location"), response.get_data())
    remembered[key] = (vendor.now(), call.request.get_data(), answer)
    return response


def _create(vendor: Zendesk, call: Call) -> Response:
    data = object_of(call, "ticket")
    warned(call, "create", data, values.CREATE)
    update = vendor.changes.create(data, actor_of(call))
    ticket = update.ticket
    location = f"{vendor.base_url}/api/v2/tickets/{ticket.id}.json"
    if call.request.args.get("async") == "true":
        job = submit(vendor, "Create Ticket", "Creating ticket", 1, [{"index": 0, "id": ticket.id}])
        return reply({"ticket": {"id": ticket.id, "url": location}, "job_status": job}, 202, {"Location": location})
    return reply(_written(vendor, update, 0), 201, {"Location": location})


def _written(vendor: Zendesk, update: Update, generated: int) -> Json:
    ticket = vendor.render.ticket(update.ticket, generated=generated)
    return {"ticket": ticket, "audit": vendor.render.audit(update.audit)}


@routes.put("/api/v2/tickets/<int:ticket_id>")
def update_ticket(vendor: Zendesk, call: Call, ticket_id: int) -> Response:
    """Change a ticket."""
    ticket = find(vendor, ticket_id)
    data = object_of(call, "ticket")
    warned(call, "update", data, values.COMMON)
    before = ticket.generated
    return reply(_written(vendor, vendor.changes.update(ticket, data, actor_of(call)), before))


@routes.delete("/api/v2/tickets/<int:ticket_id>")
def delete_ticket(vendor: Zendesk, call: Call, ticket_id: int) -> Response:
    """Delete a ticket softly."""
    if call.request.get_data().strip():
        keys = [f"ticket.{key}" for key in _keys(call)]
        call.headers["x-zendesk-api-warn"] = values.warning("destroy", [*keys, "ticket"])
    delete(vendor, find(vendor, ticket_id), actor_of(call))
    return Response(status=204)


def _keys(call: Call) -> list[str]:
    try:
        body = call.json()
    except ValueError:
        return []
    inner = cast("Json", body).get("ticket") if isinstance(body, dict) else None
    return list(cast("Json", inner)) if isinstance(inner, dict) else []


def delete(vendor: Zendesk, ticket: Ticket, actor: User) -> None:
    """Delete a ticket softly: it leaves the lists, and the export shows it as deleted."""
    ticket.deletion = Deletion(vendor.now(), actor.id, ticket.status)
    vendor.state.log_change(ticket, vendor.now())


@routes.put("/api/v2/tickets/<int:ticket_id>/mark_as_spam")
def mark_as_spam(vendor: Zendesk, call: Call, ticket_id: int) -> Response:
    """Delete a ticket and suspend its requester."""
    ticket = find(vendor, ticket_id)
    vendor.state.users[ticket.requester_id].suspended = True
    delete(vendor, ticket, actor_of(call))
    return reply({})


@routes.post("/api/v2/imports/tickets")
def create_import(vendor: Zendesk, call: Call) -> Response:
    """Import a ticket with its history."""
    data = object_of(call, "ticket")
    warned(call, "create", data, values.IMPORT)
    if call.request.args.get("archive_immediately") == "true" and data.get("status") != "closed":
        raise invalid("status", "Status: only closed tickets can be archived immediately")
    update = import_ticket(vendor, data, actor_of(call))
    location = f"{vendor.base_url}/api/v2/tickets/{update.ticket.id}.json"
    return reply({"ticket": vendor.render.ticket(update.ticket)}, 201, {"Location": location})
