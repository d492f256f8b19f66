"""What the mapping names beyond the common transforms."""

from __future__ import annotations

from typing import Any, Final

from ...core.mapping.transforms import UNRESOLVED, Names, Transform, find_transform, plain_text
from ...core.model import ConfigurationItem
from ...core.shapes import as_list, as_object
from ...core.text.markup import canonical
from ...core.text.richtext import from_text, to_text
from .shapes import milliseconds


def _unwritten(value: Any, names: Names) -> Any:
    return UNRESOLVED


def _read_url(value: Any, names: Names) -> str | None:
    """Give the page on which people open a request; None where the address of the tool is unknown."""
    request_id = plain_text(value) if value else ""
    if not names.base_url or not request_id.isdigit():
        return None
    if len(request_id) >= 15:  # the Cloud's ids have 18 digits
        return f"{names.base_url}/app/itdesk/ui/requests/{request_id}/details"
    return f"{names.base_url}/WorkOrder.do?woMode=viewWO&woID={request_id}"


RECORD_URL: Final = Transform(_read_url, _unwritten, loss="the address of a request is the tool's own")
"""A request's id -> the address of its page (public clients, links to requests)."""


def _read_plain(value: Any, names: Names) -> str | None:
    return None if value in (None, "") else to_text(canonical(plain_text(value))) or None


def _write_plain(value: Any, names: Names) -> str:
    return from_text(value) if value else ""


PLAIN: Final = Transform(_read_plain, _write_plain, loss="a resolution's formatting becomes readable text", coarse=True)
"""HTML that people read as plain text."""


def _read_watchers(value: Any, names: Names) -> list[Any]:
    return [{"email": plain_text(each).lower()} for each in as_list(value)]


def _write_watchers(value: Any, names: Names) -> list[str]:
    return [person["email"] for person in value or () if person.get("email")]


WATCHERS: Final = Transform(_read_watchers, _write_watchers, loss="who watches is known by an e-mail address only")
"""Addresses that are told of a request."""


def _read_items(value: Any, names: Names) -> list[Any]:
    found: list[Any] = []
    for each in as_list(value):
        told = as_object(each)
        known = names.item(plain_text(told["id"]))
        item = known.model_dump(mode="json", exclude_none=True) if known else {"id": plain_text(told["id"])}
        found.append({**item, **({"name": told["name"]} if told.get("name") else {})})
    return found


def _write_items(value: Any, names: Names) -> Any:
    ids = [names.item_id(ConfigurationItem.model_validate(each)) for each in value or ()]
    known = [{"id": each} for each in ids if each]
    return UNRESOLVED if value and not known else known


ITEMS: Final = Transform(
    _read_items, _write_items, loss="items are matched by serial or exact name; those that the target lacks are left out"
)
"""Configuration items."""


def _read_custom(value: Any, names: Names) -> dict[str, Any]:
    """Read custom fields by the names that people see; a time is told as RFC 3339."""
    found: dict[str, Any] = {}
    for key, item in as_object(value).items():
        told = find_transform("epoch_ms").read(item["value"], names) if milliseconds(item) is not None else item
        found[names.field_name(key) or key] = told
    return found


def _write_custom(value: Any, names: Names) -> dict[str, Any]:
    named = ((names.field_id(name), item) for name, item in as_object(value).items())
    return {key: item for key, item in named if key is not None}


CUSTOM: Final = Transform(_read_custom, _write_custom, loss="custom fields that the target lacks are left out")
"""Custom fields, matched by the names that people see."""


def _read_confirmation(value: Any, names: Names) -> Any:
    return {"state": "confirmed"} if value is True else None


CONFIRMATION: Final = Transform(_read_confirmation, _unwritten)
"""Whether the requester acknowledged the resolution; what is not acknowledged need not have been asked."""
