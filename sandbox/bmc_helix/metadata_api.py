"""Metadata: the forms, the fields of a form, and the menus behind character fields.

``GET /api/arsys/v1.0/fields/{form}`` gives an array of objects with ``id``, ``name``, ``datatype`` and
``field_option`` (public clients; ``limit`` with the length or the selections is the sandbox's reading of the
documents), ``GET /api/arsys/v1.0/form`` the names of the forms. ``OPTIONS /entry/{form}`` tells about the form too,
in a shape that is not documented. ``POST /api/arsys/v1.0/menu/expand`` gives ``{"items": [{"type", "label", "value"
or "content"}]}``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ..vendor import Call, Routes
from . import errors
from . import forms as names
from .entry_api import ENTRY, find_form
from .errors import as_json, refuse
from .multipart import read_body
from .schema import DATATYPES, Field, Form
from .store import Row

if TYPE_CHECKING:
    from .vendor import BmcHelix

routes = Routes()
_CRITERIA = {
    "NAME": "name",
    "DATATYPE": "datatype",
    "OPTIONS": "field_option",
    "LIMIT": "limit",
    "DEFAULT_VALUE": "default_value",
}
MENUS: dict[str, tuple[str, tuple[str, ...]]] = {
    "HPD:Categorization": (
        names.CATEGORIES,
        ("Categorization Tier 1", "Categorization Tier 2", "Categorization Tier 3"),
    ),
    "HPD:Assigned Group": (names.GROUPS, ("Company", "Support Organization", "Support Group Name")),
}
"""Menu -> form, and the fields that make its levels; names of menus differ by version."""


@routes.get("/api/arsys/v1.0/form", "/api/arsys/v1/form")
def show_forms(vendor: BmcHelix, call: Call) -> Response:
    """List the names of the forms."""
    return as_json(sorted(vendor.store.forms))


@routes.get("/api/arsys/v1.0/fields/<form_name>", "/api/arsys/v1/fields/<form_name>")
def show_fields(vendor: BmcHelix, call: Call, form_name: str) -> Response:
    """Describe the fields of a form, all or by ids, with all properties or some."""
    form, args = find_form(vendor, form_name), call.request.args
    wanted = {text.strip() for text in args.get("field_ids", "").split(",") if text.strip()}
    criteria = [text.strip().upper() for text in args.get("field_criteria", "").split(",") if text.strip()]
    chosen = [each for each in form.fields.values() if not wanted or str(each.id) in wanted]
    return as_json([_described(each, criteria) for each in chosen])


@routes.add("OPTIONS", f"{ENTRY}/<form_name>", writes=False)
def describe(vendor: BmcHelix, call: Call, form_name: str) -> Response:
    """Describe a form."""
    form = find_form(vendor, form_name)
    fields = [_described(each, []) for each in form.fields.values()]
    return as_json({"name": form.name, "type": _type(form), "fields": fields, "associations": sorted(form.associations)})


@routes.get("/api/arsys/v1.0/menu/<name>")
def show_menu(vendor: BmcHelix, call: Call, name: str) -> Response:
    """Describe a menu."""
    form, levels = _menu(name)
    return as_json(
        {"name": name, "menu_type": "Search", "refresh_code": 2, "form_name": form, "label_fields": list(levels)}
    )


@routes.post("/api/arsys/v1.0/menu/expand", writes=False)
def expand_menu(vendor: BmcHelix, call: Call) -> Response:
    """Give the entries of a menu, level by level."""
    body, _ = read_body(call.request)
    form, levels = _menu(str(body.get("name")))
    return as_json({"items": _items(vendor.store[form].rows.values(), levels)})


def _described(field: Field, criteria: list[str]) -> dict[str, Any]:
    limit: dict[str, Any] | None = None
    if field.kind == "enum":
        limit = {"enum_values": [{"id": code, "name": label} for code, label in field.choices]}
    elif field.kind == "char":
        limit = {"max_length": field.limit}
    whole = {
        "id": field.id,
        "name": field.name,
        "datatype": DATATYPES[field.kind],
        "field_option": field.option,
        "limit": limit,
        "default_value": field.default,
    }
    shown = {"id", *(_CRITERIA[each] for each in criteria if each in _CRITERIA)} if criteria else whole.keys()
    return {name: value for name, value in whole.items() if name in shown}


def _type(form: Form) -> str:
    return "JOIN" if form.join else "REGULAR"


def _menu(name: str) -> tuple[str, tuple[str, ...]]:
    if name not in MENUS:
        raise refuse(404, errors.NO_ENTRY, name)
    return MENUS[name]


def _items(rows: Iterable[Row], levels: tuple[str, ...]) -> list[dict[str, Any]]:
    first, rest = levels[0], levels[1:]
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row.get(first):
            groups.setdefault(row[first], []).append(row)
    items: list[dict[str, Any]] = []
    for label, members in sorted(groups.items()):
        content = _items(members, rest) if rest else []
        items.append({"type": "SubMenu", "label": label, "content": content} if content else
                     {"type": "Value", "label": label, "value": label})  # fmt: skip
    return items
