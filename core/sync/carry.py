"""Carry in text what a target cannot store: authors and times of comments, and values without a place of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from ..ledger.state import PartKind
from ..mapping.values import same
from ..model import Document, Visibility
from ..text import richtext
from .origin import header
from .plan import PartPlan
from .side import Side
from .threads import NOTE

NOT_WRITTEN = frozenset(
    {"connection", "id", "key", "url", "version", "marker", "extra", "comments", "attachments", "updated_at"}
)
"""Fields of a document that belong to the record it came from."""
NOT_CARRIED = frozenset(
    {"status_name", "timeline", "sla", "figures", "satisfaction", "confirmation", "comments", "attachments"}
)
"""Fields that the ledger keeps (timeline) or that only describe others."""


def carried_lines(document: Document, side: Side, *, history: bool) -> list[str]:
    """Give a line for each value that a new record at this side will not hold as it is.

    Args:
        document: what is to be written.
        side: the target.
        history: whether the create keeps original times.
    """
    traits = side.connector.traits
    only_imports_keep_times = traits.keeps_history and not history
    image = side.mapping.predict(document, side.directory, creating=True)
    lines: list[str] = []
    for field, value in document.items():
        if field in NOT_CARRIED or value in (None, "", [], {}):
            continue
        if field == "custom":
            lines += _custom_lines(value, image.get("custom") or {})
            continue
        native = field in image and same({field: value}, {field: image[field]})
        if field.endswith("_at") and only_imports_keep_times and field not in side.mapping.writable:
            native = False
        if not native:
            lines.append(f"{field.replace('_', ' ')}: {_readable(value)}")
    return lines


def _custom_lines(values: Document, kept: Document) -> list[str]:
    return [
        f"{name}: {_readable(item)}"
        for name, item in sorted(values.items())
        if item not in (None, "", []) and kept.get(name) != item
    ]


def _readable(value: Any) -> str:
    if isinstance(value, dict):
        facts = cast("Document", value)
        name, email = facts.get("name"), facts.get("email")
        if name and email:
            return f"{name} <{email}>"
        return str(name or email or facts.get("key") or facts.get("id", ""))
    if isinstance(value, list):
        return ", ".join(_readable(item) for item in cast("list[Any]", value))
    if isinstance(value, str) and value.startswith("<"):
        return richtext.to_text(value)
    return str(value)


def content_of(document: Document) -> Document:
    """Give what of a document can be written elsewhere; the rest belongs to the record it came from.

    A time that is not known is nothing to write: a tool that needs it sets its own.
    """
    content: Document = {
        field: value
        for field, value in document.items()
        if field not in NOT_WRITTEN and not (value is None and field.endswith("_at"))
    }
    return content


def origin_note(document: Document, carried: Sequence[str], target: str) -> PartPlan:
    """Give the internal note of a created record: where it comes from, and what it has no place for."""
    source, record_id = document["connection"], document["id"]
    words = richtext.from_text("\n".join([f"Carried by Isthmus from {source} {record_id}.", *carried]))
    body: Document = {
        "id": NOTE + target,
        "body": words,
        "author": None,
        "created_at": document.get("opened_at"),
        "visibility": Visibility.INTERNAL.value,
        "attachments": [],
    }
    return PartPlan(PartKind.COMMENT, target, source, record_id, body["id"], body, public=False)


def dressed(part: PartPlan, side: Side, *, history: bool) -> Document:
    """Give a comment's document as it is written at a side: images named, author and time in text where needed."""
    traits = side.connector.traits
    body = part.body
    text = richtext.name_images(body.get("body") or "", body.get("attachments") or ())
    keeps_time = history and traits.keeps_history
    written = side.mapping.comment.write({"author": body.get("author")}, side.directory)
    knows_author = body.get("author") is None or any(value is not None for value in written.values())
    keeps_author = (traits.comment_author or keeps_time) and knows_author
    origin = None if traits.comment_origin else part.origin
    if part.origin_id.startswith(NOTE):
        text = (header("Isthmus", None, origin) if origin else "") + text
    elif origin or not (keeps_author and keeps_time):
        author = _readable(body.get("author") or {"name": "Somebody"})
        text = header(author, body.get("created_at"), origin) + text
    return {**body, "body": text}
