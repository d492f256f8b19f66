"""Moments: kept as milliseconds since 1970, shown in the caller's time zone with an offset without a colon.

Source: recorded replies of Jira Cloud (``2026-04-28T15:31:13.533+0200``); developer.atlassian.com, service desk API.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from .jsons import Json


@cache
def zone(name: str) -> tzinfo:
    """Give a time zone by its name."""
    return ZoneInfo(name)


def millis(moment: datetime) -> int:
    """Give a moment as milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def local(moment: int, where: tzinfo) -> datetime:
    """Give a moment as local time."""
    return datetime.fromtimestamp(moment // 1000, where).replace(microsecond=moment % 1000 * 1000)


def iso(moment: int, where: tzinfo) -> str:
    """Give a moment as the platform writes it."""
    text = datetime.fromtimestamp(moment // 1000, where).isoformat()
    return f"{text[:19]}.{moment % 1000:03d}{text[19:22]}{text[23:25]}"


def iso_or_none(moment: int | None, where: tzinfo) -> str | None:
    """Give a moment as the platform writes it, None for none."""
    return None if moment is None else iso(moment, where)


def parse(value: Any) -> int | None:
    """Read a moment: the platform's form, or any ISO 8601 form; None where it is neither."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return millis(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def date_dto(moment: int, where: tzinfo) -> Json:
    """Give a moment as the service desk API writes it."""
    shown, text = local(moment, where), iso(moment, where)
    return {
        "iso8601": text[:19] + text[23:],
        "jira": text,
        "friendly": f"{shown:%d/%b/%y} {shown.hour % 12 or 12}:{shown:%M %p}",
        "epochMillis": moment,
    }


def duration_dto(span: int) -> Json:
    """Give a span of milliseconds as the service desk API writes it."""
    minutes = abs(span) // 60000
    return {"millis": span, "friendly": f"{'-' if span < 0 else ''}{minutes // 60}h {minutes % 60}m"}


def worked(seconds: int) -> str:
    """Give worked time as people read it: a day has 8 hours, a week 5 days."""
    left, parts = seconds // 60, list[str]()
    for size, unit in ((2400, "w"), (480, "d"), (60, "h"), (1, "m")):
        if left >= size:
            parts.append(f"{left // size}{unit}")
            left %= size
    return " ".join(parts) or "0m"
