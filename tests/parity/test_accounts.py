"""A state that fits: what a recording takes for granted is there, under the names of the sandbox."""

from __future__ import annotations

import pytest
from parity.exchanges import Exchange
from parity.servicenow import ServiceNow
from parity.zendesk import Zendesk

SYS_ID = "0123456789abcdef0123456789abcdef"
OTHER = "fedcba9876543210fedcba9876543210"


def exchange(method, path, reply=None, body=None, status=200, headers=None, **query):
    pairs = tuple((key, str(value)) for key, value in query.items())
    return Exchange("vendor", "file.json", 1, method, path, pairs, body, status, headers, reply)


def answers(account, *exchanges):
    """Give the sandbox's replies to exchanges in a row."""
    with account(exchanges) as opened:
        replies = []
        for one in exchanges:
            opened.fit(one)
            replies.append(opened.send(one))
            opened.learn(one.reply, replies[-1].json() if replies[-1].content else None)
        return replies


# -- Zendesk


def test_recorded_tickets_are_loaded_with_what_can_be_written():
    recorded = {"id": 40, "subject": "Printer", "status": "pending", "mood": "good"}
    (reply,) = answers(Zendesk, exchange("GET", "/api/v2/tickets/40.json", {"ticket": recorded}))
    ticket = reply.json()["ticket"]
    assert (ticket["id"], ticket["subject"], ticket["status"]) == (40, "Printer", "pending")
    assert "mood" not in ticket


def test_the_comments_of_a_ticket_that_only_the_path_names():
    said = {"comments": [{"id": 7, "body": "one"}, {"id": 8, "body": "two", "public": False}]}
    (reply,) = answers(Zendesk, exchange("GET", "/api/v2/tickets/40/comments.json", said))
    assert [(comment["body"], comment["public"]) for comment in reply.json()["comments"]] == [("one", True), ("two", False)]


def test_a_ticket_that_was_not_found_is_not_there():
    recorded = {"error": "RecordNotFound", "description": "Not found"}
    (reply,) = answers(Zendesk, exchange("GET", "/api/v2/tickets/40.json", recorded, status=404))
    assert reply.status_code == 404


def test_ids_made_on_the_way_are_followed():
    made, shown = answers(
        Zendesk,
        exchange("POST", "/api/v2/tickets.json", {"ticket": {"id": 900}}, {"ticket": {"comment": {"body": "x"}}}, 201),
        exchange("GET", "/api/v2/tickets/show_many.json", {"tickets": [{"id": 900}]}, ids="900"),
    )
    assert [ticket["id"] for ticket in shown.json()["tickets"]] == [made.json()["ticket"]["id"]] != [900]


def test_a_field_of_the_same_type_stands_for_the_recorded_one():
    recorded = {"ticket_field": {"id": 123456789, "type": "priority"}}
    (reply,) = answers(Zendesk, exchange("GET", "/api/v2/ticket_fields/123456789.json", recorded))
    assert reply.json()["ticket_field"]["type"] == "priority"


def test_recorded_organizations_are_there_and_exported():
    rows = [{"id": 555, "name": "Example Ltd", "external_id": "x1"}]
    found, exported = answers(
        Zendesk,
        exchange("GET", "/api/v2/organizations/search.json", {"organizations": rows}, external_id="x1"),
        exchange("GET", "/api/v2/incremental/organizations", {"organizations": rows}, start_time=0),
    )
    assert [row["name"] for row in found.json()["organizations"]] == ["Example Ltd"]
    assert "Example Ltd" in {row["name"] for row in exported.json()["organizations"]}


def test_a_job_completes_when_the_recorded_one_has():
    queued = {"job_status": {"id": "V3-a", "status": "queued", "results": None}}
    done = {"job_status": {"id": "V3-a", "status": "completed", "results": []}}
    _, reply = answers(
        Zendesk,
        exchange("POST", "/api/v2/tickets/create_many.json", queued, {"tickets": [{"comment": {"body": "x"}}]}),
        exchange("GET", "/api/v2/job_statuses/V3-a.json", done),
    )
    assert reply.json()["job_status"]["status"] == "completed"


def test_a_list_that_was_cut_is_made_too_long_again():
    refused = {"error": "TooManyValues", "description": "too many", "max_count": 100}
    body = {"tickets": [{"subject": "x"}, {"subject": "y"}]}
    (reply,) = answers(Zendesk, exchange("POST", "/api/v2/tickets/create_many.json", refused, body, 400))
    assert (reply.status_code, reply.json()["max_count"]) == (400, 100)


def test_a_file_has_the_recorded_size():
    recorded = {"upload": {"token": "t", "attachment": {"id": 1, "size": 33}}}
    (reply,) = answers(Zendesk, exchange("POST", "/api/v2/uploads.json", recorded, status=201, filename="a.txt"))
    assert reply.json()["upload"]["attachment"]["size"] == 33


@pytest.mark.parametrize(("name", "anonymous"), [("Anonymous user", True), ("Ann Example", False)])
def test_the_anonymous_user_sends_no_credentials(name, anonymous):
    (reply,) = answers(Zendesk, exchange("GET", "/api/v2/users/me.json", {"user": {"name": name}}))
    assert (reply.json()["user"]["name"] == "Anonymous user") is anonymous


def test_places_tell_paging_and_refusals_apart():
    assert Zendesk.place(exchange("GET", "/api/v2/users/7.json")) == "GET /api/v2/users/{id}"
    assert Zendesk.place(exchange("GET", "/api/v2/users.json", **{"page[size]": 2})) == "GET /api/v2/users by cursor"
    assert Zendesk.place(exchange("GET", "/api/v2/users/7", {"error": "x"})) == "GET /api/v2/users/{id} refused"


# -- ServiceNow


def test_recorded_rows_are_there_and_more_where_it_was_one_page():
    row = {"sys_id": SYS_ID, "name": "Parity", "manager": {"link": "x", "value": OTHER}}
    paging = {"x-total-count": "50"}
    (reply,) = answers(
        ServiceNow,
        exchange("GET", "/api/now/table/sys_user_group", {"result": [row]}, headers=paging, sysparm_query="name=Parity"),
    )
    assert [found["sys_id"] == SYS_ID for found in reply.json()["result"]].count(True) == 1
    assert len(reply.json()["result"]) == 2


def test_an_incident_that_only_the_path_names():
    (reply,) = answers(ServiceNow, exchange("DELETE", f"/api/now/table/incident/{SYS_ID}", status=204))
    assert reply.status_code == 204


def test_an_attachment_stands_for_the_recorded_one():
    row = {"sys_id": SYS_ID, "table_sys_id": OTHER, "file_name": "a.txt", "content_type": "text/plain"}
    (reply,) = answers(ServiceNow, exchange("GET", f"/api/now/attachment/{SYS_ID}", {"result": row}))
    assert (reply.json()["result"]["file_name"], reply.json()["result"]["table_sys_id"]) == ("a.txt", OTHER)


@pytest.mark.parametrize("path", ["/api/now/attachment/file", "/api/now/attachment/upload"])
def test_bytes_stand_for_those_that_were_not_recorded(path):
    row = {
        "sys_id": SYS_ID,
        "table_name": "incident",
        "table_sys_id": OTHER,
        "file_name": "a",
        "content_type": "text/plain",
    }
    query = {key: row[key] for key in ("table_name", "table_sys_id", "file_name")} if path.endswith("file") else {}
    (reply,) = answers(ServiceNow, exchange("POST", path, {"result": row}, status=201, **query))
    assert (reply.status_code, reply.json()["result"]["table_sys_id"]) == (201, OTHER)


def test_a_statistic_has_the_recorded_groups():
    recorded = {"result": [{"stats": {"count": "1"}, "groupby_fields": [{"field": "category", "value": "network"}]}]}
    query = {"sysparm_count": "true", "sysparm_group_by": "category"}
    (reply,) = answers(ServiceNow, exchange("GET", "/api/now/stats/incident", recorded, **query))
    assert recorded["result"][0] in reply.json()["result"]


def test_the_envelope_tells_table_and_shape():
    shown = exchange("GET", "/api/now/table/incident", sysparm_display_value="true")
    assert ServiceNow.envelope(shown, {"result": []}) == {"incident as display values": []}
    assert ServiceNow.envelope(exchange("GET", "/api/now/v1/attachment"), {"result": []}) == {"attachment": []}
    assert ServiceNow.envelope(shown, {"error": {}}) == {"error": {}}
    assert ServiceNow.place(exchange("GET", f"/api/now/table/incident/{SYS_ID}")) == "GET /api/now/table/incident/{sys_id}"
