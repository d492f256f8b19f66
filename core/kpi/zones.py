"""Time zones as spans of constant distance from UTC, so that local time is plain addition, in Python and in SQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ..store.store import literal


class Span(NamedTuple):
    """A span of time in which a zone's clocks are not put forward or back."""

    first: datetime
    """UTC."""
    last: datetime
    """Exclusive."""
    offset: timedelta
    """Local time less UTC."""


def offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    """Give a zone's local time less UTC, at a moment."""
    return moment.astimezone(zone).utcoffset() or timedelta()


def spans(zone: ZoneInfo, first: datetime, last: datetime) -> list[Span]:
    """Give the spans of constant offset that fill the time from ``first`` to ``last``, in UTC."""
    found: list[Span] = []
    start = here = first
    while here < last:
        there = min(here + timedelta(days=1), last)
        if offset(zone, there) != offset(zone, here):
            changed = _change(zone, here, there)
            found.append(Span(start, changed, offset(zone, here)))
            start = changed
        here = there
    if start < last:
        found.append(Span(start, last, offset(zone, start)))
    return found


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Give the second at which the offset changes between two moments."""
    old = offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle <= before:
            break
        before, after = (middle, after) if offset(zone, middle) == old else (before, middle)
    return after.replace(microsecond=0)


def local_time(zone: str, first: datetime, last: datetime, moment: str) -> str:
    """Give a moment's local time as SQL, right from ``first`` to ``last``.

    Args:
        zone: the zone's name.
        first: UTC.
        last: UTC.
        moment: the SQL of a moment in UTC.
    """
    *changing, final = spans(ZoneInfo(zone), first, last)
    cases = "".join(f" when {moment} < {literal(span.last)} then {_seconds(span.offset)}" for span in changing)
    chosen = f"case{cases} else {_seconds(final.offset)} end" if cases else str(_seconds(final.offset))
    return f"{moment} + to_seconds({chosen})"


def _seconds(length: timedelta) -> int:
    return round(length.total_seconds())
