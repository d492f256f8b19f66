"""Rich text and plain text: from one to the other, when two texts are the same, and the images in a text.

Rich text is canonical HTML (see ``core.text.markup``). Plain text that is made rich and plain again is the same text; what
plain text cannot express degrades to something readable, and no visible word is ever dropped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

from .markup import Child, Node, canonical, escape_text, image_text, is_block, parse, remembered, without_controls

__all__ = [
    "canonical",
    "comparable",
    "from_text",
    "image_sources",
    "name_images",
    "normal_text",
    "replace_images",
    "to_text",
]

_ONE_LINE = re.compile(r"<p>([^<>&\s\x00-\x1f\x7f]+(?: [^<>&\s\x00-\x1f\x7f]+)*)</p>")
"""The commonest rich text, one paragraph of bare words, which needs no parser."""
_PARAGRAPH_END = re.compile(r"(?<!\n)\n\n(?!\n)")
_KEPT_SPACE = re.compile(r"^ | (?= )")
"""Blanks that HTML would not show."""


# -- plain text


def normal_text(text: str) -> str:
    """Give the form in which plain text is compared: LF, no control characters or tabs, no trailing white space."""
    text = without_controls(text.replace("\r\n", "\n").replace("\r", "\n")).expandtabs(4).replace("\u00a0", " ")
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def from_text(text: str) -> str:
    """Give canonical HTML that shows a plain text as it is: lines, blank lines and indents kept."""
    normal = normal_text(text)
    if not normal:
        return ""
    paragraphs = _PARAGRAPH_END.split(normal)
    return "".join(f"<p>{'<br>'.join(_line(line) for line in part.split(chr(10)))}</p>" for part in paragraphs)


def _line(line: str) -> str:
    return escape_text(_KEPT_SPACE.sub("\u00a0", line))


def to_text(markup: str) -> str:
    """Give readable plain text: lists with dashes and numbers, links with their address, quotes with ``>``."""
    simple = _ONE_LINE.fullmatch(markup)
    return simple.group(1) if simple else remembered(_readable, markup)


def _readable(markup: str) -> str:
    return normal_text(_block_text(parse(markup)))


def _block_text(children: list[Child]) -> str:
    if not any(is_block(child) for child in children):
        return _inline_text(children)
    return "\n\n".join(_one_block(child) for child in children if is_block(child))


def _one_block(node: Node) -> str:
    match node.tag:
        case "hr":
            return "----"
        case "blockquote":
            return "\n".join(f"> {line}".rstrip() for line in _block_text(node.children).split("\n"))
        case "ul":
            return "\n".join(_indented("- ", item) for item in _nodes(node))
        case "ol":
            return "\n".join(_indented(f"{number}. ", item) for number, item in enumerate(_nodes(node), 1))
        case "table":
            return "\n".join(_row_text(row) for row in _nodes(node))
        case _:
            return _block_text(node.children)


def _nodes(node: Node) -> list[Node]:
    return [child for child in node.children if isinstance(child, Node)]


def _indented(mark: str, item: Node) -> str:
    return mark + _block_text(item.children).replace("\n", "\n" + " " * len(mark))


def _row_text(row: Node) -> str:
    return " | ".join(_block_text(cell.children).replace("\n", " ") for cell in _nodes(row))


def _inline_text(children: list[Child]) -> str:
    parts: list[str] = []
    for child in children:
        if isinstance(child, str):
            parts.append(child)
        elif child.tag == "br":
            parts.append("\n")
        elif child.tag == "img":
            parts.append(image_text(child))
        else:
            text = _inline_text(child.children)
            address = child.attributes.get("href", "")
            parts.append(f"{text} <{address}>" if address and address not in (text, f"mailto:{text}") else text)
    return "".join(parts)


def comparable(markup: str) -> str | None:
    """Give what two tools' versions of a text have in common: the words, white space folded; None for no words."""
    return " ".join(to_text(markup).split()) or None


# -- images


_IMAGE = re.compile(r'<img src="([^"]*)"(?: alt="([^"]*)")?>')


def image_sources(markup: str) -> list[str]:
    """Give the addresses of the images in a text, in order."""
    return [html.unescape(match.group(1)) for match in _IMAGE.finditer(canonical(markup))]


def name_images(markup: str, files: Iterable[Mapping[str, Any]]) -> str:
    """Put the names of files, given by their documents, in place of the images that show them.

    The address of an image opens at its own tool only.
    """
    return replace_images(markup, {file["url"]: file["name"] for file in files if file.get("url")})


def replace_images(markup: str, names: Mapping[str, str]) -> str:
    """Replace images by readable names: an address must not leak, and would not open, at another tool.

    Args:
        markup: any HTML; what is given back is canonical.
        names: address -> name of the file that travels beside the text; others are named by their alt text.
    """

    def replacement(match: re.Match[str]) -> str:
        source, alt = html.unescape(match.group(1)), html.unescape(match.group(2) or "")
        return escape_text(f"[image: {names.get(source) or alt or 'image'}]")

    return canonical(_IMAGE.sub(replacement, canonical(markup)))
