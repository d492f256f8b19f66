"""Rich text: canonical HTML over a small whitelist, and its conversions to what tools understand.

Canonical HTML is sanitized (nh3), has block elements at the top, text only inside blocks, white space collapsed outside
``pre``, and no attribute but ``href``, ``src`` and ``alt``. :func:`canonical` is idempotent.

A *flavour* is a pair of functions, tool's text -> canonical HTML and back. What a flavour cannot express degrades to
readable text; no visible word is ever dropped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

import nh3

BLOCKS = frozenset({"p", "pre", "blockquote", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tr"})
CELLS = frozenset({"td", "th"})
VOID = frozenset({"br", "hr", "img"})
INLINE = frozenset({"strong", "em", "u", "s", "code", "a", "sub", "sup"})
CONTAINERS = frozenset(
    {"div", "section", "article", "header", "footer", "figure", "dl", "dd", "dt", "center", "address"}
)
TRANSPARENT = frozenset({"thead", "tbody", "tfoot"})
ALIASES = {
    "b": "strong",
    "i": "em",
    "del": "s",
    "strike": "s",
    "ins": "u",
    "tt": "code",
    "kbd": "code",
    "samp": "code",
}
TAGS = BLOCKS | CELLS | VOID | INLINE
STRUCTURE = {"ul": {"li"}, "ol": {"li"}, "table": {"tr"}, "tr": set(CELLS)}
"""Elements that hold nothing but these."""

_SPACE = re.compile(r"[ \t\n\r\f]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CLEANER = nh3.Cleaner(
    tags=set(TAGS | CONTAINERS | TRANSPARENT | ALIASES.keys()),
    clean_content_tags={"script", "style", "template"},
    attributes={"a": {"href"}, "img": {"src", "alt"}},
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
    strip_comments=True,
)


@dataclass(slots=True)
class Node:
    """One element; text is a plain string among its children."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)


class _Builder(HTMLParser):
    """Builds the tree of sanitized HTML, which nests correctly."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(ALIASES.get(tag, tag), {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and len(self._open) > 1:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def parse(markup: str) -> Node:
    """Give the canonical tree of any HTML."""
    builder = _Builder()
    builder.feed(_CLEANER.clean(_CONTROL.sub("", markup)))
    builder.close()
    return Node("", {}, _blocks(builder.root.children, "p"))


def canonical(markup: str) -> str:
    """Give canonical HTML for any HTML; empty for what shows nothing."""
    if "<" not in markup and "&" not in markup:
        text = _SPACE.sub(" ", _CONTROL.sub("", markup)).strip(" ")
        return f"<p>{html.escape(text, quote=False)}</p>" if text else ""
    return _serialize(parse(markup).children)


def _is_block(child: Node | str) -> bool:
    return isinstance(child, Node) and (
        child.tag in BLOCKS
        or child.tag in CELLS
        or child.tag in CONTAINERS
        or child.tag in TRANSPARENT
        or child.tag == "hr"
    )


def _blocks(children: list[Node | str], wrapper: str) -> list[Node | str]:
    """Arrange children as blocks: runs of inline content become ``wrapper`` elements, containers dissolve."""
    blocks: list[Node | str] = []
    run: list[Node | str] = []

    def flush() -> None:
        inline = _inline(run)
        if inline:
            blocks.append(Node(wrapper, {}, inline))
        run.clear()

    for child in _lifted(children):
        if not _is_block(child):
            run.append(child)
            continue
        flush()
        assert isinstance(child, Node)
        blocks.extend(_block(child))
    flush()
    return blocks


def _lifted(children: list[Node | str]) -> list[Node | str]:
    """Dissolve inline elements that hold blocks: their blocks count, their formatting does not."""
    lifted: list[Node | str] = []
    for child in children:
        if (
            isinstance(child, Node)
            and child.tag in INLINE
            and any(_is_block(inner) for inner in _lifted(child.children))
        ):
            lifted.extend(_lifted(child.children))
        else:
            lifted.append(child)
    return lifted


def _block(node: Node) -> list[Node | str]:
    match node.tag:
        case "hr":
            return [Node("hr")]
        case "pre":
            text = _plain(node).strip("\n")
            return [Node("pre", {}, [text])] if text else []
        case "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
            return _blocks(node.children, node.tag)
        case "ul" | "ol" | "table" | "tr":
            return _structure(node)
        case "blockquote":
            inner = _blocks(node.children, "p")
            return [Node("blockquote", {}, inner)] if inner else []
        case _:
            return _blocks(node.children, "p")


def _structure(node: Node) -> list[Node | str]:
    """Arrange a list, a table or a row: everything inside becomes an item of the kind that may stand there."""
    (default, *_) = sorted(STRUCTURE[node.tag])
    items: list[Node | str] = []
    for child in _dissolved(node.children):
        if isinstance(child, str) and not child.strip():
            continue
        if isinstance(child, Node) and child.tag in STRUCTURE[node.tag]:
            items.extend(_item(child))
        else:
            items.extend(_item(Node(default, {}, [child])))
    return [Node(node.tag, {}, items)] if items else []


def _dissolved(children: list[Node | str]) -> list[Node | str]:
    found: list[Node | str] = []
    for child in children:
        if isinstance(child, Node) and child.tag in TRANSPARENT:
            found.extend(_dissolved(child.children))
        else:
            found.append(child)
    return found


def _item(node: Node) -> list[Node | str]:
    if node.tag == "tr":
        return _structure(node)
    if any(_is_block(child) for child in _lifted(node.children)):
        inner = _blocks(node.children, "p")
        if len(inner) == 1 and isinstance(inner[0], Node) and inner[0].tag == "p":
            inner = inner[0].children
    else:
        inner = _inline(node.children)
    return [Node(node.tag, {}, inner)] if inner or node.tag in CELLS else []


def _inline(children: list[Node | str]) -> list[Node | str]:
    """Collapse white space in a run of inline content, and drop what shows nothing."""
    tidy = _trim(_collapse(children))
    while tidy and _is_break(tidy[-1]):
        tidy = _trim(tidy[:-1])
    return tidy


def _is_break(child: Node | str) -> bool:
    return isinstance(child, Node) and child.tag == "br"


def _collapse(children: list[Node | str]) -> list[Node | str]:
    out: list[Node | str] = []
    for child in children:
        if isinstance(child, str):
            text = _SPACE.sub(" ", child)
            if out and isinstance(out[-1], str):
                text = _SPACE.sub(" ", out.pop() + text)  # pyright: ignore[reportOperatorIssue]
            if text.startswith(" ") and (not out or _is_break(out[-1])):
                text = text[1:]
            if text:
                out.append(text)
        elif child.tag in VOID:
            if _is_break(child) and out and isinstance(out[-1], str):
                out[-1] = out[-1].rstrip(" ")
                if not out[-1]:
                    out.pop()
            out.append(Node(child.tag, _attributes(child)))
        else:
            inner = _collapse(child.children)
            if inner and child.tag in INLINE and not (child.tag == "a" and not child.attributes.get("href")):
                out.append(Node(child.tag, _attributes(child), inner))
            else:
                out.extend(inner)
    return _joined(out)


def _joined(children: list[Node | str]) -> list[Node | str]:
    out: list[Node | str] = []
    for child in children:
        if isinstance(child, str) and out and isinstance(out[-1], str):
            out[-1] = _SPACE.sub(" ", out[-1] + child)
        else:
            out.append(child)
    return out


def _trim(children: list[Node | str]) -> list[Node | str]:
    out = list(children)
    if out and isinstance(out[0], str):
        out[0] = out[0].lstrip(" ")
    if out and isinstance(out[-1], str):
        out[-1] = out[-1].rstrip(" ")
    return [child for child in out if child != ""]


def _attributes(node: Node) -> dict[str, str]:
    wanted = {"a": ("href",), "img": ("src", "alt")}.get(node.tag, ())
    return {name: node.attributes[name] for name in wanted if node.attributes.get(name)}


def _serialize(children: list[Node | str]) -> str:
    parts: list[str] = []
    for child in children:
        if isinstance(child, str):
            parts.append(html.escape(child, quote=False).replace("\u00a0", "&nbsp;"))
            continue
        attributes = "".join(f' {name}="{html.escape(value)}"' for name, value in child.attributes.items())
        parts.append(f"<{child.tag}{attributes}>")
        if child.tag not in VOID:
            lead = "\n" if child.tag == "pre" and child.children and str(child.children[0]).startswith("\n") else ""
            parts.append(f"{lead}{_serialize(child.children)}</{child.tag}>")
    return "".join(parts)


# -- plain text


def normal_text(text: str) -> str:
    """Give the form in which plain text is compared: LF, no control characters, no trailing white space."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).expandtabs(4)
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def from_text(text: str) -> str:
    """Give canonical HTML that shows a plain text as it is: lines, blank lines and indents kept."""
    normal = normal_text(text)
    if not normal.strip():
        return ""
    paragraphs = re.split(r"(?<!\n)\n\n(?!\n)", normal)
    return "".join(f"<p>{'<br>'.join(_line(line) for line in part.split(chr(10)))}</p>" for part in paragraphs)


def _line(line: str) -> str:
    kept = re.sub(r"^ | (?= )", "\u00a0", line)
    return html.escape(kept, quote=False).replace("\u00a0", "&nbsp;")


def to_text(markup: str) -> str:
    """Give readable plain text: lists with dashes and numbers, links with their address, quotes with ``>``."""
    if markup.startswith("<p>") and markup.count("<") == 2 and "&" not in markup:
        return markup[3:-4]
    return _block_text(parse(markup).children)


def _block_text(children: list[Node | str]) -> str:
    if not any(_is_block(child) for child in children):
        return _inline_text(children)
    return "\n\n".join(_one_block(child) for child in children)


def _one_block(child: Node | str) -> str:
    if isinstance(child, str):
        return child
    match child.tag:
        case "hr":
            return "----"
        case "pre":
            return _plain(child)
        case "blockquote":
            return "\n".join(f"> {line}".rstrip() for line in _block_text(child.children).split("\n"))
        case "ul":
            return "\n".join(_indented("- ", item) for item in child.children)
        case "ol":
            return "\n".join(_indented(f"{number}. ", item) for number, item in enumerate(child.children, 1))
        case "table":
            return "\n".join(_row_text(row) for row in child.children)
        case _:
            return _block_text(child.children)


def _indented(mark: str, item: Node | str) -> str:
    text = _block_text(item.children) if isinstance(item, Node) else item
    return mark + text.replace("\n", "\n" + " " * len(mark))


def _row_text(row: Node | str) -> str:
    cells = row.children if isinstance(row, Node) else [row]
    return " | ".join(
        (_block_text(cell.children) if isinstance(cell, Node) else cell).replace("\n", " ") for cell in cells
    )


def _inline_text(children: list[Node | str]) -> str:
    parts: list[str] = []
    for child in children:
        if isinstance(child, str):
            parts.append(child.replace("\u00a0", " "))
        elif child.tag == "br":
            parts.append("\n")
        elif child.tag == "img":
            parts.append(f"[image: {child.attributes.get('alt') or child.attributes.get('src', '')}]")
        else:
            text = _inline_text(child.children)
            address = child.attributes.get("href", "") if child.tag == "a" else ""
            parts.append(f"{text} <{address}>" if address and address not in (text, f"mailto:{text}") else text)
    return "".join(parts)


def _plain(node: Node) -> str:
    parts: list[str] = []
    for child in node.children:
        if isinstance(child, str):
            parts.append(child)
        elif child.tag == "br":
            parts.append("\n")
        elif child.tag == "img":
            parts.append(_inline_text([child]))
        else:
            parts.append(_plain(child))
    return "".join(parts)


def comparable(markup: str) -> str | None:
    """Give what two tools' versions of a text have in common: the words, white space folded; None for no words."""
    return " ".join(to_text(markup).split()) or None


# -- images


def image_sources(markup: str) -> list[str]:
    """Give the addresses of the images in a text, in order."""
    return [html.unescape(source) for source in re.findall(r'<img src="([^"]*)"', canonical(markup))]


def replace_images(markup: str, names: dict[str, str]) -> str:
    """Replace images by readable names: an address must not leak, and would not open, at another tool.

    Args:
        markup: canonical HTML.
        names: address -> name of the file that travels beside the text; others are named by their alt text.
    """

    def replacement(match: re.Match[str]) -> str:
        source = html.unescape(match.group(1))
        name = names.get(source) or html.unescape(match.group(2) or "") or "image"
        return html.escape(f"[image: {name}]", quote=False)

    return re.sub(r'<img src="([^"]*)"(?: alt="([^"]*)")?>', replacement, markup)


# -- flavours

_JOINER = "\u200b"
"""A zero-width space, which breaks up what a tool would evaluate and is taken out again on reading."""


def _to_liquid(markup: str) -> str:
    return canonical(markup).replace("{{", "{" + _JOINER + "{").replace("{%", "{" + _JOINER + "%")


def _from_liquid(markup: str) -> str:
    return canonical(markup).replace("{" + _JOINER, "{")


def _to_code_text(markup: str) -> str:
    tidy = canonical(markup)
    tags = set(re.findall(r"<([a-z0-9]+)", tidy))
    if tags <= {"p", "br"}:
        return _defused(to_text(tidy))
    return f"[code]{_defused(tidy)}[/code]"


def _defused(text: str) -> str:
    return re.sub(r"\[(/?)(code)\]", rf"[\1{_JOINER}\2]", text, flags=re.IGNORECASE)


def _armed(text: str) -> str:
    return re.sub(rf"\[(/?){_JOINER}(code)\]", r"[\1\2]", text, flags=re.IGNORECASE)


def _from_code_text(text: str) -> str:
    pieces = re.split(r"\[code\](.*?)\[/code\]", text, flags=re.IGNORECASE | re.DOTALL)
    blocks = [canonical(piece) if index % 2 else from_text(piece) for index, piece in enumerate(pieces)]
    return _armed("".join(blocks))


FLAVOURS: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "html": (canonical, canonical),
    "liquid_html": (_from_liquid, _to_liquid),
    "liquid_text": (from_text, _to_liquid),
    "text": (from_text, to_text),
    "code_text": (_from_code_text, _to_code_text),
}
"""Flavour -> (tool's text -> canonical HTML, canonical HTML -> tool's text).

``liquid``: the tool evaluates ``{{ }}`` in what it is sent. ``liquid_text``: it takes HTML but tells only the text.
``code_text``: plain text in which ``[code]`` parts are HTML.
"""
