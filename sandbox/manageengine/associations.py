"""What a request is tied to: other requests, a problem, the changes that it began or that caused it.

Links are of both sides; the list of a request's links is an array without ``list_info`` (recorded). Linking answers a
message only.

Source: a recorded link and list; manageengine.com, sdpop-v3-api, request associations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from .access import asks
from .errors import invalid, mandatory, mismatch, not_found, refused
from .flavour import Flavour, both
from .input_data import check_keys, envelope, input_data
from .records import Json, Link, Request
from .replies import SUCCESS, done, ok, single
from .requests import find

if TYPE_CHECKING:
    from .vendor import ManageEngine

routes = Routes()

TIES = {
    "problem": ("problems", "problem", "request_problem_association", "has_problem"),
    "request_initiated_change": (
        "changes",
        "change",
        "request_initiated_change",
        "has_request_initiated_change",
    ),
    "request_caused_by_change": (
        "changes",
        "change",
        "request_caused_by_change",
        "has_request_caused_by_change",
    ),
}
"""Path -> module, key of the other record, envelope, flag of the request."""


# -- links


@routes.get(*both("/requests/<request_id>/link_requests"))
def list_links(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """List the linked requests."""
    _, flavour = asks(call)
    request = find(vendor, call, request_id)
    rows = [
        {
            "comments": link.comments,
            "linked_request": vendor.render.linked(vendor.state.requests[link.other], flavour),
        }
        for link in request.links
        if link.other in vendor.state.requests
    ]
    return reply({"response_status": [SUCCESS], "link_requests": rows})


def _named(vendor: ManageEngine, call: Call, request: Request) -> list[tuple[Request, str | None]]:
    data = input_data(call)
    check_keys(data, ("link_requests",))
    rows: Any = data.get("link_requests")
    if not isinstance(rows, list) or not rows:
        raise mandatory(["link_requests"])
    found: list[tuple[Request, str | None]] = []
    _, flavour = asks(call)
    for row in cast("list[Any]", rows):
        if not isinstance(row, dict):
            raise mismatch("link_requests")
        entry = cast("Json", row)
        check_keys(entry, ("linked_request", "comments"))
        other = _linked(vendor, entry.get("linked_request"), flavour)
        if other is None or other is request:
            raise invalid("linked_request")
        found.append((other, entry.get("comments")))
    return found


def _linked(vendor: ManageEngine, named: Any, flavour: Flavour) -> Request | None:
    number: Any = cast("Json", named).get("id") if isinstance(named, dict) else None
    other = vendor.state.requests.get(flavour.number(str(number)) or 0)
    return None if other is None or other.trashed or other.merged_into is not None else other


@routes.post(*both("/requests/<request_id>/link_requests"))
def link(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Link other requests."""
    user, _ = asks(call)
    request = find(vendor, call, request_id, live=True)
    pairs = _named(vendor, call, request)
    known = {known.other for known in request.links}
    if any(other.number in known for other, _ in pairs):
        raise refused(400, 4008, "Already linked", field="linked_request")
    for other, comments in pairs:
        request.links.append(Link(other.number, comments))
        other.links.append(Link(request.number, comments))
        other.values.setdefault("linked_to", request.number)
        vendor.changes.touch(other, user, "LINK")
    vendor.changes.touch(request, user, "LINK")
    return done("Request successfully linked")


@routes.delete(*both("/requests/<request_id>/link_requests"))
def unlink(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Take links away."""
    user, _ = asks(call)
    request = find(vendor, call, request_id, live=True)
    pairs = _named(vendor, call, request)
    if any(other.number not in {known.other for known in request.links} for other, _ in pairs):
        raise invalid("linked_request")
    for other, _ in pairs:
        for one, two in ((request, other), (other, request)):
            one.links = [known for known in one.links if known.other != two.number]
            if one.values.get("linked_to") == two.number:
                del one.values["linked_to"]
        vendor.changes.touch(other, user, "UNLINK")
    vendor.changes.touch(request, user, "UNLINK")
    return done("Request link removed successfully")


# -- problems and changes


def _tie(call: Call) -> str:
    return call.route.rule.rpartition("/")[2]


TIED = [rule for name in TIES for rule in both(f"/requests/<request_id>/{name}")]


@routes.get(*TIED)
def show_tie(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Show the problem or change that a request is tied to."""
    _, flavour = asks(call)
    request = find(vendor, call, request_id)
    module, key, name, _ = TIES[_tie(call)]
    record = vendor.state.modules[module].get(request.values.get(_tie(call), 0))
    if record is None:
        raise not_found()
    return single(name, {key: {"id": flavour.id(record["number"]), "title": record["title"]}})


@routes.post(*TIED)
@routes.put(*TIED)
def tie(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Tie a request to a problem or change."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id, live=True)
    module, key, name, flag = TIES[_tie(call)]
    named = envelope(call, name, (key,)).get(key)
    number = flavour.number(str(cast("Json", named).get("id"))) if isinstance(named, dict) else None
    record = vendor.state.modules[module].get(number or 0)
    if record is None:
        raise invalid(key)
    vendor.changes.set(request, {_tie(call): record["number"], flag: True}, user.number, operation="ASSOCIATE")
    return single(name, {key: {"id": flavour.id(record["number"]), "title": record["title"]}}, 201)


@routes.delete(*TIED)
def untie(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Untie a request from its problem or change."""
    user, _ = asks(call)
    request = find(vendor, call, request_id, live=True)
    flag = TIES[_tie(call)][3]
    if request.values.get(_tie(call)) is None:
        raise not_found()
    vendor.changes.set(request, {_tie(call): None, flag: False}, user.number, operation="DISSOCIATE")
    return ok()
