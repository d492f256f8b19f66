"""Canonical HTML: any HTML in, a small safe one out, which never changes when it is made canonical again.

Canonical HTML is sanitized (nh3), has block elements at the top, text only inside blocks, white space collapsed outside
``pre``, no element that shows nothing, and no attribute but ``href``, ``src`` and ``alt``. No visible word is ever dropped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias, TypeGuard

import nh3

BLOCKS = frozenset({"p", "pre", "blockquote", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tr"})
CELLS = frozenset({"td", "th"})
VOID = frozenset({"br", "hr", "img"})
INLINE = frozenset({"strong", "em", "u", "s", "code", "a", "sub", "sup"})
CONTAINERS = frozenset({"div", "section", "article", "header", "footer", "figure", "dl", "dd", "dt", "center", "address"})
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
STRUCTURE = {"ul": ("li",), "ol": ("li",), "table": ("tr",), "tr": ("td", "th")}
"""Elements that hold nothing but these; what else stands in them is wrapped in the first."""
NESTED = INLINE | {"pre", "blockquote", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6"}
"""Elements whose depth is limited: those that canonical HTML never adds."""
MAX_NESTED = 30
MAX_DEPTH = 100
"""Elements nested deeper than these limits dissolve into their text; canonical HTML stays below both."""
MOST_REMEMBERED = 2048
"""Texts whose forms are kept: about those of a batch of incidents."""
LONGEST_REMEMBERED = 8192
"""Characters of a text that is kept: with the number of texts it bounds the memory."""

_SPACE = re.compile(r"[ \t\n\r\f]+")
_BREAKING = re.compile(r"[\x0b\x0c\x1c-\x1f]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
_BARE = r"(?:[^<>&\s\x00-\x1f\x7f]|&(?:amp|lt|gt);)++"
_PARAGRAPHS = re.compile(rf"(?:<p>{_BARE}(?: {_BARE})*+(?:<br>{_BARE}(?: {_BARE})*+)*+</p>)++")
"""The commonest canonical HTML, lines of bare words in paragraphs: it need not be parsed to be recognised."""
_TOKEN = re.compile(r'<(/?)([a-z0-9]+)((?: [a-z-]+="[^"]*")*) ?/?>|[^<]+|<')
"""A tag or a text of sanitized HTML, which is regular: names in lower case, values in double quotes."""
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_CLEANER = nh3.Cleaner(
    tags=set(BLOCKS | CELLS | VOID | INLINE | CONTAINERS | TRANSPARENT | ALIASES.keys()),
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
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    children: list[Child] = field(default_factory=list["Child"])


Child: TypeAlias = "Node | str"


def canonical(markup: str) -> str:
    """Give canonical HTML for any HTML; empty for what shows nothing."""
    if "<" not in markup and "&" not in markup:
        text = _SPACE.sub(" ", without_controls(markup)).strip(" ")
        return f"<p>{escape_text(text)}</p>" if text.strip() else ""
    if _PARAGRAPHS.fullmatch(markup):
        return markup
    return remembered(_canonical, markup)


def _canonical(markup: str) -> str:
    return serialize(parse(markup))


def remembered(work: Callable[[str], str], text: str) -> str:
    """Give what a pure function makes of a text, from memory where it was asked a moment ago.

    The same text is read, compared, predicted, written and recognised again, each time from its words.
    """
    return _remembered(work, text) if len(text) <= LONGEST_REMEMBERED else work(text)


@lru_cache(MOST_REMEMBERED)
def _remembered(work: Callable[[str], str], text: str) -> str:
    return work(text)


def parse(markup: str) -> list[Child]:
    """Give the top blocks of the canonical tree of any HTML."""
    builder = _Builder()
    builder.feed(_CLEANER.clean(without_controls(markup)))
    return _blocks(builder.root.children, "p")


def serialize(children: list[Child]) -> str:
    """Give the HTML of canonical nodes."""
    parts: list[str] = []
    for child in children:
        if isinstance(child, str):
            parts.append(escape_text(child))
            continue
        attributes = "".join(f' {name}="{html.escape(value)}"' for name, value in child.attributes.items())
        parts.append(f"<{child.tag}{attributes}>")
        if child.tag not in VOID:
            parts.append(f"{serialize(child.children)}</{child.tag}>")
    return "".join(parts)


def escape_text(text: str) -> str:
    """Give the HTML that shows a text, with no-break spaces named so that people see them."""
    return html.escape(text, quote=False).replace("\u00a0", "&nbsp;")


def without_controls(text: str) -> str:
    """Take out control characters; those that part words become blanks."""
    return _CONTROL.sub("", _BREAKING.sub(" ", text))


def is_block(child: Child) -> TypeGuard[Node]:
    """Tell whether a child stands on lines of its own."""
    return isinstance(child, Node) and child.tag not in INLINE and child.tag not in {"br", "img", ""}


# -- the tree of sanitized HTML


class _Builder:
    """Builds the tree of sanitized HTML, which nests correctly."""

    def __init__(self) -> None:
        self.root = Node("")
        self._open: list[tuple[Node, int]] = [(self.root, 0)]
        """The open elements, each with how many nested ones it stands in."""

    def feed(self, markup: str) -> None:
        """Take in a whole text."""
        for token in _TOKEN.finditer(markup):
            closing, tag, attributes = token.groups()
            if tag is None:
                data = html.unescape(token[0])
                self._open[-1][0].children.append(without_controls(data.replace("\r", "\n")))
            elif closing:
                self._close(tag)
            else:
                found = _ATTRIBUTE.findall(attributes) if attributes else ()
                self._begin(ALIASES.get(tag, tag), {name: html.unescape(value) for name, value in found})

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        parent, nested = self._open[-1]
        depth = nested + (tag in NESTED)
        if tag in VOID:
            parent.children.append(_void(tag, attributes))
        elif depth > MAX_NESTED or len(self._open) > MAX_DEPTH:
            self._open.append((parent, nested))
            if tag not in INLINE:
                parent.children.append(" ")
        else:
            href = without_controls(attributes.get("href", ""))
            node = Node(tag, {"href": href} if href else {})
            parent.children.append(node)
            self._open.append((node, depth))

    def _close(self, tag: str) -> None:
        if tag in VOID or len(self._open) == 1:
            return
        node, _ = self._open.pop()
        if node is self._open[-1][0] and ALIASES.get(tag, tag) not in INLINE:
            node.children.append(" ")


def _void(tag: str, attributes: dict[str, str]) -> Child:
    if tag != "img":
        return Node(tag)
    found = {name: value for name in ("src", "alt") if (value := without_controls(attributes.get(name, "")))}
    if "src" in found:
        return Node(tag, found)
    return f"[image: {found['alt']}]" if "alt" in found else "[image]"


# -- blocks


def _blocks(children: list[Child], wrapper: str) -> list[Child]:
    """Arrange children as blocks: runs of inline content become ``wrapper`` elements, containers dissolve."""
    blocks: list[Child] = []
    run: list[Child] = []

    def flush() -> None:
        inline = _inline(run)
        if inline:
            blocks.append(Node(wrapper, {}, inline))
        run.clear()

    for child in _lifted(children):
        if is_block(child):
            flush()
            blocks.extend(_block(child))
        else:
            run.append(child)
    flush()
    return blocks


def _lifted(children: list[Child]) -> list[Child]:
    """Dissolve inline elements that hold blocks: their blocks count, their formatting does not."""
    lifted: list[Child] = []
    for child in children:
        if isinstance(child, Node) and child.tag in INLINE:
            inner = _lifted(child.children)
            lifted.extend(inner if any(is_block(each) for each in inner) else [child])
        else:
            lifted.append(child)
    return lifted


def _block(node: Node) -> list[Child]:
    match node.tag:
        case "hr":
            return [node]
        case "pre":
            text = _verbatim(node).strip("\n")
            return [Node("pre", {}, [text])] if text.strip() else []
        case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
            return _blocks(node.children, node.tag)
        case "ul" | "ol" | "table":
            return _structure(node)
        case "blockquote":
            inner = _blocks(node.children, "p")
            return [Node("blockquote", {}, inner)] if inner else []
        case _:
            return _blocks(node.children, "p")


def _structure(node: Node) -> list[Child]:
    """Arrange a list, a table or a row: everything inside becomes an item of the kind that may stand there."""
    allowed = STRUCTURE[node.tag]
    items: list[Child] = []
    for child in _dissolved(node.children):
        if isinstance(child, str) and not child.strip():
            continue
        item = child if isinstance(child, Node) and child.tag in allowed else Node(allowed[0], {}, [child])
        items.extend(_item(item))
    return [Node(node.tag, {}, items)] if items else []


def _dissolved(children: list[Child]) -> list[Child]:
    found: list[Child] = []
    for child in children:
        if isinstance(child, Node) and child.tag in TRANSPARENT:
            found.extend(_dissolved(child.children))
        else:
            found.append(child)
    return found


def _item(node: Node) -> list[Child]:
    if node.tag == "tr":
        return _structure(node)
    inner = _blocks(node.children, "p")
    if len(inner) == 1 and isinstance(inner[0], Node) and inner[0].tag == "p":
        inner = inner[0].children
    return [Node(node.tag, {}, inner)] if inner or node.tag in CELLS else []


def _verbatim(node: Node) -> str:
    parts: list[str] = []
    for child in node.children:
        if isinstance(child, str):
            parts.append(child)
        elif child.tag == "br":
            parts.append("\n")
        elif child.tag == "img":
            parts.append(image_text(child))
        else:
            parts.append(f"\n{_verbatim(child)}\n" if is_block(child) else _verbatim(child))
    return "".join(parts)


def image_text(node: Node) -> str:
    """Give the words that stand for an image in plain text."""
    return f"[image: {node.attributes.get('alt') or node.attributes['src']}]"


# -- inline content


_Piece: TypeAlias = "tuple[Node, bool] | str"
"""A text, or an element that opens (True) or closes (False); a void element only opens."""


def _inline(children: list[Child]) -> list[Child]:
    """Collapse white space in a run of inline content as a browser does, and drop what shows nothing."""
    pieces = _collapsed(children)
    while (last := _last_shown(pieces)) is not None and _is_break(pieces[last]):
        del pieces[last]
    _trim_end(pieces)
    if not any(piece.strip() if isinstance(piece, str) else piece[0].tag == "img" for piece in pieces):
        return []
    return _grown(pieces)


def _pieces(children: list[Child]) -> Iterator[_Piece]:
    for child in children:
        if isinstance(child, str):
            yield child
        else:
            yield child, True
            if child.tag not in VOID:
                yield from _pieces(child.children)
                yield child, False


def _collapsed(children: list[Child]) -> list[_Piece]:
    pieces: list[_Piece] = []
    spaced = True
    """A blank here would show nothing: a line begins, or a blank stands before."""
    for piece in _pieces(children):
        if isinstance(piece, str):
            text = _SPACE.sub(" ", piece)
            text = text.removeprefix(" ") if spaced else text
            if not text:
                continue
            spaced = text.endswith(" ")
            pieces.append(text)
            continue
        if _is_break(piece):
            _trim_end(pieces)
            spaced = True
        elif piece[0].tag == "img":
            spaced = False
        pieces.append(piece)
    return pieces


def _is_break(piece: _Piece) -> bool:
    return not isinstance(piece, str) and piece[0].tag == "br"


def _last_shown(pieces: list[_Piece]) -> int | None:
    """Give the place of the last text, break or image."""
    for place in range(len(pieces) - 1, -1, -1):
        piece = pieces[place]
        if isinstance(piece, str) or piece[0].tag in VOID:
            return place
    return None


def _trim_end(pieces: list[_Piece]) -> None:
    """Take the blank off the end of a line."""
    last = _last_shown(pieces)
    if last is None:
        return
    piece = pieces[last]
    if isinstance(piece, str) and piece.endswith(" "):
        pieces[last : last + 1] = [piece[:-1]] if piece != " " else []


def _grown(pieces: list[_Piece]) -> list[Child]:
    """Give the tree of some pieces, without elements that hold nothing and links that lead nowhere."""
    stack = [Node("")]
    for piece in pieces:
        if isinstance(piece, str):
            _append(stack[-1].children, piece)
        elif piece[0].tag in VOID:
            stack[-1].children.append(piece[0])
        elif piece[1]:
            stack.append(Node(piece[0].tag, piece[0].attributes if piece[0].tag == "a" else {}))
        else:
            node = stack.pop()
            dissolves = node.tag == "a" and not node.attributes
            for child in node.children if dissolves else [node] if node.children else []:
                _append(stack[-1].children, child)
    return stack[0].children


def _append(children: list[Child], child: Child) -> None:
    if isinstance(child, str) and children and isinstance(children[-1], str):
        children[-1] += child
    else:
        children.append(child)
