"""Assets, which are the configuration items (api.freshservice.com, "Assets").

People see the ``display_id``, and all calls use it. ``search`` finds by ``name``, ``asset_tag`` or ``serial_number``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import bodies, paging
from .errors import invalid, not_found
from .records import Json
from .times import iso
from .values import Values

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()

SEARCH = re.compile(r"\"(name|asset_tag|serial_number)\s*:\s*'([^']*)'\"")
IMPACTS = ("low", "medium", "high")
WRITABLE = frozenset(
    [
        *("name", "description", "asset_type_id", "asset_tag", "impact", "usage_type", "user_id", "department_id"),
        *("location_id", "agent_id", "group_id", "assigned_on", "serial_number", "workspace_id"),
    ]
)


def blank(vendor: Freshservice, number: int) -> Json:
    """Give an asset of which nothing is known but its number."""
    now = iso(vendor.now())
    return dict.fromkeys(WRITABLE) | {
        "id": vendor.state.next_id(),
        "display_id": number,
        "impact": "low",
        "usage_type": "permanent",
        "workspace_id": 2,
        "created_at": now,
        "updated_at": now,
    }


def add(vendor: Freshservice, values: Json) -> Json:
    """Add an asset."""
    rows = vendor.state.assets
    number = max(rows, default=0) + 1
    rows[number] = blank(vendor, number) | values
    return rows[number]


def _find(vendor: Freshservice, display_id: int) -> Json:
    asset = vendor.state.assets.get(display_id)
    if asset is None or asset.get("deleted"):
        raise not_found()
    return asset


@routes.get("/api/v2/assets")
def list_assets(vendor: Freshservice, call: Call) -> Response:
    """List or search assets."""
    values = paging.parameters(call, ("search", "workspace_id", "include"))
    rows = [row for row in vendor.state.assets.values() if not row.get("deleted")]
    if values.has("search"):
        found = SEARCH.fullmatch(values.data["search"])
        if found is None:
            raise invalid("search", "Given query is invalid. Please check and try again")
        rows = [row for row in rows if found[2].lower() in str(row[found[1]] or "").lower()]
    return reply({"assets": paging.cut(vendor, call, rows)})


@routes.get("/api/v2/assets/<int:display_id>")
def show_asset(vendor: Freshservice, call: Call, display_id: int) -> Response:
    """Show an asset."""
    paging.parameters(call, ("include",))
    return reply({"asset": _find(vendor, display_id)})


def _read(call: Call, *, creating: bool) -> Json:
    values = Values(bodies.read(call).data)
    values.only(WRITABLE)
    if creating or "name" in values.data:
        values.text("name", required=True)
    values.word("impact", IMPACTS)
    values.problems.check()
    return dict(values.data)


@routes.post("/api/v2/assets")
def create_asset(vendor: Freshservice, call: Call) -> Response:
    """Create an asset."""
    return reply({"asset": add(vendor, _read(call, creating=True))}, 201)


@routes.put("/api/v2/assets/<int:display_id>")
def update_asset(vendor: Freshservice, call: Call, display_id: int) -> Response:
    """Change an asset."""
    asset = _find(vendor, display_id)
    asset |= _read(call, creating=False) | {"updated_at": iso(vendor.now())}
    return reply({"asset": asset})


@routes.delete("/api/v2/assets/<int:display_id>")
def delete_asset(vendor: Freshservice, call: Call, display_id: int) -> Response:
    """Put an asset into the trash; tickets stay associated."""
    _find(vendor, display_id)["deleted"] = True
    return Response(status=204)
