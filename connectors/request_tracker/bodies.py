"""Build the bodies of Request Tracker's write calls from records as the mapping makes them.

Vendor facts (measured on 5.0.3):

- Times are written ``YYYY-MM-DD HH:MM:SS`` in UTC, whatever the account's zone; an empty text clears one.
- ``Requestor`` and ``Cc`` replace the whole list. ``Nobody`` is the owner of a ticket without one.
- A custom field is named by number and takes a value, or a list of them, which replaces all. ``null`` clears a field of one
  value, but leaves as many empty values in one of many: that is cleared by an empty list.
- A field that RT does not know is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Final, cast

from ...core.connector import Json
from ...core.shapes import as_list, as_object
from .payloads import NOBODY

PLAIN: Final = ("Subject", "Status", "Priority")
HTML: Final = "text/html"


def written(body: Json, many: Collection[str], others: Collection[str] = ()) -> Json:
    """Give the fields of a ticket as RT takes them.

    Args:
        body: the record's fields to write.
        many: numbers of the custom fields that hold many values.
        others: requestors beside the first, who stay.
    """
    sent: Json = {key: body[key] for key in PLAIN if body.get(key) is not None}
    if body.get("Queue"):
        sent["Queue"] = int(body["Queue"])
    if "Owner" in body:
        sent["Owner"] = body["Owner"] or NOBODY
    if "Requestor" in body:
        sent["Requestor"] = list(dict.fromkeys([*([body["Requestor"]] if body["Requestor"] else []), *others]))
    if "Cc" in body:
        sent["Cc"] = list(body["Cc"] or ())
    if "Due" in body:
        sent["Due"] = spaced(body["Due"])
    if body.get("CustomFields"):
        entries = [as_object(each) for each in as_list(body["CustomFields"])]
        sent["CustomFields"] = {str(entry["id"]): _value(entry, many) for entry in entries}
    return sent


def created(body: Json, many: Collection[str]) -> Json:
    """Give the body of a create: the text is sent once, as HTML."""
    return {**written(body, many), "Content": body.get("Content") or "", "ContentType": HTML}


def spaced(value: str | None) -> str:
    """Give a time as RT takes it."""
    return f"{datetime.fromisoformat(value).astimezone(UTC):%Y-%m-%d %H:%M:%S}" if value else ""


def _value(entry: Json, many: Collection[str]) -> Any:
    value = entry.get("value")
    if str(entry["id"]) in many:
        return _listed(value)
    return None if value == "" else value


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list):
        return cast("list[Any]", value)
    return [] if value in (None, "") else [value]


# -- what became of it


def unlike(sent: Json, held: Json) -> list[str]:
    """Give the fields that do not hold what was sent, in RT's words.

    Args:
        sent: the fields of an update, as :func:`written` gives them.
        held: the record of the ticket as it was read afterwards.
    """
    wrong = [key for key in PLAIN if key in sent and _plain(sent[key]) != _plain(held.get(key))]
    if "Queue" in sent and str(sent["Queue"]) != held.get("Queue"):
        wrong.append("Queue")
    if "Owner" in sent and _fold(sent["Owner"]) != _fold(held.get("Owner") or NOBODY):
        wrong.append("Owner")
    if "Requestor" in sent and len(sent["Requestor"]) != len(_people(held, "Requestor")):
        wrong.append("Requestor")
    if "Cc" in sent and len(sent["Cc"]) != len(_people(held, "Cc")):
        wrong.append("Cc")
    if "Due" in sent and sent["Due"] != spaced(held.get("Due")):
        wrong.append("Due")
    kept = {str(each["id"]): each.get("value") for each in as_list(held.get("CustomFields"))}
    fields = as_object(sent.get("CustomFields"))
    return wrong + [f"custom field {field}" for field, value in fields.items() if _flat(value) != _flat(kept.get(field))]


def _plain(value: Any) -> str:
    """RT drops line breaks and blanks around a subject, and tells numbers as texts."""
    return "".join(str(value or "").split())


def _fold(value: Any) -> str:
    return str(value).lower()


def _people(held: Json, key: str) -> list[str]:
    first = held.get(key)
    return [*([first] if first else []), *(held.get("OtherRequestors") or ())] if key == "Requestor" else list(first or ())


def _flat(value: Any) -> list[str]:
    return sorted(_plain(each) for each in _listed(value) if each not in (None, ""))
