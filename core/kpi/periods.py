"""Periods that a report tells of: a year, a quarter, a month, a week, or days from one to another."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Self, TypeVar
from zoneinfo import ZoneInfo

from ..errors import UserError
from ..model import Frozen

_YEAR = re.compile(r"(\d{4})")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")
_YEARS = range(1900, 2200)
"""Within which holidays and the offsets of time zones can be told."""
_MONTHS = {"year": 12, "quarter": 3, "month": 1}
_DAILY = 31
"""Days up to which a period is told by days."""
_WEEKLY = 100
"""Days up to which it is told by weeks; a longer one is told by months."""


class Bucket(NamedTuple):
    """A part of a period: a day, a week from Monday or a month, as far as it lies within."""

    label: str
    """Its first day."""
    first: datetime
    last: datetime
    """Exclusive; both in UTC."""


P = TypeVar("P", bound="Period")


class Period(Frozen):
    """Whole days of one time zone."""

    label: str
    kind: str
    """``year``, ``quarter``, ``month``, ``week`` or ``days``."""
    day: date
    """The first day."""
    end: date
    """The day after the last one."""
    zone: str

    @classmethod
    def parse(cls, text: str, zone: str) -> Self:
        """Read a period.

        Args:
            text: ``2026``, ``2026-Q1``, ``2026-03``, ``2026-W07`` (a week of ISO 8601) or ``2026-03-01..2026-03-31``, the
                last day included.
            zone: the time zone whose days are meant.

        Raises:
            UserError: the text is no period.
        """
        try:
            return _told(cls._read(text.strip(), zone))
        except (ValueError, OverflowError):
            raise UserError(
                f"'{text}' is no period; write 2026, 2026-Q1, 2026-03, 2026-W07 or 2026-03-01..2026-03-31"
            ) from None

    @classmethod
    def last_quarter(cls, moment: datetime, zone: str) -> Self:
        """Give the last quarter that is over at a moment."""
        day = moment.astimezone(ZoneInfo(zone)).date()
        return cls._months("quarter", _later(date(day.year, 3 * ((day.month - 1) // 3) + 1, 1), -3), zone)

    @classmethod
    def _read(cls, text: str, zone: str) -> Self:
        if found := _YEAR.fullmatch(text):
            return cls._months("year", date(int(found[1]), 1, 1), zone)
        if found := _QUARTER.fullmatch(text):
            return cls._months("quarter", date(int(found[1]), 3 * int(found[2]) - 2, 1), zone)
        if found := _MONTH.fullmatch(text):
            return cls._months("month", date(int(found[1]), int(found[2]), 1), zone)
        if found := _WEEK.fullmatch(text):
            return cls._days("week", date.fromisocalendar(int(found[1]), int(found[2]), 1), 7, zone)
        found = _DAYS.fullmatch(text)
        if not found:
            raise ValueError(text)
        day, last = date.fromisoformat(found[1]), date.fromisoformat(found[2])
        return cls._days("days", day, (last - day).days + 1, zone)

    @classmethod
    def _months(cls, kind: str, day: date, zone: str) -> Self:
        label = {"year": f"{day:%Y}", "quarter": f"{day:%Y}-Q{(day.month + 2) // 3}", "month": f"{day:%Y-%m}"}[kind]
        return cls(label=label, kind=kind, day=day, end=_later(day, _MONTHS[kind]), zone=zone)

    @classmethod
    def _days(cls, kind: str, day: date, count: int, zone: str) -> Self:
        if count < 1:
            raise ValueError(count)
        end = day + timedelta(days=count)
        label = f"{day:%G-W%V}" if kind == "week" else f"{day}..{end - timedelta(days=1)}"
        return cls(label=label, kind=kind, day=day, end=end, zone=zone)

    @property
    def first(self) -> datetime:
        """Its begin, UTC."""
        return _midnight(self.day, self.zone)

    @property
    def last(self) -> datetime:
        """Its end, exclusive, UTC."""
        return _midnight(self.end, self.zone)

    @property
    def before(self) -> Period:
        """The period of the same kind, or of as many days, that ends where this one begins."""
        if self.kind in _MONTHS:
            return self._months(self.kind, _later(self.day, -_MONTHS[self.kind]), self.zone)
        count = (self.end - self.day).days
        return self._days(self.kind, self.day - timedelta(days=count), count, self.zone)

    @property
    def step(self) -> str:
        """By what it is told: ``day``, ``week`` or ``month``."""
        length = (self.end - self.day).days
        return "day" if length <= _DAILY else "week" if length <= _WEEKLY else "month"

    def buckets(self) -> tuple[Bucket, ...]:
        """Give its days, weeks or months, in order, none empty and none left out."""
        days = [self.day]
        while (following := _following(days[-1], self.step)) < self.end:
            days.append(following)
        return tuple(
            Bucket(str(day), _midnight(day, self.zone), _midnight(end, self.zone))
            for day, end in zip(days, [*days[1:], self.end], strict=True)
        )


def _told(period: P) -> P:
    """Give a period that can be told, with the one before."""
    if period.before.day.year not in _YEARS or period.end.year not in _YEARS:
        raise ValueError(period.label)
    return period


def _following(day: date, step: str) -> date:
    match step:
        case "day":
            return day + timedelta(days=1)
        case "week":
            return day + timedelta(days=7 - day.weekday())
        case _:
            return _later(day.replace(day=1), 1)


def _later(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _midnight(day: date, zone: str) -> datetime:
    """Give the first moment of a day; where the clocks skip midnight, that of the first hour."""
    moment = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    shown = moment.astimezone(ZoneInfo(zone))
    return moment if shown.date() == day and shown.time() == time() else _first_shown(moment, day, zone)


def _first_shown(near: datetime, day: date, zone: str) -> datetime:
    """Give the first quarter of an hour around a moment at which a zone's calendar shows a day."""
    start = near - timedelta(hours=24)
    quarters = (start + timedelta(minutes=15 * step) for step in range(48 * 4))
    return next(moment for moment in quarters if moment.astimezone(ZoneInfo(zone)).date() == day)
