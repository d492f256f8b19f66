"""The resolution of a request: at most one, written by POST or PUT, which both replace it.

Reading refuses ``input_data`` (seen live). Writing answers a message and no resolution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes
from .access import asks
from .errors import mandatory, refused
from .flavour import both
from .input_data import boolean, envelope, given
from .replies import done, single
from .requests import find
from .values import Reader

if TYPE_CHECKING:
    from .vendor import ManageEngine

routes = Routes()
KEYS = ("content", "add_to_linked_requests")


@routes.get(*both("/requests/<request_id>/resolutions"))
def show(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Show the resolution; with a null content where there is none."""
    _, flavour = asks(call)
    request = find(vendor, call, request_id)
    if given(call):
        raise refused(400, 4000, "Extra parameter(s) not allowed")
    return single("resolution", vendor.render.parts.resolution(request, flavour))


@routes.post(*both("/requests/<request_id>/resolutions"))
@routes.put(*both("/requests/<request_id>/resolutions"))
def write(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Write the resolution, on wish to the linked requests too."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id, live=True)
    body = envelope(call, "resolution", KEYS)
    if not body.get("content"):
        raise mandatory(["content"])
    everywhere = boolean(body, "add_to_linked_requests")
    others = [vendor.state.requests[link.other] for link in request.links] if everywhere else []
    for one in (request, *others):
        written = Reader(vendor, flavour, one).read({"resolution": {"content": body["content"]}})
        vendor.changes.update(one, written, user)
    return done("Resolution added successfully." if call.request.method == "POST" else "Resolution updated successfully.")
