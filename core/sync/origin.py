"""The line above a carried comment: who wrote it, when, and, where a tool stores no origin, where it comes from."""

from __future__ import annotations

import html
import re

_HEADER = re.compile(r"<p>[^<]*\[([^\s\[\]<>/]+/[^\s\[\]<>/]+/[^\s\[\]<>]+)\]:</p>")


def header(author: str | None, moment: str | None, origin: str | None) -> str:
    """Give the line as canonical HTML.

    Args:
        author: name and address of the writer, or None where nobody is named.
        moment: RFC 3339 time in UTC, or None.
        origin: ``connection/record/comment``, or None where the tool stores it elsewhere.
    """
    time = moment.replace("T", " ").replace("Z", " UTC") if moment else None
    words = ", ".join(piece for piece in (author, time) if piece)
    place = f" [{origin}]" if origin else ""
    return f"<p>{html.escape(words + place, quote=False)}:</p>"


def stated_origin(markup: str) -> str | None:
    """Give the origin that stands in the first line of a comment, canonical HTML, or None."""
    found = _HEADER.match(markup)
    return html.unescape(found.group(1)) if found else None
