"""Documents as wiki markup, as API version 2 and the service desk API show what was written as a document.

What wiki markup cannot say is lost: colours of panels, task lists (they become lists), lozenges of statuses.
"""

from __future__ import annotations

import re

from .adf_text import day_of, inline_text
from .jsons import Json, as_dict, as_list

_MARKUP = {"strong": "*", "em": "_", "underline": "+", "strike": "-"}
_PANELS = {"info": "info", "note": "note", "warning": "warning", "tip": "tip", "success": "tip", "error": "warning"}
_SPECIAL = re.compile(r"([\\{}\[\]*_+^~|!])")
_AT_START = re.compile(r"^(\s*)([#-]+ |h[1-6]\. |bq\. |----)")


def escape(text: str) -> str:
    """Give plain text as wiki markup that shows it."""
    return "\n".join(_AT_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", line)) for line in text.split("\n"))


def to_wiki(document: Json) -> str:
    """Give a document as wiki markup."""
    return "\n\n".join(_block(as_dict(child)) for child in as_list(document.get("content"))).strip("\n")


def _block(node: Json, bullets: str = "") -> str:
    attrs = as_dict(node.get("attrs"))
    match node.get("type"):
        case "heading":
            return f"h{attrs.get('level')}. {_inline(node)}"
        case "bulletList" | "taskList" | "decisionList":
            return _list(node, f"{bullets}*")
        case "orderedList":
            return _list(node, f"{bullets}#")
        case "codeBlock":
            language = f":{attrs['language']}" if attrs.get("language") else ""
            return f"{{code{language}}}\n{_raw(node)}\n{{code}}"
        case "blockquote":
            return f"{{quote}}\n{to_wiki(node)}\n{{quote}}"
        case "rule":
            return "----"
        case "panel":
            name = _PANELS.get(str(attrs.get("panelType")), "panel")
            return f"{{{name}}}\n{to_wiki(node)}\n{{{name}}}"
        case "table":
            return "\n".join(_row(as_dict(row)) for row in as_list(node.get("content")))
        case "expand" | "nestedExpand":
            return f"*{escape(str(attrs.get('title') or ''))}*\n{to_wiki(node)}" if attrs.get("title") else to_wiki(node)
        case "paragraph" | "caption":
            return _inline(node)
        case _:
            return to_wiki(node) or escape(inline_text(node)) or _media(attrs)


def _media(attrs: Json) -> str:
    shown = attrs.get("url") or attrs.get("alt") or attrs.get("id")
    return f"!{shown}!" if shown else ""


def _list(node: Json, bullets: str) -> str:
    lines: list[str] = []
    for item in map(as_dict, as_list(node.get("content"))):
        if item.get("type") == "taskList":
            lines.append(_block(item, bullets))
            continue
        children = [as_dict(child) for child in as_list(item.get("content"))]
        if not any(child.get("type") == "paragraph" for child in children) and item.get("type") != "listItem":
            lines.append(f"{bullets} {_inline(item)}")
            continue
        text = [_block(child, bullets) for child in children]
        lines.append(f"{bullets} {text[0]}" if children and children[0].get("type") == "paragraph" else text[0])
        lines.extend(text[1:])
    return "\n".join(lines)


def _row(row: Json) -> str:
    cells = [as_dict(cell) for cell in as_list(row.get("content"))]
    text = "".join(f"{'||' if cell.get('type') == 'tableHeader' else '|'}{to_wiki(cell) or ' '}" for cell in cells)
    return text + ("||" if cells and cells[-1].get("type") == "tableHeader" else "|")


def _raw(node: Json) -> str:
    return "".join(str(as_dict(child).get("text", "")) for child in as_list(node.get("content")))


def _inline(node: Json) -> str:
    return "".join(_piece(as_dict(child)) for child in as_list(node.get("content")))


def _piece(node: Json) -> str:
    attrs = as_dict(node.get("attrs"))
    match node.get("type"):
        case "text":
            return _marked(node)
        case "mention":
            return f"[~accountid:{attrs.get('id')}]"
        case "inlineCard":
            return f"[{attrs.get('url', '')}]"
        case "date":
            return day_of(str(attrs.get("timestamp")))
        case "status":
            return f"*[ {escape(inline_text(node)).upper()} ]*"
        case "mediaInline":
            return _media(attrs)
        case _:
            return inline_text(node)


def _marked(node: Json) -> str:
    text = str(node.get("text", ""))
    marks = {str(mark.get("type")): as_dict(mark.get("attrs")) for mark in map(as_dict, as_list(node.get("marks")))}
    text = f"{{{{{text}}}}}" if "code" in marks else escape(text)
    for kind, sign in _MARKUP.items():
        if kind in marks:
            text = f"{sign}{text}{sign}"
    if "subsup" in marks:
        sign = "~" if marks["subsup"].get("type") == "sub" else "^"
        text = f"{sign}{text}{sign}"
    if "textColor" in marks:
        text = f"{{color:{marks['textColor'].get('color')}}}{text}{{color}}"
    if "link" in marks:
        text = f"[{text}|{marks['link'].get('href')}]"
    return text
