from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses
from isthmus.connectors.zendesk import Zendesk
from isthmus.core.connector import Scope
from isthmus.core.errors import UnexpectedReplyError
from responses.matchers import query_param_matcher

URL = "https://acme.zendesk.com"
EXPORT = f"{URL}/api/v2/incremental/tickets/cursor"
NOW = datetime(2026, 5, 6, 9, 0, tzinfo=UTC)
Ticket = Callable[..., dict[str, Any]]


def export(wire: responses.RequestsMock, wanted: dict[str, Any], tickets: list[Any], **more: Any) -> None:
    body = {"tickets": tickets, "after_cursor": "c1", "end_of_stream": True, **more}
    wire.get(EXPORT, json=body, match=[query_param_matcher(wanted, strict_match=False)])


# -- the export


def test_the_export_is_read_with_cursors_to_its_end(zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket) -> None:
    start = {"start_time": "631152000", "per_page": "1000", "include": "users,metric_sets,comment_count"}
    users = [{"id": 21, "name": "Ana", "email": "Ana@Example.com"}, {"id": None}]
    export(wire, start, [ticket(1), ticket(2, status="deleted")], after_cursor="c1", end_of_stream=False, users=users)
    export(wire, {"cursor": "c1"}, [ticket(3)], after_cursor="c2")
    first, second = list(zendesk.changes(None, Scope()))
    assert [record.id for record in first.records] == ["1", "2"]
    assert [record.deleted for record in first.records] == [False, True]
    assert (first.cursor, second.cursor) == ("c1", "c2")
    record = first.records[0]
    assert (record.version, record.changed_at) == ("2026-05-02T08:00:00Z", datetime(2026, 5, 2, 8, tzinfo=UTC))
    assert "generated_timestamp" not in record.body
    # The users that came with the page cost no call of their own.
    assert zendesk.people(["21"])["21"].email == "ana@example.com"


def test_a_first_reading_waits_for_the_last_minute(
    make: Callable[..., Zendesk], wire: responses.RequestsMock, ticket: Ticket, slept: list[float]
) -> None:
    wire.get(f"{URL}/api/v2/custom_statuses", json={"custom_statuses": []})
    newest = {"sort": "-updated_at", "page[size]": "1"}
    rows = [ticket(9, updated_at="2026-05-06T08:59:30Z")]
    wire.get(f"{URL}/api/v2/tickets", json={"tickets": rows}, match=[query_param_matcher(newest)])
    export(wire, {"start_time": "631152000"}, [ticket(1)], after_cursor="c1")
    export(wire, {"cursor": "c1"}, rows, after_cursor="c2")
    pages = list(make().changes(None, Scope()))
    assert [[record.id for record in page.records] for page in pages] == [["1"], ["9"]]
    assert slept == [65.0]


def test_a_later_run_goes_on_at_the_cursor(zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket) -> None:
    export(wire, {"cursor": "c9", "include": "users,metric_sets"}, [], after_cursor="c9")
    (page,) = zendesk.changes("c9", Scope())
    assert (page.records, page.cursor) == ((), "c9")


def test_an_empty_account_gives_a_cursor_to_go_on_with(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    export(wire, {"start_time": "631152000"}, [], after_cursor=None)
    (page,) = zendesk.changes(None, Scope())
    assert page.cursor == "start:631152000"
    (again,) = zendesk.changes(page.cursor, Scope())
    assert again.cursor == page.cursor


@pytest.mark.parametrize(
    ("after", "start"),
    [
        (NOW - timedelta(days=1), NOW - timedelta(days=1)),
        (NOW, NOW - timedelta(minutes=2)),
        (NOW + timedelta(1), NOW - timedelta(minutes=2)),
    ],
)
def test_the_start_is_never_of_the_last_minute(
    zendesk: Zendesk, wire: responses.RequestsMock, after: datetime, start: datetime
) -> None:
    export(wire, {"start_time": str(int(start.timestamp())), "include": "users,metric_sets"}, [])
    list(zendesk.changes(None, Scope(updated_after=after, opened_after=NOW - timedelta(days=9))))


def test_a_reply_without_tickets_is_not_this_api(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    wire.get(EXPORT, json={"rows": []})
    with pytest.raises(UnexpectedReplyError, match="holds no 'tickets'"):
        list(zendesk.changes(None, Scope()))


# -- a scope in the vendor's language


def test_a_native_scope_is_read_from_the_search_index(
    zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket
) -> None:
    place = f"{URL}/api/v2/search/export"
    scope = Scope(native="organization:acme", label=("hub",))
    first = {
        "query": 'updated>1990-01-01T00:00:00Z tags:"hub" organization:acme',
        "filter[type]": "ticket",
        "page[size]": "100",
    }
    more = {"has_more": True, "after_cursor": "p2"}
    wire.get(
        place, json={"results": [{**ticket(1), "result_type": "ticket"}], "meta": more}, match=[query_param_matcher(first)]
    )
    wire.get(
        place,
        json={"results": [ticket(2)], "meta": {"has_more": False}},
        match=[query_param_matcher({**first, "page[after]": "p2"})],
    )
    pages = list(zendesk.changes(None, scope))
    assert [[record.id for record in page.records] for page in pages] == [["1"], ["2"], []]
    # The index is in order of creation, so only its end moves the cursor, less what the index may lag.
    assert [page.cursor for page in pages] == ["searched:1990-01-01T00:00:00Z"] * 2 + ["searched:2026-05-06T08:50:00Z"]
    later = {**first, "query": 'updated>2026-05-06T08:50:00Z tags:"hub" organization:acme'}
    wire.get(place, json={"results": [], "meta": {}}, match=[query_param_matcher(later)])
    assert [page.cursor for page in zendesk.changes(pages[-1].cursor, scope)][-1] == "searched:2026-05-06T08:50:00Z"
    # Without the native scope the export goes on from there.
    export(wire, {"start_time": str(int(datetime(2026, 5, 6, 8, 50, tzinfo=UTC).timestamp()))}, [], after_cursor="c5")
    assert [page.cursor for page in zendesk.changes(pages[-1].cursor, Scope())] == ["c5"]


def test_a_native_scope_starts_anew_after_an_export(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    wire.get(f"{URL}/api/v2/search/export", json={"results": [], "meta": {}})
    list(zendesk.changes("MTcwNzI3MTc0MS4wfHw0MDQ1fA==", Scope(native="x")))
    assert "1990" in str(wire.calls[-1].request.url)


# -- by id and marker


def test_fetch_asks_for_a_hundred_at_once(zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket) -> None:
    place = f"{URL}/api/v2/tickets/show_many"
    first = ",".join(str(number) for number in range(1, 101))
    wire.get(
        place,
        json={"tickets": [ticket(2), ticket(1)]},
        match=[query_param_matcher({"ids": first, "include": "users,metric_sets"})],
    )
    wire.get(
        place,
        json={"tickets": [ticket(101), ticket(102, status="deleted")]},
        match=[query_param_matcher({"ids": "101,102", "include": "users,metric_sets"})],
    )
    ids = [str(number) for number in range(1, 103)] + ["1", "0", "abc", "-4", "²"]
    assert [record.id for record in zendesk.fetch(ids)] == ["2", "1", "101"]
    assert zendesk.fetch(["abc"]) == []


def test_find_takes_the_marker_exactly(zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket) -> None:
    rows = [ticket(5, external_id="isthmus:ops:1"), ticket(6, external_id="ISTHMUS:ops:1")]
    wire.get(f"{URL}/api/v2/tickets", json={"tickets": rows}, match=[query_param_matcher({"external_id": "isthmus:ops:1"})])
    assert [record.id for record in zendesk.find("isthmus:ops:1")] == ["5"]


def test_a_custom_status_is_named_as_agents_see_it(
    make: Callable[..., Zendesk], wire: responses.RequestsMock, ticket: Ticket
) -> None:
    rows = [{"id": 99, "status_category": "open", "agent_label": "In progress"}]
    wire.get(f"{URL}/api/v2/custom_statuses", json={"custom_statuses": rows})
    tickets = [
        ticket(1, custom_status_id=99),
        ticket(2, custom_status_id=98),
        ticket(3, status="closed", custom_status_id=99),
    ]
    wire.get(f"{URL}/api/v2/tickets/show_many", json={"tickets": tickets})
    labels = [record.body["custom_status"]["agent_label"] for record in make().fetch(["1", "2", "3"])]
    assert labels == ["In progress", "Open", "Closed"]


# -- all there is


def test_the_census_lists_and_asks_the_index_for_the_archived(
    zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket
) -> None:
    place, size = f"{URL}/api/v2/tickets", {"sort": "id", "page[size]": "100"}
    more = {"has_more": True, "after_cursor": "p2"}
    wire.get(place, json={"tickets": [ticket(1)], "meta": more, "links": {"next": "x"}}, match=[query_param_matcher(size)])
    done = {"has_more": False, "after_cursor": "p3"}
    wire.get(place, json={"tickets": [ticket(2)], "meta": done}, match=[query_param_matcher({**size, "page[after]": "p2"})])
    wire.get(f"{URL}/api/v2/search/count", json={"count": 3}, match=[query_param_matcher({"query": "type:ticket"})])
    wire.get(f"{URL}/api/v2/search/export", json={"results": [ticket(2), ticket(3), ticket(4)], "meta": {}})
    # The index does not know yet that 4 is gone.
    wire.get(
        f"{place}/show_many",
        json={"tickets": [ticket(3)]},
        match=[query_param_matcher({"ids": "3,4", "include": "users,metric_sets"})],
    )
    assert list(zendesk.census(Scope())) == ["1", "2", "3"]
    assert not [name for name in zendesk.calls() if "incremental" in name]


def test_the_census_keeps_to_the_scope(zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket) -> None:
    rows = [
        ticket(1, tags=["hub"], group_id=41, created_at="2026-05-03T00:00:00Z"),
        ticket(2, tags=["hub"], group_id=42, created_at="2026-05-03T00:00:00Z"),
        ticket(3, tags=[], group_id=41, created_at="2026-05-03T00:00:00Z"),
        ticket(4, tags=["hub"], group_id=41, created_at="2026-05-01T00:00:00Z"),
        ticket(5, tags=["hub"], group_id=41, created_at="2026-05-03T00:00:00Z"),
    ]
    groups = [{"id": 41, "name": "Service Desk"}, {"id": 42, "name": "Network"}]
    wire.get(f"{URL}/api/v2/groups", json={"groups": groups, "meta": {"has_more": False}})
    wire.get(f"{URL}/api/v2/tickets", json={"tickets": rows, "meta": {}})
    wire.get(f"{URL}/api/v2/search/count", json={"count": 5})
    scope = Scope(
        label=("hub",), group=("Service Desk",), opened_after=datetime(2026, 5, 2, tzinfo=UTC), key=("1", "3", "4")
    )
    assert list(zendesk.census(scope)) == ["1"]


def test_a_native_census_is_a_search(zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket) -> None:
    wire.get(f"{URL}/api/v2/search/export", json={"results": [ticket(4)], "meta": {}})
    assert list(zendesk.census(Scope(native="organization:acme"))) == ["4"]
    assert zendesk.calls() == {"GET /api/v2/search/export": 1}


def test_the_count_is_the_index_count(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    wanted = {"query": 'type:ticket tags:"hub"'}
    wire.get(f"{URL}/api/v2/search/count", json={"count": 102}, match=[query_param_matcher(wanted)])
    assert zendesk.count(Scope(label=("hub",))) == 102


def test_deleted_tickets_are_read_back_to_a_moment(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    place, wanted = f"{URL}/api/v2/deleted_tickets", {"sort_by": "deleted_at", "sort_order": "desc", "per_page": "100"}
    rows = [{"id": number, "deleted_at": f"2026-05-0{number}T00:00:00Z"} for number in (5, 4, 3, 1)]
    wire.get(
        place, json={"deleted_tickets": rows[:2], "next_page": "x"}, match=[query_param_matcher({**wanted, "page": "1"})]
    )
    wire.get(
        place, json={"deleted_tickets": rows[2:], "next_page": None}, match=[query_param_matcher({**wanted, "page": "2"})]
    )
    assert list(zendesk.deleted(datetime(2026, 5, 2, tzinfo=UTC))) == ["5", "4", "3"]
    assert list(zendesk.deleted(datetime(2026, 4, 1, tzinfo=UTC))) == ["5", "4", "3", "1"]


# -- metadata and people


def test_fields_come_under_the_keys_of_a_ticket(make: Callable[..., Zendesk], wire: responses.RequestsMock) -> None:
    statuses = [{"id": 99, "agent_label": "In progress"}]
    wire.get(f"{URL}/api/v2/custom_statuses", json={"custom_statuses": statuses})
    options = [{"name": name, "value": name.lower()} for name in ("Open", "Pending", "Solved")]
    rows = [
        {"id": 1, "type": "subject", "title": "Subject", "removable": False, "active": True, "required": True},
        {"id": 2, "type": "status", "title": "Status", "removable": False, "system_field_options": options},
        {"id": 3, "type": "custom_status", "title": "Ticket status", "removable": False},
        {"id": 4, "type": "description", "title": "Description", "removable": False},
        {"id": 77, "type": "tagger", "title": "Site", "custom_field_options": [{"name": "Lyon", "value": "site_lyon"}]},
        {"id": 78, "type": "text", "title": "Old", "active": False},
        {"id": 5, "type": "assignee", "title": "Assignee", "removable": False},
    ]
    agents = [{"id": 7, "name": "Ann", "active": True}, {"id": 8, "name": "Gone", "active": False}]
    wanted = query_param_matcher({"role[]": ["agent", "admin"]}, strict_match=False)
    wire.get(f"{URL}/api/v2/users", json={"users": agents, "meta": {"has_more": False}}, match=[wanted])
    wire.get(f"{URL}/api/v2/ticket_fields", json={"ticket_fields": rows, "meta": {"has_more": False}})
    zendesk = make()
    subject, status, custom_status, description, site, assignee = zendesk.fields()
    assert (subject.id, subject.required, subject.custom, subject.options) == ("subject", True, False, None)
    assert [value for value, _ in status.options or ()] == ["open", "pending", "solved", "new", "closed"]
    assert (custom_status.id, custom_status.options) == ("custom_status_id", (("99", "In progress"),))
    assert not description.writable
    assert assignee.options == (("7", "Ann"),)
    assert (site.id, site.name, site.custom, site.options) == ("77", "Site", True, (("site_lyon", "Lyon"),))
    assert zendesk.fields() is zendesk.fields()


def test_an_account_that_may_not_read_users_leaves_the_assignee_to_the_server(
    zendesk: Zendesk, wire: responses.RequestsMock
) -> None:
    row = {"id": 5, "type": "assignee", "title": "Assignee", "removable": False}
    wire.get(f"{URL}/api/v2/ticket_fields", json={"ticket_fields": [row], "meta": {"has_more": False}})
    wire.get(f"{URL}/api/v2/users", status=403, json={"error": "Forbidden"})
    (assignee,) = zendesk.fields()
    assert (assignee.id, assignee.options) == ("assignee_id", None)


def test_people_are_read_a_hundred_at_once(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    place = f"{URL}/api/v2/users/show_many"
    first = ",".join(str(number) for number in range(1, 101))
    wire.get(
        place,
        json={"users": [{"id": 1, "name": "Ana", "email": "ANA@example.com"}]},
        match=[query_param_matcher({"ids": first})],
    )
    wire.get(
        place, json={"users": [{"id": 101, "name": "Bot", "email": None}]}, match=[query_param_matcher({"ids": "101"})]
    )
    found = zendesk.people([*(str(number) for number in range(1, 102)), "-1", "x"])
    assert {key: (person.name, person.email) for key, person in found.items()} == {
        "1": ("Ana", "ana@example.com"),
        "101": ("Bot", None),
    }


def test_remembered_people_are_bounded(
    zendesk: Zendesk, wire: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isthmus.connectors.zendesk.people.KEPT", 1)
    users = [{"id": 1, "name": "Ana"}, {"id": 2, "name": "Bo"}]
    export(wire, {}, [], users=users)
    list(zendesk.changes("c0", Scope()))
    wire.get(f"{URL}/api/v2/users/show_many", json={"users": users[:1]}, match=[query_param_matcher({"ids": "1"})])
    assert set(zendesk.people(["1", "2"])) == {"1", "2"}


def test_people_are_found_by_exact_address_only(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    place = f"{URL}/api/v2/users/search"

    def answer(email: str, *users: dict[str, Any]) -> None:
        wire.get(place, json={"users": list(users)}, match=[query_param_matcher({"query": f'email:"{email}"'})])

    answer("a@example.com", {"id": 1, "email": "A@example.com", "active": True}, {"id": 2, "email": "aa@example.com"})
    answer("b@example.com", {"id": 3, "email": "b@example.com"}, {"id": 4, "email": "b@example.com"})
    answer("c@example.com", {"id": 5, "email": "c@example.com", "active": False})
    answer("d@example.com", {"id": 6, "email": "main@example.com"})
    answer("e@example.com", {"id": 7, "email": None})
    identities = [{"type": "phone_number", "value": "1"}, {"type": "email", "value": "D@example.com"}]
    wire.get(f"{URL}/api/v2/users/6/identities", json={"identities": identities, "meta": {}})
    wire.get(f"{URL}/api/v2/users/7/identities", json={"identities": [], "meta": {}})
    found = zendesk.find_people([f"{letter}@example.com" for letter in "abcdea"])
    assert {email: person.id for email, person in found.items()} == {"a@example.com": "1", "d@example.com": "6"}
    assert found["d@example.com"].email == "d@example.com"


def test_many_addresses_are_looked_up_in_the_user_export(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    place = f"{URL}/api/v2/incremental/users/cursor"
    first = [
        {"id": 1, "email": "A1@example.com", "active": True},
        {"id": 2, "email": "a2@example.com", "active": True},
        {"id": 3, "email": None},
    ]
    last = [
        {"id": 2, "email": "a2@example.com", "active": False},
        {"id": 4, "email": "a3@example.com"},
        {"id": 5, "email": "a3@example.com"},
    ]
    wire.get(
        place,
        json={"users": first, "after_cursor": "c1", "end_of_stream": False},
        match=[query_param_matcher({"start_time": 0})],
    )
    wire.get(place, json={"users": last, "end_of_stream": True}, match=[query_param_matcher({"cursor": "c1"})])
    # An address that the export does not tell, or not surely, is searched for.
    for number in range(2, 11):
        users = [{"id": 9, "email": "a9@example.com"}] if number == 9 else []
        wanted = query_param_matcher({"query": f'email:"a{number}@example.com"'})
        wire.get(f"{URL}/api/v2/users/search", json={"users": users}, match=[wanted])
    found = zendesk.find_people([f"a{number}@example.com" for number in range(1, 11)])
    assert {email: person.id for email, person in found.items()} == {"a1@example.com": "1", "a9@example.com": "9"}
    assert zendesk.find_people(["a1@example.com"]).keys() == {"a1@example.com"}


def test_where_the_user_export_is_forbidden_each_address_is_searched_for(
    zendesk: Zendesk, wire: responses.RequestsMock
) -> None:
    wire.get(f"{URL}/api/v2/incremental/users/cursor", status=403, json={"error": "Forbidden"})
    wire.get(f"{URL}/api/v2/users/search", json={"users": []})
    assert zendesk.find_people([f"a{number}@example.com" for number in range(10)]) == {}
    assert zendesk.calls()["GET /api/v2/users/search"] == 10


def test_deleted_groups_are_left_out(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    rows = [{"id": 41, "name": "Service Desk"}, {"id": 42, "name": "Gone", "deleted": True}]
    wire.get(f"{URL}/api/v2/groups", json={"groups": rows, "meta": {}})
    assert [group.name for group in zendesk.groups()] == ["Service Desk"]
