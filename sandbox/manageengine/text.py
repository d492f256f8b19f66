"""HTML as the server keeps and shows it.

What a client writes is kept as it is, except that scripts are filtered; what people write in the web client is wrapped in a
styled ``div``. Plain text is accepted, and its line breaks mean nothing. Images of a text stand there as a mark of the
file and are shown with a URL of each product.

Source: recorded bodies (a written ``<p>..</p><h1>..</h1>`` comes back unchanged); live evidence of wrapped texts.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from html.parser import HTMLParser

WRAPPER = '<div class="sdp-ze-default-wrapper" style="font-family: Roboto, Arial; font-size: 10pt">{}</div>'
MARK = "sdp-file:"
"""Before the number of a file, in the ``src`` of an image."""
MARKED = re.compile(re.escape(MARK) + r"(\d+)")
HIDDEN = frozenset({"script", "style", "iframe", "object", "embed"})
BREAKING = frozenset({"p", "div", "li", "ul", "ol", "tr", "table", "blockquote", "pre", "h1", "h2", "h3", "h4", "hr", "br"})
SPACE = re.compile(r"[ \t\r\n\f]+")
SHORT = 250


class _Filter(HTMLParser):
    """Writes markup as it came, without scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in HIDDEN:
            self.hidden += 1
        elif not self.hidden:
            raw = self.get_starttag_text() or ""
            self.out.append(raw if _harmless(attrs) else _rebuilt(tag, attrs))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in HIDDEN and not self.hidden:
            raw = self.get_starttag_text() or ""
            self.out.append(raw if _harmless(attrs) else _rebuilt(tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag in HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        elif not self.hidden:
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")


def _bad(name: str, value: str | None) -> bool:
    return name.startswith("on") or (value or "").strip().lower().startswith("javascript:")


def _harmless(attrs: list[tuple[str, str | None]]) -> bool:
    return not any(_bad(name, value) for name, value in attrs)


def _rebuilt(tag: str, attrs: list[tuple[str, str | None]]) -> str:
    kept = [f' {name}="{html.escape(value or "")}"' for name, value in attrs if not _bad(name, value)]
    return f"<{tag}{''.join(kept)}>"


def sanitize(markup: str) -> str:
    """Filter scripts out of what a client wrote."""
    if "<" not in markup:
        return markup
    parser = _Filter()
    parser.feed(markup)
    parser.close()
    return "".join(parser.out)


class _Reader(HTMLParser):
    """Reads the text of markup."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.kept = 0
        """How many ``pre`` are open: their line breaks count."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.kept += tag == "pre"
        if tag in BREAKING:
            self.out.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.kept -= tag == "pre"
        if tag in BREAKING:
            self.out.append("\n")

    def handle_data(self, data: str) -> None:
        self.out.append(data if self.kept > 0 else SPACE.sub(" ", data))


@lru_cache(maxsize=4096)
def plain(markup: str | None) -> str:
    """Give the text that people see: a line for each block."""
    if not markup:
        return ""
    parser = _Reader()
    parser.feed(markup)
    parser.close()
    lines = (line.strip() for line in "".join(parser.out).split("\n"))
    return "\n".join(line for line in lines if line)


def short(markup: str | None) -> str | None:
    """Give the text that a list shows of a description, cut."""
    text = plain(markup).replace("\n", " ")
    return text[:SHORT] if text else None
