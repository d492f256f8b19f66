"""A report made by hand, with something in every part of it; and six sandboxes that have been collected."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from isthmus.core.config.config import Config
from isthmus.core.config.reporting import ReportConfig
from isthmus.core.kpi.figures import (
    Arrival,
    Bin,
    Difference,
    Dimension,
    Figure,
    KpiInfo,
    Major,
    Quality,
    Recurring,
    Report,
    Source,
    Ticket,
    Unit,
    VendorAgreement,
)
from isthmus.core.run.collect import collect
from isthmus.core.run.exits import Exit
from isthmus.core.sync.engine import RunOptions
from isthmus.testing.floor import Floor

BERLIN = ZoneInfo("Europe/Berlin")
FIRST, LAST = datetime(2026, 1, 1, tzinfo=BERLIN), datetime(2026, 4, 1, tzinfo=BERLIN)
TOOLS = {
    "support": "zendesk",
    "ops": "servicenow",
    "service": "jira",
    "desk": "freshservice",
    "helix": "bmc_helix",
    "plus": "manageengine",
}
KPIS = {
    "volume": ("Incidents opened", Unit.COUNT, None, None, 4012),
    "mtta": ("Time to acknowledge", Unit.SECONDS, "lower", None, 1260),
    "first_response": ("First response", Unit.SECONDS, "lower", 3600, 2520),
    "mttr": ("Time to resolve", Unit.SECONDS, "lower", 28800, 12_000),
    "mttc": ("Time to close", Unit.SECONDS, "lower", None, 271_000),
    "sla_response": ("Responded within target", Unit.SHARE, "higher", 0.95, 0.962),
    "sla_resolve": ("Resolved within target", Unit.SHARE, "higher", 0.95, 0.913),
    "backlog": ("Open at the end", Unit.COUNT, "lower", None, 187),
    "reopen_rate": ("Reopened", Unit.SHARE, "lower", None, 0.043),
    "escalation_rate": ("Escalated to a higher tier", Unit.SHARE, "lower", None, 0.217),
    "hops": ("Changes of group", Unit.MEAN, "lower", None, 1.42),
    "first_contact_resolution": ("Resolved at first contact", Unit.SHARE, "higher", None, 0.384),
    "major": ("Major incidents", Unit.COUNT, "lower", None, 7),
}
SPREAD = {
    "mtta": (3010, 702, 220, 60, 20, 0, 0, 0),
    "first_response": (2120, 1040, 560, 170, 90, 24, 6, 2),
    "mttr": (310, 702, 1220, 860, 560, 240, 90, 30),
}
TITLES = (
    "VPN drops every few minutes since the update",
    "Printer on floor 3 jams",
    "Mailbox full again",
    "Laptop will not boot after the patch of last night, and the spare one asks for a recovery key that nobody has",
    "Invoice export fails with error 500",
    "كلمة المرور لا تعمل",
    "🔥 checkout is down 🔥",
)
VALUES = {
    Dimension.TOOL: tuple(TOOLS),
    Dimension.PRIORITY: ("1", "2", "3", "4", "5"),
    Dimension.SERVICE: ("Remote access", "Printing", "Identity", "Mail", "Workplace", "Files", "Finance", ""),
    Dimension.CATEGORY: ("network", "hardware", "access", "email", "software", "telephony"),
    Dimension.GROUP: ("Service Desk", "Network", *(f"Application support, team {n}" for n in range(1, 29))),
    Dimension.PERIOD: tuple(str(date(2025, 12, 29) + timedelta(weeks=n)) for n in range(14)),
}


def _ticket(drawn: random.Random, value: float | None = None) -> Ticket:
    tool, number = drawn.choice(tuple(TOOLS)), drawn.randrange(10_000, 99_999)
    return Ticket(
        connection=tool,
        id=str(number),
        key=f"{tool[:3].upper()}-{number}",
        url=f"https://{tool}.example.com/incidents/{number}",
        title=drawn.choice(TITLES),
        value=value,
    )


def _figure(drawn: random.Random, kpi: str, dimension: Dimension | None, value_of: str | None) -> Figure:
    _, unit, _, _, typical = KPIS[kpi]
    parts = 1 if dimension is None or unit is not Unit.COUNT else len(VALUES[dimension])

    def near(scale: float = 1) -> float:
        value = typical * scale * drawn.uniform(0.75, 1.25) / parts
        return min(value, 1) if unit is Unit.SHARE else round(value) if unit is Unit.COUNT else value

    spread = {"median": near(0.6), "p90": near(2.4)} if unit is Unit.SECONDS else {}
    count = drawn.randrange(20, 900) if dimension else 4012
    made = sorted((near(3) for _ in range(3)), reverse=True)
    values = [1.0] * 3 if unit in (Unit.SHARE, Unit.COUNT) else made
    return Figure(
        kpi=kpi,
        dimension=dimension,
        value_of=value_of,
        value=near() if dimension else typical,
        count=count,
        before=near(),
        tickets=tuple(_ticket(drawn, value) for value in values),
        **spread,
    )


def _bins(drawn: random.Random, *counts: int) -> tuple[Bin, ...]:
    hour = 3600.0
    edges = (0, hour / 4, hour, 4 * hour, 8 * hour, 24 * hour, 72 * hour, 168 * hour, None)
    names = (
        "under 15 min",
        "15 min to 1 h",
        "1 h to 4 h",
        "4 h to 8 h",
        "8 h to 1 d",
        "1 d to 3 d",
        "3 d to 7 d",
        "over 7 d",
    )
    return tuple(
        Bin(label=name, lower=lower or 0, upper=upper, count=count, tickets=(_ticket(drawn, lower), _ticket(drawn, lower)))
        for name, lower, upper, count in zip(names, edges, edges[1:], counts, strict=False)
    )


def _majors(drawn: random.Random) -> tuple[Major, ...]:
    return tuple(
        Major(
            ticket=_ticket(drawn, 5400.0 * (n + 1)),
            status=("closed", "resolved", "in_progress")[n],
            opened_at=FIRST + timedelta(days=9 * n + 3, hours=7 * n),
            resolved_at=None if n == 2 else FIRST + timedelta(days=9 * n + 3, hours=7 * n + 4),
            seconds=None if n == 2 else 14_400.0,
            review_url="https://wiki.example.com/reviews/1" if n == 0 else None,
            review=("done", "overdue", "due")[n],
        )
        for n in range(3)
    )


def _agreement(drawn: random.Random) -> tuple[VendorAgreement, ...]:
    reasons = (
        ("the vendor counts calendar minutes, we count office hours", 31),
        ("reopened: the vendor keeps the first end", 8),
    )
    examples = tuple(
        Difference(ticket=_ticket(drawn), kpi="mttr", ours=9000, theirs=15_600, reason=reasons[n][0]) for n in range(2)
    )
    return (
        VendorAgreement(
            connection="support",
            kpi="mttr",
            source="full_resolution_time_in_minutes.business",
            compared=698,
            equal=659,
            reasons=reasons,
            examples=examples,
        ),
        VendorAgreement(connection="ops", kpi="mttr", source="business_duration", compared=702, equal=702),
    )


def make_report(most: int | None = 3, kpis: int | None = 5) -> Report:
    """Give the report; the same at every call.

    Args:
        most: values of each dimension; None for all of them.
        kpis: likewise.
    """
    drawn = random.Random(7)
    definition = "Incidents opened in the period, canceled ones left out; from the opening to the end, in office hours."
    return Report(
        title="Incidents at Acme",
        first=FIRST,
        last=LAST,
        before_first=datetime(2025, 10, 1, tzinfo=BERLIN),
        zone="Europe/Berlin",
        label="2026-Q1",
        as_of=datetime(2026, 4, 3, 6, 30, tzinfo=UTC),
        incidents=4199,
        kpis=tuple(
            KpiInfo(id=kpi, title=title, definition=definition, unit=unit, better=better, goal=goal)
            for kpi, (title, unit, better, goal, _) in list(KPIS.items())[:kpis]
        ),
        figures=tuple(
            _figure(drawn, kpi, dimension, value)
            for kpi in list(KPIS)[:kpis]
            for dimension, values in ((None, (None,)), *VALUES.items())
            for value in values[:most]
        ),
        distributions={
            kpi: _bins(drawn, *counts) for kpi, counts in SPREAD.items() if kpis is None or kpi in list(KPIS)[:kpis]
        },
        ageing=_bins(drawn, 12, 18, 35, 29, 41, 26, 17, 9),
        breaches=tuple(_ticket(drawn, 86_400 / (n + 1)) for n in range(30)),
        arrivals=tuple(
            Arrival(
                weekday=day,
                hour=hour,
                count=int((40 if 7 < hour < 18 else 4) * (1 if day < 5 else 0.2) * drawn.uniform(0.6, 1.4)),
            )
            for day in range(7)
            for hour in range(24)
        ),
        recurring=tuple(
            Recurring(
                words=words,
                count=90 - 17 * n,
                before=60 + 5 * n,
                connections=tuple(TOOLS)[n : n + 3],
                seconds=5000 * (n + 1),
                tickets=tuple(_ticket(drawn, 4000) for _ in range(4)),
            )
            for n, words in enumerate(
                (
                    ("vpn", "drops", "reconnect"),
                    ("printer", "jam", "floor"),
                    ("mailbox", "full"),
                    ("invoice", "export", "500"),
                )
            )
        ),
        majors=_majors(drawn),
        agreement=_agreement(drawn),
        quality=(
            Quality(
                id="closed_unresolved",
                title="Closed without having been resolved",
                words="They count as resolved when they were closed, so that the time to resolve is longer than people felt.",
                connection="ops",
                count=23,
                tickets=(_ticket(drawn), _ticket(drawn)),
            ),
            Quality(
                id="no_service",
                title="No service named",
                words="They stand under “none” where figures are told by service.",
                count=311,
            ),
        ),
        sources=tuple(
            Source(
                connection=tool,
                connector=connector,
                collected_at=datetime(2026, 4, 3, 6, n, tzinfo=UTC),
                incidents=10_000 + n,
                held=10_000 + n,
                vendor_count=10_000 + n if n else None,
                census=10_000 + n,
                missing=2 if n == 5 else 0,
                complete=n != 5,
            )
            for n, (tool, connector) in enumerate(TOOLS.items())
        ),
        settings={
            "zone": "Europe/Berlin",
            "calendar": "office",
            "calendars": {"office": {"zone": "Europe/Berlin", "hours": {"mon-fri": ["09:00-17:30"]}, "holidays": "DE-BE"}},
            "pauses": {"status": ["pending"], "reason": []},
            "targets": {"first_response": {"1": 900, "2": 3600}, "resolve": {"1": 14_400, "2": 28_800, "3": 259_200}},
        },
        verify=(
            "isthmus audit verify pack.zip --public-key auditor.pub",
            "Compare the count of each source with the vendor's own list, filtered by the period.",
        ),
    )


@pytest.fixture(scope="session")
def report() -> Report:
    """A small one."""
    return make_report()


@pytest.fixture(scope="session")
def tiny_report() -> Report:
    """The smallest that has something in every part."""
    return make_report(1, 2)


@pytest.fixture(scope="session")
def large_report() -> Report:
    """One with as many groups as a company has."""
    return make_report(None, None)


SETTINGS = {
    "title": "Incidents at Acme",
    "zone": "Europe/Berlin",
    "calendar": "office",
    "calendars": {"office": {"zone": "Europe/Berlin", "hours": {"mon-fri": ["08:00-18:00"]}, "holidays": "DE-BE"}},
    "targets": {"first_response": {1: "15m", 2: "1h", 3: "4h"}, "resolve": {1: "4h", 2: "8h", 3: "20h", 4: "50h"}},
    "tiers": {"Service Desk": "L1", "Workplace": "L2", "Applications": "L2", "Network": "L3"},
    "goals": {"mttr": "20h", "sla_resolve": "80%", "reopen_rate": "5%"},
    "connections": {"ops": {"calendar": "always"}},
}


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Config]:
    """Give a configuration of six sandboxes with so many incidents each, which have been collected."""
    made: dict[int, Config] = {}

    def of(tickets: int) -> Config:
        if tickets not in made:
            floor = Floor(tmp_path_factory.mktemp("six"))
            with ExitStack() as stack:
                for name, vendor in TOOLS.items():
                    stack.enter_context(floor.tool(name, vendor, tickets))
                floor.skip(400)  # until every tool's feed shows what was done
                config = floor.config().model_copy(update={"report": ReportConfig.model_validate(SETTINGS)})
                done = collect(config, (), RunOptions(), floor.around, census=True)
            assert done.exit == Exit.OK, done.report()
            assert {each.held for each in done.connections} == {tickets}
            made[tickets] = config
        return made[tickets]

    return of
