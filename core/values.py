"""The values of groups, and when two of them are the same.

A group's value is a JSON object of its fields. People and groups are kept without the vendor's ids, so that values of
different tools can be compared: a person by e-mail, else by name, else (known to nobody else) by id.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from . import richtext
from .mapping import Mapping
from .model import GROUPS, SET_GROUPS, Document
from .state import Value

PEOPLE_FIELDS = frozenset({"requester", "assignee", "watchers"})
RICH_FIELDS = frozenset({"description"})


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
        return [_portable(field, item) for item in value]
    if isinstance(value, dict) and (field in PEOPLE_FIELDS or field == "group"):
        known = {name: value[name] for name in ("email", "name") if value.get(name)}
        return known or {"id": value.get("id")}
    return value


def key(value: Value) -> str:
    """Give a text that is equal exactly for equal values: empty fields left out, people by e-mail, sets in order."""
    return orjson.dumps(
        {field: reduced for field in sorted(value) if (reduced := _reduce(field, value[field])) is not None}
    ).decode()


def _reduce(field: str, value: Any) -> Any:
    if value is None or value == "" or value == [] or value == {}:
        return None
    if field in RICH_FIELDS:
        return richtext.comparable(value)
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip() or None
    if isinstance(value, list):
        return sorted(orjson.dumps(_reduce(field, item), option=orjson.OPT_SORT_KEYS).decode() for item in value)
    if isinstance(value, dict):
        if field in PEOPLE_FIELDS:
            return (value.get("email") or value.get("name") or value.get("id") or "").lower()
        if field == "group":
            return value.get("name") or value.get("id")
        return {name: item for name in sorted(value) if (item := _reduce(name, value[name])) is not None} or None
    return value


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
