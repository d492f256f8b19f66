"""Ticket fields, forms and brands (developer.zendesk.com, Ticket fields, Ticket forms, Brands)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import paging
from .errors import invalid, not_found
from .records import Field, Json, Option
from .ticket_writes import object_of
from .tickets import counted
from .times import iso

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()

TYPES = (
    "text",
    "textarea",
    "checkbox",
    "date",
    "integer",
    "decimal",
    "regexp",
    "partialcreditcard",
    "multiselect",
    "tagger",
    "lookup",
)


def _find(vendor: Zendesk, field_id: int) -> Field:
    field = vendor.state.fields.get(field_id)
    if field is None:
        raise not_found()
    return field


@routes.get("/api/v2/ticket_fields")
def list_fields(vendor: Zendesk, call: Call) -> Response:
    """List the fields; past the last page of a cursor there is an empty one (recorded)."""
    rows = list(vendor.state.fields.values())
    cut, envelope = paging.page(vendor, call, rows, lambda field: (field.id,))
    return reply({"ticket_fields": [vendor.render.field(field) for field in cut], **envelope})


@routes.get("/api/v2/ticket_fields/count")
def count_fields(vendor: Zendesk, call: Call) -> Response:
    """Count the fields."""
    return counted(vendor, len(vendor.state.fields))


@routes.get("/api/v2/ticket_fields/<int:field_id>")
def show_field(vendor: Zendesk, call: Call, field_id: int) -> Response:
    """Show a field."""
    return reply({"ticket_field": vendor.render.field(_find(vendor, field_id))})


@routes.get("/api/v2/ticket_fields/<int:field_id>/options")
def list_options(vendor: Zendesk, call: Call, field_id: int) -> Response:
    """List the options of a drop-down field."""
    cut, envelope = paging.page(vendor, call, _find(vendor, field_id).options, lambda option: (option.id,))
    return reply({"custom_field_options": [vendor.render.option(option) for option in cut], **envelope})


def _options(vendor: Zendesk, data: Json, known: list[Option]) -> list[Option]:
    listed: Any = data.get("custom_field_options")
    if not isinstance(listed, list):
        return known
    ids = {option.value: option.id for option in known}
    options: list[Option] = []
    for item in cast("list[Json]", listed):
        name, value = str(item.get("name") or ""), str(item.get("value") or "").lower()
        if not name or not value:
            raise invalid("custom_field_options", "Custom field options: name and value are required", "BlankValue")
        options.append(Option(ids.get(value) or vendor.state.next_id(), name, value))
    return options


@routes.post("/api/v2/ticket_fields")
def create_field(vendor: Zendesk, call: Call) -> Response:
    """Create a custom field."""
    data = object_of(call, "ticket_field")
    kind, title = str(data.get("type") or "text"), str(data.get("title") or "").strip()
    if kind not in TYPES:
        raise invalid("type", "Type: is not included in the list")
    if not title:
        raise invalid("title", "Title: cannot be blank", "BlankValue")
    now = vendor.now()
    field = Field(vendor.state.next_id(), kind, title, now, description=str(data.get("description") or title), updated=now)
    field.required, field.regexp = bool(data.get("required")), data.get("regexp_for_validation")
    field.tag, field.options = data.get("tag"), _options(vendor, data, [])
    vendor.state.add_field(field)
    location = f"{vendor.base_url}/api/v2/ticket_fields/{field.id}.json"
    return reply({"ticket_field": vendor.render.field(field)}, 201, {"Location": location})


@routes.put("/api/v2/ticket_fields/<int:field_id>")
def update_field(vendor: Zendesk, call: Call, field_id: int) -> Response:
    """Change a field; its type stays."""
    field, data = _find(vendor, field_id), object_of(call, "ticket_field")
    field.title = str(data.get("title") or field.title)
    field.description = str(data.get("description", field.description))
    field.required = bool(data.get("required", field.required))
    field.active = bool(data.get("active", field.active))
    field.options = _options(vendor, data, field.options)
    field.updated = vendor.now()
    return reply({"ticket_field": vendor.render.field(field)})


@routes.delete("/api/v2/ticket_fields/<int:field_id>")
def delete_field(vendor: Zendesk, call: Call, field_id: int) -> Response:
    """Delete a custom field; a system field stays."""
    if not _find(vendor, field_id).removable:
        raise invalid("base", "Ticket field: is a system field and cannot be deleted", None)
    del vendor.state.fields[field_id]
    return Response(status=204)


# -- forms and brands: one of each


def form(vendor: Zendesk) -> Json:
    """Give the account's only ticket form."""
    state = vendor.state
    return {
        "id": state.form_id,
        "raw_name": "Default Ticket Form",
        "raw_display_name": "Default Ticket Form",
        "end_user_visible": True,
        "position": 1,
        "ticket_field_ids": [field.id for field in state.fields.values() if field.active],
        "active": True,
        "default": True,
        "in_all_brands": True,
        "restricted_brand_ids": [],
        "end_user_conditions": [],
        "agent_conditions": [],
        "url": f"{vendor.base_url}/api/v2/ticket_forms/{state.form_id}.json",
        "name": "Default Ticket Form",
        "display_name": "Default Ticket Form",
        "form_type": "standard",
        "created_at": iso(state.founded),
        "updated_at": iso(state.founded),
        "deleted_at": None,
    }


@routes.get("/api/v2/ticket_forms", "/api/v2/ticket_forms/show_many")
def list_forms(vendor: Zendesk, call: Call) -> Response:
    """List the forms."""
    cut, envelope = paging.page(vendor, call, [form(vendor)], lambda body: (body["id"],))
    return reply({"ticket_forms": cut, **envelope})


@routes.get("/api/v2/ticket_forms/<int:form_id>")
def show_form(vendor: Zendesk, call: Call, form_id: int) -> Response:
    """Show a form."""
    if form_id != vendor.state.form_id:
        raise not_found()
    return reply({"ticket_form": form(vendor)})


def brand(vendor: Zendesk) -> Json:
    """Give the account's only brand."""
    state = vendor.state
    return {
        "url": f"{vendor.base_url}/api/v2/brands/{state.brand_id}.json",
        "id": state.brand_id,
        "name": "Example",
        "brand_url": vendor.base_url,
        "subdomain": "example",
        "host_mapping": None,
        "has_help_center": True,
        "help_center_state": "enabled",
        "active": True,
        "default": True,
        "is_deleted": False,
        "logo": None,
        "ticket_form_ids": [state.form_id],
        "signature_template": "{{agent.signature}}",
        "created_at": iso(state.founded),
        "updated_at": iso(state.founded),
    }


@routes.get("/api/v2/brands")
def list_brands(vendor: Zendesk, call: Call) -> Response:
    """List the brands."""
    cut, envelope = paging.page(vendor, call, [brand(vendor)], lambda body: (body["id"],))
    return reply({"brands": cut, **envelope})


@routes.get("/api/v2/brands/<int:brand_id>")
def show_brand(vendor: Zendesk, call: Call, brand_id: int) -> Response:
    """Show a brand."""
    if brand_id != vendor.state.brand_id:
        raise not_found()
    return reply({"brand": brand(vendor)})
