"""Moments as people see them: the user's zone with its daylight saving, the user's formats, and durations.

Stored moments are ``YYYY-MM-DD HH:MM:SS`` in UTC. Formats are Java patterns (``sys_user.date_format``, ``time_format``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

STORED = "%Y-%m-%d %H:%M:%S"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PATTERN = re.compile(r"yyyy|MM|dd|HH|hh|mm|ss|a")
_DIRECTIVES = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "a": "%p"}


def stored(moment: datetime) -> str:
    """Write a moment as the database does."""
    at = moment.astimezone(UTC)
    return f"{at.year:04}-{at.month:02}-{at.day:02} {at.hour:02}:{at.minute:02}:{at.second:02}"


def moment(text: str) -> datetime | None:
    """Read a stored moment, or a day (its first second, UTC); None for anything else."""
    for pattern in (STORED, "%Y-%m-%d"):
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """Give a time zone by name; UTC where the name is unknown."""
    try:
        return ZoneInfo(name or "GMT")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Display:
    """How one user sees moments."""

    zone_name: str = "GMT"
    date_format: str = "yyyy-MM-dd"
    time_format: str = "HH:mm:ss"

    @property
    def zone(self) -> ZoneInfo:
        """The user's time zone."""
        return zone(self.zone_name)

    def show(self, text: str) -> str:
        """Give a stored moment in the user's zone and format; text that is no moment stays."""
        found = _shown(text, self) if text else None
        return text if found is None else found

    def read(self, text: str) -> datetime | None:
        """Read a moment that is written in the user's zone and format; None where it is not."""
        pattern = _directives(f"{self.date_format} {self.time_format}")
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=self.zone).astimezone(UTC)
        except ValueError:
            return None


@lru_cache(maxsize=4096)
def _shown(text: str, display: Display) -> str | None:
    found = moment(text)
    if found is None:
        return None
    return found.astimezone(display.zone).strftime(_directives(f"{display.date_format} {display.time_format}"))


@lru_cache(maxsize=64)
def _directives(pattern: str) -> str:
    return _PATTERN.sub(lambda match: _DIRECTIVES[match[0]], pattern)


def duration(seconds: float) -> str:
    """Write a duration as the database does: the moment that lies so long after 1970."""
    return (EPOCH + timedelta(seconds=int(seconds))).strftime(STORED)


def show_duration(text: str) -> str:
    """Give a stored duration for people: ``1 Day 4 Hours 23 Minutes``; seconds only where it is shorter than a minute."""
    found = moment(text)
    if found is None:
        return text
    total = int((found - EPOCH).total_seconds())
    days, rest = divmod(total, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [(days, "Day"), (hours, "Hour"), (minutes, "Minute")]
    words = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return " ".join(words) or f"{seconds} Second{'' if seconds == 1 else 's'}"


def business_seconds(start: datetime, end: datetime) -> int:
    """Count the seconds between two moments that fall on Monday to Friday, 08:00 to 17:00 UTC."""
    total = 0.0
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    while day < end:
        if day.weekday() < 5:
            first, last = max(start, day + timedelta(hours=8)), min(end, day + timedelta(hours=17))
            total += max(0.0, (last - first).total_seconds())
        day += timedelta(days=1)
    return int(total)
