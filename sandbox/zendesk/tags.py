"""The tags of a ticket: POST replaces, PUT adds, DELETE removes (developer.zendesk.com, Tags)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from .text import normalize_tags
from .ticket_writes import actor_of, body_of
from .tickets import find

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()


@routes.get("/api/v2/tickets/<int:ticket_id>/tags")
def show_tags(vendor: Zendesk, call: Call, ticket_id: int) -> Response:
    """Show the tags."""
    return reply({"tags": find(vendor, ticket_id).tags})


def _set(vendor: Zendesk, call: Call, ticket_id: int, combine: Callable[[set[str], set[str]], set[str]]) -> list[str]:
    ticket = find(vendor, ticket_id)
    given = set(normalize_tags(body_of(call, "tags")))
    vendor.changes.update(ticket, {"tags": sorted(combine(set(ticket.tags), given))}, actor_of(call))
    return ticket.tags


@routes.post("/api/v2/tickets/<int:ticket_id>/tags")
def set_tags(vendor: Zendesk, call: Call, ticket_id: int) -> Response:
    """Replace the tags."""
    return reply({"tags": _set(vendor, call, ticket_id, lambda _, given: given)}, 201)


@routes.put("/api/v2/tickets/<int:ticket_id>/tags")
def add_tags(vendor: Zendesk, call: Call, ticket_id: int) -> Response:
    """Add tags."""
    return reply({"tags": _set(vendor, call, ticket_id, lambda kept, given: kept | given)})


@routes.delete("/api/v2/tickets/<int:ticket_id>/tags")
def remove_tags(vendor: Zendesk, call: Call, ticket_id: int) -> Response:
    """Remove tags."""
    return reply({"tags": _set(vendor, call, ticket_id, lambda kept, given: kept - given)})
