"""Documents of the Atlassian Document Format as plain text, for search and mails, and as HTML, as Jira renders them."""

from __future__ import annotations

import html
from datetime import UTC, datetime

from .jsons import Json, as_dict, as_list

_TAGS = {"strong": "b", "em": "em", "underline": "ins", "strike": "del", "code": "tt"}
_WRAPPED = {
    "paragraph": "p",
    "bulletList": "ul",
    "orderedList": "ol",
    "listItem": "li",
    "blockquote": "blockquote",
    "tableRow": "tr",
    "tableHeader": "th",
    "tableCell": "td",
    "taskList": "ul",
    "taskItem": "li",
    "decisionList": "ul",
    "decisionItem": "li",
}
_BLOCKS = frozenset(
    (
        "paragraph",
        "heading",
        "codeBlock",
        "listItem",
        "tableRow",
        "taskItem",
        "decisionItem",
        "caption",
        "rule",
        "blockCard",
    )
)


def inline_text(node: Json) -> str:
    """Give the text of an inline node."""
    attrs = as_dict(node.get("attrs"))
    match node.get("type"):
        case "text":
            return str(node.get("text", ""))
        case "hardBreak":
            return "\n"
        case "mention":
            return str(attrs.get("text") or f"@{attrs.get('id')}")
        case "emoji":
            return str(attrs.get("text") or attrs.get("shortName"))
        case "date":
            return day_of(str(attrs.get("timestamp")))
        case "inlineCard" | "blockCard" | "embedCard":
            return str(attrs.get("url", ""))
        case "status" | "placeholder":
            return str(attrs.get("text", ""))
        case "media" | "mediaInline":
            return str(attrs.get("alt") or "")
        case _:
            return ""


def day_of(timestamp: str) -> str:
    """Give the day of a date node."""
    digits = timestamp.lstrip("-")
    if not digits.isdecimal():
        return timestamp
    return f"{datetime.fromtimestamp(int(timestamp) / 1000, UTC):%Y-%m-%d}"


def plain(node: Json) -> str:
    """Give a document as plain text: a line for each block, unknown nodes as their inner text."""
    return "\n".join(line.rstrip() for line in _lines(node)).strip()


def _lines(node: Json) -> list[str]:
    children = [as_dict(child) for child in as_list(node.get("content"))]
    title = as_dict(node.get("attrs")).get("title")
    lines = [str(title)] if title and node.get("type") in ("expand", "nestedExpand") else []
    if node.get("type") in _BLOCKS and not any(child.get("type") in _BLOCKS for child in children):
        text = "".join(inline_text(child) for child in children) or inline_text(node)
        return lines + text.split("\n")
    if not children:
        text = inline_text(node)
        return lines + ([text] if text else [])
    return lines + [line for child in children for line in _lines(child)]


def to_html(node: Json) -> str:
    """Give a document as HTML."""
    inner = "".join(to_html(as_dict(child)) for child in as_list(node.get("content")))
    kind, attrs = str(node.get("type")), as_dict(node.get("attrs"))
    if kind in _WRAPPED:
        return f"<{_WRAPPED[kind]}>{inner}</{_WRAPPED[kind]}>"
    match kind:
        case "text":
            return _marked(html.escape(str(node.get("text", ""))), node)
        case "heading":
            return f"<h{attrs.get('level')}>{inner}</h{attrs.get('level')}>"
        case "codeBlock":
            return f'<div class="code panel"><pre>{inner}</pre></div>'
        case "panel" | "expand" | "nestedExpand":
            title = f"<b>{html.escape(str(attrs['title']))}</b>" if attrs.get("title") else ""
            return f'<div class="panel">{title}{inner}</div>'
        case "table":
            return f'<table class="confluenceTable"><tbody>{inner}</tbody></table>'
        case "hardBreak":
            return "<br/>"
        case "rule":
            return "<hr/>"
        case "inlineCard" | "blockCard" | "embedCard":
            url = html.escape(str(attrs.get("url", "")))
            return f'<a href="{url}">{url}</a>'
        case _:
            return inner or html.escape(inline_text(node))


def _marked(text: str, node: Json) -> str:
    for mark in map(as_dict, as_list(node.get("marks"))):
        kind, attrs = str(mark.get("type")), as_dict(mark.get("attrs"))
        if kind in _TAGS:
            text = f"<{_TAGS[kind]}>{text}</{_TAGS[kind]}>"
        elif kind == "subsup":
            text = f"<{attrs['type']}>{text}</{attrs['type']}>"
        elif kind == "textColor":
            text = f'<font color="{html.escape(str(attrs["color"]))}">{text}</font>'
        elif kind == "link":
            text = f'<a href="{html.escape(str(attrs["href"]))}" class="external-link">{text}</a>'
    return text
