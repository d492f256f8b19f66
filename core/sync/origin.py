"""The line above a carried comment: who wrote it, when, and, where a tool stores no origin, where it comes from."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from ..model import Document

_HEADER = re.compile(r"<p>[^<]*\[([^\s\[\]<>/]+/[^\s\[\]<>/]+/[^\s\[\]<>]+)\]:</p>")
_LINE = re.compile(
    r"<p>(?:[^<]*?(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) UTC(?: \[[^\s\[\]<>]+\])?"
    r"|[^<\[]*\[[^\s\[\]<>]+\]):</p>"
)


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


def in_told_order(comments: Iterable[Document]) -> Iterator[Document]:
    """Give comments in the order in which they were said, as far as their lines tell it.

    A tool may keep whole seconds and tell nothing of what came first within one (ServiceNow's journal), so what was carried
    there at once is put in order by the times in the lines above it, the latest carrying first. A second in which anything
    stands without a line keeps the tool's order.
    """
    for _, run in groupby(comments, key=lambda comment: comment.get("created_at")):
        same = list(run)
        told = [_told_times(comment.get("body") or "") for comment in same]
        if len(same) > 1 and all(told):
            same = [same[at] for at in sorted(range(len(same)), key=lambda at: told[at])]
        yield from same


def _told_times(markup: str) -> tuple[str, ...]:
    """Give the time in each line above a comment, empty where a line names none."""
    times: list[str] = []
    while found := _LINE.match(markup):
        times.append(found["time"] or "")
        markup = markup[found.end() :]
    return tuple(times)
