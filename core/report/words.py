"""Figures as people read them: lengths of time, shares, moments, and the trend against the period before.

Blanks inside a value do not break: ``3 h 20 min`` stays on one line.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ..config.reporting import ALWAYS
from ..kpi.figures import Figure, KpiInfo, Report, Unit

NONE = "\N{EN DASH}"
"""Stands where there is no value."""
MINUTE, HOUR, DAY = 60, 3600, 86_400
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PRIORITIES = {"1": "1 critical", "2": "2 high", "3": "3 moderate", "4": "4 low", "5": "5 planning"}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
GROWING = frozenset({"volume", "major"})
"""KPIs that count what happens in a period: the longer, the more."""
FEW = 20
"""A change of so few things is told as their number."""
SAME, NOTABLE = 0.005, 0.05
"""A change of less than half a percent is none; from five percent on it is notable."""
SAME_SHARE, NOTABLE_SHARE = 0.0005, 0.01
"""The same of a share, whose change is told in points."""

_BLANK = "\N{NO-BREAK SPACE}"
_KEPT = frozenset("\t\n")


def clean(text: str) -> str:
    """Take out what HTML cannot hold: control characters, halves of surrogate pairs, code points that are no characters."""
    return "".join(
        each for each in text if each in _KEPT or (unicodedata.category(each) not in {"Cc", "Cs"} and not _void(each))
    )


def _void(character: str) -> bool:
    code = ord(character)
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def short(text: str, most: int = 140) -> str:
    """Give a text on one line, clean, and cut where it is longer than a reader wants."""
    line = " ".join(clean(text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def link(url: str | None) -> str | None:
    """Give a URL that may stand in a page as a link: http or https with a host, nothing else."""
    if not url or re.search(r"[\s\x00-\x20\x7f-\x9f\\]", url):
        return None
    try:
        parts = urlsplit(url)
        safe = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return None
    return url if safe else None


@dataclass(frozen=True, slots=True)
class Trend:
    """How a figure stands against the period before."""

    arrow: str
    """▲, ▼ or =."""
    words: str
    """``12% lower``."""
    before: str
    """The value of the period before."""
    judgement: str
    """``better``, ``worse``, or empty where neither direction is."""
    notable: bool
    """Large enough to be named in a summary."""


@dataclass(frozen=True, slots=True)
class Words:
    """How one report tells its values."""

    zone: ZoneInfo
    days: bool
    """Long times may be told in days: their clock runs day and night. Office hours have no days of 24 hours."""
    unfinished: bool = False
    """The period was not over: what is counted in it is less than in a whole one, and neither better nor worse for that."""

    @classmethod
    def of(cls, report: Report) -> Self:
        """Take from a report what its values depend on."""
        settings = report.settings
        own: dict[str, dict[str, Any]] = settings.get("connections") or {}
        calendars = {settings.get("calendar"), *(each.get("calendar") for each in own.values())}
        days, unfinished = calendars <= {ALWAYS, None}, report.as_of < report.last
        return cls(ZoneInfo(report.zone), days=days, unfinished=unfinished)

    def value(self, unit: Unit, value: float | None) -> str:
        """Give a figure's value with its unit."""
        if value is None:
            return NONE
        match unit:
            case Unit.SECONDS:
                return self.duration(value)
            case Unit.SHARE:
                return f"{value * 100:.1f}%"
            case Unit.COUNT:
                return f"{value:,.0f}"
            case _:
                return f"{value:,.2f}"

    def duration(self, seconds: float | None, *, days: bool | None = None) -> str:
        """Give a length of time in the two largest units that say something.

        Args:
            seconds: how long.
            days: whether days may be told; by default as the report's clocks allow.
        """
        if seconds is None:
            return NONE
        days = self.days if days is None else days
        sign, length = ("\N{MINUS SIGN}" if seconds < 0 else ""), abs(seconds)
        if length < 59.5:
            return f"{sign}{length:.0f}{_BLANK}s"
        if length < 10 * MINUTE - 0.5:
            return sign + _pair(round(length), (MINUTE, "min"), (1, "s"))
        if length < DAY - MINUTE / 2:
            return sign + _pair(round(length / MINUTE) * MINUTE, (HOUR, "h"), (MINUTE, "min"))
        if length < 2 * DAY or not days:
            return f"{sign}{length / HOUR:,.0f}{_BLANK}h"
        if length < 10 * DAY:
            return sign + _pair(round(length / HOUR) * HOUR, (DAY, "d"), (HOUR, "h"))
        return f"{sign}{length / DAY:,.0f}{_BLANK}d"

    def moment(self, moment: datetime | None) -> str:
        """Give a moment in the report's zone, to the minute."""
        if moment is None:
            return NONE
        local = moment.astimezone(self.zone)
        return f"{self.day(local.date())}, {local:%H:%M}"

    def day(self, day: date) -> str:
        """Give a day."""
        return f"{day.day}{_BLANK}{MONTHS[day.month - 1]}{_BLANK}{day.year}"

    def date(self, moment: datetime) -> str:
        """Give the day on which a moment falls in the report's zone."""
        return self.day(moment.astimezone(self.zone).date())

    def trend(self, info: KpiInfo, figure: Figure) -> Trend | None:
        """Compare a figure with the period before; None where one of the two has no value."""
        if figure.value is None or figure.before is None:
            return None
        told, change = self.value(info.unit, figure.before), figure.value - figure.before
        share = info.unit is Unit.SHARE
        size = abs(change) / (1 if share else abs(figure.before) or 1)
        if size < (SAME_SHARE if share else SAME):
            return Trend("=", "unchanged", told, "", notable=False)
        direction = "higher" if change > 0 else "lower"
        judged = info.better is not None and not (self.unfinished and info.id in GROWING)
        judgement = "" if not judged else "better" if info.better == direction else "worse"
        words = f"{self._size(info, abs(change), figure.before)} {direction}"
        notable = size >= (NOTABLE_SHARE if share else NOTABLE)
        return Trend("▲" if change > 0 else "▼", words, told, judgement, notable)

    def _size(self, info: KpiInfo, change: float, before: float) -> str:
        """Tell a change as a share of what was, but for shares themselves, and where there was little or nothing."""
        if info.unit is Unit.SHARE:
            return f"{change * 100:.1f} points"
        if not before or (info.unit is Unit.COUNT and abs(before) < FEW):
            return self.value(info.unit, change)
        size = change / abs(before)
        return f"{max(size, 0.01):.0%}" if size < 10 else f"{size:,.0f} times"


def _pair(length: float, large: tuple[int, str], small: tuple[int, str]) -> str:
    whole, rest = divmod(int(length), large[0])
    told = [(whole, large[1]), (rest // small[0], small[1])]
    return _BLANK.join(f"{number:,}{_BLANK}{unit}" for number, unit in told if number)


def met(info: KpiInfo, value: float | None) -> bool | None:
    """Tell whether a figure reaches the KPI's goal; None where there is no goal or no value."""
    if info.goal is None or value is None or info.better is None:
        return None
    return value <= info.goal if info.better == "lower" else value >= info.goal


def command(label: str, as_of: str, kpi: str, dimension: str | None = None, value: str | None = None) -> str:
    """Give the command that lists all tickets of a figure, quoted for a shell."""
    parts = ["isthmus", "report", "--period", label, "--as-of", as_of, "--tickets", kpi]
    if dimension is not None:
        parts += ["--by", f"{dimension}={value}"]
    return " ".join(shlex.quote(clean(part)) for part in parts)
