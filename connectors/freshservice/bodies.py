"""Build the bodies of Freshservice's write calls from records as the mapping makes them.

Vendor facts (api.freshservice.com, tickets):

- Any key that a call does not know fails it as a whole; so does a value of the wrong type. Ids and codes are integers.
- ``cc_emails`` and ``workspace_id`` are taken by a create only, resolution notes by an update only. What empties a code is
  not told, and no ticket is without one.
- A write of ``tags`` replaces them all; ``custom_fields`` changes what it names.
- ``due_by`` goes with ``fr_due_by`` only, and must be later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, cast

from ...core.connector import Json
from ...core.errors import RejectedError
from ...core.mapping.transforms import plain_text
from ...core.model import format_time
from ...core.shapes import as_list, as_object
from .payloads import parse_time

IDS: Final = frozenset({"requester_id", "responder_id", "group_id", "department_id"})
CODES: Final = frozenset({"priority", "urgency", "impact", "source"})
NEVER_EMPTY: Final = CODES | {"subject", "description", "status", "requester_id", "due_by"}
"""Keys that a ticket cannot be without: none of them is sent empty."""
AFTERWARDS: Final = frozenset({"resolution_notes_html"})
"""What only an update takes."""
CREATE_ONLY: Final = frozenset({"cc_emails", "workspace_id"})
SEPARATE: Final = frozenset({"type", "department"})
"""What a call of its own sets, or another key."""
RESPONSE_BEFORE: Final = timedelta(minutes=1)
"""By how much the first response is due before the resolution, where nothing else says."""


def integer(value: Any) -> Any:
    """Give an id or code as the API takes it: an integer, wherever it is one."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


def written(body: Json, status_code: Callable[[str], int | str], departments: Mapping[int, str]) -> Json:
    """Give a body with codes and ids as the API takes them, without what cannot be written so.

    Raises:
        RejectedError: it names a status that the account does not have.
    """
    found: Json = {}
    for key, value in body.items():
        if key in SEPARATE or (key in NEVER_EMPTY and value in (None, "")):
            continue
        if key in IDS | CODES:
            found[key] = integer(value)
        elif key == "status":
            found[key] = status_code(str(value))
        elif key == "custom_fields":
            found[key] = {str(each["id"]): each.get("value") for each in map(as_object, as_list(value))}
        else:
            found[key] = value
    if "department" in body:
        names = {name: number for number, name in departments.items()}
        found["department_id"] = names.get(body["department"])
    return found


def created(values: Json) -> Json:
    """Give the values of a create: nothing empty, and nothing that only an update takes."""
    found = {key: value for key, value in values.items() if value not in (None, "", [], {}) and key not in AFTERWARDS}
    if "custom_fields" in found:
        found["custom_fields"] = {name: value for name, value in found["custom_fields"].items() if value is not None}
    return found | _due(found, None)


def changed(values: Json, held: Json) -> Json:
    """Give the values of an update.

    Args:
        values: what is to be written.
        held: the ticket as it stands; needed where ``due_by`` changes.
    """
    found = {key: value for key, value in values.items() if key not in CREATE_ONLY}
    return found | _due(found, held.get("fr_due_by"))


def _due(values: Json, first: str | None) -> Json:
    """Give the time of the first response that goes with a new due time: the one it has, else shortly before."""
    if not values.get("due_by"):
        return {}
    due = parse_time(values["due_by"])
    kept = parse_time(first) if first else due
    return {"fr_due_by": format_time(kept if kept < due else due - RESPONSE_BEFORE)}


def fitted(fields: Json, form: Mapping[str, Json] | None, connection: str) -> Json:
    """Give values of the account's own fields in the types that these take.

    Args:
        fields: value by name.
        form: the fields of the form by name; None where it is hidden: then nothing is checked.
        connection: for messages.

    Raises:
        RejectedError: a field does not exist, before Freshservice refuses the whole write for it.
    """
    if form is None:
        return fields
    strange = sorted(name for name in fields if name not in form)
    if strange:
        raise RejectedError(
            f"tickets have no field {', '.join(strange)}; take it out of the mapping", connection=connection
        )
    return {name: _of_type(value, str(form[name].get("field_type"))) for name, value in fields.items()}


def _of_type(value: Any, kind: str) -> Any:
    if value in (None, ""):
        return None
    if isinstance(value, list | dict):
        return cast("Any", value)
    text = plain_text(value)
    if kind == "custom_checkbox":
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(text.lower(), value)
    if kind in ("custom_number", "custom_decimal"):
        return _number(text, value, whole=kind == "custom_number")
    return text if kind in ("custom_text", "custom_paragraph", "custom_dropdown") else value


def _number(text: str, value: Any, *, whole: bool) -> Any:
    try:
        number = float(text)
    except ValueError:
        return value
    return int(number) if whole and number.is_integer() else number
