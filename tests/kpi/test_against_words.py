"""Every KPI of random incidents, beside the calculation by hand that follows the words of docs/kpi.md."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from isthmus.core.config.reporting import ReportConfig
from isthmus.core.kpi import facts, measures
from isthmus.core.kpi.definitions import KPIS
from isthmus.core.kpi.figures import Dimension
from isthmus.core.kpi.periods import Period
from isthmus.core.kpi.tickets import rows
from isthmus.core.store.store import Store
from isthmus.testing.oracle import kpi as oracle

Keep = Callable[..., None]
Weights = dict[tuple[str, str, str], float]
"""Value of a dimension, connection, incident -> what it contributes."""
Case = tuple[Period, list[oracle.Ticket], ReportConfig, oracle.Rules]
MINUTE = timedelta(minutes=1)
ANCHORS = (
    date(2026, 3, 29),  # clocks forward in Europe, a Sunday
    date(2025, 10, 26),  # clocks back
    date(2024, 2, 29),  # leap day, a Thursday
    date(2026, 5, 1),  # a public holiday, a Friday
)
TEAMS = ("Service Desk", "Network", "Security", "Facilities")
TIERS = {"Service Desk": "L1", "Network": "L2", "Security": "L2"}
LEVELS = ("L1", "L2", "L0", "L3")
"""Tiers that tools tell; two of them are not declared."""
CLOCKS = (
    "First response",
    "Time to acknowledge",
    "Time to resolution",
    "Close within",
    "Response or closure",
    "Next update",
)
NEXT = {
    "new": ("in_progress", "pending", "resolved", "closed", "canceled"),
    "in_progress": ("pending", "resolved", "resolved", "closed", "canceled"),
    "pending": ("in_progress", "resolved", "canceled"),
    "resolved": ("closed", "closed", "in_progress", "new"),
    "closed": ("in_progress", "pending"),
    "canceled": ("in_progress",),
}
AGENTS = ("ann@example.com", "bob@example.com")


@st.composite
def tickets(draw: st.DrawFn, number: int, start: datetime, reach: int) -> oracle.Ticket:
    """A ticket whose history is a walk through the statuses; its record may know less, or more, than its history."""
    moments = sorted(draw(st.lists(st.integers(0, reach), min_size=1, max_size=9)))
    opened_at, *times = (start + moment * MINUTE for moment in moments)
    changes = [oracle.Change(opened_at, "status", None, draw(st.sampled_from(["new", "new", "new", "in_progress"])))]
    values: dict[str, str | None] = {"status": changes[0].after, "team": draw(st.sampled_from([None, *TEAMS]))}
    values |= {"status_reason": None, "assignee": None, "priority": draw(st.sampled_from(["1", "2", "3", None]))}
    values["tier"] = draw(st.sampled_from([None, None, *LEVELS]))
    for moment in times:
        name = draw(
            st.sampled_from(["status", "status", "status", "team", "tier", "status_reason", "assignee", "priority"])
        )
        after = {
            "status": lambda: draw(st.sampled_from(NEXT[values["status"] or "new"])),
            "team": lambda: draw(st.sampled_from([None, *TEAMS])),
            "tier": lambda: draw(st.sampled_from([None, *LEVELS])),
            "status_reason": lambda: draw(st.sampled_from([None, "requester", "vendor"])),
            "assignee": lambda: draw(st.sampled_from([None, "Ann"])),
            "priority": lambda: draw(st.sampled_from(["1", "2", "3"])),
        }[name]()
        if (moment, name) in {(each.at, each.field) for each in changes}:
            continue  # two changes of a field at one moment have an order that only golden tickets can tell
        if after != values[name]:
            changes.append(oracle.Change(moment, name, values[name], after))
            values[name] = after
    return _recorded(draw, number, reach, changes, values)


def _recorded(
    draw: st.DrawFn, number: int, reach: int, changes: list[oracle.Change], values: dict[str, Any]
) -> oracle.Ticket:
    opened_at = changes[0].at

    def entered(*statuses: str) -> datetime | None:
        found = [each.at for each in changes if each.field == "status" and each.after in statuses]
        return found[-1] if found and values["status"] in statuses else None

    def told(moment: datetime | None) -> datetime | None:
        return draw(st.sampled_from([moment, moment, None]))

    moment = st.integers(0, reach).map(lambda minutes: opened_at + (minutes - 30) * MINUTE)
    resolved_at, closed_at = told(entered("resolved", "closed")), told(entered("closed", "canceled"))
    history = draw(st.sampled_from(["whole", "whole", "whole", "none", "short", "headless"]))
    kept = {"whole": changes, "none": [], "short": changes[:-1], "headless": changes[1:]}[history]
    comments = draw(
        st.lists(st.tuples(moment, st.booleans(), st.sampled_from([*AGENTS, "req@example.com", None])), max_size=3)
    )
    clocks = draw(
        st.lists(
            st.tuples(st.sampled_from(CLOCKS), st.none() | moment, st.booleans()),
            max_size=3,
            unique_by=lambda each: each[0],
        )
    )
    return oracle.Ticket(
        connection=draw(st.sampled_from(["support", "ops"])),
        id=str(number),
        opened_at=opened_at,
        status=values["status"],
        priority=int(values["priority"]) if values["priority"] else None,
        team=values["team"],
        tier=values["tier"],
        category=draw(st.sampled_from([None, "network"])),
        major=draw(st.integers(0, 5)) == 0,
        requester=draw(st.sampled_from(["req@example.com", "req@example.com", None])),
        acknowledged_at=draw(st.sampled_from([None, None, True])) and draw(moment),
        first_response_at=draw(st.none() | moment),
        resolved_at=resolved_at,
        closed_at=closed_at,
        updated_at=draw(st.sampled_from([changes[-1].at, None])),
        reopen_count=draw(st.integers(0, 1)),
        deleted=draw(st.integers(0, 12)) == 0,
        copy=draw(st.integers(0, 12)) == 0,
        changes=tuple(kept),
        comments=tuple(oracle.Comment(*each) for each in comments),
        clocks=tuple(oracle.Clock(*each) for each in clocks),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A period of four days around a day of interest, incidents of two weeks, and rules."""
    anchor = draw(st.sampled_from(ANCHORS))
    period = Period.parse(f"{anchor - timedelta(days=2)}..{anchor + timedelta(days=1)}", "Europe/Berlin")
    start = datetime(anchor.year, anchor.month, anchor.day, tzinfo=UTC) - timedelta(days=8)
    count = draw(st.integers(1, 12))
    found = [draw(tickets(number, start, 14 * 24 * 60)) for number in range(count)]
    hours = draw(st.sampled_from([None, ("09:00", "17:30"), ("00:00", "02:30"), ("02:15", "24:00")]))
    reason = draw(st.sampled_from([(), ("requester",)]))
    within = draw(st.sampled_from([1, 48, 720]))
    targets = {1: 60, 2: 8 * 60}
    declared = {
        "zone": "Europe/Berlin",
        "calendar": "office" if hours else "always",
        "pauses": {"status": ["pending"], "reason": list(reason)},
        "reopen": {"within": f"{within}h"},
        "targets": {name: {key: f"{size}m" for key, size in targets.items()} for name in ("first_response", "resolve")},
        "tiers": TIERS,
    }
    if hours:
        declared["calendars"] = {
            "office": {
                "zone": "Europe/Berlin",
                "hours": {"mon-fri": ["-".join(hours)], "sun": ["01:30-02:45"]},
                "holidays": "DE",
            }
        }
    rules = oracle.Rules(
        calendar=_calendar(hours) if hours else None,
        pause_reason=reason,
        reopen_within=timedelta(hours=within),
        response_targets={priority: minutes * MINUTE for priority, minutes in targets.items()},
        resolve_targets={priority: minutes * MINUTE for priority, minutes in targets.items()},
        tiers=TIERS,
    )
    return period, found, ReportConfig.model_validate(declared), rules


def _calendar(hours: tuple[str, str]) -> oracle.Calendar:
    start, end = (int(each[:2]) * 60 + int(each[3:]) for each in hours)
    week = (*[((start, end),)] * 5, (), ((90, 165),))
    return oracle.Calendar("Europe/Berlin", week, frozenset({date(2026, 5, 1), date(2026, 4, 3), date(2026, 4, 6)}))


def check(store: Store, keep: Keep, case: Case) -> None:
    period, found, declared, rules = case
    as_of = period.last + timedelta(days=30)
    keep(found, as_of)
    facts.build(store, declared, period, as_of)
    measures.prepare(store, period)
    lives = [oracle.Life(ticket, rules, period.last) for ticket in found]
    for kpi in KPIS:
        # the values of a dimension are told alike for every KPI; the day is the KPI's own moment
        dimensions = (None, *Dimension) if kpi.id == "backlog" else (None, Dimension.PERIOD)
        by_hand = expected(lives, kpi.id, period)
        for dimension in dimensions:
            query = f"select dimension, connection, incident, value from ({rows(kpi, dimension)})"
            ours = {row[:3]: row[3] for row in store.sql.execute(query).fetchall()}
            assert ours == by_hand[dimension], (kpi.id, dimension)


def expected(lives: list[oracle.Life], kpi: str, period: Period) -> dict[Dimension | None, Weights]:
    """What each incident weighs in a figure: by hand."""
    found: dict[Dimension | None, Weights] = {each: {} for each in (None, *Dimension)}
    for life in lives:
        contribution = oracle.contributions(life, period.first).get(kpi)
        if contribution is None:
            continue
        moment, value = contribution
        ticket = life.ticket
        values: dict[Dimension | None, str] = {
            None: "",
            Dimension.TOOL: ticket.connection,
            Dimension.PRIORITY: str(life.priority or ""),
            Dimension.SERVICE: ticket.service or "",
            Dimension.CATEGORY: ticket.category or "",
            Dimension.GROUP: life.team or "",
        }
        if moment is not None:
            values[Dimension.PERIOD] = str(moment.astimezone(ZoneInfo(period.zone)).date())
        for dimension, name in values.items():
            found[dimension][name, ticket.connection, ticket.id] = value
    if kpi == "backlog":
        countable = [life for life in lives if not life.ticket.deleted and not life.ticket.copy]
        found[Dimension.PERIOD] = {
            (bucket.label, *who): age.total_seconds()
            for bucket in period.buckets()
            for who, age in oracle.open_at(countable, bucket.last).items()
        }
    return found


@settings(max_examples=15, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_every_kpi_is_what_its_words_say(store, keep, case):
    check(store, keep, case)


@pytest.mark.acceptance
@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_every_kpi_is_what_its_words_say_of_many_more(store, keep, case):
    check(store, keep, case)
