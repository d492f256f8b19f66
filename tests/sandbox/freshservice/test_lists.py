"""Lists of tickets: the window, workspaces, order, pages, side-loads; and the filter language."""

from __future__ import annotations

import re

import pytest

DAY = 86_400


def ids(answer):
    return [row["id"] for row in answer["tickets"]]


def test_the_window_of_thirty_days(desk):
    old = desk.ticket()
    desk.advance(31 * DAY)
    young = desk.ticket()
    assert ids(desk.get("tickets")) == [young["id"]]
    assert ids(desk.get("tickets", order_by="updated_at")) == [young["id"]]
    desk.update(old, priority=2)
    assert ids(desk.get("tickets", order_by="updated_at")) == [young["id"]]
    assert ids(desk.get("tickets", updated_since="2020-01-01")) == [young["id"], old["id"]]


def test_updated_since_is_inclusive_and_ordered(desk):
    tickets = []
    for _ in range(3):
        tickets.append(desk.ticket()["id"])
        desk.advance(10)
    desk.ok("PUT", f"tickets/{tickets[0]}", {"priority": 3})
    since = desk.get(f"tickets/{tickets[1]}")["ticket"]["updated_at"]
    ordered = {"updated_since": since, "order_by": "updated_at", "order_type": "asc"}
    assert ids(desk.get("tickets", **ordered)) == [tickets[1], tickets[2], tickets[0]]
    assert ids(desk.get("tickets", updated_since=since)) == [tickets[2], tickets[1], tickets[0]]
    assert ids(desk.get("tickets", order_type="asc")) == tickets
    assert ids(desk.get("tickets", **{**ordered, "updated_since": "2026-05-06T10:00:30+02:00"})) == [tickets[0]]


def test_pages_have_a_link_while_there_are_more(desk):
    for _ in range(5):
        desk.ticket()
    seen, path = [], f"{desk.base}/api/v2/tickets?per_page=2"
    while path:
        answer = desk("GET", path.removeprefix(desk.base))
        seen += ids(answer.json())
        found = re.fullmatch(r'<(.*)>; rel="next"', answer.headers.get("link", "")) if "link" in answer.headers else None
        path = found[1] if found else None
    assert seen == [5, 4, 3, 2, 1]
    assert ids(desk.get("tickets", page=9)) == []


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"per_page": 101}, "per_page"),
        ({"per_page": 0}, "per_page"),
        ({"page": "x"}, "page"),
        ({"page": -1}, "page"),
        ({"updated_since": "yesterday"}, "updated_since"),
        ({"order_by": "status"}, "order_by"),
        ({"order_type": "up"}, "order_type"),
        ({"filter": "mine"}, "filter"),
        ({"type": "Bug"}, "type"),
        ({"requester_id": "x"}, "requester_id"),
        ({"email": "x"}, "email"),
        ({"workspace_id": 9}, "workspace_id"),
        ({"include": "stats,nothing"}, "include"),
        ({"since": "2020"}, "since"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(desk, params, field):
    assert [name for name, _ in desk.faults("GET", "tickets", params=params)] == [field]


def test_named_filters(desk, agent):
    mine = desk.get("agents/me")["agent"]["id"]
    other = agent.get("agents/me")["agent"]["id"]
    free, own, taken, done = (desk.ticket(responder_id=row) for row in (None, mine, other, mine))
    desk.update(done, status=5)
    desk.vendor.load([{"id": 90, "subject": "Junk", "spam": True}, {"id": 91, "subject": "SR", "type": "Service Request"}])
    assert ids(desk.get("tickets", filter="new_and_my_open"))[:2] == [own["id"], free["id"]]
    assert taken["id"] in ids(agent.get("tickets", filter="new_and_my_open"))
    assert ids(desk.get("tickets", filter="watching")) == []
    assert ids(desk.get("tickets", filter="spam")) == [90]
    assert ids(desk.get("tickets", type="Service Request")) == [91]
    assert 90 not in ids(desk.get("tickets"))


def test_by_requester(desk):
    ticket = desk.ticket(email="ana@example.com")
    desk.ticket()
    assert ids(desk.get("tickets", email="Ana@example.com")) == [ticket["id"]]
    assert ids(desk.get("tickets", requester_id=ticket["requester_id"])) == [ticket["id"]]
    assert ids(desk.get("tickets", email="nobody@example.com")) == []


def test_side_loads(desk):
    department = desk.get("departments")["departments"][0]
    ticket = desk.ticket(tags=["a"], department_id=department["id"])
    names = "stats,requester,requested_for,tags,department,offboarding_context"
    (row,) = desk.get("tickets", include=names)["tickets"]
    assert row["requester"]["email"] == row["requested_for"]["email"] == "robin.requester@example.com"
    assert (row["tags"], row["department"]["name"]) == (["a"], department["name"])
    assert row["stats"]["ticket_id"] != ticket["id"]
    assert row["offboarding_context"] is None
    for number in range(12):
        desk.note(ticket, f"note {number}")
    shown = desk.view(ticket, "conversations")["conversations"]
    assert [said["body_text"] for said in shown] == [f"note {number}" for number in range(10)]


# -- the filter language


@pytest.fixture
def four(desk):
    group = desk.get("groups")["groups"][0]["id"]
    desk.ticket(priority=1, tags=["vip", "hub-1"], custom_fields={"external_number": 7, "resolution_code": "workaround"})
    desk.ticket(priority=2, status=3, email="ana@example.com", group_id=group, urgency=3)
    desk.advance(2 * DAY)
    desk.ticket(priority=3, custom_fields={"vip": True, "follow_up_on": "2026-06-01"})
    desk.ticket(workspace_id=3, priority=4)
    return desk


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("priority:3", [3]),
        ("priority: 1 OR priority : 2", [2, 1]),
        ("priority:>2", [3, 2]),
        ("priority:<2", [2, 1]),
        ("(priority:1 OR priority:2) AND status:3", [2]),
        ("priority:1 OR priority:2 AND status:2", [1]),
        ("tag:'VIP'", [1]),
        ("tag:'hub-1' AND tag:'vip'", [1]),
        ("tag:'hub'", []),
        ("email:'ana@example.com'", [2]),
        ("agent_id:null AND group_id:null", [3, 1]),
        ("urgency:3", [2]),
        ("impact:1", [3, 2, 1]),
        ("created_at:>'2026-05-08'", [3]),
        ("created_at:<'2026-05-06'", [2, 1]),
        ("updated_at:<'2026-05-06T08:30:00Z'", [2, 1]),
        ("due_by:>'2026-05-09' AND fr_due_by:<'2026-05-09'", [1]),
        ("external_number:7", [1]),
        ("external_number:>6.5", [1]),
        ("external_number:-1", []),
        ("vip:true", [3]),
        ("vip:false", [2, 1]),
        ("resolution_code:'workaround'", [1]),
        ("follow_up_on:>'2026-06-01' AND follow_up_on:<'2026-06-01'", [3]),
        ("workspace_id:3", [4]),
        ("workspace_id:0", [4, 3, 2, 1]),
        ("workspace_id:3 OR workspace_id:2 AND priority:3", [4, 3]),
        (r"tag:'it\'s'", []),
    ],
)
def test_filters(four, query, found):
    answer = four.get("tickets/filter", query=f'"{query}"')
    assert (ids(answer), answer["total"]) == (found, len(found))


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        (None, "query", None),
        ("priority:3", "query", None),
        ('"', "query", None),
        ('""', "query", None),
        ('"priority"', "query", None),
        ('"priority:3 priority:2"', "query", None),
        ('"priority:3 AND"', "query", None),
        ('"(priority:3"', "query", None),
        ('"priority:3)"', "query", None),
        ('"AND priority:3"', "query", None),
        ('"priority:3x"', "query", None),
        ('"tag:vip"', "query", None),
        ('"tag:\'a" OR priority:\'b"', "query", None),
        ('"Priority:3"', "Priority", "[:invalid_field]"),
        ("\"subject:'x'\"", "subject", "[:invalid_field]"),
        ("\"external_ref:'x'\"", "external_ref", "[:invalid_field]"),
        ("\"~[first_name]:'x'\"", "~[first_name]", "[:invalid_field]"),
        ("\"priority:'3'\"", "priority", '[ " It should be a/an Positive Integer " ]'),
        ('"priority:null"', "priority", '[ " It should be a/an Positive Integer " ]'),
        ('"group_id:>null"', "group_id", '[ " It should be a/an Positive Integer " ]'),
        ('"tag:7"', "tag", '[ " It should be a/an valid String " ]'),
        ("\"tag:>'a'\"", "tag", '[ " It should be a/an valid String " ]'),
        ('"vip:1"', "vip", '[ " It should be a/an valid Boolean " ]'),
        ("\"created_at:'2026-05-06'\"", "created_at", '[ " It should be a/an valid Date " ]'),
        ("\"created_at:>'today'\"", "created_at", '[ " It should be a/an valid Date " ]'),
        ('"created_at:>2026"', "created_at", '[ " It should be a/an valid Date " ]'),
        ('"priority:9"', "priority", '[ " It should be one of the choice value. " ]'),
        ('"status:1"', "status", '[ " It should be one of the choice value. " ]'),
        ("\"resolution_code:'x'\"", "resolution_code", '[ " It should be one of the choice value. " ]'),
        (f'"{"priority:1 OR " * 60}priority:1"', "query", None),
    ],
)
def test_queries_that_are_refused(four, query, field, message):
    status, refusal = four.refused("GET", "tickets/filter", params={} if query is None else {"query": query})
    (error,) = refusal["errors"]
    assert (status, error["field"]) == (400, field)
    assert message in {None, error["message"]}


def test_filters_have_thirty_a_page_and_forty_pages(desk):
    for _ in range(31):
        desk.ticket()
    first = desk("GET", "tickets/filter", params={"query": '"priority:1"'})
    assert (len(first.json()["tickets"]), first.json()["total"]) == (30, 31)
    assert "page=2" in first.headers["link"]
    second = desk("GET", "tickets/filter", params={"query": '"priority:1"', "page": 2})
    assert len(second.json()["tickets"]) == 1
    assert "link" not in second.headers
    for params in ({"page": 41}, {"per_page": 31}):
        assert desk("GET", "tickets/filter", params={"query": '"priority:1"', **params}).status_code == 400


def test_the_workspace_is_also_a_parameter(four):
    assert ids(four.get("tickets/filter", query='"priority:4"')) == []
    assert ids(four.get("tickets/filter", query='"priority:4"', workspace_id=3)) == [4]
    (row,) = four.get("tickets/filter", query='"priority:4"', workspace_id=0)["tickets"]
    assert "employee_number" not in row["custom_fields"]


def test_the_index_lags_behind(start):
    desk = start(faults="laggy")
    ticket = desk.ticket()
    assert ids(desk.get("tickets/filter", query='"priority:1"')) == []
    assert ids(desk.get("tickets")) == [ticket["id"]]
    desk.advance(31)
    assert ids(desk.get("tickets/filter", query='"priority:1"')) == [ticket["id"]]


def test_deleted_and_spam_are_not_found(desk):
    desk.vendor.load([{"id": 90, "subject": "Junk", "spam": True}, {"id": 91, "subject": "Gone", "deleted": True}])
    assert desk.get("tickets/filter", query='"impact:1"')["total"] == 0
