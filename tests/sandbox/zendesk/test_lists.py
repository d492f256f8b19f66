"""Lists, pages, exports and search."""

from __future__ import annotations

import base64

import pytest


def ids(rows):
    return [row["id"] for row in rows]


def test_cursor_pages_walk_through_all_tickets(seeded):
    url, found = f"{seeded.base}/api/v2/tickets.json?page[size]=100", []
    while url:
        body = seeded.http.get(url, timeout=10).json()
        found += ids(body["tickets"])
        url = body["links"]["next"] if body["meta"]["has_more"] else None
    assert found == list(range(1, 251))
    assert base64.b64decode(body["meta"]["after_cursor"]).startswith(b'{"o":"nice_id"')


def test_offset_pages_and_their_wall(seeded):
    body = seeded.get("tickets.json?per_page=100&page=3")
    assert (len(body["tickets"]), body["count"], body["next_page"]) == (50, 250, None)
    assert body["previous_page"] == f"{seeded.base}/api/v2/tickets.json?per_page=100&page=2"
    assert len(seeded.get("tickets?per_page=1000")["tickets"]) == 100
    assert len(seeded.get("tickets?per_page=x&page=y")["tickets"]) == 100
    status, error = seeded.refused("GET", "tickets?per_page=100&page=101")
    assert (status, error["errors"][0]["code"]) == (400, "InvalidPaginationDepth")


@pytest.mark.parametrize("params", [{"page[size]": 0}, {"page[size]": 101}, {"page[size]": "x"}, {"page[after]": "???"}])
def test_cursor_parameters_that_make_no_sense(seeded, params):
    status, error = seeded.refused("GET", "tickets", params=params)
    assert (status, error["errors"][0]["code"]) == (400, "InvalidPaginationParameter")


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ({"page[size]": 100, "sort": "-updated_at"}, "updated_at"),
        ({"sort_by": "created_at", "sort_order": "desc"}, "created_at"),
        ({"sort_by": "id", "sort_order": "desc"}, "id"),
    ],
)
def test_orders(seeded, params, key):
    rows = seeded.get("tickets", params=params)["tickets"]
    values = [row[key] for row in rows]
    assert values == sorted(values, reverse=True)
    assert len(rows) == 100


def test_other_orders(seeded):
    rows = seeded.get("tickets", params={"page[size]": 100, "sort": "status"})["tickets"]
    assert [row["status"] for row in rows][:3] == ["new"] * 3
    rows = seeded.get("tickets", params={"sort_by": "priority", "sort_order": "desc"})["tickets"]
    assert rows[0]["priority"] == "urgent"
    for name in ("requester_id", "assignee_id", "group_id"):
        numbers = [row[name] or 0 for row in seeded.get("tickets", params={"sort_by": name})["tickets"]]
        assert numbers == sorted(numbers)
    assert seeded.refused("GET", "tickets", params={"page[size]": 10, "sort": "priority"})[0] == 400


def test_sideloads(seeded):
    body = seeded.get(
        "tickets?per_page=20&include=users,groups,organizations,comment_count,metric_sets,dates,incident_counts,"
        "custom_statuses,last_audits"
    )
    row = body["tickets"][0]
    assert {"comment_count", "metric_set", "dates", "incident_count"} <= set(row)
    assert {row["requester_id"] for row in body["tickets"]} <= set(ids(body["users"]))
    assert {row["group_id"] for row in body["tickets"] if row["group_id"]} == set(ids(body["groups"]))
    assert {row["organization_id"] for row in body["tickets"]} == set(ids(body["organizations"]))
    assert len(body["last_audits"]) == 20
    assert len(body["custom_statuses"]) == 5


def test_show_many_is_in_id_order_with_gaps(seeded):
    body = seeded.get("tickets/show_many?ids=9,3,99999,x,3")
    assert (ids(body["tickets"]), body["count"]) == ([3, 9], 2)
    status, error = seeded.refused("GET", "tickets/show_many?ids=" + ",".join(map(str, range(101))))
    assert (status, error) == (
        400,
        {"error": "TooManyValues", "description": "Parameter  cannot specify more than 100 values", "max_count": 100},
    )
    assert seeded.refused("GET", "tickets/show_many")[1]["error"] == "ParameterMissing"


def test_lists_of_people_and_organizations(seeded):
    row = next(row for row in seeded.get("tickets")["tickets"] if row["assignee_id"])
    assert row["id"] in ids(seeded.get(f"users/{row['requester_id']}/tickets/requested")["tickets"])
    assert row["id"] in ids(seeded.get(f"users/{row['assignee_id']}/tickets/assigned")["tickets"])
    assert seeded.get(f"users/{row['assignee_id']}/tickets/ccd")["tickets"] == []
    assert seeded.get(f"users/{row['assignee_id']}/tickets/followed")["tickets"] == []
    assert seeded.get(f"organizations/{row['organization_id']}/tickets")["count"] > 1
    for path in ("users/5/tickets/requested", "organizations/5/tickets", "tickets/5555/incidents"):
        assert seeded.refused("GET", path)[0] == 404


# -- exports


def export(client, path, key="tickets", **params):
    found, body = [], None
    url, query = f"{client.base}/api/v2/incremental/{path}", params
    while body is None or not body["end_of_stream"]:
        body = client.http.get(url, params=query, timeout=10).json()
        found.append(body[key])
        url, query = body.get("after_url") or body["next_page"], None
    return found, body


def test_the_cursor_export_gives_every_ticket_in_order(seeded):
    pages, last = export(seeded, "tickets/cursor.json", start_time=0, per_page=100)
    rows = [row for page in pages for row in page]
    places = [(row["generated_timestamp"], row["id"]) for row in rows]
    assert places == sorted(places)
    assert sorted(ids(rows)) == list(range(1, 251))
    assert [len(page) for page in pages] == [100, 100, 50]
    assert base64.b64decode(last["after_cursor"]).decode() == f"{places[-1][0]}.0||{places[-1][1]}|"
    again = seeded.get("incremental/tickets/cursor", params={"cursor": last["after_cursor"]})
    assert (again["tickets"], again["end_of_stream"], again["after_cursor"]) == ([], True, last["after_cursor"])


def test_the_time_export_ends_pages_on_whole_seconds(zendesk):
    for _ in range(3):
        zendesk.ticket()
    zendesk.control("clock", {"advance": 10})
    zendesk.ticket()
    zendesk.control("clock", {"advance": 100})
    pages, last = export(zendesk, "tickets", start_time=0, per_page=1)
    assert sum(len(page) for page in pages) >= 4
    assert len(pages[0]) >= 1
    assert {row["id"] for page in pages for row in page} == {1, 2, 3, 4}
    assert last["end_time"] == pages[-1][-1]["generated_timestamp"]


def test_the_last_minute_is_hidden(zendesk):
    ticket = zendesk.ticket()
    zendesk.control("clock", {"advance": 50})
    first = zendesk.get("incremental/tickets/cursor?start_time=0")
    assert (first["tickets"], first["end_of_stream"]) == ([], True)
    zendesk.control("clock", {"advance": 20})
    cursor = first["after_cursor"]
    second = zendesk.get("incremental/tickets/cursor", params={"cursor": cursor})
    assert ids(second["tickets"]) == [ticket["id"]]
    zendesk.update(ticket, priority="low")
    zendesk.control("clock", {"advance": 70})
    third = zendesk.get("incremental/tickets/cursor", params={"cursor": second["after_cursor"], "include": "users"})
    assert [row["priority"] for row in third["tickets"]] == ["low"]
    assert third["users"]


def test_a_lagging_export_and_index(start):
    zendesk = start(faults="laggy")
    zendesk.ticket()
    zendesk.control("clock", {"advance": 70})
    assert zendesk.get("incremental/tickets/cursor?start_time=0")["tickets"] == []
    assert zendesk.get("search/count?query=type:ticket")["count"] == 1
    zendesk.ticket()
    assert zendesk.get("search/count?query=type:ticket")["count"] == 1
    zendesk.control("clock", {"advance": 100})
    assert len(zendesk.get("incremental/tickets/cursor?start_time=0")["tickets"]) == 2


def test_deleted_tickets_stay_in_the_export(zendesk):
    one, two = zendesk.ticket(), zendesk.ticket()
    zendesk.ok("DELETE", f"tickets/{one['id']}")
    zendesk.control("clock", {"advance": 70})
    rows = zendesk.get("incremental/tickets/cursor?start_time=0")["tickets"]
    assert {row["id"]: row["status"] for row in rows} == {one["id"]: "deleted", two["id"]: "new"}
    rows = zendesk.get("incremental/tickets/cursor?start_time=0&exclude_deleted=true")["tickets"]
    assert ids(rows) == [two["id"]]


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ("", 400, "ParameterMissing"),
        ("start_time=soon", 400, "ParameterMissing"),
        ("start_time=99999999999", 422, "StartTimeTooRecent"),
        ("cursor=xyz", 400, "InvalidValue"),
        ("cursor=eHl6", 400, "InvalidValue"),
    ],
)
def test_exports_that_are_refused(zendesk, query, status, error):
    answer = zendesk.refused("GET", f"incremental/tickets/cursor?{query}")
    assert (answer[0], answer[1]["error"]) == (status, error)


def test_ticket_events_carry_whole_comments_when_asked(seeded):
    pages, _ = export(seeded, "ticket_events", "ticket_events", start_time=0, include="comment_events", per_page=500)
    events = [event for page in pages for event in page]
    said = [child for event in events for child in event["child_events"] if child["event_type"] == "Comment"]
    total = sum(len(item["comments"]) for item in seeded.control("snapshot")["tickets"])
    assert len({child["id"] for child in said}) == total
    assert {"body", "html_body", "public", "author_id", "attachments"} <= set(said[0])
    changes = [child for event in events for child in event["child_events"] if child["event_type"] == "Change"]
    assert any(child.get("status") == "closed" and child["previous_value"] == "solved" for child in changes)
    bare = seeded.get("incremental/ticket_events?start_time=0&per_page=5")["ticket_events"][0]["child_events"][0]
    assert (bare["comment_present"], bare["comment_public"], "body" in bare) == (True, True, False)


def test_ticket_events_tell_tags_and_notices(zendesk):
    ticket = zendesk.ticket(requester={"email": "robin.requester@example.com"}, tags=["a"])
    zendesk.update(ticket, tags=["b"])
    zendesk.control("clock", {"advance": 70})
    created, changed = zendesk.get("incremental/ticket_events?start_time=0")["ticket_events"]
    assert created["child_events"][-1]["event_type"] == "Notification"
    assert created["child_events"][-1]["via"] == "Rule"
    [tags] = changed["child_events"]
    assert (tags["added_tags"], tags["removed_tags"]) == (["b"], ["a"])


def test_exports_of_people_and_organizations(seeded):
    seeded.control("clock", {"advance": 120})
    pages, _ = export(seeded, "users/cursor", "users", start_time=0, per_page=100)
    assert len([user for page in pages for user in page]) == 267
    pages, _ = export(seeded, "users", "users", start_time=0)
    assert len(pages[0]) == 267
    pages, _ = export(seeded, "organizations", "organizations", start_time=0)
    assert pages[0][0]["deleted_at"] is None
    for resource in ("tickets", "users", "organizations", "ticket_events"):
        assert len(seeded.get(f"incremental/{resource}/sample?start_time=0")[resource]) >= 1
    assert len(seeded.get("incremental/tickets/sample?start_time=0")["tickets"]) == 50


# -- search


@pytest.fixture(scope="module")
def searched(seeded):
    """The tickets of the seeded account by id, for comparison."""
    return {item["id"]: item["record"] for item in seeded.control("snapshot")["tickets"]}


def search(client, query, **params):
    found, number = [], 1
    while True:
        body = client.get("search", params={"query": f"type:ticket {query}", "page": number, **params})
        found += ids(body["results"])
        if body["next_page"] is None:
            return found
        number += 1


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("status<solved", lambda row: row["status"] in {"new", "open", "pending", "hold"}),
        ("status>=solved", lambda row: row["status"] in {"solved", "closed"}),
        ("status<=new", lambda row: row["status"] == "new"),
        ("status:closed status:new", lambda row: row["status"] in {"closed", "new"}),
        ("-status:closed", lambda row: row["status"] != "closed"),
        ("priority>normal", lambda row: row["priority"] in {"high", "urgent"}),
        ("priority:low", lambda row: row["priority"] == "low"),
        ("tags:vip -tags:remote", lambda row: "vip" in row["tags"] and "remote" not in row["tags"]),
        ("ticket_type:question", lambda row: row["type"] == "question"),
        ("created>2025-06-01", lambda row: row["created_at"] >= "2025-06-02"),
        ("created>=2025-06-01", lambda row: row["created_at"] >= "2025-06-01"),
        ("created<2025-06-01", lambda row: row["created_at"] < "2025-06-01"),
        ("created<=2025-06-01", lambda row: row["created_at"] < "2025-06-02"),
        ("created:2025-06", lambda row: row["created_at"] < "2025-07-02" and row["created_at"] >= "2025-06-01"),
        ("created:2025", lambda row: row["created_at"].startswith("2025")),
        ("updated>2025-06-01T00:00:00Z", lambda row: row["updated_at"] > "2025-06-01T00:00:00Z"),
        ("solved:none", lambda row: row["status"] in {"new", "open", "pending", "hold"}),
        ("created>4weeks", lambda row: row["created_at"] > "2026-04-08T08:00:05Z"),
        ("via:voice", lambda row: row["via"]["channel"] == "voice"),
        ("assignee:none", lambda row: row["assignee_id"] is None),
        ("fieldvalue:category_network", lambda row: "category_network" in row["tags"]),
        ("external_id:none", lambda row: True),
        ("cc:robin.requester@example.com", lambda row: False),
        ("nonsense:x", lambda row: False),
        ('"No Wi-Fi in room"', lambda row: "No Wi-Fi in room" in row["subject"]),
        ("subject:printer", lambda row: "printer" in row["subject"].lower()),
    ],
)
def test_search_finds_what_holds(seeded, searched, query, holds):
    assert sorted(search(seeded, query)) == sorted(number for number, row in searched.items() if holds(row))


def test_search_by_people_groups_fields_and_words(seeded, searched):
    row = next(row for row in searched.values() if row["assignee_id"])
    people = {user["id"]: user for user in seeded.control("snapshot")["people"]}
    requester = people[row["requester_id"]]["email"]
    assert row["id"] in search(seeded, f"requester:{requester}")
    assert row["id"] in search(seeded, f'assignee:"{people[row["assignee_id"]]["name"]}"')
    assert row["id"] in search(seeded, f"submitter:{row['submitter_id']} commenter:{requester}")
    group = next(group for group in seeded.get("groups")["groups"] if group["id"] == row["group_id"])
    assert row["id"] in search(seeded, f'group:"{group["name"]}" organization:example form:{row["ticket_form_id"]}')
    field = seeded.field("Category")["id"]
    value = next(item["value"] for item in row["custom_fields"] if item["id"] == field)
    assert row["id"] in search(seeded, f"custom_field_{field}:{value[:6]}* brand:{row['brand_id']}")
    words = row["description"].split("\n")[0].strip("*")[:20].replace('"', "")
    assert row["id"] in search(seeded, f'description:"{words}" comment:"{words}"')
    assert search(seeded, "-group:none") != []


def test_search_results_orders_kinds_and_walls(seeded):
    body = seeded.get("search", params={"query": "type:ticket", "sort_by": "created_at", "sort_order": "asc"})
    moments = [row["created_at"] for row in body["results"]]
    assert moments == sorted(moments)
    assert (body["count"], body["facets"], body["results"][0]["result_type"]) == (250, None, "ticket")
    for name in ("priority", "status", "ticket_type", "updated_at"):
        assert seeded.get("search", params={"query": "order_by:x", "sort_by": name})["count"] > 250
    for kind, count in (("user name:isthmus role:admin", 1), ("organization example", 1), ("group support", 1)):
        assert seeded.get("search", params={"query": f"type:{kind}"})["count"] == count
    assert seeded.get("search", params={"query": "type:organization name:exam*"})["count"] == 1
    assert seeded.get("search", params={"query": "type:user nonsense:1"})["count"] == 0
    assert seeded.refused("GET", "search", params={"query": "x", "page[size]": 5})[0] == 400
    assert seeded.refused("GET", "search", params={"query": "x", "page": 11})[0] == 422
    assert seeded.refused("GET", "search")[0] == 400


def test_search_export(zendesk):
    for _ in range(3):
        zendesk.ticket()
    params = {"query": "status:new", "filter[type]": "ticket", "page[size]": 2}
    body = zendesk.get("search/export", params=params)
    assert (ids(body["results"]), body["meta"]["has_more"], body["meta"]["before_cursor"]) == ([1, 2], True, None)
    after = {**params, "page[after]": body["meta"]["after_cursor"]}
    assert ids(zendesk.get("search/export", params=after)["results"]) == [3]
    assert len(zendesk.get("search/export", params={"query": "", "filter[type]": "ticket"})["results"]) == 3
    zendesk.control("clock", {"advance": 3700})
    assert zendesk.refused("GET", "search/export", params=after)[0] == 422
    assert zendesk.refused("GET", "search/export", params={**params, "page[after]": "x"})[0] == 400
    assert zendesk.refused("GET", "search/export", params={"query": "x"})[0] == 400
