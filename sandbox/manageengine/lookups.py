"""The lists behind a request's fields, and what the server tells about the fields themselves.

Statuses tell ``in_progress`` and ``stop_timer`` in both products, ``internal_name`` in Cloud.

Source: manageengine.com, sdpop-v3-api and sdpod-v3-api, setup; ``_metainfo`` as clients read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes
from .access import asks
from .changes import STRICT_NEW
from .criteria import Type
from .errors import not_found
from .fields import CUSTOM, FIELDS, LONGEST_TEXT, SORTABLE, Field
from .flavour import Flavour, both
from .list_info import listed
from .records import Json, Lookup
from .replies import single

if TYPE_CHECKING:
    from .vendor import ManageEngine

routes = Routes()

KINDS = (
    "statuses",
    "priorities",
    "urgencies",
    "impacts",
    "levels",
    "modes",
    "request_types",
    "request_templates",
    "categories",
    "subcategories",
    "items",
    "service_categories",
    "closure_codes",
    "sites",
    "departments",
    "slas",
)
SINGULAR = {"statuses": "status"}
PARENTS = {"subcategories": "category", "items": "subcategory"}
TYPES: dict[str, Type] = {
    "id": "text",
    "name": "text",
    "in_progress": "flag",
    "stop_timer": "flag",
    "internal_name": "text",
    "category.id": "text",
    "category.name": "text",
    "subcategory.id": "text",
    "subcategory.name": "text",
}
METATYPES = {
    "text": "string",
    "html": "html",
    "lookup": "lookup",
    "user": "lookup",
    "time": "datetime",
    "flag": "boolean",
    "number": "long",
}


def _body(vendor: ManageEngine, kind: str, option: Lookup, flavour: Flavour) -> Json:
    parts, state = vendor.render.parts, vendor.state
    body: Json = {**parts.named(option, flavour), "description": None, "deleted": False, **option.more}
    if not flavour.cloud:
        body.pop("internal_name", None)
    if kind in PARENTS:
        above = state.option("categories" if kind == "subcategories" else "subcategories", option.parent)
        body[PARENTS[kind]] = None if above is None else parts.named(above, flavour)
    return body


def _kind(call: Call, flavour: Flavour) -> str:
    return call.route.rule.removeprefix(flavour.base + "/").partition("/")[0]


@routes.get(*[rule for kind in KINDS for rule in both(f"/{kind}")])
def list_options(vendor: ManageEngine, call: Call) -> Response:
    """List the options of a kind."""
    _, flavour = asks(call)
    kind = _kind(call, flavour)
    bodies = [_body(vendor, kind, option, flavour) for option in vendor.state.options[kind].values()]
    return listed(call, kind, bodies, TYPES)


@routes.get(*[rule for kind in KINDS for rule in both(f"/{kind}/<option_id>")])
def show(vendor: ManageEngine, call: Call, option_id: str) -> Response:
    """Show an option."""
    _, flavour = asks(call)
    kind = _kind(call, flavour)
    option = vendor.state.option(kind, flavour.number(option_id))
    if option is None:
        raise not_found()
    name = SINGULAR.get(kind) or (f"{kind[:-3]}y" if kind.endswith("ies") else kind.removesuffix("s"))
    return single(name, _body(vendor, kind, option, flavour))


@routes.get(
    *both("/categories/<parent_id>/subcategories"),
    *both("/subcategories/<parent_id>/items"),
)
def list_below(vendor: ManageEngine, call: Call, parent_id: str) -> Response:
    """List the subcategories of a category, the items of a subcategory."""
    _, flavour = asks(call)
    above, kind = _kind(call, flavour), call.route.rule.rpartition("/")[2]
    parent = vendor.state.option(above, flavour.number(parent_id))
    if parent is None:
        raise not_found()
    options = [option for option in vendor.state.options[kind].values() if option.parent == parent.number]
    return listed(call, kind, [_body(vendor, kind, option, flavour) for option in options], TYPES)


# -- fields


@routes.get(*both("/requests/_metainfo"))
def metainfo(vendor: ManageEngine, call: Call) -> Response:
    """Tell the fields of a request: types, labels, which of them have to be filled in."""
    needed = ("subject", *STRICT_NEW) if vendor.faults.strict else ("subject",)
    known = [field for field in FIELDS.values() if field.kind in METATYPES]
    fields: Json = {field.name: _field(field, mandatory=field.name in needed) for field in known}
    custom: Json = {
        key: {
            "type": field.type,
            "display_name": field.title,
            "mandatory": False,
            "read_only": False,
            **({"allowed_values": list(field.options)} if field.options else {}),
        }
        for key, field in CUSTOM.items()
    }
    fields["udf_fields"] = {"type": "object", "display_name": "Additional Fields", "fields": custom}
    return single("metainfo", {"entity": "request", "fields": fields})


def _field(field: Field, *, mandatory: bool) -> Json:
    body: Json = {
        "type": METATYPES[field.kind],
        "display_name": field.title,
        "mandatory": mandatory,
        "read_only": not field.writable,
        "sortable": field.name in SORTABLE,
    }
    if field.kind in {"lookup", "user"}:
        body["lookup_entity"] = field.options or ("technicians" if field.name == "technician" else "users")
    if field.kind == "text" and field.writable:
        body["constraints"] = {"max_length": LONGEST_TEXT}
    return body
