"""Tickets out of whatever the vendor returns that holds them, as flat records.

Vendor facts (ServiceNow documentation, Table API; recorded replies; outbound messages are made by hand, so their shape is
anything): a value is bare, or an object with ``value``, ``display_value`` and ``link`` as the caller asked. A batch's reply
holds bodies in base64.

What a display value cannot tell is taken so: a label stands where the code should (the mapping's aliases know those of the
base product); a time in ISO form counts as UTC, though it is in the zone of whoever asked; any other time is kept under
``COLUMN.display_value``. A reference that is told by name only has that name for its id.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from ...core.connector import Json
from ...core.shapes import json_in, records_in
from .columns import listed

TIMES: Final = frozenset(
    listed(
        """opened_at resolved_at closed_at due_date sla_due activity_due follow_up expected_start work_start work_end
    reopened_time sys_created_on sys_updated_on"""
    )
)
REFERENCES: Final = frozenset(
    listed(
        """caller_id opened_by assigned_to assignment_group company location cmdb_ci business_service service_offering
    resolved_by closed_by reopened_by parent parent_incident problem_id rfc caused_by sys_domain contract"""
    )
)
TASKS: Final = {"problem_id", "rfc", "caused_by", "parent", "parent_incident"}
"""References whose display value is a number."""
JOURNALS: Final = ("comments", "work_notes", "comments_and_work_notes")
OTHER_CLASSES: Final = frozenset(
    listed(
        """problem change_request change_task problem_task sc_request sc_req_item sc_task kb_knowledge
    sys_user sys_user_group sys_journal_field sys_attachment cmdb_ci"""
    )
)
MARKS: Final = frozenset(
    listed(
        """short_description description state incident_state caller_id opened_at impact urgency priority assigned_to
    assignment_group"""
    )
)
"""Columns of which a ticket shows at least one."""
DURATIONS: Final = (("calendar_stc", False), ("business_stc", True))
"""Columns with the seconds to resolve, and whether they are business time. [ServiceNow documentation, incident metrics]"""
NOT_TICKETS: Final = frozenset({"previous"})
"""Keys under which an older state of the same ticket travels."""
ISO: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(Z|\.\d+Z?)?")


def unwrap(payload: Any) -> Iterator[Json]:
    """Give each ticket of a payload as a flat record."""
    return records_in(payload, lambda body: flat(body) if is_ticket(body) else None, apart=NOT_TICKETS, opened=_opened)


def _opened(text: str) -> Any:
    """Open JSON that travels as text: bare, or in base64 as in a batch's reply."""
    found = text.strip()
    if found.startswith(("eyJ", "W3s")):
        try:
            found = base64.b64decode(found, validate=True).decode()
        except ValueError:
            return None
    return json_in(found)


def is_ticket(body: Mapping[str, Any]) -> bool:
    """Tell whether an object is a ticket: it has an id or a number, a column that only tasks have, and no other class."""
    kind = str(_told(body.get("sys_class_name")) or "").lower().replace(" ", "_")
    if kind in OTHER_CLASSES:
        return False
    known = bool(_told(body.get("sys_id")) or _told(body.get("number")))
    return known and ("number" in body or not MARKS.isdisjoint(body))


def flat(body: Mapping[str, Any]) -> Json:
    """Give a ticket as a flat record."""
    record: Json = {}
    for column, cell in body.items():
        if isinstance(cell, dict):
            _put_object(record, column, cast("Json", cell))
        else:
            _put(record, column, _plain(cell))
    for column in JOURNALS:
        if record.get(column) == "":
            del record[column]
    if not record.get("state") and record.get("incident_state"):
        record["state"] = record["incident_state"]
    if not record.get("sys_id"):
        record["sys_id"] = record["number"]
    return with_figures(record)


def with_figures(row: Json) -> Json:
    """Give a row with the durations that it states, as documents hold them."""
    stated = [
        {"figure": "resolve", "seconds": int(row[column]), "business": business, "source": column}
        for column, business in DURATIONS
        if str(row.get(column) or "").isdigit()
    ]
    return {**row, "figures": stated} if any(column in row for column, _ in DURATIONS) else row


def _told(cell: Any) -> Any:
    if isinstance(cell, dict):
        body = cast("Json", cell)
        return body.get("value") or body.get("display_value")
    return cell


def _plain(value: Any) -> Any:
    """Give a value as the API gives it: text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return ",".join(items) if all(isinstance(item, str) for item in items) else items
    return value


def _put(record: Json, column: str, value: Any) -> None:
    if column in TIMES and isinstance(value, str) and value and not ISO.fullmatch(value):
        record[f"{column}.display_value"] = value
        return
    record[column] = value
    if column in REFERENCES and value and not _is_id(value):
        record.setdefault(_name_of(column), value)


def _put_object(record: Json, column: str, cell: Json) -> None:
    """Take an object apart: value, display value and link, or the columns of a referenced record."""
    if not cell.keys() <= {"value", "display_value", "link"}:
        _put_inner(record, column, cell)
        return
    value, shown, link = cell.get("value"), cell.get("display_value"), cell.get("link")
    if value is None and link:
        value = str(link).rstrip("/").rpartition("/")[2]
    if value is None:
        _put(record, column, _plain(shown))
        return
    _put(record, column, _plain(value))
    if column in JOURNALS and shown:
        record[column] = shown
    if (link or column in REFERENCES) and value and shown:
        record[_name_of(column)] = shown


def _put_inner(record: Json, column: str, cell: Json) -> None:
    """A referenced record told whole: its id is the value, the rest are companions."""
    person_id = _told(cell.get("sys_id")) or _told(cell.get("value"))
    if column not in REFERENCES or not person_id:
        record[column] = cell
        return
    record[column] = _plain(person_id)
    for name, inner in cell.items():
        if name not in ("sys_id", "value", "link"):
            record[_name_of(column) if name == "display_value" else f"{column}.{name}"] = _plain(_told(inner))


def _name_of(column: str) -> str:
    return f"{column}.number" if column in TASKS else f"{column}.name"


def _is_id(value: str) -> bool:
    return bool(re.fullmatch(r"[0-9a-f]{32}", value)) or value == "global"
