"""Problems, changes and configuration items: as much of them as requests are tied to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes
from .access import asks
from .criteria import Type
from .errors import mandatory, not_found, unparsable
from .flavour import Flavour, both
from .input_data import envelope, text
from .list_info import listed
from .records import Json
from .replies import single
from .text import sanitize
from .times import shown

if TYPE_CHECKING:
    from .vendor import ManageEngine

routes = Routes()

KEYS = ("title", "description")
TYPES: dict[str, Type] = {"id": "text", "title": "text", "created_time": "time"}
ITEM_TYPES: dict[str, Type] = {"id": "text", "name": "text", "serial_number": "text", "type.name": "text"}
MODULES = ("problems", "changes")
LISTS = [rule for name in MODULES for rule in both(f"/{name}")]
SINGLES = [rule for name in MODULES for rule in both(f"/{name}/<record_id>")]
ITEMS = ("assets", "configuration_items")


def _module(call: Call, flavour: Flavour) -> str:
    return call.route.rule.removeprefix(flavour.base + "/").partition("/")[0]


def _body(vendor: ManageEngine, record: Json, flavour: Flavour, *, whole: bool) -> Json:
    body: Json = {
        "id": flavour.id(record["number"]),
        "title": record["title"],
        "created_by": vendor.render.parts.user(record["by"], flavour),
        "created_time": shown(record["at"], flavour),
    }
    return {**body, "description": record["description"]} if whole else body


@routes.get(*LISTS)
def list_records(vendor: ManageEngine, call: Call) -> Response:
    """List problems or changes."""
    _, flavour = asks(call)
    name = _module(call, flavour)
    bodies = [_body(vendor, record, flavour, whole=False) for record in vendor.state.modules[name].values()]
    return listed(call, name, bodies, TYPES)


@routes.get(*SINGLES)
def show(vendor: ManageEngine, call: Call, record_id: str) -> Response:
    """Show a problem or change."""
    _, flavour = asks(call)
    name = _module(call, flavour)
    record = vendor.state.modules[name].get(flavour.number(record_id) or 0)
    if record is None:
        raise not_found() if record_id.isdigit() else unparsable("id")
    return single(name.removesuffix("s"), _body(vendor, record, flavour, whole=True))


@routes.post(*LISTS)
def create(vendor: ManageEngine, call: Call) -> Response:
    """Create a problem or change."""
    user, flavour = asks(call)
    name = _module(call, flavour)
    body = envelope(call, name.removesuffix("s"), KEYS)
    title = text(body, "title")
    if not title:
        raise mandatory(["title"])
    number = vendor.state.next(name)
    record: Json = {
        "number": number,
        "title": title,
        "description": sanitize(text(body, "description") or ""),
        "by": user.number,
        "at": vendor.now(),
    }
    vendor.state.modules[name][number] = record
    return single(name.removesuffix("s"), _body(vendor, record, flavour, whole=True), 201)


# -- configuration items


def _item(number: int, row: Json, flavour: Flavour) -> Json:
    return {
        "id": flavour.id(number),
        "name": row["name"],
        "serial_number": row["serial_number"],
        "type": None if row["type"] is None else {"name": row["type"]},
    }


@routes.get(*[rule for name in ITEMS for rule in both(f"/{name}")])
def list_items(vendor: ManageEngine, call: Call) -> Response:
    """List assets or configuration items: the same ones here."""
    _, flavour = asks(call)
    bodies = [_item(number, row, flavour) for number, row in vendor.state.items.items()]
    return listed(call, _module(call, flavour), bodies, ITEM_TYPES)


@routes.get(*[rule for name in ITEMS for rule in both(f"/{name}/<item_id>")])
def show_item(vendor: ManageEngine, call: Call, item_id: str) -> Response:
    """Show an asset or configuration item."""
    _, flavour = asks(call)
    number = flavour.number(item_id)
    if number is None or number not in vendor.state.items:
        raise not_found()
    return single(_module(call, flavour).removesuffix("s"), _item(number, vendor.state.items[number], flavour))
