"""Atlassian Document Format (ADF) <-> canonical HTML. A document is held as its JSON text.

Vendor facts (developer.atlassian.com, Atlassian Document Format; the published JSON schema of the format, version 1, full):

- A document is ``{"type": "doc", "version": 1, "content": [...]}``; text nodes are never empty; lists, quotes and items
  hold one block at least; a list item and a quote hold paragraphs, lists and code only; a cell holds no table.
- A code block's text has no marks, and the mark ``code`` goes only with ``link`` and ``annotation``.
- ``date.timestamp`` is a text of epoch milliseconds. A ``media`` node of type ``file`` names the media service's id, not
  the attachment's, and often the file's name in ``alt``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import orjson

from .markup import Child, Node, canonical, escape_text, image_text, is_block, parse, serialize
from .richtext import from_text, to_text

Adf = dict[str, Any]
"""A node of a document."""

MARKS: Final = {"strong": "strong", "em": "em", "underline": "u", "strike": "s", "code": "code"}
"""Mark -> element."""
ELEMENTS: Final = {element: mark for mark, element in MARKS.items()}
HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
PANELS: Final = {
    "info": "Info",
    "note": "Note",
    "tip": "Tip",
    "warning": "Warning",
    "error": "Error",
    "success": "Success",
}
_NARROW: Final = frozenset({"listItem", "blockquote"})
"""Nodes that hold paragraphs, lists and code only."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KEPT_SPACE = re.compile(r" (?= )")


def read_adf(text: str) -> str:
    """Give canonical HTML of a document's JSON text; what is no document is plain text."""
    try:
        document: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict) or cast("Adf", document).get("type") != "doc":
        return from_text(text)
    return canonical(_content(cast("Adf", document)))


def write_adf(markup: str) -> str:
    """Give the JSON text of the document that shows some HTML; empty for what shows nothing."""
    content = _blocks(parse(markup), "doc")
    if not content:
        return ""
    return orjson.dumps({"type": "doc", "version": 1, "content": content}).decode()


def compact_adf(markup: str) -> str:
    """Give the JSON text of a document that shows the words of some HTML in the least room: as one block of code."""
    text = to_text(markup)
    if not text:
        return ""
    block = _node("codeBlock", [{"type": "text", "text": text}])
    return orjson.dumps({"type": "doc", "version": 1, "content": [block]}).decode()


# -- reading


def _children(node: Adf) -> list[Adf]:
    content: Any = node.get("content")
    items = cast("list[Any]", content) if isinstance(content, list) else []
    return [cast("Adf", item) for item in items if isinstance(item, dict)]


def _attributes(node: Adf) -> Adf:
    found: Any = node.get("attrs")
    return cast("Adf", found) if isinstance(found, dict) else {}


def _content(node: Adf) -> str:
    """Give the HTML of what a node holds: runs of text with the fewest elements, everything else one by one."""
    parts: list[str] = []
    opened: list[tuple[str, str]] = []
    for child in _children(node):
        wanted = _elements(child) if child.get("type") == "text" else []
        shared = 0
        while shared < min(len(opened), len(wanted)) and opened[shared] == wanted[shared]:
            shared += 1
        parts += [f"</{tag}>" for tag, _ in reversed(opened[shared:])]
        parts += [start for _, start in wanted[shared:]]
        opened = wanted
        parts.append(_read(child))
    parts += [f"</{tag}>" for tag, _ in reversed(opened)]
    return "".join(parts)


def _elements(node: Adf) -> list[tuple[str, str]]:
    """Give the elements around a text: (tag, start tag); marks that HTML has no element for show nothing."""
    found: list[tuple[str, str]] = []
    marks: Any = node.get("marks")
    for each in cast("list[Any]", marks) if isinstance(marks, list) else []:
        mark = cast("Adf", each) if isinstance(each, dict) else {}
        kind, attrs = str(mark.get("type")), _attributes(mark)
        if kind in MARKS:
            found.append((MARKS[kind], f"<{MARKS[kind]}>"))
        elif kind == "subsup":
            tag = "sub" if attrs.get("type") == "sub" else "sup"
            found.append((tag, f"<{tag}>"))
        elif kind == "link" and attrs.get("href"):
            found.append(("a", f'<a href="{html.escape(str(attrs["href"]))}">'))
    return found


def _read(node: Adf) -> str:
    kind = node.get("type")
    reader = _READERS.get(str(kind))
    return reader(node, _attributes(node)) if reader is not None else _unknown(node, _attributes(node))


def _unknown(node: Adf, attrs: Adf) -> str:
    """Give what of a node that we do not know can be read: what it holds, else its own words."""
    inner = _content(node)
    words = next((str(attrs[name]) for name in ("text", "title", "alt", "url") if attrs.get(name)), "")
    return inner or escape_text(str(node.get("text") or words))


def _text(node: Adf, attrs: Adf) -> str:
    text = _KEPT_SPACE.sub("\u00a0", str(node.get("text") or ""))
    return "<br>".join(escape_text(line) for line in text.split("\n"))


def _wrapped(tag: str) -> Callable[[Adf, Adf], str]:
    return lambda node, attrs: f"<{tag}>{_content(node)}</{tag}>"


def _heading(node: Adf, attrs: Adf) -> str:
    level = attrs.get("level")
    tag = f"h{level}" if level in range(1, 7) else "h6"
    return f"<{tag}>{_content(node)}</{tag}>"


def _code(node: Adf, attrs: Adf) -> str:
    return f"<pre>{escape_text(''.join(str(child.get('text') or '') for child in _children(node)))}</pre>"


def _panel(node: Adf, attrs: Adf) -> str:
    label = PANELS.get(str(attrs.get("panelType")), "")
    title = f"<p><strong>{label}</strong></p>" if label else ""
    return f"<blockquote>{title}{_content(node)}</blockquote>"


def _expand(node: Adf, attrs: Adf) -> str:
    title = attrs.get("title")
    return (f"<p><strong>{escape_text(str(title))}</strong></p>" if title else "") + _content(node)


def _task(node: Adf, attrs: Adf) -> str:
    return f"<li>[{'x' if attrs.get('state') == 'DONE' else ' '}] {_content(node)}</li>".replace("[ ]", "[&nbsp;]", 1)


def _media(node: Adf, attrs: Adf) -> str:
    alt = str(attrs.get("alt") or "")
    address = str(attrs.get("url") or "")
    if address:
        return f'<p><img src="{html.escape(address)}" alt="{html.escape(alt)}"></p>'
    return f"<p>{_file(node, attrs)}</p>"


def _file(node: Adf, attrs: Adf) -> str:
    return escape_text(f"[file: {attrs.get('alt') or attrs.get('id') or 'unnamed'}]")


def _card(node: Adf, attrs: Adf) -> str:
    data: Any = attrs.get("data")
    described = cast("Adf", data) if isinstance(data, dict) else {}
    address = str(attrs.get("url") or described.get("url") or "")
    name = str(described.get("name") or address)
    return f'<a href="{html.escape(address)}">{escape_text(name)}</a>' if address else escape_text(name)


def _mention(node: Adf, attrs: Adf) -> str:
    return escape_text(str(attrs.get("text") or f"@{attrs.get('id') or ''}"))


def _emoji(node: Adf, attrs: Adf) -> str:
    return escape_text(str(attrs.get("text") or attrs.get("shortName") or ""))


def _date(node: Adf, attrs: Adf) -> str:
    stamp = str(attrs.get("timestamp") or "")
    try:
        return (_EPOCH + timedelta(milliseconds=int(stamp))).date().isoformat()
    except (ValueError, OverflowError):
        return escape_text(stamp)


def _extension(node: Adf, attrs: Adf) -> str:
    return _content(node) or escape_text(str(attrs.get("text") or f"[{attrs.get('extensionKey') or 'extension'}]"))


_READERS: Final[dict[str, Callable[[Adf, Adf], str]]] = {
    "text": _text,
    "hardBreak": lambda node, attrs: "<br>",
    "paragraph": _wrapped("p"),
    "heading": _heading,
    "bulletList": _wrapped("ul"),
    "orderedList": _wrapped("ol"),
    "listItem": _wrapped("li"),
    "codeBlock": _code,
    "blockquote": _wrapped("blockquote"),
    "rule": lambda node, attrs: "<hr>",
    "panel": _panel,
    "table": _wrapped("table"),
    "tableRow": _wrapped("tr"),
    "tableHeader": _wrapped("th"),
    "tableCell": _wrapped("td"),
    "expand": _expand,
    "nestedExpand": _expand,
    "taskList": _wrapped("ul"),
    "taskItem": _task,
    "blockTaskItem": _task,
    "decisionList": _wrapped("ul"),
    "decisionItem": lambda node, attrs: f"<li>Decision: {_content(node)}</li>",
    "media": _media,
    "caption": _wrapped("p"),
    "mediaInline": _file,
    "blockCard": lambda node, attrs: f"<p>{_card(node, attrs)}</p>",
    "embedCard": lambda node, attrs: f"<p>{_card(node, attrs)}</p>",
    "inlineCard": _card,
    "mention": _mention,
    "emoji": _emoji,
    "date": _date,
    "extension": lambda node, attrs: f"<p>{_extension(node, attrs)}</p>",
    "bodiedExtension": _extension,
    "inlineExtension": _extension,
}


# -- writing


def _node(kind: str, content: Sequence[Adf] = (), **attrs: Any) -> Adf:
    node: Adf = {"type": kind}
    if attrs:
        node["attrs"] = attrs
    if content:
        node["content"] = list(content)
    return node


def _blocks(children: Iterable[Child], place: str) -> list[Adf]:
    """Give the block nodes of canonical blocks; what may not stand in a place becomes paragraphs there."""
    return [node for child in children if is_block(child) for node in _block(child, place)]


def _block(node: Node, place: str) -> list[Adf]:
    narrow = place in _NARROW
    match node.tag:
        case "pre":
            return [_node("codeBlock", [{"type": "text", "text": "".join(map(str, node.children))}])]
        case "ul" | "ol":
            items = [_node("listItem", _held(child, "listItem")) for child in _nodes(node)]
            return [_node("bulletList" if node.tag == "ul" else "orderedList", items)]
        case "hr":
            return [_paragraph(["----"]) if narrow else _node("rule")]
        case "blockquote":
            inner = _blocks(node.children, "blockquote")
            return inner if narrow else [_node("blockquote", inner)]
        case "table":
            return _table(node) if place == "doc" else [_paragraph(_row(row)) for row in _nodes(node)]
        case _ if node.tag in HEADINGS:
            if narrow:
                return [_paragraph([Node("strong", {}, node.children)])]
            return [_node("heading", _inline(node.children), level=int(node.tag[1]))]
        case _:
            return [_paragraph(node.children)]


def _nodes(node: Node) -> list[Node]:
    return [child for child in node.children if isinstance(child, Node)]


def _paragraph(children: Iterable[Child]) -> Adf:
    return {"type": "paragraph", "content": _inline(children)}


def _held(node: Node, place: str) -> list[Adf]:
    """Give what an item or a cell holds: its blocks, or its text as one paragraph."""
    if any(is_block(child) for child in node.children):
        return _blocks(node.children, place)
    return [_paragraph(node.children)]


def _table(node: Node) -> list[Adf]:
    kinds = {"th": "tableHeader", "td": "tableCell"}
    rows = [
        _node("tableRow", [_node(kinds[cell.tag], _held(cell, "cell")) for cell in _nodes(row)]) for row in _nodes(node)
    ]
    return [_node("table", rows)]


def _row(row: Node) -> list[Child]:
    cells: list[Child] = []
    for cell in _nodes(row):
        flat: list[Child] = cell.children
        if any(is_block(child) for child in flat):
            flat = [" ".join(to_text(serialize(flat)).split())]
        cells += [" | ", *flat] if cells else flat or [" "]
    return cells


def _inline(children: Iterable[Child], marks: tuple[Adf, ...] = ()) -> list[Adf]:
    nodes: list[Adf] = []
    for child in children:
        if isinstance(child, str):
            nodes += [_marked(child, marks)] if child else []
        elif child.tag == "br":
            nodes.append({"type": "hardBreak"})
        elif child.tag == "img":
            nodes.append(_marked(image_text(child), (*marks, _link(child.attributes["src"]))))
        else:
            nodes += _inline(child.children, _with(marks, _mark(child)))
    return nodes


def _marked(text: str, marks: tuple[Adf, ...]) -> Adf:
    return {"type": "text", "text": text, **({"marks": list(marks)} if marks else {})}


def _link(address: str) -> Adf:
    return {"type": "link", "attrs": {"href": address}}


def _mark(node: Node) -> Adf:
    if node.tag == "a":
        return _link(node.attributes["href"])
    if node.tag in ("sub", "sup"):
        return {"type": "subsup", "attrs": {"type": node.tag}}
    return {"type": ELEMENTS[node.tag]}


def _with(marks: tuple[Adf, ...], mark: Adf) -> tuple[Adf, ...]:
    """Add a mark; one of each kind, and beside code nothing but a link."""
    found = (*(each for each in marks if each["type"] != mark["type"]), mark)
    if any(each["type"] == "code" for each in found):
        return tuple(each for each in found if each["type"] in ("code", "link"))
    return found
