"""The history of a request, in Cloud only: who did what when, with the values before and after.

On-premises documents no such call and answers 404. The paths and keys are not in the vendor's public pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ..vendor import Call, Routes
from .access import asks
from .criteria import Type
from .fields import FIELDS
from .flavour import Flavour, cloud
from .list_info import listed
from .records import Entry, Json, Request
from .requests import find
from .times import shown

if TYPE_CHECKING:
    from .vendor import ManageEngine

routes = Routes()

TYPES: dict[str, Type] = {"id": "text", "operation": "text", "time": "time"}


@routes.get(cloud("/requests/<request_id>/history"))
def list_history(vendor: ManageEngine, call: Call, request_id: str) -> Response:
    """List the history, the oldest first."""
    _, flavour = asks(call)
    request = find(vendor, call, request_id)
    bodies = [_entry(vendor, request, entry, flavour) for entry in request.history]
    return listed(call, "history", bodies, TYPES, "time")


def _entry(vendor: ManageEngine, request: Request, entry: Entry, flavour: Flavour) -> Json:
    return {
        "id": flavour.id(entry.number),
        "operation": entry.operation,
        "time": shown(entry.at, flavour),
        "by": vendor.render.parts.user(entry.by, flavour),
        "diff": [
            {
                "field": name,
                "previous_value": _value(vendor, request, name, before, flavour),
                "current_value": _value(vendor, request, name, after, flavour),
            }
            for name, before, after in entry.diff
        ],
    }


def _value(vendor: ManageEngine, request: Request, name: str, stored: Any, flavour: Flavour) -> Any:
    """Give a stored value as the request shows it."""
    parts = vendor.render.parts
    field = FIELDS.get(name)
    if name == "resolution":
        return None if stored is None else parts.html(request, stored["content"], flavour)
    if name == "closure_info":
        return None if stored is None else parts.option("closure_codes", stored["closure_code"], flavour)
    match field.kind if field else None:
        case "lookup":
            return parts.option(field.options if field else "", stored, flavour)
        case "user":
            return parts.user(stored, flavour)
        case "time":
            return shown(stored, flavour)
        case "html":
            return parts.html(request, stored, flavour)
        case "items":
            return [parts.item(number, flavour) for number in stored or ()]
        case _:
            return stored if not isinstance(stored, dict) else None
