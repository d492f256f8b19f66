from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from isthmus.connectors.freshservice import Freshservice
from isthmus.connectors.freshservice.payloads import real_ids
from isthmus.connectors.freshservice.reading import make_cursor, parse_cursor
from isthmus.core.connector import Record, Scope
from isthmus.core.errors import ConfigError, ForbiddenError, RejectedError

NOW = datetime(2026, 5, 6, 9, 0, tzinfo=UTC)
EVERYTHING = Scope()
Make = Callable[..., Freshservice]
Ticket = Callable[..., dict[str, Any]]
NO_MORE = {"link": ""}


def moment(seconds: int) -> str:
    return f"2026-05-06T08:{seconds // 60:02d}:{seconds % 60:02d}Z"


class Shelf:
    """A list of tickets as the vendor pages through it: it can change between two pages."""

    def __init__(self, rows: list[dict[str, Any]], size: int) -> None:
        self.rows = rows
        self.size = size
        self.between: list[Callable[[], None]] = []
        self.asked: list[dict[str, str]] = []

    def move(self, number: int, when: str) -> None:
        next(row for row in self.rows if row["id"] == number)["updated_at"] = when

    def __call__(self, params: dict[str, str], body: Any) -> Any:
        self.asked.append(params)
        since = params.get("updated_since", "")
        rows = sorted(
            (row for row in self.rows if row["updated_at"] >= since), key=lambda row: (row["updated_at"], row["id"])
        )
        start = (int(params["page"]) - 1) * self.size
        page = [dict(row) for row in rows[start : start + self.size]]
        link = '<https://acme.freshservice.com/next>; rel="next"' if len(rows) > start + self.size else ""
        if self.between:
            self.between.pop(0)()
        return 200, {"link": link}, {"tickets": page}


@pytest.fixture
def shelve(desk: Any, ticket: Ticket) -> Callable[..., Shelf]:
    def build(times: list[int], size: int = 3) -> Shelf:
        rows = [
            ticket(
                number, updated_at=moment(at), stats={"resolved_at": None}, tags=["a"], requester={"id": 21, "name": "Ana"}
            )
            for number, at in enumerate(times, 1)
        ]
        shelf = Shelf(rows, size)
        desk.get("tickets", shelf)
        for row in rows:

            def view(params: dict[str, str], body: Any, row: dict[str, Any] = row) -> Any:
                return {
                    "ticket": {name: value for name, value in row.items() if name not in ("stats", "tags", "requester")}
                }

            desk.get(f"tickets/{row['id']}", view)
        return shelf

    return build


def read(connector: Freshservice, cursor: str | None = None, scope: Scope = EVERYTHING) -> tuple[list[Record], str]:
    records: list[Record] = []
    last = ""
    for page in connector.changes(cursor, scope):
        records += page.records
        last = page.cursor
    return records, last


# -- what changed


def test_the_window_of_thirty_days_is_defeated(plain: Freshservice, shelve: Callable[..., Shelf]) -> None:
    shelf = shelve([])
    records, cursor = read(plain)
    assert records == []
    assert cursor == "updated:2026-05-06T08:59:00Z"
    (params,) = shelf.asked
    assert params["updated_since"] == "1999-12-31T23:59:59Z"
    assert (params["order_by"], params["order_type"], params["per_page"]) == ("updated_at", "asc", "100")
    assert params["include"] == "stats,tags,requester"
    assert "workspace_id" not in params


def test_pages_begin_at_the_last_time_read(plain: Freshservice, shelve: Callable[..., Shelf]) -> None:
    shelf = shelve([0, 1, 2, 3, 4, 5, 6])
    records, cursor = read(plain)
    assert [record.id for record in records] == ["1", "2", "3", "4", "5", "6", "7"]
    assert {params["page"] for params in shelf.asked} == {"1"}
    assert cursor == "updated:2026-05-06T08:59:00Z"
    again, _ = read(plain, cursor)
    assert again == []


def test_a_ticket_that_moves_while_pages_are_read_lets_none_slip_by(
    plain: Freshservice, shelve: Callable[..., Shelf]
) -> None:
    shelf = shelve([0, 10, 20, 30, 40, 50])
    shelf.between = [lambda: shelf.move(1, moment(100))]
    records, _ = read(plain)
    assert [record.id for record in records] == ["1", "2", "3", "4", "5", "6", "1"]
    assert records[-1].version == moment(100)


def test_more_tickets_of_one_second_than_fit_a_page_are_all_read(plain: Freshservice, shelve: Callable[..., Shelf]) -> None:
    shelf = shelve([5] * 10 + [9])
    records, _ = read(plain)
    assert sorted(record.id for record in records) == sorted(str(number) for number in range(1, 12))
    assert max(int(params["page"]) for params in shelf.asked) == 4


def test_a_ticket_that_leaves_its_second_lets_none_slip_by(plain: Freshservice, shelve: Callable[..., Shelf]) -> None:
    shelf = shelve([5] * 10)
    shelf.between = [lambda: None, lambda: shelf.move(2, moment(100))]
    records, _ = read(plain)
    assert {record.id for record in records} == {str(number) for number in range(1, 11)}


def test_a_list_that_is_not_in_order_is_read_to_its_end(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    rows = [ticket(number, updated_at=moment(90 - number), stats={}, tags=[]) for number in range(1, 6)]

    def listed(params: dict[str, str], body: Any) -> Any:
        page = int(params["page"]) - 1
        return 200, {"link": 'rel="next"' if page < 2 else ""}, {"tickets": rows[page * 2 : page * 2 + 2]}

    desk.get("tickets", listed)
    for row in rows:
        desk.get(f"tickets/{row['id']}", {"ticket": row})
    records, _ = read(plain)
    assert {record.id for record in records} == {"1", "2", "3", "4", "5"}


def test_an_empty_page_ends_a_list_whatever_its_header_says(plain: Freshservice, desk: Any) -> None:
    desk.get("tickets", (200, {"link": '<x>; rel="next"'}, {"tickets": []}))
    assert read(plain)[0] == []


def test_a_cursor_goes_back_by_the_overlap(plain: Freshservice, shelve: Callable[..., Shelf]) -> None:
    shelf = shelve([30])
    records, cursor = read(plain, "updated:2026-05-06T08:01:00Z")
    assert shelf.asked[0]["updated_since"] == "2026-05-06T07:59:59Z"
    assert [record.id for record in records] == ["1"]
    assert cursor == "updated:2026-05-06T08:59:00Z"


def test_a_cursor_never_goes_back(plain: Freshservice, shelve: Callable[..., Shelf]) -> None:
    shelve([30])
    _, cursor = read(plain, "updated:2026-05-06T09:30:00Z")
    assert cursor == "updated:2026-05-06T09:30:00Z"


def test_the_scope_bounds_the_first_reading(plain: Freshservice, shelve: Callable[..., Shelf]) -> None:
    shelf = shelve([30])
    read(plain, scope=Scope(updated_after=NOW - timedelta(hours=2), opened_after=NOW - timedelta(hours=1)))
    assert shelf.asked[0]["updated_since"] == "2026-05-06T07:59:59Z"


def test_a_record_has_what_the_list_and_the_view_tell(plain: Freshservice, shelve: Callable[..., Shelf], desk: Any) -> None:
    shelve([0])
    (record,), _ = read(plain)
    assert record.body["tags"] == ["a"]
    assert record.body["stats"] == {"resolved_at": None}
    assert (record.body["impact"], record.body["status"], record.body["department"]) == (1, "Open", "Sales")
    assert "requester" not in record.body
    assert record.changed_at == datetime(2026, 5, 6, 8, 0, tzinfo=UTC)
    assert desk.params("tickets/1") == [{}]
    assert plain.people(["21"])["21"].name == "Ana"


def test_a_ticket_that_moved_since_the_list_is_viewed_with_all(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    desk.get("tickets", {"tickets": [ticket(7, stats={"old": 1}, tags=["old"])]})
    moved = ticket(7, updated_at=moment(99))
    desk.get("tickets/7", {"ticket": moved}, {"ticket": {**moved, "stats": {"new": 1}, "tags": ["new"]}})
    (record,), _ = read(plain)
    assert record.body["tags"] == ["new"]
    assert desk.params("tickets/7") == [{}, {"include": "stats,tags"}]


def test_a_plan_without_side_loads_is_read_by_views(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    words = {
        "description": "Validation failed",
        "errors": [{"field": "include", "message": "Bad", "code": "invalid_value"}],
    }

    def listed(params: dict[str, str], body: Any) -> Any:
        return (400, {}, words) if "include" in params else {"tickets": [ticket(7)]}

    desk.get("tickets", listed)
    desk.get("tickets/7", {"ticket": ticket(7, stats={}, tags=["a"])})
    (record,), _ = read(plain)
    assert record.body["tags"] == ["a"]
    assert desk.params("tickets/7") == [{"include": "stats,tags"}]
    desk.get("tickets/filter", {"tickets": [], "total": 0})
    desk.get("tickets/7", {"ticket": ticket(7, stats={}, tags=["isthmus:ops:1"])})
    assert [record.id for record in plain.find("isthmus:ops:1")] == ["7"]


def test_a_refused_list_is_told(plain: Freshservice, desk: Any) -> None:
    desk.get("tickets", (400, {}, {"description": "Validation failed", "errors": [{"field": "page", "message": "Bad"}]}))
    with pytest.raises(RejectedError, match="page: Bad"):
        read(plain)


def test_tickets_that_vanish_meanwhile_are_passed_over(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    desk.get(
        "tickets", {"tickets": [ticket(7, stats={}, tags=[]), ticket(8, stats={}, tags=[]), ticket(9, stats={}, tags=[])]}
    )
    desk.get("tickets/8", {"ticket": ticket(8, deleted=True)})
    desk.get("tickets/9", {"ticket": ticket(9, spam=True)})
    records, _ = read(plain)
    assert records == []


@pytest.mark.parametrize("cursor", ["", "2026", "updated:", "updated:yesterday", "start:12"])
def test_a_strange_cursor_is_refused(plain: Freshservice, desk: Any, cursor: str) -> None:
    with pytest.raises(ConfigError, match="cursor"):
        read(plain, cursor)


def test_a_cursor_is_read_as_it_was_made() -> None:
    assert parse_cursor(make_cursor(NOW), "desk") == NOW


# -- workspaces


@pytest.mark.parametrize(
    ("answer", "option", "listed"),
    [
        ((403, {}, {}), None, None),
        ({"workspaces": [{"id": 2, "primary": True}, {"id": 1}]}, None, None),
        ({"workspaces": [{"id": 3}, {"id": 2, "primary": True}]}, None, "0"),
        ({"workspaces": [{"id": 3, "primary": True}]}, None, "3"),
        ({"workspaces": []}, None, None),
        ({"workspaces": []}, 5, "5"),
        ({"workspaces": []}, 2, None),
    ],
)
def test_the_workspaces_that_count_are_listed(
    make: Make, desk: Any, answer: Any, option: int | None, listed: str | None
) -> None:
    desk.get("workspaces", answer)
    desk.get("tickets", {"tickets": []})
    read(make(workspace=option))
    assert desk.params("tickets")[0].get("workspace_id") == listed


# -- one ticket


def test_tickets_are_fetched_with_all_that_they_have(make: Make, desk: Any, ticket: Ticket) -> None:
    viewed = ticket(
        7,
        status=4,
        tags=["isthmus:ops:1", "vpn"],
        stats={"resolved_at": "2026-05-02T08:00:00Z"},
        problem={"display_id": 2},
        changes={},
        assets=[],
        related_tickets={},
    )
    desk.get("tickets/7", {"ticket": viewed})
    desk.get(
        "tickets/7/csat_response",
        {
            "csat_response": {
                "overall_rating": 3,
                "overall_rating_text": "Happy",
                "questionnaire_responses": [{"answer_text": "Fast"}],
            }
        },
    )
    (record,) = make().fetch(["7", "7", "0", "x", "²"])
    assert desk.params("tickets/7") == [{"include": "stats,tags,problem,changes,assets,related_tickets"}]
    assert record.body["satisfaction"] == {"score": "Happy", "comment": "Fast"}
    assert record.body["links"] == [{"kind": "problem", "id": "2"}]
    assert (record.body["marker"], record.body["tags"]) == ("isthmus:ops:1", ["vpn"])


@pytest.mark.parametrize(
    ("answer", "rated"),
    [
        ((404, {}, ""), None),
        ((403, {}, {"code": "require_feature"}), None),
        ({"csat_response": {"overall_rating": None}}, None),
        ({"csat_response": {"overall_rating": 2}}, {"score": "2"}),
    ],
)
def test_satisfaction_is_told_where_there_is_some(make: Make, desk: Any, ticket: Ticket, answer: Any, rated: Any) -> None:
    desk.get("tickets/7", {"ticket": ticket(7, status=5)})
    desk.get("tickets/7/csat_response", answer)
    (record,) = make(associations=False).fetch(["7"])
    assert record.body["satisfaction"] == rated


def test_an_open_ticket_is_not_asked_for_satisfaction(make: Make, desk: Any, ticket: Ticket) -> None:
    desk.get("tickets/7", {"ticket": ticket(7)})
    (record,) = make(associations=False).fetch(["7"])
    assert "satisfaction" not in record.body


def test_a_hidden_ticket_is_left_out_and_a_lost_right_is_not(plain: Freshservice, desk: Any) -> None:
    hidden = (403, {}, {"code": "access_denied", "message": "no"})
    desk.get("tickets/7", hidden)
    desk.get("tickets", {"tickets": []})
    assert plain.fetch(["7"]) == []
    desk.get("tickets", hidden)
    with pytest.raises(ForbiddenError):
        plain.fetch(["7"])


def test_a_status_that_an_admin_adds_is_learnt(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    desk.get("tickets/7", {"ticket": ticket(7)}, {"ticket": ticket(7, status=12)})
    assert [record.body["status"] for record in plain.fetch(["7"])] == ["Open"]
    form = desk.scripts["GET", "/api/v2/ticket_form_fields"][0]["ticket_fields"]
    more = [
        {**row, "choices": [*row["choices"], {"id": 12, "value": "Waiting for CAB"}]} if row["name"] == "status" else row
        for row in form
    ]
    desk.get("ticket_form_fields", {"ticket_fields": more})
    assert [record.body["status"] for record in plain.fetch(["7"])] == ["Waiting for CAB"]
    desk.get("tickets/7", {"ticket": ticket(7, status=13)})
    for _ in range(2):
        assert [record.body["status"] for record in plain.fetch(["7"])] == ["13"]
    assert len(desk.params("ticket_form_fields")) == 3


def test_a_field_of_the_account_keeps_markers_in_full(make: Make, desk: Any, ticket: Ticket) -> None:
    marker = "isthmus:ops:" + "f" * 32
    desk.get("tickets/7", {"ticket": ticket(7, custom_fields={"site": marker, "floor": 3})})
    connector = make(associations=False, satisfaction=False, marker_field="site")
    (record,) = connector.fetch(["7"])
    assert record.body["marker"] == marker
    assert record.body["custom_fields"] == [{"id": "floor", "value": 3}]
    desk.get("tickets/7", {"ticket": ticket(7, custom_fields={"site": None}, tags=["isthmus:ops:2"])})
    (record,) = connector.fetch(["7"])
    assert record.body["marker"] == "isthmus:ops:2"


def test_only_ids_that_can_exist_are_asked_for() -> None:
    assert real_ids(["7", "7", "-1", "0", "", "x", "²", "8"]) == ["7", "8"]


# -- by marker, and what is gone


def test_a_marker_is_found_in_the_list_before_the_index_knows_it(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    marked = ticket(7, tags=["isthmus:ops:1"])
    desk.get("tickets", {"tickets": [marked, ticket(8, tags=["isthmus:ops:10"])]})
    desk.get("tickets/filter", {"tickets": [], "total": 0})
    desk.get("tickets/7", {"ticket": marked})
    (record,) = plain.find("isthmus:ops:1")
    assert record.id == "7"
    assert desk.params("tickets")[0]["updated_since"] == "2026-05-06T08:49:59Z"
    assert desk.params("tickets/filter")[0]["query"] == "\"tag:'isthmus:ops:1'\""


def test_a_marker_is_found_by_the_index_and_looked_at(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    desk.get("tickets", {"tickets": []})
    desk.get("tickets/filter", {"tickets": [ticket(7), ticket(8)], "total": 2})
    desk.get("tickets/7", {"ticket": ticket(7, tags=["isthmus:ops:1"])})
    desk.get("tickets/8", {"ticket": ticket(8, tags=["of another"])})
    assert [record.id for record in plain.find("isthmus:ops:1")] == ["7"]


def test_the_trash_is_listed(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    rows = [ticket(7, updated_at="2026-05-06T08:00:00Z"), ticket(8, updated_at="2026-05-06T07:59:59Z")]
    desk.get("tickets", {"tickets": rows})
    since = datetime(2026, 5, 6, 8, 0, 0, 500_000, tzinfo=UTC)
    assert list(plain.deleted(since)) == ["7"]
    (params,) = desk.params("tickets")
    assert (params["filter"], params["updated_since"]) == ("deleted", "2026-05-06T07:59:59Z")
