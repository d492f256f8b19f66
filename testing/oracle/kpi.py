"""KPIs by hand: what `docs/kpi.md` says, followed step by step over plain lists, without a database.

It is slow and knows whole minutes only. Business time is counted minute by minute, on the clock of the calendar's zone, so
that daylight saving needs no thought.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
LIFE = ("new", "in_progress", "pending", "resolved", "closed", "canceled")
DONE = ("resolved", "closed")
ENDED = ("resolved", "closed", "canceled")
PROMISES = {
    "sla_response": ("respon", "reply", "acknowledg"),
    "sla_resolve": ("resol", "solution", "clos", "complet", "fix", "repair"),
}
"""KPI -> words in the name of a tool's clock; the first that fits counts."""


@dataclass(frozen=True)
class Change:
    """One change of one field."""

    at: datetime
    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Comment:
    """One comment; people are e-mail addresses."""

    at: datetime
    public: bool
    author: str | None


@dataclass(frozen=True)
class Clock:
    """A promise of the tool's own."""

    name: str
    due_at: datetime | None
    breached: bool


@dataclass(frozen=True)
class Ticket:
    """An incident: what its record says, and its history."""

    connection: str
    id: str
    opened_at: datetime
    status: str
    priority: int | None = None
    team: str | None = None
    tier: str | None = None
    category: str | None = None
    service: str | None = None
    major: bool = False
    requester: str | None = None
    acknowledged_at: datetime | None = None
    first_response_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    updated_at: datetime | None = None
    reopen_count: int = 0
    deleted: bool = False
    copy: bool = False
    changes: tuple[Change, ...] = ()
    comments: tuple[Comment, ...] = ()
    clocks: tuple[Clock, ...] = ()


@dataclass(frozen=True)
class Calendar:
    """Hours as minutes after midnight, by weekday from Monday."""

    zone: str
    hours: tuple[tuple[tuple[int, int], ...], ...]
    off: frozenset[date] = frozenset()


@dataclass(frozen=True)
class Rules:
    """What is declared."""

    calendar: Calendar | None = None
    """None for day and night."""
    pause_status: tuple[str, ...] = ("pending",)
    pause_reason: tuple[str, ...] = ()
    reopen_within: timedelta = timedelta(days=30)
    response_targets: Mapping[int, timedelta] = field(default_factory=dict[int, timedelta])
    resolve_targets: Mapping[int, timedelta] = field(default_factory=dict[int, timedelta])
    tiers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Group -> tier, the lowest tier first."""


# -- business time


@lru_cache
def open_minutes(calendar: Calendar, day: date) -> bytes:
    """Tell for each minute of a day in UTC whether a calendar is open."""
    start, zone = datetime(day.year, day.month, day.day, tzinfo=UTC), ZoneInfo(calendar.zone)
    return bytes(_is_open(calendar, (start + step * MINUTE).astimezone(zone)) for step in range(24 * 60))


def _is_open(calendar: Calendar, wall: datetime) -> bool:
    minute = wall.hour * 60 + wall.minute
    spans = () if wall.date() in calendar.off else calendar.hours[wall.weekday()]
    return any(start <= minute < end for start, end in spans)


def business_minutes(calendar: Calendar | None, start: datetime, end: datetime) -> int:
    """Count the open minutes from one whole minute to another."""
    if end <= start:
        return 0
    if calendar is None:
        return (end - start) // MINUTE
    total, here = 0, start
    while here < end:
        midnight = here.replace(hour=0, minute=0)
        there = min(end, midnight + timedelta(days=1))
        total += sum(open_minutes(calendar, here.date())[(here - midnight) // MINUTE : (there - midnight) // MINUTE])
        here = there
    return total


# -- one incident, as it stood at a moment


@dataclass(frozen=True)
class Life:
    """An incident with the rules that hold for it, as it stood at a moment."""

    ticket: Ticket
    rules: Rules
    until: datetime

    def changes(self, name: str) -> list[Change]:
        """Give all changes of a field in order, with the value that it had before its first one."""
        found = sorted(
            (each for each in self.ticket.changes if each.field == name),
            key=lambda each: (each.at, LIFE.index(each.after) if name == "status" and each.after in LIFE else 0),
        )
        if found and found[0].before is not None and found[0].at > self.ticket.opened_at:
            found.insert(0, Change(self.ticket.opened_at, name, None, found[0].before))
        return found

    def past(self, name: str) -> list[Change]:
        """Give the changes of a field that had happened."""
        return [each for each in self.changes(name) if each.at < self.until]

    def value(self, name: str, recorded: str | None) -> str | None:
        """Give what a field was: as recorded, unless it has changed since."""
        past, later = self.past(name), [each for each in self.changes(name) if each.at >= self.until]
        if not later:
            return recorded
        return past[-1].after if past else later[0].before

    @property
    def steps(self) -> list[tuple[datetime, str, str]]:
        """The status changes that had happened: when, from what, to what."""
        statuses = [each.after or "new" for each in self.past("status")]
        moments = [each.at for each in self.past("status")]
        return list(zip(moments, ["new", *statuses], statuses, strict=False))

    @property
    def resolutions(self) -> list[datetime]:
        """When the timeline says that it was resolved."""
        return [at for at, before, after in self.steps if after in DONE and before not in DONE]

    @property
    def reopenings(self) -> list[datetime]:
        """When it was reopened."""
        found: list[datetime] = []
        for at, before, after in self.steps:
            earlier = [resolved for resolved in self.resolutions if resolved <= at]
            back = before in DONE and after not in ENDED
            if back and earlier and at - earlier[-1] <= self.rules.reopen_within:
                found.append(at)
        return found

    @property
    def told(self) -> str | None:
        """The status that the timeline tells."""
        return self.steps[-1][2] if self.steps else None

    @property
    def status(self) -> str:
        """Its status."""
        record, told = self.ticket, self.told
        if any(each.at >= self.until for each in self.changes("status")):
            return self.value("status", None) or "new"
        if record.status in DONE and told not in DONE:
            resolved = record.resolved_at or record.closed_at or record.updated_at
            if resolved and resolved >= self.until:
                return told or "in_progress"
        if record.status == "canceled" and told != "canceled":
            canceled = record.closed_at or record.updated_at
            if canceled and canceled >= self.until:
                return told or "in_progress"
        if record.status == "closed" and told != "closed" and record.closed_at and record.closed_at >= self.until:
            return "resolved"
        return record.status

    @property
    def open(self) -> bool:
        """Whether it was open."""
        return self.status not in ENDED

    @property
    def resolved_at(self) -> datetime | None:
        """Its last resolution, if it was resolved."""
        if self.status not in DONE:
            return None
        if self.told in DONE:
            return self.resolutions[-1]
        return self._past(self.ticket.resolved_at or self.ticket.closed_at)

    @property
    def closed_at(self) -> datetime | None:
        """Its last closure, if it was closed."""
        if self.status != "closed":
            return None
        if self.told == "closed":
            return [at for at, before, after in self.steps if after == "closed" and before != "closed"][-1]
        return self._past(self.ticket.closed_at)

    @property
    def end_at(self) -> datetime | None:
        """When it ceased to be open."""
        if self.open:
            return None
        if self.status in DONE:
            return self.resolved_at or self.closed_at or self.ticket.updated_at or self.ticket.opened_at
        if self.told == "canceled":
            return [at for at, before, after in self.steps if after == "canceled" and before != "canceled"][-1]
        return self.ticket.closed_at or self.ticket.updated_at or self.ticket.opened_at

    @property
    def acknowledged_at(self) -> datetime | None:
        """When it was acknowledged."""
        moved = [at for at, _, after in self.steps if after not in ("new", "canceled")]
        assigned = [each.at for each in self.past("assignee") if each.after is not None]
        return self._past(self.ticket.acknowledged_at or min([*moved, *assigned], default=None))

    @property
    def responses(self) -> list[datetime]:
        """When someone other than the requester said something in public."""
        return sorted(
            each.at
            for each in self.ticket.comments
            if each.public and each.author is not None and each.author != self.ticket.requester and each.at < self.until
        )

    @property
    def first_response_at(self) -> datetime | None:
        """When it was first responded to."""
        if self.ticket.comments:
            return min(self.responses, default=None)
        return self._past(self.ticket.first_response_at)

    @property
    def hops(self) -> int:
        """How often it went from one group to another."""
        groups = [each.after for each in self.past("team") if each.after is not None]
        return sum(before != after for before, after in pairwise(groups))

    @property
    def team(self) -> str | None:
        """Its group."""
        return self.value("team", self.ticket.team)

    @property
    def priority(self) -> int | None:
        """Its priority."""
        value = self.value("priority", None if self.ticket.priority is None else str(self.ticket.priority))
        return None if value is None else int(value)

    @property
    def escalations(self) -> int | None:
        """How often it went to a higher tier; None where no tier is known."""
        order = list(dict.fromkeys(self.rules.tiers.values()))
        groups = [each.after for each in self.past("team") if each.after is not None]
        ranks = [order.index(self.rules.tiers[group]) if group in self.rules.tiers else None for group in groups]
        found = sum(before is not None and after is not None and after > before for before, after in pairwise(ranks))
        stated = [each.after for each in self.past("tier") if each.after is not None]
        found += sum(_is_higher(after, before, order) for before, after in pairwise(stated))
        known = self.team in self.rules.tiers or self.value("tier", self.ticket.tier) is not None
        return found if known or found else None

    def _past(self, moment: datetime | None) -> datetime | None:
        return moment if moment and moment < self.until else None

    def spent(self, end: datetime | None) -> float | None:
        """Give the seconds of business time from the opening to a moment, less pauses."""
        start = self.ticket.opened_at
        if end is None or end < start:
            return None
        total = business_minutes(self.rules.calendar, start, end)
        for begin, stop in self._pauses():
            total -= business_minutes(self.rules.calendar, max(begin, start), min(stop, end))
        return total * 60.0

    def _pauses(self) -> Iterator[tuple[datetime, datetime]]:
        moments = sorted({each.at for name in ("status", "status_reason") for each in self.past(name)})
        for begin, stop in pairwise([*moments, self.until]):
            status = [each.after for each in self.past("status") if each.at <= begin]
            reason = [each.after for each in self.past("status_reason") if each.at <= begin]
            narrowed = self.rules.pause_reason
            paused = bool(status) and status[-1] in self.rules.pause_status
            if paused and (not narrowed or (reason and reason[-1] in narrowed)):
                yield begin, stop


def _is_higher(tier: str, than: str, order: list[str]) -> bool:
    known = tier in order and than in order
    return order.index(tier) > order.index(than) if known else tier > than


# -- the KPIs: which incidents, and what each contributes

Contribution = tuple[datetime | None, float]
"""The moment by which an incident belongs to a part of the period, if it belongs to any, and what it contributes."""


def contributions(life: Life, first: datetime) -> dict[str, Contribution]:
    """Give what an incident contributes to each KPI that counts it."""
    ticket, last = life.ticket, life.until - MINUTE
    if ticket.deleted or ticket.copy or ticket.opened_at >= life.until:
        return {}
    found: dict[str, Contribution] = {}
    if ticket.opened_at >= first:
        found["volume"] = (ticket.opened_at, 1.0)
    for kpi, moment in {
        "mtta": life.acknowledged_at,
        "first_response": life.first_response_at,
        "mttr": life.resolved_at,
        "mttc": life.closed_at,
    }.items():
        spent = life.spent(moment)
        if moment and moment >= first and spent is not None:
            found[kpi] = (moment, spent)
    if life.open:
        found["backlog"] = (last, (life.until - ticket.opened_at).total_seconds())
    if ticket.major and (life.end_at is None or life.end_at >= first):
        found["major"] = (max(ticket.opened_at, first), 1.0)
    found |= _service_levels(life, first)
    found |= _resolved(life, first)
    return found


def _resolved(life: Life, first: datetime) -> dict[str, Contribution]:
    found: dict[str, Contribution] = {}
    resolved = life.resolved_at
    if resolved and resolved >= first:
        found["hops"] = (resolved, float(life.hops))
        if life.escalations is not None:
            found["escalation_rate"] = (resolved, float(life.escalations > 0))
        replies = [at for at in life.responses if at <= resolved]
        ever = life.reopenings or (not life.steps and life.ticket.reopen_count)
        found["first_contact_resolution"] = (resolved, float(not life.hops and not ever and len(replies) <= 1))
    if life.steps:
        again = [at for at in life.reopenings if at >= first]
        done = [at for at in [*life.resolutions, resolved] if at and at >= first]
        if again or done:
            found["reopen_rate"] = (max([*again, *done]), float(bool(again)))
    elif resolved and resolved >= first:
        found["reopen_rate"] = (resolved, float(life.ticket.reopen_count > 0))
    return found


def _service_levels(life: Life, first: datetime) -> dict[str, Contribution]:
    found: dict[str, Contribution] = {}
    resolved = life.resolved_at
    answered = min((each for each in (life.first_response_at, resolved) if each), default=None)
    for kpi, targets, stopped in (
        ("sla_response", life.rules.response_targets, answered),
        ("sla_resolve", life.rules.resolve_targets, resolved),
    ):
        target = targets.get(life.priority or 0)
        spent = life.spent(stopped or (life.until if life.open else None))
        clocks = [each for each in life.ticket.clocks if _promise(each) == kpi]
        if spent is None or (target is None and not clocks):
            continue
        missed = any(each.breached and (each.due_at is None or each.due_at < life.until) for each in clocks)
        met = not missed if target is None else spent <= target.total_seconds()
        if stopped and stopped >= first:
            found[kpi] = (stopped, float(met))
        elif not stopped and life.open and not met:
            found[kpi] = (None, 0.0)
    return found


def _promise(clock: Clock) -> str | None:
    for kpi, words in PROMISES.items():
        if any(word in clock.name.lower() for word in words):
            return kpi
    return None


def open_at(lives: Iterable[Life], moment: datetime) -> dict[tuple[str, str], timedelta]:
    """Give the incidents that were open at a moment, on the whole: until their last resolution; with their ages."""
    return {
        (life.ticket.connection, life.ticket.id): moment - life.ticket.opened_at
        for life in lives
        if life.ticket.opened_at < moment and (life.end_at is None or life.end_at >= moment)
    }
