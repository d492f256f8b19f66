"""Rich text: HTML comes back sanitised and wrapped in a ``<div>``, and its text with white space squeezed.

Scripts, styles, handlers and links of other schemes are removed; a whole that is one ``<div>`` already is not wrapped
again. Plain text is taken as HTML, so that its newlines are lost (recorded tickets, and api.freshservice.com, samples).
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from html.parser import HTMLParser

from ..sanitizer import Sanitizer

ALLOWED = frozenset(
    [
        *("a", "b", "strong", "i", "em", "u", "s", "p", "br", "div", "span", "h1", "h2", "h3", "h4", "h5", "h6", "ul"),
        *("ol", "li", "blockquote", "code", "pre", "hr", "img", "table", "thead", "tbody", "tr", "th", "td", "sub"),
        *("sup", "dl", "dt", "dd", "font"),
    ]
)
INLINE = frozenset({"a", "b", "strong", "i", "em", "u", "s", "span", "code", "sub", "sup", "font"})
KEPT = frozenset({"style", "dir", "alt", "width", "height", "title", "colspan", "rowspan"})
DIVS = re.compile(r"<(/?)div\b[^>]*>")


def _attributes(tag: str, attrs: list[tuple[str, str | None]]) -> str:
    kept = ""
    for name, value in attrs:
        given = (value or "").strip()
        lower = given.lower()
        web = lower.startswith(("http://", "https://"))
        linked = tag == "a" and name == "href" and (web or lower.startswith("mailto:"))
        shown = tag == "img" and name == "src" and web
        plain = name in KEPT and not ("javascript:" in lower or "expression(" in lower)
        if linked or shown or plain:
            kept += f' {name}="{html.escape(given)}"'
    return kept + (' rel="noreferrer"' if tag == "a" and kept else "")


def sanitize(markup: str) -> str:
    """Give the HTML that the vendor keeps."""
    parser = Sanitizer(ALLOWED, _attributes)
    parser.feed(markup)
    return parser.result()


def stored(markup: str) -> str:
    """Give the HTML that is stored, and comes back: sanitised and wrapped."""
    return wrap(sanitize(markup))


def wrap(inner: str) -> str:
    """Put HTML into a ``<div>``, unless all of it is in one already."""
    return inner if _is_one_div(inner.strip()) else f"<div>{inner}</div>"


def _is_one_div(inner: str) -> bool:
    depth = 0
    for found in DIVS.finditer(inner):
        depth += -1 if found[1] else 1
        if depth == 0:
            return inner.startswith("<div") and found.end() == len(inner)
    return False


def escape(words: str) -> str:
    """Give text as HTML."""
    return html.escape(words, quote=False)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append("" if tag in INLINE else " ")

    def handle_endtag(self, tag: str) -> None:
        self.parts.append("" if tag in INLINE else " ")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


@lru_cache(maxsize=50_000)
def plain(markup: str) -> str:
    """Give the text of kept HTML, white space squeezed."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return re.sub(r"[ \t\r\n]+", " ", "".join(reader.parts)).strip(" ")
