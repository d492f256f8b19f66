"""Incidents as records: the values that the API gives, and beside them what takes several fields to say.

The API writes a person, a group or a link over many flat fields. The connector puts each beside them as one object:
``customer``, ``assignee`` and ``group`` with ``id``, ``name`` (and ``email``), ``links`` and ``sla`` as lists, and the
customer's own fields, whose names end in ``__c``, as ``custom``. Writing takes the same objects apart again.

Vendor facts (recorded entries): empty fields are null, seldom ``""``; a masked value is ``***``; dates are
``2022-12-23T08:47:49.000+0000``; a join form's ``Request ID`` doubles the entry's id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...core.connector import Json, Record
from .columns import CUSTOM, ID, MODIFIED
from .query import parse_stamp

CUSTOMER: Final = "customer"
ASSIGNEE: Final = "assignee"
GROUP: Final = "group"
LINKS: Final = "links"
SLA: Final = "sla"
FIGURES: Final = "figures"
CUSTOM_FIELDS: Final = "custom"


def entry_id(values: Mapping[str, Any]) -> str:
    """Give an incident's entry id; empty where its values do not tell it, as a staging row's, which has digits only."""
    told = values.get(ID) or values.get("Incident_Entry_ID")
    if told:
        return str(told)
    request = str(values.get("Request ID") or "")
    return request.partition("|")[0] if request[:1].isalpha() else ""


def joined_id(entry: str) -> str:
    """Give the id of an incident's entry on the join form."""
    return f"{entry}|{entry}"


def shaped(values: Json) -> Json:
    """Give the record of an incident's values: with its customer, assignee, group and custom fields as objects."""
    body = {name: value for name, value in values.items() if not name.endswith(CUSTOM)}
    custom = {name: value for name, value in values.items() if name.endswith(CUSTOM)}
    if custom:
        body[CUSTOM_FIELDS] = custom
    if any(name in values for name in ("Person ID", "Customer Login ID", "Last Name")):
        body[CUSTOMER] = _customer(values)
    if "Assignee Login ID" in values or "Assignee" in values:
        name = _told(values, "Assignee")
        body[ASSIGNEE] = {"id": _told(values, "Assignee Login ID") or name, "name": name}
    if "Assigned Group ID" in values or "Assigned Group" in values:
        name = _told(values, "Assigned Group")
        body[GROUP] = {"id": _told(values, "Assigned Group ID") or name, "name": name}
    return body


def _customer(values: Mapping[str, Any]) -> Json:
    name = " ".join(part for part in (_told(values, "First Name"), _told(values, "Last Name")) if part)
    email = _told(values, "Internet E-mail")
    person = {
        "id": _told(values, "Customer Login ID") or _told(values, "Person ID") or name or None,
        "name": name or None,
    }
    return {**person, "email": email} if email and "@" in email else person


def _told(values: Mapping[str, Any], name: str) -> str | None:
    """Give a text field; None where it is empty or masked."""
    value = values.get(name)
    return str(value) if value not in (None, "", "***", "###") else None


def record_of(body: Json) -> Record:
    """Give the record of a shaped incident."""
    modified = body.get(MODIFIED)
    return Record(
        id=str(body[ID]),
        body=body,
        version=modified,
        changed_at=parse_stamp(modified) if modified else None,
    )
