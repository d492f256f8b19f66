"""The values of groups, and when two of them are the same.

A group's value is a JSON object of its fields. People and groups are kept without the vendor's ids, so that values of
different tools can be compared: a person by e-mail, else by name, else (known to nobody else) by id.
"""

from __future__ import annotations

import hashlib
from typing import Any, cast

import orjson

from ..ledger.state import Value
from ..model import GROUPS, SET_GROUPS, Document
from ..text import richtext
from .mapping import Mapping
from .transforms import plain_text

PEOPLE_FIELDS = frozenset({"requester", "assignee", "watchers"})
RICH_FIELDS = frozenset({"description"})
FREE_FIELDS = frozenset({"custom"})
"""Fields with values of any kind, of which tools differ in the type: one tells 5, the other "5"."""

_PORTABLE = {
    **dict.fromkeys(PEOPLE_FIELDS, ("email", "name")),
    "group": ("name",),
    "configuration_items": ("external_id", "serial", "name"),
}
"""What of a person, group or item means the same at every tool."""


def group_values(doc: Document, mapping: Mapping) -> dict[str, Value]:
    """Give the value of each group that this tool can hold; a group that the vendor did not tell is absent."""
    values: dict[str, Value] = {}
    for group, fields in GROUPS.items():
        if not mapping.writable.intersection(fields):
            continue
        value = {field: _portable(field, doc[field]) for field in fields if field in doc}
        if value:
            values[group] = value
    return values


def held_groups(mapping: Mapping) -> frozenset[str]:
    """Give the groups that can be written at a member with this mapping at any time."""
    return frozenset(group for group, fields in GROUPS.items() if mapping.writable.intersection(fields))


def _portable(field: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_portable(field, item) for item in cast("list[Any]", value)]
    if isinstance(value, dict) and field in _PORTABLE:
        thing = cast("dict[str, Any]", value)
        known = {name: thing[name] for name in _PORTABLE[field] if thing.get(name)}
        return known or {"id": thing.get("id")}
    return cast("Any", value)


def key(value: Value) -> str:
    """Give a text that is equal exactly for equal values: empty fields left out, people by e-mail, sets in order."""
    return _text({field: reduced for field, item in value.items() if (reduced := _reduce(field, item)) is not None})


def _text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _reduce(field: str, value: Any) -> Any:
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, list):
        items = (_reduce(field, item) for item in cast("list[Any]", value))
        return sorted(_text(item) for item in items if item is not None) or None
    if isinstance(value, dict):
        return _reduce_object(field, cast("dict[str, Any]", value))
    if field in RICH_FIELDS and isinstance(value, str):
        return richtext.comparable(value)
    if isinstance(value, str):
        return richtext.normal_text(value).strip() or None
    return plain_text(value) if field in FREE_FIELDS else value


def _reduce_object(field: str, value: dict[str, Any]) -> Any:
    if field in PEOPLE_FIELDS:
        return (value.get("email") or value.get("name") or value.get("id") or "").lower() or None
    if field == "group":
        return value.get("name") or value.get("id") or None
    inner = field if field in FREE_FIELDS else ""
    return {name: reduced for name, item in value.items() if (reduced := _reduce(inner, item)) is not None} or None


def same(one: Value, other: Value) -> bool:
    """Tell whether two values of a group are the same."""
    return one == other or key(one) == key(other)


def elements(value: Value | None) -> dict[str, Any]:
    """Give the elements of a set group's value by their keys."""
    if not value:
        return {}
    ((field, items),) = value.items()
    return {key({field: [item]}): item for item in items or ()}


def set_value(group: str, items: dict[str, Any]) -> Value:
    """Give the value of a set group that holds these elements."""
    (field,) = GROUPS[group]
    return {field: [items[element] for element in sorted(items)]}


def is_set(group: str) -> bool:
    """Tell whether a group travels as additions and removals."""
    return group in SET_GROUPS


def fingerprint(*values: Value | None) -> str:
    """Give a short digest of some values, to notice when any of them changes."""
    joined = "\n".join("" if value is None else key(value) for value in values)
    return hashlib.sha256(joined.encode()).hexdigest()[:32]
