"""The feed loses nothing: minute precision in the account's zone, an index that lags, people who work meanwhile."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isthmus.connectors.jira.columns import Columns
from isthmus.connectors.jira.reading import OVERLAP, Reading
from isthmus.core.connector import Scope
from isthmus.core.shapes import as_object

LITERAL = re.compile(r'updated (>=|<) "([^"]+)"')
LAGS = (0, 30, 240)
SPANS = (0, 1, 45, 59, 61, 300, 3600)


@dataclass
class Vendor:
    """A site with some issues: its index shows an issue late, and a token may repeat."""

    chance: random.Random
    zone: ZoneInfo
    cloud: bool
    page: int
    now: datetime
    busy: int = 0
    """So many changes happen while one reads."""
    repeats: bool = False
    issues: dict[int, datetime] = field(default_factory=dict)
    shown: dict[int, tuple[datetime, datetime | None]] = field(default_factory=dict)
    """Issue -> when the index learns of its last change, and what it showed before."""
    asked: int = 0

    def change(self, number: int) -> None:
        before = self.seen(number)
        self.issues[number] = self.now
        self.shown[number] = (self.now + timedelta(seconds=self.chance.choice(LAGS)), before)

    def seen(self, number: int) -> datetime | None:
        """What the index says of an issue; None while it does not know it."""
        if number not in self.issues:
            return None
        since, before = self.shown[number]
        return self.issues[number] if since <= self.now else before

    def meanwhile(self) -> None:
        self.asked += 1
        assert self.asked < 3000, "the reader does not end"
        self.now += timedelta(milliseconds=self.chance.randrange(2000))
        if self.busy > 0 and self.issues:
            self.busy -= 1
            self.change(self.chance.choice(list(self.issues)))

    def moment(self, text: str) -> datetime:
        wall = datetime.fromisoformat(text)
        return wall.replace(tzinfo=self.zone, fold=self.chance.randrange(2)).astimezone(UTC)

    def ask(self, path: str, body: dict[str, Any], params: Any = None) -> dict[str, Any]:
        self.meanwhile()
        query, _, order = body["jql"].partition(" ORDER BY ")
        rows = [(moment, number) for number in self.issues if (moment := self.seen(number)) is not None]
        for sign, text in LITERAL.findall(query):
            bound = self.moment(text)
            rows = [row for row in rows if (row[0] >= bound if sign == ">=" else row[0] < bound)]
        behind = re.search(r"id > (\d+)", query)
        if behind:
            rows = [row for row in rows if row[1] > int(behind[1])]
        rows.sort(key=(lambda row: row[1]) if order == "id ASC" else None)
        token = body.get("nextPageToken")
        if token:
            moment, number = token.split("|")
            reached = (datetime.fromisoformat(moment), int(number))
            rows = [row for row in rows if (row[1] > reached[1] if order == "id ASC" else row > reached)]
        total, start = len(rows), body.get("startAt", 0)
        rows = rows[start:]
        found = rows[: body["maxResults"]]
        reply: dict[str, Any] = {"issues": [self.issue(*row) for row in found]}
        if not self.cloud:
            return {**reply, "total": total}
        if len(rows) > len(found):
            reply["nextPageToken"] = token if token and self.repeats else f"{found[-1][0].isoformat()}|{found[-1][1]}"
        return {**reply, "isLast": "nextPageToken" not in reply}

    def issue(self, updated: datetime, number: int) -> dict[str, Any]:
        local = updated.astimezone(self.zone)
        stamp = f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"
        return {"id": str(number), "key": f"A-{number}", "fields": {"updated": stamp}}

    def reader(self) -> Reading:
        settings = SimpleNamespace(
            is_cloud=self.cloud, page=self.page, statuses={}, base_url="", addresses={}, project="A", also=()
        )
        api = SimpleNamespace(
            settings=settings, ask=self.ask, connection="desk", whole=lambda data, key, operation: as_object(data)
        )
        site = SimpleNamespace(
            read_account=lambda: None,
            zone=self.zone,
            columns=Columns(),
            marker_field=None,
            priorities=[],
            read_types=([], []),
        )
        people = SimpleNamespace(meet=list)
        return Reading(api, site, people)  # type: ignore[arg-type]


def stored(vendor: Vendor) -> dict[str, datetime]:
    return {
        str(number): moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        for number, moment in vendor.issues.items()
    }


def read(vendor: Vendor, cursor: str | None, known: dict[str, datetime]) -> str:
    """Read to the end, remember what each issue said last, and give the cursor of any page, mostly the last."""
    pages = list(vendor.reader().changes(cursor, Scope(), lambda: vendor.now))
    stop = len(pages) if vendor.chance.random() < 0.7 else vendor.chance.randrange(1, len(pages) + 1)
    for page in pages[:stop]:
        for record in page.records:
            assert record.changed_at is not None
            known[record.id] = max(record.changed_at, known.get(record.id, record.changed_at))
    return pages[stop - 1].cursor


@settings(max_examples=120, deadline=None)
@given(
    st.integers(0, 10**9),
    st.booleans(),
    st.sampled_from(["Etc/UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns"]),
    st.sampled_from(["2026-03-29T00:40:00", "2026-10-25T00:40:00", "2026-07-14T09:00:00", "2026-04-04T14:40:00"]),
    st.booleans(),
)
def test_no_change_is_ever_missed(seed: int, cloud: bool, zone: str, start: str, repeats: bool) -> None:
    chance = random.Random(seed)
    begin = datetime.fromisoformat(start).replace(tzinfo=UTC)
    vendor = Vendor(chance, ZoneInfo(zone), cloud, chance.choice([1, 2, 3, 7]), begin, repeats=repeats)
    known: dict[str, datetime] = {}
    cursor: str | None = None
    for _ in range(chance.randrange(1, 6)):
        for _ in range(chance.randrange(0, 8)):
            vendor.change(chance.randrange(1, 12))
            vendor.now += timedelta(seconds=chance.choice(SPANS))
        vendor.busy = chance.randrange(0, 6)
        cursor = read(vendor, cursor, known)
        vendor.now += timedelta(seconds=chance.choice(SPANS))
    vendor.now += timedelta(seconds=max(LAGS))
    vendor.busy = 0
    for _ in range(2):
        for page in vendor.reader().changes(cursor, Scope(), lambda: vendor.now):
            for record in page.records:
                assert record.changed_at is not None
                known[record.id] = max(record.changed_at, known.get(record.id, record.changed_at))
            cursor = page.cursor
    assert known == stored(vendor)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"])
@pytest.mark.parametrize("cloud", [True, False])
def test_an_issue_that_changes_every_few_minutes_is_seen_each_time(zone: str, cloud: bool) -> None:
    vendor = Vendor(random.Random(5), ZoneInfo(zone), cloud, 2, datetime(2026, 10, 25, 0, 0, 7, 512000, tzinfo=UTC))
    cursor: str | None = None
    for step in range(200):
        vendor.issues[1] = vendor.now
        vendor.shown[1] = (vendor.now, None)
        vendor.issues[2] = vendor.now - timedelta(seconds=1)
        vendor.shown[2] = (vendor.now, None)
        found: dict[str, datetime] = {}
        for page in vendor.reader().changes(cursor, Scope(), lambda: vendor.now):
            found.update({record.id: record.changed_at for record in page.records if record.changed_at})
            cursor = page.cursor
        assert found["1"] == stored(vendor)["1"], step
        vendor.now += timedelta(seconds=131 + step % 7)


@pytest.mark.parametrize("cloud", [True, False])
def test_a_minute_that_fills_many_pages_is_read_whole_and_once(cloud: bool) -> None:
    vendor = Vendor(
        random.Random(1), ZoneInfo("Europe/Berlin"), cloud, 4, datetime(2026, 7, 14, 9, 0, tzinfo=UTC), repeats=True
    )
    for number in range(1, 60):
        vendor.issues[number] = vendor.now + timedelta(milliseconds=number)
        vendor.shown[number] = (vendor.now, None)
    vendor.now += timedelta(hours=1)
    pages = list(vendor.reader().changes(None, Scope(), lambda: vendor.now))
    found = [record.id for page in pages for record in page.records]
    assert sorted(map(int, found)) == list(range(1, 60))


def test_an_empty_project_gives_a_cursor_and_repeats_nothing_old() -> None:
    vendor = Vendor(random.Random(1), ZoneInfo("Etc/UTC"), True, 4, datetime(2026, 7, 14, 9, 0, tzinfo=UTC))
    (page,) = vendor.reader().changes(None, Scope(), lambda: vendor.now)
    assert page.records == ()
    vendor.change(1)
    vendor.now += OVERLAP * 3
    vendor.change(2)
    vendor.now += timedelta(minutes=5)
    pages = list(vendor.reader().changes(page.cursor, Scope(), lambda: vendor.now))
    assert [record.id for each in pages for record in each.records] == ["1", "2"]
    again = [
        record.id
        for each in vendor.reader().changes(pages[-1].cursor, Scope(), lambda: vendor.now)
        for record in each.records
    ]
    assert again == ["2"]
