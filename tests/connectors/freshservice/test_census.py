from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from isthmus.connectors.freshservice import Freshservice
from isthmus.connectors.freshservice.census import WALL
from isthmus.core.connector import Scope
from isthmus.core.errors import ConfigError, UnavailableError

NOW = datetime(2026, 5, 6, 9, 0, tzinfo=UTC)
Ticket = Callable[..., dict[str, Any]]


class Index:
    """An index of tickets that understands what the census asks: days, levels, tags; thirty a page."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.queries: list[str] = []
        self.hide: list[int] = []
        """How many rows each of the next pages leaves out although the total counts them."""

    def __call__(self, params: dict[str, str], body: Any) -> Any:
        query = params["query"]
        self.queries.append(query)
        low, high = (re.search(rf"created_at:{sign}'([^']+)'", query) for sign in "><")
        rows = self.rows
        if low and high:
            rows = [row for row in rows if low[1] <= row["created_at"][:10] <= high[1]]
        for field in ("priority", "urgency", "impact", "workspace_id", "group_id"):
            found = re.search(rf"{field}:(\d+)", query)
            rows = [row for row in rows if found is None or row[field] == int(found[1])]
        start = (int(params["page"]) - 1) * 30
        page = rows[start : start + 30]
        if self.hide:
            page = page[self.hide.pop(0) :]
        return {"tickets": page, "total": len(rows)}


@pytest.fixture
def index(desk: Any) -> Callable[[list[dict[str, Any]]], Index]:
    def build(rows: list[dict[str, Any]]) -> Index:
        made = Index(rows)
        desk.get("tickets/filter", made)
        desk.get("tickets", {"tickets": []})
        return made

    return build


def census(connector: Freshservice, scope: Scope | None = None) -> list[int]:
    return sorted(int(each) for each in connector.census(scope or Scope()))


def test_all_pages_of_a_query_are_read(plain: Freshservice, index: Any, ticket: Ticket) -> None:
    found = index([ticket(number) for number in range(1, 96)])
    assert census(plain) == list(range(1, 96))
    assert len(found.queries) == 4
    assert found.queries[0] == "\"created_at:>'2010-01-01' AND created_at:<'2026-05-07'\""


def test_more_tickets_than_can_be_listed_are_asked_for_by_days(plain: Freshservice, index: Any, ticket: Ticket) -> None:
    days = [date(2026, 4, 1) + timedelta(days=number % 7) for number in range(WALL + 300)]
    index([ticket(number, created_at=f"{day}T08:00:00Z") for number, day in enumerate(days, 1)])
    assert census(plain) == list(range(1, WALL + 301))


def test_more_tickets_of_one_day_are_asked_for_by_their_levels(plain: Freshservice, index: Any, ticket: Ticket) -> None:
    rows = [
        ticket(number, created_at="2026-04-01T08:00:00Z", priority=number % 4 + 1, urgency=number // 4 % 3 + 1)
        for number in range(1, WALL * 2)
    ]
    found = index(rows)
    assert census(plain) == list(range(1, WALL * 2))
    assert any("priority:4" in query for query in found.queries)


def test_more_tickets_than_any_query_can_tell_apart_are_told(plain: Freshservice, index: Any, ticket: Ticket) -> None:
    index([ticket(number, created_at="2026-04-01T08:00:00Z") for number in range(1, WALL + 2)])
    with pytest.raises(UnavailableError, match="2026-04-01"):
        census(plain)


def test_pages_that_moved_are_read_again(plain: Freshservice, index: Any, ticket: Ticket) -> None:
    found = index([ticket(number) for number in range(1, 41)])
    found.hide = [1, 0]
    assert census(plain) == list(range(1, 41))
    found.hide = [2] * 20
    assert len(census(plain)) < 40


def test_the_count_is_the_indexs(plain: Freshservice, index: Any, ticket: Ticket) -> None:
    found = index([ticket(number) for number in range(1, 96)])
    assert plain.count(Scope()) == 95
    assert len(found.queries) == 1


def test_a_scope_to_the_second_is_counted_out(plain: Freshservice, index: Any, ticket: Ticket) -> None:
    times = ["2026-05-05T08:00:00Z", "2026-05-05T10:00:00Z"]
    index([ticket(number, created_at=at, updated_at=at) for number, at in enumerate(times, 1)])
    scope = Scope(opened_after=datetime(2026, 5, 5, 9, 0, tzinfo=UTC))
    assert plain.count(scope) == 1
    assert census(plain, scope) == [2]
    assert plain.count(Scope(updated_after=datetime(2026, 5, 5, 9, 0, tzinfo=UTC))) == 1
    assert census(plain, Scope(key=("INC-1", "77"))) == [1]


def test_labels_and_groups_are_asked_for_by_their_names_in_queries(plain: Freshservice, index: Any, ticket: Ticket) -> None:
    found = index([ticket(1)])
    assert census(plain, Scope(label=("vip", "very vip"), group=("Support",))) == [1]
    assert "(tag:'vip' OR tag:'very vip') AND (group_id:41)" in found.queries[-1]
    assert census(plain, Scope(group=("Unheard of",))) == []
    with pytest.raises(ConfigError, match="it's"):
        census(plain, Scope(label=("it's",)))


def test_each_workspace_is_asked_for(make: Any, desk: Any, index: Any, ticket: Ticket) -> None:
    desk.get("workspaces", {"workspaces": [{"id": 2, "primary": True}, {"id": 3}]})
    found = index([ticket(1), ticket(2, workspace_id=3)])
    connector = make()
    assert census(connector) == [1, 2]
    assert connector.count(Scope()) == 2
    assert {re.findall(r"workspace_id:(\d)", query)[0] for query in found.queries} == {"2", "3"}


def test_what_the_index_does_not_know_yet_comes_from_the_list(
    plain: Freshservice, index: Any, desk: Any, ticket: Ticket
) -> None:
    index([ticket(1), ticket(2)])

    def listed(params: dict[str, str], body: Any) -> Any:
        if params.get("filter") == "deleted":
            return {"tickets": [ticket(2, updated_at="2026-05-06T08:55:00Z")]}
        late = {"updated_at": "2026-05-06T08:55:00Z", "created_at": "2026-05-06T08:55:00Z"}
        return {"tickets": [ticket(1, tags=[]), ticket(3, tags=["vip"], **late), ticket(4, tags=[], group_id=None, **late)]}

    desk.get("tickets", listed)
    assert census(plain) == [1, 3, 4]
    assert census(plain, Scope(label=("vip",))) == [1, 3]
    assert census(plain, Scope(group=("Support",))) == [1, 3]


# -- scopes in the vendor's own language


def test_a_native_scope_is_read_by_the_index(plain: Freshservice, index: Any, desk: Any, ticket: Ticket) -> None:
    rows = [ticket(1, updated_at="2026-05-06T08:00:00Z"), ticket(2, updated_at="2026-05-06T07:00:00Z")]
    found = index(rows)
    for row in rows:
        desk.get(f"tickets/{row['id']}", {"ticket": row})
    pages = list(plain.changes(None, Scope(native="priority:3")))
    assert [record.id for page in pages for record in page.records] == ["1", "2"]
    assert pages[-1].cursor == "updated:2026-05-06T08:50:00Z"
    assert found.queries[-1].startswith('"(priority:3) AND updated_at:>')
    later = list(plain.changes("updated:2026-05-06T07:30:00Z", Scope(native="priority:3")))
    assert [record.id for page in later for record in page.records] == ["1"]
    assert later[0].cursor == "updated:2026-05-06T07:30:00Z"
    assert "updated_at:>'2026-05-06'" in found.queries[-1]
    assert census(plain, Scope(native="priority:3")) == [1, 2]
    with pytest.raises(ConfigError, match="native"):
        list(plain.changes(None, Scope(native="priority:3) OR (priority:2")))
