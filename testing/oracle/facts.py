"""What the judge compares: the facts of one ticket in no vendor's words, and how to get them out of texts."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, cast

import orjson

Snapshot: TypeAlias = dict[str, Any]
Raw: TypeAlias = dict[str, Any]
Files: TypeAlias = Counter[tuple[str, str]]
"""How often each (name, SHA-256) is there."""

EVER = ("title", "status", "priority")
"""Facts that every tool keeps, as the nearest that it has."""
SOMEHOW = ("requester", "assignee", "group", "opened", "acknowledged", "first_response", "resolved", "closed", "due")
"""Facts that every tool keeps, in their place or in text."""
MAYBE = (
    "category",
    "subcategory",
    "service",
    "impact",
    "urgency",
    "labels",
    "tier",
    "configuration_items",
    "resolution_code",
    "resolution_notes",
)
"""Facts that a tool may lose in their place, and then keeps in text."""
FIELDS = (*EVER, *SOMEHOW, *MAYBE)
TIMES = ("opened", "acknowledged", "first_response", "resolved", "closed", "due")
"""Of these, the times."""


@dataclass(frozen=True, slots=True)
class Said:
    """One comment."""

    who: str
    """E-mail address of the author as the tool shows it; may be the integration's."""
    when: str
    """``YYYY-MM-DD HH:MM:SS``, UTC, as the tool shows it."""
    public: bool
    text: str
    """As the tool holds it, markup and all."""
    files: Files = field(default_factory=Counter[tuple[str, str]])

    @property
    def words(self) -> str:
        """The words alone."""
        return words(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One ticket."""

    id: str
    values: Mapping[str, str]
    """Field -> its value in no vendor's words; empty where there is none."""
    description: str
    comments: tuple[Said, ...]
    public_files: Files
    internal_files: Files
    record: Raw
    """The record as the tool gives it."""
    custom: tuple[str, ...] = ()
    """Values of fields of the account's own."""

    def marker(self, connection: str) -> str | None:
        """Give the id, at a connection, of the record that this one was created from."""
        found = re.search(rf"isthmus:{re.escape(connection)}:([^\"\\\s,\]]+)", orjson.dumps(self.record).decode())
        return found.group(1) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What the judge knows of one vendor."""

    read: Callable[[Snapshot], dict[str, Facts]]
    statuses: Mapping[str, tuple[str, ...]]
    """Status -> those that the tool may hold instead, where it does not have it."""
    priorities: Mapping[str, tuple[str, ...]]
    """Priority -> those that the tool may hold instead."""
    fills: frozenset[str]
    """Facts that it demands: where there is none, it holds one of its own."""
    dates: frozenset[str] = frozenset()
    """Times that it gives by itself to every ticket that ends, canceled ones included."""
    closes_after: timedelta | None = None
    """After so long it closes by itself what has ended, and its facts say when each was ``updated``; None where not."""
    hides_files: bool
    """A file can be kept from the requester."""
    title_length: int | None = None
    description_length: int | None = None


def inner(value: Any) -> Raw:
    """Give an object of a record, an empty one where there is none."""
    return cast("Raw", value or {})


def words(text: str) -> str:
    """Give the words of a text, without markup, bullets, zero-width marks and white space."""
    text = re.sub(r"</?(?:p|br|li|ul|ol|div|h\d|tr|td|pre|blockquote)\b[^>]*>", "\n", text)
    text = re.sub(r"<img\b[^>]*>", " ", text)
    text = html.unescape(re.sub(r"</?[a-zA-Z][^<>]*>", "", text))
    return plain_words(text)


def plain_words(text: str) -> str:
    """Give the words of a text that has no markup."""
    text = re.sub(r"\[/?code\]|\[image: [^\]]*\]", " ", text).replace("\u200b", "").replace("\u00a0", " ")
    text = re.sub(r"(?m)^[\s>\-*#]*\d+\. ", " ", text)
    return re.sub(r"[\s\-•*<>|]+", " ", text).strip()


def moment(value: Any) -> str:
    """Give a time as ``YYYY-MM-DD HH:MM:SS`` in UTC: from RFC 3339, from spaced UTC, or from epoch milliseconds."""
    if value in (None, "", 0, "0"):
        return ""
    if isinstance(value, int) or (isinstance(value, str) and value.isdigit()):
        return f"{datetime.fromtimestamp(int(value) / 1000, UTC):%Y-%m-%d %H:%M:%S}"
    parsed = datetime.fromisoformat(re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", str(value).replace("Z", "+00:00")))
    return f"{(parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def count(files: list[Raw]) -> Files:
    """Count files by name and content."""
    return Counter((file["name"], file["sha256"]) for file in {str(file["id"]): file for file in files}.values())
