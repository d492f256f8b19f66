"""Comment texts: HTML is sanitised, plain text becomes HTML, and the two other forms are derived from the HTML.

* ``html_body`` comes back sanitised, in ``<div class="zd-comment" dir="auto">``, block elements with ``dir="auto"``
  (recorded); script, style, event attributes and ``data:`` images are removed; links get ``rel="noreferrer"``.
* ``body`` on input is plain text, its HTML tags stripped; on output it carries Markdown-like marks.
* ``plain_body`` is text without marks; several blanks and newlines are squeezed.
* Placeholders (``{{ticket.id}}``) in comments of agents are evaluated, unknown ones become nothing.

Source: developer.zendesk.com, ticket comments ("Bodies") and recorded comments.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import lru_cache
from html.parser import HTMLParser
from typing import cast

from ..sanitizer import Sanitizer

LONGEST = 65_000
"""Characters of a comment that are kept; the rest is cut without an error."""

ALLOWED = frozenset(
    [
        "a",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "s",
        "p",
        "br",
        "div",
        "span",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "blockquote",
        "code",
        "pre",
        "hr",
        "img",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "sub",
        "sup",
        "dl",
        "dt",
        "dd",
    ]
)
BLOCKS = frozenset(
    [
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "table",
        "tr",
        "dl",
        "dt",
        "dd",
        "hr",
    ]
)
DIRECTED = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol"])
MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`"}
PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}|\{%.*?%\}", re.DOTALL)
TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]*>", re.DOTALL)


def _attributes(tag: str, attrs: list[tuple[str, str | None]]) -> str:
    kept = ' dir="auto"' if tag in DIRECTED else ""
    for name, value in attrs:
        text = (value or "").strip()
        web = text.lower().startswith(("http://", "https://"))
        if tag == "a" and name == "href" and (web or text.lower().startswith("mailto:")):
            kept += f' href="{html.escape(text)}" rel="noreferrer"'
        elif tag == "img" and (name == "alt" or (name == "src" and web)):
            kept += f' {name}="{html.escape(text)}"'
    return kept


def sanitize(markup: str) -> str:
    """Give the HTML that Zendesk keeps of an ``html_body``."""
    parser = Sanitizer(ALLOWED, _attributes)
    parser.feed(markup[:LONGEST])
    return parser.result()


def from_plain(text: str) -> str:
    """Give the HTML that Zendesk makes of a ``body``: its tags are stripped, blank lines make paragraphs."""
    return from_literal(TAG.sub("", text[:LONGEST]))


def from_literal(text: str) -> str:
    """Give the HTML of a text of which every character counts: blank lines make paragraphs."""
    stripped = text.replace("\r\n", "\n").strip("\n")
    paragraphs = re.split(r"\n{2,}", stripped)
    return "\n\n".join(
        f'<p dir="auto">{html.escape(part, quote=False).replace(chr(10), chr(10) + "<br>")}</p>' for part in paragraphs
    )


def wrap(inner: str) -> str:
    """Give the ``html_body`` of kept HTML."""
    return f'<div class="zd-comment" dir="auto">{inner}</div>'


class _Reader(HTMLParser):
    """Derives text from kept HTML, with Markdown-like marks or without."""

    def __init__(self, *, marks: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.marks = marks
        self.parts: list[str] = []
        self.lists: list[int | None] = []
        self.href: list[str] = []
        self.pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "br":
            self.parts.append("\n")
        elif tag in {"ul", "ol"}:
            self._block()
            self.lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._item()
        elif tag in BLOCKS:
            self._block()
            self.pre += tag == "pre"
            self.parts.append("* * *" if tag == "hr" else "> " if tag == "blockquote" and self.marks else "")
        elif tag == "img" and self.marks:
            self.parts.append(f"![{given.get('alt') or ''}]({given.get('src') or ''})")
        elif tag == "a":
            self.href.append(given.get("href") or "")
            self.parts.append("[" if self.marks and self.href[-1] else "")
        elif self.marks and tag in MARKS:
            self.parts.append(MARKS[tag])

    def handle_endtag(self, tag: str) -> None:
        if tag in {"ul", "ol"}:
            self.lists = self.lists[:-1]
            self._block()
        elif tag in BLOCKS and tag != "li":
            self.pre -= tag == "pre"
            self._block()
        elif tag == "a":
            href = self.href.pop() if self.href else ""
            self.parts.append(f"]({href})" if self.marks and href else "")
        elif self.marks and tag in MARKS:
            self.parts.append(MARKS[tag])

    def handle_data(self, data: str) -> None:
        if self.pre:
            self.parts.append(data)
        elif data.strip() or "\n" not in data:
            self.parts.append(data.replace("\n", "" if data.endswith("\n") else " "))

    def _block(self) -> None:
        self.parts.append("\n\n")

    def _item(self) -> None:
        number = self.lists[-1] if self.lists else None
        if number is None:
            self.parts.append("\n* " if self.marks else "\n- ")
        else:
            self.lists[-1] = number + 1
            self.parts.append(f"\n{number + 1}. ")

    def result(self) -> str:
        self.close()
        return re.sub(r"\n{3,}", "\n\n", "".join(self.parts)).strip("\n")


@lru_cache(maxsize=20_000)
def body(inner: str) -> str:
    """Give the ``body`` of kept HTML."""
    reader = _Reader(marks=True)
    reader.feed(inner)
    return reader.result()


@lru_cache(maxsize=20_000)
def plain_body(inner: str) -> str:
    """Give the ``plain_body`` of kept HTML."""
    reader = _Reader(marks=False)
    reader.feed(inner)
    return re.sub(r"[ \t]{2,}", " ", reader.result())


def evaluate(text: str, values: Mapping[str, str]) -> str:
    """Evaluate the placeholders of an agent's comment; what is unknown, and every Liquid tag, becomes nothing."""
    return PLACEHOLDER.sub(lambda found: values.get((found.group(1) or "").split("|")[0].strip(), ""), text)


def redact(inner: str, secret: str) -> str:
    """Replace a text by as many blocks, as the vendor's redaction does."""
    return inner.replace(html.escape(secret, quote=False), "▇" * len(secret))


def normalize_tags(value: object) -> list[str]:
    """Give tags as they are kept: lower case, blanks within one become underscores, sorted, each once.

    A single text is split at blanks and commas.
    """
    given = re.split(r"[\s,]+", value) if isinstance(value, str) else cast("list[object]", value or [])
    items = (str(item).strip().lower() for item in given)
    return sorted({re.sub(r"\s+", "_", item) for item in items if item})
