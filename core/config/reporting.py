"""What a configuration says about reports: calendars, pauses, reopening, targets, tiers, goals.

All of it holds for every connection, but for what ``connections`` says otherwise. Lengths of time are written ``15m``,
``4h`` or ``3d`` and are seconds afterwards. A target's time runs on the calendar, and ``3d`` is 72 of its hours: three days
of nine hours each are ``27h``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from ..model import Frozen
from ..suggest import did_you_mean
from ..units import parse_length
from .goals import Goals

ALWAYS = "always"
"""The calendar that is open day and night."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
"""Minutes."""

_HOURS = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_HOLIDAYS = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


def _length(value: Any) -> float:
    try:
        return parse_length(str(value))
    except ValueError:
        raise ValueError("no length of time; write 15m, 4h or 3d") from None


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("no time zone; write a name of the IANA database, such as Europe/Berlin or UTC") from None
    return name


def _country(code: str) -> str:
    if not _HOLIDAYS.fullmatch(code):
        raise ValueError("no place with holidays; write a country's code, or one with its subdivision, such as DE or DE-BE")
    return code


Length = Annotated[
    float,
    BeforeValidator(_length),
    WithJsonSchema({"type": ["string", "number"], "pattern": r"^\d+(\.\d+)?\s*(s|m|min|h|d)?$"}),
]
"""Seconds, written ``15m``, ``4h`` or ``3d``."""
Zone = Annotated[str, AfterValidator(_zone)]
"""A name of the IANA time zone database."""
Priority = Annotated[int, Field(ge=1, le=5)]
"""1 critical, 5 planning."""


class CalendarConfig(Frozen):
    """When people work."""

    zone: Zone
    hours: dict[str, tuple[str, ...]] = Field(min_length=1)
    """Days -> hours of the wall clock: ``mon-thu: ["09:00-12:00", "13:00-17:30"]``. A day that is not named is off."""
    holidays: Annotated[str, AfterValidator(_country)] | None = None
    """Public holidays, days off: a country as ISO 3166 writes it, or one with its subdivision, such as DE-BE."""
    closed: tuple[date, ...] = ()
    """Further days off."""

    @model_validator(mode="after")
    def _check_hours(self) -> Self:
        self.week()
        return self

    def week(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """Give for each weekday from Monday the open hours, as minutes after midnight, in order.

        Raises:
            ValueError: a day or a span of hours is malformed, stands twice, or overlaps another.
        """
        week: list[tuple[tuple[int, int], ...]] = [()] * 7
        for days, spans in self.hours.items():
            for day in _days(days):
                if week[day]:
                    raise ValueError(f"hours: {DAYS[day]} stands twice; name each day once")
                week[day] = _spans(days, spans)
        return tuple(week)


class PausesConfig(Frozen):
    """When an incident's clocks stand still."""

    status: tuple[Literal["new", "in_progress", "pending"], ...] = ("pending",)
    """While it is in one of these."""
    reason: tuple[str, ...] = ()
    """And only for one of these reasons, such as ``requester``; empty for any reason."""


class ReopenConfig(Frozen):
    """What counts as reopened."""

    within: Length = 30 * 86400.0
    """A resolved incident that is worked on again within this time; elapsed time, whatever the calendar."""


class TargetsConfig(Frozen):
    """Service levels by priority. Without one, the vendor's own clocks tell whether its target was met."""

    first_response: dict[Priority, Length] = Field(default_factory=dict)
    resolve: dict[Priority, Length] = Field(default_factory=dict)


class ConnectionReport(Frozen):
    """What differs for one connection; what is left out is as for all."""

    calendar: str | None = None
    pauses: PausesConfig | None = None
    reopen: ReopenConfig | None = None
    targets: TargetsConfig | None = None


class Rules(Frozen):
    """What holds for one connection."""

    calendar: str
    pauses: PausesConfig
    reopen: ReopenConfig
    targets: TargetsConfig


class ReportConfig(Frozen):
    """The section ``report``."""

    title: str = "Incidents"
    zone: Zone = "UTC"
    """In which days, weeks and months are told."""
    calendar: str = ALWAYS
    """Whose hours count: one of ``calendars``, or ``always``."""
    calendars: dict[str, CalendarConfig] = Field(default_factory=dict)
    pauses: PausesConfig = PausesConfig()
    reopen: ReopenConfig = ReopenConfig()
    targets: TargetsConfig = TargetsConfig()
    tiers: dict[str, str] = Field(default_factory=dict)
    """Group -> its tier; the lowest tier stands first."""
    goals: Goals = Field(default_factory=dict)
    """What is aimed at, by KPI; the report tells of each whether it is met."""
    review_within: Length = 5 * 86400.0
    """A major incident's review is due so long after it was resolved."""
    connections: dict[str, ConnectionReport] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_calendars(self) -> Self:
        if ALWAYS in self.calendars:
            raise ValueError(f"calendars: '{ALWAYS}' is the calendar that is always open; call yours something else")
        chosen = {"calendar": self.calendar} | {
            f"connections.{name}.calendar": each.calendar for name, each in self.connections.items() if each.calendar
        }
        known = (ALWAYS, *self.calendars)
        for place, name in chosen.items():
            if name not in known:
                raise ValueError(f"{place}: unknown calendar '{name}'{did_you_mean(name, known)}; declare it in calendars")
        return self

    def rules(self, connection: str) -> Rules:
        """Give what holds for a connection."""
        own = self.connections.get(connection, ConnectionReport())
        return Rules(
            calendar=own.calendar or self.calendar,
            pauses=own.pauses or self.pauses,
            reopen=own.reopen or self.reopen,
            targets=own.targets or self.targets,
        )

    def strangers(self, known: Mapping[str, object]) -> list[str]:
        """Give what is wrong with ``connections``: those that are not configured."""
        return [
            f"report.connections: unknown connection '{name}'{did_you_mean(name, known)}"
            for name in self.connections
            if name not in known
        ]


def _days(text: str) -> list[int]:
    """Give the weekdays of ``mon``, ``mon-thu`` or ``sat-mon``."""
    first, dash, last = text.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        raise ValueError(f"hours: '{text}' is no day; write {', '.join(DAYS)}, or mon-thu for several")
    start = DAYS.index(first)
    return [(start + step) % 7 for step in range((DAYS.index(last or first) - start) % 7 + 1)]


def _spans(days: str, texts: Sequence[str]) -> tuple[tuple[int, int], ...]:
    spans = tuple(sorted(_span(days, text) for text in texts))
    if any(later[0] < sooner[1] for sooner, later in pairwise(spans)):
        raise ValueError(f"hours.{days}: two spans overlap; write them as one")
    return spans


def _span(days: str, text: str) -> tuple[int, int]:
    found = _HOURS.fullmatch(text)
    if found:
        one, two, three, four = map(int, found.groups())
        start, end = one * 60 + two, three * 60 + four
        if two < 60 and four < 60 and start < end <= DAY:
            return start, end
    raise ValueError(
        f"hours.{days}: '{text}' is no span of hours within a day; write 09:00-17:30, and a night as 22:00-24:00 "
        "with 00:00-06:00 on the day after"
    )
