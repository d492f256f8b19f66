"""The trash: requests go there first, can come back, and are purged from there only.

On-premises ``move_to_trash`` trashes and DELETE purges what lies in the trash (else 4017). In Cloud DELETE trashes, and so
does ``move_to_trash`` (each is one client's way). Trashing is no
edit, and trashing twice is 4016. The answers show the request.

Source: manageengine.com, sdpop-v3-api, requests; a recorded body; what Cloud clients do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes
from .access import asks
from .errors import refused
from .flavour import both, cloud, on_premises
from .replies import ok, single
from .requests import find

if TYPE_CHECKING:
    from .vendor import ManageEngine

routes = Routes()


@routes.delete(cloud("/requests/<request_id>"), *both("/requests/<request_id>/move_to_trash"))
def trash(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Move a request to the trash."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id)
    if request.trashed:
        raise refused(400, 4016, "Already in trash")
    now = vendor.now()
    gone = {"is_trashed": True, "deleted_by": user.number, "deleted_on": now, "deleted_time": now}
    vendor.changes.set(request, gone, user.number, operation="TRASH", quiet=True)
    return single("request", vendor.render.detail(request, flavour))


@routes.put(*both("/requests/<request_id>/restore_from_trash"))
def restore(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Take a request out of the trash."""
    user, flavour = asks(call)
    request = find(vendor, call, request_id)
    if not request.trashed:
        raise refused(400, 4017, "Not in trash")
    back = {"is_trashed": False, "deleted_by": None, "deleted_on": None, "deleted_time": None}
    vendor.changes.set(request, back, user.number, operation="RESTORE")
    return single("request", vendor.render.detail(request, flavour))


@routes.delete(on_premises("/requests/<request_id>"))
def purge(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """Delete a request from the trash, for good."""
    request = find(vendor, call, request_id)
    if not request.trashed:
        raise refused(400, 4017, "Not in trash")
    vendor.state.purge(request)
    return ok()
