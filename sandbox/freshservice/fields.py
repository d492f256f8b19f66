"""The ticket form: standard and own fields with their choices, and own sources (api.freshservice.com, "Ticket fields").

Without ``workspace_id`` it has the fields of all workspaces and of the primary one. Whether a status stops the SLA clock is
told nowhere. A new source gets a number from 1001.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import account, bodies, paging
from .records import GLOBAL_WORKSPACE, PRIMARY_WORKSPACE, Choice, Field, Json, Source
from .times import iso
from .values import Values

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()

STANDARD: tuple[tuple[str, str, str, bool, bool], ...] = (
    ("workspace_id", "Workspace", "default_workspace", True, True),
    ("requester", "Requester", "default_requester", True, True),
    ("subject", "Subject", "default_subject", True, True),
    ("source", "Source", "default_source", False, False),
    ("ticket_type", "Type", "default_ticket_type", False, False),
    ("status", "Status", "default_status", True, False),
    ("urgency", "Urgency", "default_urgency", False, False),
    ("impact", "Impact", "default_impact", False, False),
    ("priority", "Priority", "default_priority", True, False),
    ("group", "Group", "default_group", False, False),
    ("agent", "Assigned to", "default_agent", False, False),
    ("department", "Department", "default_department", False, False),
    ("description", "Description", "default_description", True, True),
    ("category", "Category", "default_category", False, False),
)
"""Name, label, type, required for agents, required for customers."""
NESTED = (("sub_category", "Sub-Category", 2), ("item_category", "Item", 3))


@routes.get("/api/v2/ticket_form_fields")
def list_fields(vendor: Freshservice, call: Call) -> Response:
    """List the fields of the form."""
    values = paging.parameters(call, ("workspace_id",))
    known = [row["id"] for row in vendor.workspaces()]
    workspace = values.choice("workspace_id", known) if values.has("workspace_id") else PRIMARY_WORKSPACE
    values.problems.check()
    return reply({"ticket_fields": all_fields(vendor, workspace or PRIMARY_WORKSPACE)})


def all_fields(vendor: Freshservice, workspace_id: int) -> list[Json]:
    """Give the fields of a workspace's form."""
    strict = vendor.required_for_closure(workspace_id)
    rows = [
        _standard(vendor, position, entry, workspace_id, closing=entry[0] in strict)
        for position, entry in enumerate(STANDARD)
    ]
    own = vendor.state.fields_of(workspace_id)
    rows += [
        _own(vendor, position, field, closing=field.name in strict) for position, field in enumerate(own, len(STANDARD))
    ]
    return rows


def _row(vendor: Freshservice, number: int, name: str, label: str, kind: str, position: int) -> Json:
    founded = iso(vendor.state.founded)
    return {
        "id": number,
        "label": label,
        "description": label,
        "field_type": kind,
        "created_at": founded,
        "updated_at": founded,
        "position": position,
        "required_for_closure": False,
        "name": name,
        "default_field": kind.startswith("default_"),
        "required_for_agents": False,
        "customers_can_edit": False,
        "label_for_customers": label,
        "required_for_customers": False,
        "displayed_to_customers": False,
        "belongs_to_section": False,
        "choices": [],
        "nested_fields": [],
        "sections": [],
        "workspace_id": GLOBAL_WORKSPACE,
    }


def _standard(
    vendor: Freshservice, position: int, entry: tuple[str, str, str, bool, bool], workspace_id: int, *, closing: bool
) -> Json:
    name, label, kind, for_agents, for_customers = entry
    row = _row(vendor, vendor.state.form_ids[name], name, label, kind, position)
    row |= {
        "required_for_agents": for_agents,
        "required_for_customers": for_customers,
        "customers_can_edit": for_customers,
        "displayed_to_customers": for_customers or name == "status",
        "required_for_closure": closing,
        "choices": _choices(vendor, name, workspace_id),
    }
    if name == "workspace_id":
        row["workspace_id"] = None
    if name == "requester":
        row |= {"portal_cc": False, "portalcc_to": "company"}
    if name == "category":
        row["nested_fields"] = [_nested(vendor, row["id"], *nested) for nested in NESTED]
    return row


def _nested(vendor: Freshservice, field_id: int, name: str, label: str, level: int) -> Json:
    founded = iso(vendor.state.founded)
    return {
        "name": name,
        "id": vendor.state.form_ids[name],
        "label": label,
        "label_in_portal": label,
        "level": level,
        "description": f"Ticket {label}",
        "created_at": founded,
        "updated_at": founded,
        "field_id": field_id,
    }


def _choices(vendor: Freshservice, name: str, workspace_id: int) -> list[Json]:
    state = vendor.state
    pairs: dict[str, Iterable[tuple[int, str]]] = {
        "source": state.source_names().items(),
        "urgency": account.LEVELS.items(),
        "impact": account.LEVELS.items(),
        "priority": account.PRIORITIES.items(),
        "group": ((row.id, row.name) for row in state.groups.values() if row.workspace_id == workspace_id),
        "agent": ((row.id, row.name) for row in state.people.values() if row.is_agent and row.active),
        "department": ((row.id, row.name) for row in state.departments.values()),
    }
    if name == "status":
        return [
            {"id": number, "value": shown, "requester_display_value": for_requester}
            for number, (shown, for_requester) in state.statuses.items()
        ]
    if name == "category":
        return nested_choices(state.categories)
    return [{"id": number, "value": value} for number, value in pairs.get(name, ())]


def nested_choices(choices: tuple[Choice, ...], level: int = 1) -> list[Json]:
    """Give the choices of a dependent field; the third level has none below."""
    rows: list[Json] = []
    for place, choice in enumerate(choices, 1):
        row: Json = {"id": choice.id, "display_id": place, "value": choice.value}
        if level < 3:
            row["nested_options"] = nested_choices(choice.choices, level + 1)
        rows.append(row)
    return rows


def _own(vendor: Freshservice, position: int, field: Field, *, closing: bool) -> Json:
    kind = field.kind.removesuffix("_time")
    row = _row(vendor, field.id, field.name, field.label, kind, position)
    choices = [
        {"id": choice.id, "display_id": place, "value": choice.value} for place, choice in enumerate(field.choices, 1)
    ]
    row |= {
        "required_for_agents": field.required,
        "required_for_closure": closing,
        "choices": choices,
        "workspace_id": field.workspace_id,
    }
    return row | _date_only(field)


def _date_only(field: Field) -> dict[str, Any]:
    return {"date_only": field.kind == "custom_date"} if field.kind.startswith("custom_date") else {}


@routes.post("/api/v2/ticket_fields/sources")
def create_source(vendor: Freshservice, call: Call) -> Response:
    """Create a source."""
    values = Values(bodies.read(call).data)
    values.only({"name"})
    name = values.text("name", required=True) or ""
    names = vendor.state.source_names()
    if name in names.values():
        values.problems.add("name", "It should be a unique value", "duplicate_value")
    values.problems.check()
    source = Source(vendor.state.next_id(), max(*names, account.FIRST_OWN_SOURCE - 1) + 1, name, vendor.now())
    vendor.state.sources[source.id] = source
    body = {
        "id": source.id,
        "created_at": iso(source.created),
        "updated_at": iso(source.created),
        "choice_id": source.choice_id,
        "value": source.value,
        "position": len(names) + 1,
        "visible": True,
        "default": False,
    }
    return reply({"source": body}, 201)
