"""Organizations (developer.zendesk.com, Organizations): name and external id are unique; a name is no key for upserts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from werkzeug.wrappers import Response

from ..vendor import Call, RefusedError, Routes, reply
from . import jobs, paging
from .errors import invalid, missing, not_found, too_many
from .records import Json, Organization
from .search import page_of
from .text import normalize_tags
from .ticket_writes import body_of, object_of
from .tickets import counted
from .users import by_external_ids

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()

PLAIN = ("external_id", "details", "notes", "group_id", "domain_names", "shared_tickets", "shared_comments")


def _find(vendor: Zendesk, organization_id: int) -> Organization:
    organization = vendor.state.organizations.get(organization_id)
    if organization is None:
        raise not_found()
    return organization


@routes.get("/api/v2/organizations")
def list_organizations(vendor: Zendesk, call: Call) -> Response:
    """List the organizations."""
    rows = list(vendor.state.organizations.values())
    cut, envelope = paging.page(vendor, call, rows, lambda row: (row.id,))
    return reply({"organizations": [vendor.render.organization(row) for row in cut], **envelope})


@routes.get("/api/v2/organizations/count")
def count_organizations(vendor: Zendesk, call: Call) -> Response:
    """Count the organizations."""
    return counted(vendor, len(vendor.state.organizations))


@routes.get("/api/v2/organizations/<int:organization_id>")
def show_organization(vendor: Zendesk, call: Call, organization_id: int) -> Response:
    """Show an organization."""
    return reply({"organization": vendor.render.organization(_find(vendor, organization_id))})


@routes.get("/api/v2/organizations/show_many")
def show_many(vendor: Zendesk, call: Call) -> Response:
    """Show organizations by id or external id; the unknown are left out."""
    rows = vendor.state.organizations
    if "external_ids" in call.request.args:
        found = by_external_ids(call, rows.values())
    else:
        found = [rows[number] for number in sorted(set(paging.ids(call))) if number in rows]
    bodies = [vendor.render.organization(row) for row in found]
    return reply({"organizations": bodies, "next_page": None, "previous_page": None, "count": len(bodies)})


@routes.get("/api/v2/organizations/search")
def search_organizations(vendor: Zendesk, call: Call) -> Response:
    """Find organizations by external id or by the exact name, in any case."""
    external_id, name = call.request.args.get("external_id"), call.request.args.get("name")
    if external_id is None and name is None:
        raise missing("external_id")
    rows = [
        row
        for row in vendor.state.organizations.values()
        if (external_id is None or row.external_id == external_id) and (name is None or row.name.lower() == name.lower())
    ]
    cut, envelope = page_of(vendor, call, rows)
    return reply({"organizations": [vendor.render.organization(row) for row in cut], **envelope})


def _apply(vendor: Zendesk, organization: Organization | None, data: Json) -> Organization:
    name, external_id = str(data.get("name") or "").strip(), data.get("external_id")
    for other in vendor.state.organizations.values():
        if other is organization:
            continue
        if name and other.name.lower() == name.lower():
            raise invalid("name", "Name: has already been taken", "DuplicateValue")
        if external_id is not None and other.external_id == external_id:
            raise invalid("external_id", "External: has already been taken", "DuplicateValue")
    now = vendor.now()
    if organization is None:
        if not name:
            raise invalid("name", "Name: is too short (minimum one character)", "BlankValue")
        organization = Organization(vendor.state.next_id(), name, now, now)
        vendor.state.organizations[organization.id] = organization
    organization.name, organization.updated = name or organization.name, now
    for key in PLAIN:
        if key in data:
            setattr(organization, key, data[key])
    if "tags" in data:
        organization.tags = normalize_tags(data["tags"])
    organization.fields.update(data.get("organization_fields") or {})
    return organization


def _location(vendor: Zendesk, organization: Organization) -> Json:
    return {"Location": f"{vendor.base_url}/api/v2/organizations/{organization.id}.json"}


@routes.post("/api/v2/organizations")
def create_organization(vendor: Zendesk, call: Call) -> Response:
    """Create an organization."""
    organization = _apply(vendor, None, object_of(call, "organization"))
    return reply({"organization": vendor.render.organization(organization)}, 201, _location(vendor, organization))


@routes.post("/api/v2/organizations/create_or_update")
def create_or_update(vendor: Zendesk, call: Call) -> Response:
    """Create an organization, or change the one with the same id or external id."""
    data = object_of(call, "organization")
    known = vendor.state.organizations.get(int(data.get("id") or 0))
    if known is None and data.get("external_id") is not None:
        known = next((row for row in vendor.state.organizations.values() if row.external_id == data["external_id"]), None)
    organization = _apply(vendor, known, data)
    body = {"organization": vendor.render.organization(organization)}
    return reply(body, 200 if known else 201, _location(vendor, organization))


@routes.post("/api/v2/organizations/create_many")
def create_many(vendor: Zendesk, call: Call) -> Response:
    """Create organizations by a job."""
    listed: Any = body_of(call, "organizations")
    rows = cast("list[Json]", listed if isinstance(listed, list) else [])
    if len(rows) > paging.MOST:
        raise too_many()
    jobs.admit(vendor, call)
    results = [_create_row(vendor, place, row) for place, row in enumerate(rows)]
    job = jobs.submit(vendor, "Bulk Create Organization", "Creating organization", len(rows), results)
    return reply({"job_status": job})


def _create_row(vendor: Zendesk, place: int, row: Json) -> Json:
    try:
        return {"id": _apply(vendor, None, row).id, "status": "Created"}
    except RefusedError as refused:
        text = getattr(refused, "text", "")
        return {"index": place, "error": "OrganizationCreateFailed", "details": text, "status": "Failed"}


@routes.put("/api/v2/organizations/<int:organization_id>")
def update_organization(vendor: Zendesk, call: Call, organization_id: int) -> Response:
    """Change an organization."""
    organization = _apply(vendor, _find(vendor, organization_id), object_of(call, "organization"))
    return reply({"organization": vendor.render.organization(organization)})


@routes.delete("/api/v2/organizations/<int:organization_id>")
def delete_organization(vendor: Zendesk, call: Call, organization_id: int) -> Response:
    """Delete an organization; its people and tickets lose it."""
    _find(vendor, organization_id)
    del vendor.state.organizations[organization_id]
    for holder in (*vendor.state.users.values(), *vendor.state.tickets.values()):
        if holder.organization_id == organization_id:
            holder.organization_id = None
    return Response(status=204)
