"""Validity of documents of the Atlassian Document Format, version 1: what Jira refuses is refused here.

Source: the published JSON schema of the format (full preset), developer.atlassian.com, "Atlassian Document Format".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .jsons import Json, as_dict, as_list

LONGEST = 32767
"""Characters of a text field or comment."""
_LISTS = ("bulletList", "orderedList")
_TASKS = ("taskList", "decisionList")
_MEDIA = ("mediaSingle", "mediaGroup")
_CARDS = ("blockCard", "embedCard")
_EXTENSIONS = ("extension", "bodiedExtension", "syncBlock", "bodiedSyncBlock", "multiBodiedExtension")
_SIMPLE = ("paragraph", "heading", *_LISTS, "codeBlock", "blockquote", "rule", "panel", *_MEDIA, *_TASKS, *_CARDS)
_BLOCKS = (*_SIMPLE, "table", "expand", "layoutSection", *_EXTENSIONS)
_INLINE = (
    *("text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status", "mediaInline", "placeholder"),
    "inlineExtension",
)
_PANELS = ("info", "note", "tip", "warning", "error", "success", "custom")
_LAYOUTS = ("center", "wide", "full-width", "align-start", "align-end", "wrap-left", "wrap-right")
_COLOURS = ("neutral", "purple", "blue", "red", "yellow", "green")
TASK_STATES = ("todo".upper(), "done".upper())
"""Open and finished."""
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class InvalidDocumentError(Exception):
    """A document is not valid; the message says where."""


@dataclass(frozen=True, slots=True)
class _Node:
    content: tuple[str, ...] | None = None
    """Node types that it may hold; None: it has no content."""
    least: int = 0
    attrs: tuple[str, ...] = ()
    """Attributes that it must have."""


_NODES: Mapping[str, _Node] = {
    "doc": _Node(_BLOCKS),
    "paragraph": _Node(_INLINE),
    "heading": _Node(_INLINE, attrs=("level",)),
    "bulletList": _Node(("listItem",), 1),
    "orderedList": _Node(("listItem",), 1),
    "listItem": _Node(("paragraph", *_LISTS, "taskList", "mediaSingle", "codeBlock", "extension"), 1),
    "codeBlock": _Node(("text",)),
    "blockquote": _Node(("paragraph", *_LISTS, "codeBlock", *_MEDIA, "extension"), 1),
    "rule": _Node(),
    "panel": _Node(
        ("paragraph", "heading", *_LISTS, "codeBlock", *_MEDIA, *_TASKS, "rule", "blockCard", "extension"),
        1,
        ("panelType",),
    ),
    "table": _Node(("tableRow",), 1),
    "tableRow": _Node(("tableHeader", "tableCell")),
    "tableHeader": _Node((*_SIMPLE, "nestedExpand", "extension"), 1),
    "tableCell": _Node((*_SIMPLE, "nestedExpand", "extension"), 1),
    "expand": _Node((*_SIMPLE, "table", "nestedExpand", *_EXTENSIONS), 1),
    "nestedExpand": _Node((*_SIMPLE, "extension"), 1, ("title",)),
    "taskList": _Node(("taskItem", "taskList", "blockTaskItem"), 1, ("localId",)),
    "taskItem": _Node(_INLINE, attrs=("localId", "state")),
    "blockTaskItem": _Node(("paragraph", "extension"), 1, ("localId", "state")),
    "decisionList": _Node(("decisionItem",), 1, ("localId",)),
    "decisionItem": _Node(_INLINE, attrs=("localId", "state")),
    "mediaSingle": _Node(("media", "caption"), 1),
    "mediaGroup": _Node(("media",), 1),
    "media": _Node(attrs=("type",)),
    "caption": _Node(_INLINE),
    "blockCard": _Node(),
    "embedCard": _Node(attrs=("url", "layout")),
    "layoutSection": _Node(("layoutColumn",), 1),
    "layoutColumn": _Node(_BLOCKS, 1, ("width",)),
    "extension": _Node(attrs=("extensionKey", "extensionType")),
    "bodiedExtension": _Node(_BLOCKS, 1, ("extensionKey", "extensionType")),
    "multiBodiedExtension": _Node(("extensionFrame",), 1, ("extensionKey", "extensionType")),
    "extensionFrame": _Node(_BLOCKS, 1),
    "syncBlock": _Node(attrs=("resourceId", "localId")),
    "bodiedSyncBlock": _Node(_BLOCKS, 1, ("resourceId", "localId")),
    "text": _Node(),
    "hardBreak": _Node(),
    "mention": _Node(attrs=("id",)),
    "emoji": _Node(attrs=("shortName",)),
    "inlineCard": _Node(),
    "date": _Node(attrs=("timestamp",)),
    "status": _Node(attrs=("text", "color")),
    "mediaInline": _Node(attrs=("id", "collection")),
    "placeholder": _Node(attrs=("text",)),
    "inlineExtension": _Node(attrs=("extensionKey", "extensionType")),
}
_MARKS: Mapping[str, str | None] = {
    "strong": None,
    "em": None,
    "underline": None,
    "strike": None,
    "code": None,
    "link": "href",
    "subsup": "type",
    "textColor": "color",
    "backgroundColor": "color",
    "annotation": "id",
    "alignment": "align",
    "indentation": "level",
    "breakout": "mode",
    "border": "color",
    "fontSize": "fontSize",
    "dataConsumer": None,
    "fragment": "localId",
}
"""Mark -> the attribute that it must have."""
_BESIDE_CODE = frozenset({"code", "link", "annotation"})


def validate(document: Any, *, empty: bool = True) -> Json:
    """Give a document back once it is known to be valid.

    Args:
        document: what a client sent.
        empty: a document without content is allowed.

    Raises:
        InvalidDocumentError: it is not valid.
    """
    found = as_dict(document)
    if found.get("type") != "doc" or found.get("version") != 1 or not isinstance(found.get("content"), list):
        raise InvalidDocumentError("doc")
    _content(found, "doc")
    if not empty and not found["content"]:
        raise InvalidDocumentError("empty")
    return found


def _content(node: Json, kind: str) -> None:
    rule = _NODES[kind]
    children = node.get("content", [])
    if not isinstance(children, list) or (rule.content is None and children):
        raise InvalidDocumentError(kind)
    if len(as_list(children)) < rule.least:
        raise InvalidDocumentError(f"{kind} is empty")
    for child in as_list(children):
        _node(as_dict(child), kind, rule.content or ())


def _node(node: Json, parent: str, allowed: tuple[str, ...]) -> None:
    kind = node.get("type")
    if not isinstance(kind, str) or kind not in _NODES or kind not in allowed:
        raise InvalidDocumentError(f"{kind} in {parent}")
    attrs = as_dict(node.get("attrs"))
    missing = [name for name in _NODES[kind].attrs if attrs.get(name) is None]
    if missing:
        raise InvalidDocumentError(f"{kind}.{missing[0]}")
    _attributes(kind, attrs, node)
    _marks(node, parent)
    _content(node, kind)


def _attributes(kind: str, attrs: Json, node: Json) -> None:
    good = True
    match kind:
        case "text":
            good = isinstance(node.get("text"), str) and node["text"] != ""
        case "heading":
            good = attrs["level"] in (1, 2, 3, 4, 5, 6)
        case "panel":
            good = attrs["panelType"] in _PANELS
        case "taskItem" | "blockTaskItem":
            good = attrs["state"] in TASK_STATES
        case "date":
            good = isinstance(attrs["timestamp"], str) and attrs["timestamp"] != ""
        case "status":
            good = attrs["text"] != "" and (attrs["color"] in _COLOURS or bool(_COLOUR.fullmatch(str(attrs["color"]))))
        case "media":
            good = _media(attrs)
        case "mediaSingle":
            good = attrs.get("layout", "center") in _LAYOUTS
        case "blockCard" | "inlineCard":
            good = isinstance(attrs.get("url"), str) or "data" in attrs or "datasource" in attrs
        case "orderedList":
            good = "order" not in attrs or (isinstance(attrs["order"], int | float) and attrs["order"] >= 0)
        case _:
            pass
    if not good:
        raise InvalidDocumentError(kind)


def _media(attrs: Json) -> bool:
    if attrs["type"] == "external":
        return isinstance(attrs.get("url"), str)
    named = isinstance(attrs.get("id"), str) and attrs["id"] != "" and isinstance(attrs.get("collection"), str)
    return attrs["type"] in ("file", "link") and named


def _marks(node: Json, parent: str) -> None:
    kinds: list[str] = []
    for mark in map(as_dict, as_list(node.get("marks"))):
        kind = mark.get("type")
        if not isinstance(kind, str) or kind not in _MARKS:
            raise InvalidDocumentError(f"mark {kind}")
        wanted, attrs = _MARKS[kind], as_dict(mark.get("attrs"))
        if wanted and attrs.get(wanted) is None:
            raise InvalidDocumentError(f"mark {kind}.{wanted}")
        if kind == "textColor" and not _COLOUR.fullmatch(str(attrs["color"])):
            raise InvalidDocumentError("mark textColor.color")
        if kind == "subsup" and attrs["type"] not in ("sub", "sup"):
            raise InvalidDocumentError("mark subsup.type")
        kinds.append(kind)
    if kinds and parent == "codeBlock":
        raise InvalidDocumentError("marks in codeBlock")
    if "code" in kinds and not _BESIDE_CODE.issuperset(kinds):
        raise InvalidDocumentError("marks beside code")


def media_ids(node: Json) -> set[str]:
    """Give the media ids of the files that a document shows."""
    attrs = as_dict(node.get("attrs"))
    shown = node.get("type") in ("media", "mediaInline") and attrs.get("type", "file") != "external"
    found = {str(attrs["id"])} if shown else set[str]()
    return found.union(*map(media_ids, map(as_dict, as_list(node.get("content")))))


def mentions(node: Json) -> list[str]:
    """Give the account ids that a document mentions."""
    own = [str(as_dict(node.get("attrs")).get("id"))] if node.get("type") == "mention" else []
    return own + [found for child in as_list(node.get("content")) for found in mentions(as_dict(child))]
