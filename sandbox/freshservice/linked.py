"""Problems and changes: what a ticket can be associated with (api.freshservice.com, "Problems", "Changes").

Their numbers are those that people see, so a ticket names them by ``display_id``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import bodies, paging, text
from .errors import not_found
from .records import Json
from .times import iso
from .values import Values

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()

KINDS = "<any(problems, changes):kind>"
COMMON: dict[str, Any] = {
    "agent_id": None, "group_id": None, "department_id": None, "priority": 1, "impact": 1, "status": 1,
    "category": None, "sub_category": None, "item_category": None, "email_config_id": None,
}  # fmt: skip
OWN: dict[str, dict[str, Any]] = {
    "problems": {"known_error": False, "due_by": None},
    "changes": {
        "risk": 1, "change_type": 1, "approval_status": 4, "planned_start_date": None, "planned_end_date": None,
    },
}  # fmt: skip
STATUSES = {"problems": range(1, 4), "changes": range(1, 7)}


def _all(vendor: Freshservice, kind: str) -> dict[int, Json]:
    return vendor.state.problems if kind == "problems" else vendor.state.changes


def _find(vendor: Freshservice, kind: str, number: int) -> Json:
    found = _all(vendor, kind).get(number)
    if found is None or found["deleted"]:
        raise not_found()
    return found


def _single(kind: str, record: Json, status: int = 200) -> Response:
    return reply({kind.removesuffix("s"): record}, status)


@routes.get(f"/api/v2/{KINDS}")
def list_records(vendor: Freshservice, call: Call, kind: str) -> Response:
    """List problems or changes."""
    paging.parameters(call, ("workspace_id", "updated_since"))
    rows = [row for row in _all(vendor, kind).values() if not row["deleted"]]
    return reply({kind: paging.cut(vendor, call, rows)})


@routes.get(f"/api/v2/{KINDS}/<int:number>")
def show_record(vendor: Freshservice, call: Call, kind: str, number: int) -> Response:
    """Show a problem or change."""
    return _single(kind, _find(vendor, kind, number))


def _read(vendor: Freshservice, call: Call, kind: str, *, creating: bool) -> Json:
    values = Values(bodies.read(call).data)
    values.only({"subject", "description", "requester_id", "email", *COMMON, *OWN[kind]})
    for key in ("subject", "description"):
        if creating or key in values.data:
            values.text(key, required=True)
    person = vendor.state.with_email(values.email("email") or "") if values.has("email") else None
    requester_id = values.number("requester_id") or (person.id if person else None)
    if requester_id is not None and requester_id not in vendor.state.people:
        values.problems.unmatched("requester_id", "requester")
    if creating and requester_id is None:
        values.problems.blank("requester_id")
    if values.has("status"):
        values.choice("status", STATUSES[kind])
    for key in ("due_by", "planned_start_date", "planned_end_date"):
        values.moment(key)
    values.problems.check()
    found = {key: value for key, value in values.data.items() if key != "email"}
    if "description" in found:
        found["description"] = text.stored(found["description"])
        found["description_text"] = text.plain(found["description"])
    return found if requester_id is None else found | {"requester_id": requester_id}


@routes.post(f"/api/v2/{KINDS}")
def create_record(vendor: Freshservice, call: Call, kind: str) -> Response:
    """Create a problem or change."""
    rows, now = _all(vendor, kind), iso(vendor.now())
    found = _read(vendor, call, kind, creating=True)
    number = len(rows) + 1
    rows[number] = {"id": number, **COMMON, **OWN[kind], "deleted": False, "created_at": now, "updated_at": now} | found
    return _single(kind, rows[number], 201)


@routes.put(f"/api/v2/{KINDS}/<int:number>")
def update_record(vendor: Freshservice, call: Call, kind: str, number: int) -> Response:
    """Change a problem or change."""
    record = _find(vendor, kind, number)
    record |= _read(vendor, call, kind, creating=False) | {"updated_at": iso(vendor.now())}
    return _single(kind, record)


@routes.delete(f"/api/v2/{KINDS}/<int:number>")
def delete_record(vendor: Freshservice, call: Call, kind: str, number: int) -> Response:
    """Put a problem or change into the trash; tickets stay associated."""
    _find(vendor, kind, number)["deleted"] = True
    return Response(status=204)
