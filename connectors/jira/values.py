"""Values of custom fields, both ways: plain words, numbers and lists of words in a record, Jira's objects on the wire.

Vendor facts:

- An option is ``{"value"}``, with a ``child`` where it cascades; people, groups, versions and components are objects with a
  name; a text area is a document (version 3) or wiki markup (version 2); a moment has an offset without a colon.
  [developer.atlassian.com, issue fields]
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import orjson

from ...core.errors import RejectedError
from ...core.model import format_time
from ...core.shapes import as_list, as_object
from ...core.text.adf import read_adf, write_adf
from ...core.text.richtext import from_text, to_text
from ...core.text.wiki import read_wiki, write_wiki
from .columns import SiteField

WRITABLE: Final = frozenset({"string", "number", "date", "datetime", "option", "option-with-child"})
"""Types of custom fields, and of the items of lists, whose values can be written from plain words."""
UNDER: Final = " > "
"""Stands between an option and its child."""
TEXT_AREA: Final = ":textarea"


def plain(value: Any, *, moment: bool = False) -> Any:
    """Give a value of a custom field in plain words.

    Args:
        value: as Jira gives it.
        moment: the field holds a moment.
    """
    if isinstance(value, list):
        return [plain(each) for each in as_list(value)]
    if isinstance(value, str) and moment:
        return moment_of(value)
    if not isinstance(value, dict):
        return value
    body = as_object(value)
    if body.get("type") == "doc":
        return to_text(read_adf(orjson.dumps(body).decode()))
    if "value" in body:
        child = as_object(body.get("child"))
        return f"{body['value']}{UNDER}{child['value']}" if child.get("value") else body["value"]
    return next((body[key] for key in ("displayName", "name", "key") if body.get(key)), body)


def moment_of(text: str) -> str:
    """Give a moment as RFC 3339 in UTC; a text that is none stays as it is."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return format_time(found if found.tzinfo else found.replace(tzinfo=UTC))


def wire_moment(text: str) -> str:
    """Give a moment as Jira takes it."""
    found = datetime.fromisoformat(text)
    utc = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


class RichText:
    """Rich text as one version of the API speaks it; a record holds the JSON text of a document."""

    def __init__(self, *, documents: bool) -> None:
        """Speak documents (version 3), or wiki markup (version 2)."""
        self._documents = documents

    def held(self, value: Any) -> str | None:
        """Give what a record holds of a text that Jira gave, in whichever form."""
        if isinstance(value, dict):
            return orjson.dumps(value).decode()
        return (write_adf(read_wiki(value)) or None) if isinstance(value, str) else None

    def sent(self, text: str | None) -> Any:
        """Give what is sent for a text that a record holds."""
        if not text:
            return None
        markup = read_adf(text)
        return orjson.loads(text if text.startswith("{") else write_adf(markup)) if self._documents else write_wiki(markup)

    def sent_words(self, words: str | None) -> Any:
        """Give what is sent for plain words."""
        return self.sent(write_adf(from_text(words))) if words else None


def wire(field: SiteField, value: Any, text: RichText) -> Any:
    """Give a custom field's value as Jira takes it.

    Raises:
        RejectedError: the value cannot be one of this field.
    """
    if value is None or value in ("", []):
        return None
    if field.type == "array":
        return [_item(field, field.items, each, text) for each in (as_list(value) or [value])]
    return _item(field, field.type, value, text)


def _item(field: SiteField, kind: str, value: Any, text: RichText) -> Any:
    try:
        match kind:
            case "option":
                return {"value": str(value)}
            case "option-with-child":
                parent, _, child = str(value).partition(UNDER)
                return {"value": parent, **({"child": {"value": child}} if child else {})}
            case "number":
                return value if isinstance(value, int | float) and not isinstance(value, bool) else float(value)
            case "datetime":
                return wire_moment(str(value))
            case _:
                return text.sent_words(str(value)) if field.custom.endswith(TEXT_AREA) else str(value)
    except (ValueError, TypeError):
        raise RejectedError(f"'{value}' is no value of the field '{field.name}' ({kind})") from None
