"""What a report consists of, as values: the same for HTML, XLSX and JSON.

Durations are in seconds, business time where the calendar says so. A *figure* is one number of one KPI: over everything, or
over the incidents that share a value of one dimension.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from ..model import Frozen, Time


class Unit(StrEnum):
    """What a figure counts."""

    SECONDS = "seconds"
    SHARE = "share"
    """0 to 1."""
    COUNT = "count"
    MEAN = "mean"
    """A number of things for each incident, such as hops."""


class Dimension(StrEnum):
    """By what figures are told apart."""

    TOOL = "tool"
    """The connection."""
    PRIORITY = "priority"
    SERVICE = "service"
    CATEGORY = "category"
    GROUP = "group"
    PERIOD = "period"
    """Days, weeks or months of the period, in the report's time zone."""


class KpiInfo(Frozen):
    """A KPI's definition, in words."""

    id: str
    title: str
    definition: str
    """In full sentences: which incidents, from when to when, which clock, what is left out."""
    unit: Unit
    better: str | None = None
    """``lower`` or ``higher``, where one of them is better."""
    goal: float | None = None
    """The overall figure that the configuration aims at."""


class Ticket(Frozen):
    """An incident that a figure counts."""

    connection: str
    id: str
    key: str
    url: str | None = None
    title: str = ""
    value: float | None = None
    """What this incident contributes: seconds, 1 or 0, a number of hops."""


class Figure(Frozen):
    """One number."""

    kpi: str
    dimension: Dimension | None = None
    value_of: str | None = None
    """The dimension's value; '' where incidents have none. For a period its first day."""
    value: float | None
    """None where there is no incident to compute it from."""
    median: float | None = None
    p90: float | None = None
    count: int
    """Incidents that it is computed from."""
    before: float | None = None
    """The same figure for the period before."""
    tickets: tuple[Ticket, ...] = ()
    """Those that weigh most, at most a few; `isthmus report --tickets` lists all."""


class Bin(Frozen):
    """One bar of a distribution or of a table of ages."""

    label: str
    """``1 h to 4 h``."""
    lower: float
    upper: float | None = None
    count: int
    tickets: tuple[Ticket, ...] = ()


class Recurring(Frozen):
    """Incidents that resemble each other."""

    words: tuple[str, ...]
    """Those that made them similar, the strongest first."""
    count: int
    before: int = 0
    """How many in the period before."""
    connections: tuple[str, ...] = ()
    seconds: float | None = None
    """Median time to resolve."""
    tickets: tuple[Ticket, ...] = ()


class Arrival(Frozen):
    """Incidents opened in one hour of one weekday, in the report's time zone."""

    weekday: int
    """0 is Monday."""
    hour: int
    count: int


class Major(Frozen):
    """A major incident, with the state of its review."""

    ticket: Ticket
    status: str | None
    opened_at: Time | None
    resolved_at: Time | None
    seconds: float | None
    """Time to resolve."""
    review_url: str | None
    review: str
    """``done``, ``due`` or ``overdue``."""


class Difference(Frozen):
    """Our figure of one incident beside the vendor's own, with the reason why they differ."""

    ticket: Ticket
    kpi: str
    ours: float | None
    theirs: float | None
    reason: str


class VendorAgreement(Frozen):
    """How our figures of one tool compare with its own."""

    connection: str
    kpi: str
    source: str
    """The vendor's field."""
    compared: int
    equal: int
    reasons: tuple[tuple[str, int], ...] = ()
    """Reason -> how many incidents differ for it."""
    examples: tuple[Difference, ...] = ()


class Quality(Frozen):
    """One finding about the data, such as incidents closed without having been resolved."""

    id: str
    title: str
    words: str
    """What it means for the figures."""
    connection: str | None = None
    count: int
    tickets: tuple[Ticket, ...] = ()


class Source(Frozen):
    """A connection that the report draws on, with the proof that its copy is complete."""

    connection: str
    connector: str
    collected_at: Time
    """When its last reading ended; when it began, of one that did not end."""
    incidents: int
    held: int | None = None
    vendor_count: int | None = None
    """The vendor's own count."""
    census: int | None = None
    missing: int = 0
    complete: bool


class Report(Frozen):
    """The whole report."""

    title: str
    first: datetime
    """Begin of the period, UTC."""
    last: datetime
    """End of the period, exclusive, UTC."""
    before_first: datetime
    """Begin of the period before; it ends where this one begins."""
    zone: str
    label: str
    """The period in words: ``2026-Q1``."""
    as_of: Time
    """What was learned later is not in it."""
    incidents: int
    """Incidents that the period touches."""
    kpis: tuple[KpiInfo, ...]
    figures: tuple[Figure, ...]
    distributions: dict[str, tuple[Bin, ...]]
    """KPI id -> how its values are spread."""
    ageing: tuple[Bin, ...]
    """Open incidents at the end of the period, by age."""
    breaches: tuple[Ticket, ...]
    arrivals: tuple[Arrival, ...]
    recurring: tuple[Recurring, ...]
    majors: tuple[Major, ...]
    agreement: tuple[VendorAgreement, ...]
    quality: tuple[Quality, ...]
    sources: tuple[Source, ...]
    settings: dict[str, Any]
    """Calendars, pauses, targets, tiers: what the figures depend on."""
    verify: tuple[str, ...]
    """How to check all of this, step by step."""
