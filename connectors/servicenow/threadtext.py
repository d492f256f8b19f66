"""Journals as text: the display value of ``comments`` and ``work_notes``, taken apart into entries.

Vendor facts (recorded replies; ServiceNow documentation, journal fields): the newest entry comes first, each as
``DATE - NAME (LABEL)``, a line break, the text, and an empty line. Date and zone are the account's, the label is in its
language; entries have no id. What one account cannot tell: an empty line followed by a line of exactly this form inside a
text reads as an entry of its own, unless its time lies after that of the entry before it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from .account import DateFormat


@dataclass(frozen=True, slots=True)
class TextEntry:
    """One entry of a thread's text."""

    at: datetime
    """Local time, as shown, without a zone."""
    author: str
    label: str
    text: str


def split_entries(text: str, dates: DateFormat, labels: frozenset[str] = frozenset()) -> list[TextEntry]:
    """Give the entries of a thread's text, newest first as it shows them.

    Args:
        text: the display value of a journal.
        dates: how the account shows dates.
        labels: the only labels that count; any where empty, as long as all are that of the first entry.

    Raises:
        ValueError: the text begins with no entry.
    """
    header = re.compile(rf"(?:^|(?<=\n\n))({dates.pattern}) - ([^\n]*) \(([^()\n]*)\)\n")
    found: list[tuple[re.Match[str], datetime]] = []
    for match in header.finditer(text):
        try:
            at = dates.parse(match.group(1))
        except ValueError:
            continue
        label_fits = match.group(3) in labels if labels else not found or match.group(3) == found[0][0].group(3)
        if label_fits and not (found and at > found[-1][1] and not _may_be_a_change(at, found[-1][1])):
            found.append((match, at))
    if not found or found[0][0].start() != 0:
        raise ValueError("a journal text that begins with no entry")
    ends = [match.start() for match, _ in found[1:]] + [len(text)]
    return [
        TextEntry(at, match.group(2), match.group(3), text[match.end() : end].removesuffix("\n\n"))
        for (match, at), end in zip(found, ends, strict=True)
    ]


def _may_be_a_change(at: datetime, newer: datetime) -> bool:
    """Clocks that are set back an hour show an older entry under a later time."""
    return (at - newer).total_seconds() <= 3600


def moments(entries: Sequence[TextEntry], zone: tzinfo) -> list[datetime]:
    """Give the UTC times of entries that stand newest first.

    A local time that occurs twice, when clocks are set back, is taken as the first unless that would put an entry before
    an older one.
    """
    times: list[datetime] = []
    last = datetime.min.replace(tzinfo=UTC)
    for entry in reversed(entries):
        first, second = (entry.at.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        moment = second if first < last <= second else first
        times.append(moment)
        last = max(last, moment)
    return times[::-1]


def entry_ids(keys: Sequence[tuple[str, ...]]) -> list[str]:
    """Give an id for each entry of a thread, oldest first: a digest of what identifies it, and its place among equals."""
    seen: Counter[tuple[str, ...]] = Counter()
    ids: list[str] = []
    for key in keys:
        seen[key] += 1
        ids.append(hashlib.sha256("\0".join((*key, str(seen[key]))).encode()).hexdigest()[:32])
    return ids
