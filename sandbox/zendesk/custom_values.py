"""The values of custom fields: what is kept of an input, and the tags that a value carries.

Source: developer.zendesk.com, Ticket fields ("Ticket field types"). An unknown option of a drop-down vanishes without an
error (facetoe/zenpy issue 420); numbers and dates that are none are refused.
"""

from __future__ import annotations

import re
from typing import Any, cast

from .errors import invalid
from .records import Field

PATTERNS = {
    "date": (re.compile(r"\d{4}-\d{2}-\d{2}.*"), "is not a valid date"),
    "integer": (re.compile(r"\s*[-+]?\d+\s*"), "must be an integer"),
    "decimal": (re.compile(r"\s*[-+]?\d+(\.\d*)?\s*"), "must be a decimal number"),
}


def field_value(field: Field, value: Any) -> Any:
    """Give the kept value of a custom field; None stands for empty.

    Raises:
        InvalidError: the value is none of the field's type.
    """
    if value is None or value == "":
        return None
    if field.type == "checkbox":
        return str(value).lower() in {"true", "1"}
    if field.type in {"tagger", "multiselect"}:
        return _options(field, value)
    text = str(value).strip()
    pattern, words = PATTERNS.get(field.type, (None, "is not valid"))
    if field.type == "regexp" and field.regexp:
        pattern = re.compile(field.regexp.replace(r"\A", "").replace(r"\z", ""))
    if pattern is not None and not pattern.fullmatch(text):
        kind = f"Field{field.type.capitalize()}"
        raise invalid("base", f"{field.title}: {words}", ticket_field_id=field.id, ticket_field_type=kind)
    return text[:10] if field.type == "date" else text if pattern else str(value)


def _options(field: Field, value: Any) -> Any:
    known = {option.value for option in field.options}
    given = cast("list[Any]", value if isinstance(value, list) else [value])
    kept = [item for item in given if isinstance(item, str) and item in known]
    if field.type == "tagger":
        return kept[0] if kept else None
    return kept or None


def tags_of(field: Field, value: Any) -> list[str]:
    """Give the tags that a kept value puts on its ticket."""
    if not value:
        return []
    if field.type == "checkbox":
        return [field.tag] if field.tag else []
    if field.type == "tagger":
        return [value]
    return list(value) if field.type == "multiselect" else []
