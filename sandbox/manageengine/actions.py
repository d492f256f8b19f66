"""Actions on a request: close, assign, pick up, merge. They answer a message and no request (recorded).

Cloud spells most of them with an underscore. Closing a closed request is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from werkzeug.wrappers import Response

from ..vendor import Call, Routes
from .access import asks
from .catalogue import CLOSED
from .errors import invalid, mandatory, mismatch
from .flavour import both, cloud, on_premises
from .input_data import check_keys, envelope, input_data
from .records import Json
from .replies import done
from .requests import find
from .values import Reader, Written

if TYPE_CHECKING:
    from .vendor import ManageEngine

routes = Routes()


@routes.put(cloud("/requests/<request_id>/_close"), on_premises("/requests/<request_id>/close"))
def close(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Close a request, with what the requester says to it."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id, live=True)
    data = input_data(call)
    body = envelope(call, "request", ("closure_info",)) if data else {}
    if request.values["status"] == CLOSED:
        raise invalid("id", "Request is already closed")
    values: Json = {"status": CLOSED}
    if "closure_info" in body:
        values["closure_info"] = Reader(vendor, flavour, request).closure(body["closure_info"])
    vendor.changes.update(request, Written(values), user)
    return done("Request(s) closed successfully.")


@routes.put(cloud("/requests/<request_id>/_assign"), on_premises("/requests/<request_id>/assign"))
def assign(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Give a request to a group and a technician."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id, live=True)
    body = envelope(call, "request", ("group", "technician"))
    if not body:
        raise mandatory(["technician"])
    vendor.changes.update(request, Reader(vendor, flavour, request).read(body), user)
    return done("Assigned successfully.")


@routes.put(cloud("/requests/<request_id>/_pickup"), on_premises("/requests/<request_id>/pickup"))
def pick_up(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Take a request oneself."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id, live=True)
    named = {"technician": {"id": flavour.id(user.number)}}
    vendor.changes.update(request, Reader(vendor, flavour, request).read(named), user)
    return done("Request picked up successfully.")


@routes.put(*both("/requests/<request_id>/merge_requests"))
def merge(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Merge other requests into one, for good: their notes and files come along."""
    user, _ = asks(call)
    request = find(vendor, call, request_id, live=True)
    data = input_data(call)
    check_keys(data, ("merge_requests",))
    rows: Any = data.get("merge_requests")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in cast("list[Any]", rows)):
        raise mismatch("merge_requests")
    others = [find(vendor, call, str(row.get("id")), live=True) for row in cast("list[Json]", rows)]
    if request in others:
        raise invalid("merge_requests")
    for other in others:
        other.merged_into = request.number
        request.notes = sorted((*request.notes, *other.notes), key=lambda note: (note.at, note.number))
        for file in other.files.values():
            vendor.state.add_file(request, file)
        other.notes, other.files = [], {}
        vendor.changes.touch(other, user, "MERGED")
    request.links = [link for link in request.links if link.other not in {other.number for other in others}]
    vendor.changes.touch(request, user, "MERGE")
    return done("Requests merged successfully.")
