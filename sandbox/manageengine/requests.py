"""Requests: create, show, list, update.

A created request is answered 201, an updated one 200, both whole.

Source: manageengine.com, sdpod-v3-api and sdpop-v3-api, requests; recorded bodies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes
from .access import asks
from .errors import forbidden, invalid, not_found, refused, unparsable
from .fields import SORTABLE
from .flavour import both
from .input_data import envelope
from .list_info import answer, read
from .records import Json, Request
from .replies import single
from .values import Reader

if TYPE_CHECKING:
    from .vendor import ManageEngine

routes = Routes()

BY_REQUESTERS = frozenset({"subject", "description", "category", "subcategory", "item", "urgency", "impact", "udf_fields"})
"""What a requester may write."""


def find(vendor: ManageEngine, call: Call, request_id: str, *, live: bool = False) -> Request:
    """Give the request that a path names.

    Args:
        vendor: the server.
        call: who asks.
        request_id: the id in the path.
        live: refuse one that lies in the trash.

    Raises:
        RefusedError: 400 for an id that is no number, 404 for one that nobody has, or that the caller may not see.
    """
    user, flavour = asks(call)
    if not request_id.isdigit():
        raise unparsable("id")
    request = vendor.state.requests.get(flavour.number(request_id) or 0)
    if request is None or (not user.technician and request.values["requester"] != user.number):
        raise not_found()
    if request.merged_into is not None:
        raise refused(404, 4007, f"Request {request_id} is merged with request {flavour.id(request.merged_into)}")
    if live and request.trashed:
        raise invalid("id", "Request is in trash")
    return request


@routes.get(*both("/requests"))
def list_requests(vendor: ManageEngine, call: Call) -> Response:
    """List requests: cut-down rows."""
    user, flavour = asks(call)
    search, render = vendor.search, vendor.render
    info = read(call, search.resolver(flavour), SORTABLE, render.known)
    found = search.found(info, flavour, user)
    return answer(info, "requests", found, lambda request: render.row(request, flavour, info.fields))


@routes.get(*both("/requests/<request_id>"))
def show(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Show a request, one in the trash too."""
    _, flavour = asks(call)
    return single("request", vendor.render.detail(find(vendor, call, request_id), flavour))


@routes.post(*both("/requests"))
def create(vendor: ManageEngine, call: Call) -> Response:
    """Create a request."""
    user, flavour = asks(call)
    body = _allowed(call, envelope(call, "request"))
    written = Reader(vendor, flavour).read(body)
    request = vendor.changes.create(written, user)
    return single("request", vendor.render.detail(request, flavour), 201)


@routes.put(*both("/requests/<request_id>"))
def update(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Change a request."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id, live=True)
    written = Reader(vendor, flavour, request).read(_allowed(call, envelope(call, "request")))
    vendor.changes.update(request, written, user)
    return single("request", vendor.render.detail(request, flavour))


def _allowed(call: Call, body: Json) -> Json:
    """Refuse what a requester may not write."""
    user, _ = asks(call)
    if not user.technician and any(key not in BY_REQUESTERS for key in body):
        raise forbidden()
    return body
