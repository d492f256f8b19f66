"""Single incidents whose figures anybody can check with a calendar and a watch, among them all examples of docs/kpi.md."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from isthmus.core.config.reporting import ReportConfig
from isthmus.core.kpi import facts, measures
from isthmus.core.kpi.figures import Dimension
from isthmus.core.kpi.periods import Period
from isthmus.core.kpi.tickets import tickets
from isthmus.core.store.store import Store
from isthmus.testing.oracle.kpi import Change, Clock, Comment, Ticket

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600.0
AS_OF = datetime(2027, 1, 1, tzinfo=UTC)
SETTINGS = ReportConfig.model_validate(
    {
        "zone": "Europe/Berlin",
        "calendars": {
            "office": {
                "zone": "Europe/Berlin",
                "hours": {"mon-fri": ["09:00-17:00"]},
                "holidays": "DE-BE",
                "closed": ["2026-12-24"],
            },
            "night": {"zone": "Europe/Berlin", "hours": {"sat": ["22:00-24:00"], "sun": ["00:00-06:00"]}},
            "overseas": {"zone": "America/New_York", "hours": {"mon-fri": ["09:00-17:00"]}},
        },
        "tiers": {"Service Desk": "L1", "Network": "L2", "Security": "L2"},
        "targets": {"resolve": {2: "8h"}, "first_response": {2: "1h"}},
        "connections": {name: {"calendar": name} for name in ("office", "night", "overseas")},
    }
)


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    """A moment as a clock on a wall shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def story(name: str, opened: str, *steps: tuple[str, str], **facts: object) -> Ticket:
    """A ticket whose status went from new through the given steps."""
    statuses = ["new", *(status for _, status in steps)]
    changes = [Change(at(opened), "status", None, "new")]
    changes += [
        Change(at(moment), "status", before, after) for (moment, after), before in zip(steps, statuses, strict=False)
    ]
    return Ticket(connection="always", id=name, opened_at=at(opened), status=statuses[-1], changes=tuple(changes), **facts)


STORIES = {
    # name: (opened, steps, hours to resolve on each calendar; None where it is not resolved)
    "over the weekend": ("2026-03-06T16:00", [("2026-03-09T10:00", "resolved")], {"always": 66, "office": 2}),
    "paused at noon": (
        "2026-03-09T09:00",
        [("2026-03-09T10:00", "pending"), ("2026-03-09T12:00", "in_progress"), ("2026-03-09T13:00", "resolved")],
        {"always": 2, "office": 2},
    ),
    "paused over night": (
        "2026-03-09T16:00",
        [("2026-03-09T16:30", "pending"), ("2026-03-10T09:30", "in_progress"), ("2026-03-10T10:00", "resolved")],
        {"always": 1, "office": 1},
    ),
    "resolved while pending": (
        "2026-03-09T09:00",
        [("2026-03-09T10:00", "pending"), ("2026-03-09T12:00", "resolved")],
        {"always": 1, "office": 1},
    ),
    "on a weekend": ("2026-03-07T12:00", [("2026-03-08T12:00", "resolved")], {"always": 24, "office": 0}),
    "clocks forward": ("2026-03-28T12:00", [("2026-03-29T12:00", "resolved")], {"always": 23, "office": 0, "night": 7}),
    "clocks back": ("2026-10-24T12:00", [("2026-10-25T12:00", "resolved")], {"always": 25, "office": 0, "night": 9}),
    "leap day": ("2024-02-28T16:00", [("2024-03-01T10:00", "resolved")], {"always": 42, "office": 10}),
    "holiday": ("2026-04-30T16:00", [("2026-05-04T10:00", "resolved")], {"always": 90, "office": 2}),
    "closed day": ("2026-12-23T16:00", [("2026-12-28T10:00", "resolved")], {"always": 114, "office": 2}),
    "other zone": ("2026-03-10T12:00", [("2026-03-10T15:00", "resolved")], {"office": 3, "overseas": 1}),
    "reopened": (
        "2026-03-09T09:00",
        [("2026-03-09T10:00", "resolved"), ("2026-03-10T09:00", "in_progress"), ("2026-03-10T11:00", "resolved")],
        {"always": 26, "office": 10},
    ),
    "closed unresolved": ("2026-03-09T09:00", [("2026-03-09T11:00", "closed")], {"always": 2, "office": 2}),
    "canceled": ("2026-03-09T09:00", [("2026-03-09T11:00", "canceled")], {"always": None, "office": None}),
    "open": ("2026-03-09T09:00", [("2026-03-09T11:00", "in_progress")], {"always": None, "office": None}),
}


@pytest.fixture(scope="module")
def golden(store: Store, keep: Callable[..., None]) -> Store:
    """A store with each story on each of its calendars."""
    found = [
        Ticket(**{**story(name, opened, *steps).__dict__, "connection": calendar})
        for name, (opened, steps, hours) in STORIES.items()
        for calendar in hours
    ]
    keep(found, AS_OF)
    period = Period.parse("2024-01-01..2026-12-31", "Europe/Berlin")
    facts.build(store, SETTINGS, period, AS_OF)
    measures.prepare(store, period)
    return store


def test_times_to_resolve(golden):
    found = golden.sql.execute("select incident, connection, resolve / 3600 from facts").fetchall()
    ours = {(incident, calendar): hours for incident, calendar, hours in found}
    assert ours == {(name, calendar): hours for name, (_, _, each) in STORIES.items() for calendar, hours in each.items()}


def test_what_is_closed_without_having_been_resolved_is_a_finding(golden):
    found = golden.sql.execute("select distinct incident from facts where closed_unresolved").fetchall()
    assert found == [("closed unresolved",)]


def test_reopened_counts_once_as_resolved_and_once_as_reopened(golden):
    resolved = [each.id for each in tickets(golden, "mttr", Dimension.TOOL, "always")]
    assert resolved.count("reopened") == 1
    reopened = [each.id for each in tickets(golden, "reopen_rate", Dimension.TOOL, "always") if each.value]
    assert reopened == ["reopened"]


def measured(
    store: Store, keep: Callable[..., None], ticket: Ticket, period: str, columns: str
) -> tuple[object, ...] | None:
    """The facts of one ticket at the end of a period."""
    keep([ticket], AS_OF)
    facts.build(store, SETTINGS, Period.parse(period, "Europe/Berlin"), AS_OF)
    return store.sql.execute(f"select {columns} from facts").fetchone()


def test_a_quarter_tells_how_it_stood_at_its_end(store, keep):
    ticket = story(
        "1",
        "2026-03-27T09:00",
        ("2026-03-28T09:00", "resolved"),
        ("2026-04-02T09:00", "in_progress"),
        ("2026-04-03T09:00", "resolved"),
    )
    columns = "status, resolve / 3600, reopened, open"
    assert measured(store, keep, ticket, "2026-Q1", columns) == ("resolved", 24, False, False)
    assert measured(store, keep, ticket, "2026-Q2", columns) == ("resolved", 7 * 24 - 1, True, False)
    assert measured(store, keep, ticket, "2026-03-01..2026-03-27", columns) == ("new", None, False, True)
    assert measured(store, keep, ticket, "2026-04-01..2026-04-02", columns) == ("in_progress", None, True, True)


def test_a_clock_that_is_not_yet_decided_is_in_no_figure(store, keep):
    def decided(opened: str, *steps: tuple[str, str]) -> list[float | None]:
        keep([Ticket(**{**story("1", opened, *steps, priority=2).__dict__, "connection": "office"})], AS_OF)
        facts.build(store, SETTINGS, Period.parse("2026-03-01..2026-03-10", "Europe/Berlin"), AS_OF)
        return [each.value for each in tickets(store, "sla_resolve")]

    assert decided("2026-03-09T16:00", ("2026-03-10T16:00", "resolved")) == [1]
    assert decided("2026-03-09T16:00", ("2026-03-10T16:01", "resolved")) == [0]
    assert decided("2026-03-09T16:00") == [0]
    assert decided("2026-03-10T10:00") == []


def test_the_tools_own_clocks_tell_where_nothing_is_declared(store, keep):
    def told(opened: str, *clocks: Clock, **facts: object) -> tuple[object, ...] | None:
        ticket = story("1", opened, ("2026-03-09T12:00", "resolved"), clocks=clocks, **facts)
        return measured(store, keep, ticket, "2026-03", "response_breached, resolve_breached")

    kept, missed = Clock("First response", None, False), Clock("Time to resolution", at("2026-03-09T11:00"), True)
    assert told("2026-03-09T09:00", kept, missed) == (False, True)
    assert told("2026-03-09T09:00", Clock("Resolution", at("2026-04-01T00:00"), True)) == (None, False)
    assert told("2026-03-09T09:00", Clock("Next update", None, True)) == (None, None)
    assert told("2026-03-09T09:00", kept, missed, priority=2) == (True, False)
    assert told("2026-03-09T13:00", kept, missed) == (None, None)


def test_moves_and_escalations(store, keep):
    teams = ["Service Desk", "Network", "Security", "Service Desk"]
    moves = [
        Change(at(f"2026-03-09T1{place}:00"), "team", before, after)
        for place, (before, after) in enumerate(zip([None, *teams], teams, strict=False))
    ]
    ticket = story("1", "2026-03-09T09:00", ("2026-03-09T19:00", "resolved"), team="Service Desk")
    ticket = Ticket(**{**ticket.__dict__, "changes": (*ticket.changes, *moves)})
    assert measured(store, keep, ticket, "2026-03", "hops, tiers, tier, first_contact") == (3, 1, "L1", False)


def test_the_first_response_is_public_and_of_someone_else(store, keep):
    said = [("09:05", True, "req@example.com"), ("09:10", False, "ann@example.com"), ("09:20", True, "ann@example.com")]
    comments = tuple(Comment(at(f"2026-03-09T{time}"), public, who) for time, public, who in said)
    stated = {"requester": "req@example.com", "first_response_at": at("2026-03-09T09:10")}
    ticket = story("1", "2026-03-09T09:00", comments=comments, **stated)
    assert measured(store, keep, ticket, "2026-03", "first_response") == (20 * 60,)
    silent = story("1", "2026-03-09T09:00", comments=comments[:2], **stated)
    assert measured(store, keep, silent, "2026-03", "first_response") == (None,)
    without = story("1", "2026-03-09T09:00", **stated)
    assert measured(store, keep, without, "2026-03", "first_response") == (10 * 60,)


def test_without_a_timeline_the_record_tells(store, keep):
    record = Ticket(
        connection="always",
        id="1",
        opened_at=at("2026-03-09T09:00"),
        status="closed",
        resolved_at=at("2026-03-09T12:00"),
        closed_at=at("2026-04-02T12:00"),
        reopen_count=1,
    )
    columns = "status, resolve / 3600, closed_at is not null, reopened"
    assert measured(store, keep, record, "2026-03", columns) == ("resolved", 3, False, True)
    assert measured(store, keep, record, "2026-04", columns) == ("closed", 3, True, False)


def test_what_cannot_be_is_measured_nowhere(store, keep):
    ticket = story("1", "2026-03-09T09:00", ("2026-03-09T08:00", "resolved"))
    assert measured(store, keep, ticket, "2026-03", "resolve, mtta, status") == (None, None, "resolved")


def test_names_that_differ_in_case_only_are_one_category_and_none_are_none(store, keep):
    spelled = ["Database", "database", "database", "DATABASE", "Datenbänke", "DATENBÄNKE", "network", None]
    keep([story(str(place), "2026-03-09T09:00", category=name) for place, name in enumerate(spelled)], AS_OF)
    facts.build(store, SETTINGS, Period.parse("2026-03", "Europe/Berlin"), AS_OF)
    found = store.sql.execute("select category from facts order by incident").fetchall()
    assert [name for (name,) in found] == [*["database"] * 4, *["DATENBÄNKE"] * 2, "network", None]


def test_a_report_before_the_end_of_its_period_ends_when_it_is_made(store, keep):
    ticket = story("1", "2026-03-09T09:00")
    as_of = at("2026-03-10T09:00")
    keep([ticket], as_of)
    facts.build(store, SETTINGS, Period.parse("2026-03", "Europe/Berlin"), as_of)
    assert store.sql.execute("select age / 3600 from facts").fetchone() == (24,)
