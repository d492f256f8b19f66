"""Workspaces (api.freshservice.com, "Workspaces")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import paging
from .errors import not_found

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()


@routes.get("/api/v2/workspaces")
def list_workspaces(vendor: Freshservice, call: Call) -> Response:
    """List the workspaces."""
    paging.parameters(call)
    return reply({"workspaces": paging.cut(vendor, call, vendor.workspaces())})


@routes.get("/api/v2/workspaces/<int:workspace_id>")
def show_workspace(vendor: Freshservice, call: Call, workspace_id: int) -> Response:
    """Show a workspace."""
    found = next((row for row in vendor.workspaces() if row["id"] == workspace_id), None)
    if found is None:
        raise not_found()
    return reply({"workspace": found})
