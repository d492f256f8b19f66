"""Reading through the Table API: shapes of values, columns, paging, refusals."""

from __future__ import annotations

import re

import pytest

COLUMNS = {"incident": 92, "problem": 98, "change_request": 104, "sys_user": 62, "sys_user_group": 20}


@pytest.mark.parametrize(("table", "count"), COLUMNS.items())
def test_rows_have_the_columns_of_a_developer_instance(hub, table, count):
    row = hub.create(table, name="X")
    assert len(row) == count
    assert row == hub.row(row["sys_id"], table)


def test_every_scalar_is_text_and_references_have_links(hub):
    row = hub.create(short_description="VPN down", impact=2, urgency=2, knowledge=True)
    me = hub.user_id("isthmus")
    assert row["opened_by"] == {"link": f"{hub.base}/api/now/table/sys_user/{me}", "value": me}
    assert row["sys_domain"] == {"link": f"{hub.base}/api/now/table/sys_user_group/global", "value": "global"}
    assert (row["impact"], row["knowledge"], row["caller_id"]) == ("2", "true", "")
    assert {type(value) for value in row.values()} == {str, dict}


def test_display_values(hub):
    caller = hub.user_id("eva.employee")
    made = hub.create(short_description="x", caller_id=caller, impact="2", category="network", comments="hi")
    hub.change(made["sys_id"], state="6", close_code="User error", close_notes="n")
    shown = hub.row(made["sys_id"], sysparm_display_value="true")
    expected = {
        "approval": "Not Yet Requested",
        "notify": "Do Not Notify",
        "escalation": "Normal",
        "sla_due": "UNKNOWN",
        "category": "Network",
        "impact": "2 - Medium",
        "priority": "4 - Low",
        "state": "Resolved",
        "upon_reject": "Cancel all future Tasks",
        "sys_class_name": "Incident",
        "active": "true",
        "sys_mod_count": "1",
    }
    assert {name: shown[name] for name in expected} == expected
    link = f"{hub.base}/api/now/table/sys_user/{caller}"
    assert shown["caller_id"] == {"display_value": "Eva Employee", "link": link}
    both = hub.row(made["sys_id"], sysparm_display_value="all")
    assert both["state"] == {"display_value": "Resolved", "value": "6"}
    assert both["caller_id"] == {"display_value": "Eva Employee", "link": link, "value": caller}
    assert both["assigned_to"] == {"display_value": "", "value": ""}
    assert both["comments"]["value"] == ""
    assert both["comments"]["display_value"].endswith(" - Isthmus Integration (Comments)\nhi\n\n")


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("false", "ID"),
        ("true", "Eva Employee"),
        ("all", {"display_value": "Eva Employee", "value": "ID"}),
    ],
)
def test_references_without_links(hub, show, expected):
    caller = hub.user_id("eva.employee")
    made = hub.create(caller_id=caller)
    found = hub.row(made["sys_id"], sysparm_exclude_reference_link="true", sysparm_display_value=show)["caller_id"]
    text = {"display_value": "Eva Employee", "value": caller} if show == "all" else caller
    assert found == (expected if show == "true" else text)
    empty = hub.row(made["sys_id"], sysparm_exclude_reference_link="true")["assigned_to"]
    assert empty == ""


def test_moments_in_the_callers_zone_with_daylight_saving(hub, agent):
    winter, summer = "2016-12-13 21:43:14", "2026-07-14 00:28:40"
    made = hub.create(opened_at=winter, follow_up=summer, due_date="2026-07-15")
    shown = agent.row(made["sys_id"], sysparm_display_value="true")
    assert (shown["opened_at"], shown["follow_up"]) == ("2016-12-13 13:43:14", "2026-07-13 17:28:40")
    assert agent.row(made["sys_id"])["opened_at"] == winter
    assert hub.row(made["sys_id"], sysparm_display_value="true")["opened_at"] == winter
    assert made["due_date"] == "2026-07-15 00:00:00"


def test_moments_in_the_callers_format(hub):
    hub.change(
        hub.user_id("isthmus"), "sys_user", date_format="dd.MM.yyyy", time_format="hh:mm:ss a", time_zone="Asia/Tokyo"
    )
    made = hub.create(opened_at="2016-12-13 21:43:14")
    assert hub.row(made["sys_id"], sysparm_display_value="true")["opened_at"] == "14.12.2016 06:43:14 AM"


def test_the_instances_zone_counts_where_the_user_has_none(hub, client_of):
    made = hub.create(opened_at="2016-12-13 21:43:14")
    shown = client_of("admin").row(made["sys_id"], sysparm_display_value="true")
    assert shown["opened_at"] == "2016-12-13 13:43:14"


def test_durations_and_grouped_numbers(hub):
    made = hub.create(opened_at="2026-07-12 03:36:43")
    hub.change(made["sys_id"], state="6", close_code="User error", close_notes="n", resolved_at="2026-07-13 08:00:00")
    stored, shown = hub.row(made["sys_id"]), hub.row(made["sys_id"], sysparm_display_value="true")
    assert (stored["calendar_stc"], shown["calendar_stc"]) == ("102197", "102,197")
    assert (stored["calendar_duration"], shown["calendar_duration"]) == ("1970-01-02 04:23:17", "1 Day 4 Hours 23 Minutes")
    assert stored["business_stc"] == "0", "Sunday, and Monday until eight"


def test_lists_of_people_show_names_and_addresses(hub):
    watchers = f"{hub.user_id('eva.employee')},someone@example.com"
    made = hub.create(watch_list=watchers)
    assert made["watch_list"] == watchers
    assert hub.row(made["sys_id"], sysparm_display_value="true")["watch_list"] == "Eva Employee, someone@example.com"


def test_chosen_and_dot_walked_columns(hub):
    manager = hub.user_id("otto.admin")
    caller = hub.user_id("eva.employee")
    hub.change(caller, "sys_user", manager=manager)
    made = hub.create(caller_id=caller, params={"sysparm_fields": "sys_id,number"})
    assert set(made) == {"sys_id", "number"}
    fields = "caller_id.email,caller_id.manager.user_name,caller_id.manager,nosuch,state.name,number.x,assigned_to.email"
    found = hub.row(made["sys_id"], sysparm_fields=fields, sysparm_exclude_reference_link="true")
    assert found == {
        "caller_id.email": "eva.employee@example.com",
        "caller_id.manager.user_name": "otto.admin",
        "caller_id.manager": manager,
        "assigned_to.email": "",
    }


def test_a_dangling_reference_keeps_its_value(hub):
    person = hub.create("sys_user", first_name="Short", last_name="Stay", email="s@example.com")
    made = hub.create(caller_id=person["sys_id"])
    assert hub("DELETE", f"/api/now/table/sys_user/{person['sys_id']}").status_code == 204
    both = hub.row(made["sys_id"], sysparm_display_value="all")["caller_id"]
    assert (both["value"], both["display_value"]) == (person["sys_id"], "")


def pages(hub, **params):
    answer = hub.get("table/incident", **params)
    return answer, {rel: url for url, rel in re.findall(r'<([^>]+)>;rel="(\w+)"', answer.headers.get("Link", ""))}


def test_paging_headers_as_recorded(hub):
    for number in range(7):
        hub.create(short_description=str(number))
    base = f"{hub.base}/api/now/table/incident?"
    first, links = pages(hub, sysparm_query="ORDERBYsys_updated_on", sysparm_limit=3)
    stem = f"{base}sysparm_query=ORDERBYsys_updated_on&sysparm_limit=3&sysparm_offset="
    assert first.headers["X-Total-Count"] == "7"
    assert first.headers["Link"] == (f'<{stem}0>;rel="first",<{stem}3>;rel="next",<{stem}6>;rel="last"')
    answer, links = pages(hub, sysparm_limit=3, sysparm_offset=3, sysparm_fields="sys_id,number")
    assert len(answer.json()["result"]) == 3
    assert list(links) == ["first", "prev", "next", "last"]
    assert links["prev"] == f"{base}sysparm_limit=3&sysparm_offset=0&sysparm_fields=sys_id%2Cnumber"
    answer, links = pages(hub, sysparm_limit=3, sysparm_offset=6)
    assert len(answer.json()["result"]) == 1
    assert list(links) == ["first", "prev", "last"]
    assert hub("GET", links["prev"].removeprefix(hub.base)).json()["result"]


def test_paging_headers_can_be_left_out(hub):
    for _ in range(3):
        hub.create()
    answer, links = pages(hub, sysparm_limit=2, sysparm_no_count="true")
    assert "X-Total-Count" not in answer.headers
    assert links
    answer, links = pages(hub, sysparm_limit=2, sysparm_suppress_pagination_header="true")
    assert (answer.headers["X-Total-Count"], links) == ("3", {})
    assert pages(hub, sysparm_limit=3)[1] == {}
    assert len(pages(hub, sysparm_limit="many")[0].json()["result"]) == 3
    assert pages(hub, sysparm_offset=-1)[0].status_code == 400
    for odd in ("--1", "²", "", "1e3"):
        assert len(pages(hub, sysparm_offset=odd, sysparm_limit=odd)[0].json()["result"]) == 3


def test_empty_lists_by_version(hub):
    for version in ("", "v2/"):
        answer = hub.get(f"{version}table/incident")
        assert (answer.status_code, answer.json()) == (200, {"result": []})
    answer = hub.get("v1/table/incident")
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, "No Record found")
    hub.create()
    assert hub.get("v1/table/incident").status_code == 200
    assert hub.get("v3/table/incident").status_code == 400


def test_conditions_as_parameters(hub):
    one = hub.create(category="network", short_description="a")
    hub.create(category="software", short_description="b")
    for params in ({"category": "network"}, {"category": "Network"}, {"short_description": "a", "nosuch": "x"}):
        found = hub.get("table/incident", **params).json()["result"]
        assert [row["sys_id"] for row in found] == [one["sys_id"]], params


@pytest.mark.parametrize(
    ("method", "path", "status", "message", "detail"),
    [
        ("GET", "/api/now/table/nosuch", 400, "Invalid table nosuch", None),
        ("GET", "/api/now/table2/incident", 400, "Requested URI does not represent any resource", "/now/table2/incident"),
        (
            "GET",
            "/api/now/table/incident/00000000000000000000000000000000",
            404,
            "No Record found",
            "Record doesn't exist or ACL restricts the record retrieval",
        ),
        ("PATCH", "/api/now/table/incident", 405, "Method not supported", "PATCH /api/now/table/incident"),
    ],
)
def test_refusals(hub, method, path, status, message, detail):
    answer = hub(method, path)
    assert answer.status_code == status
    assert answer.json() == {"error": {"message": message, "detail": detail}, "status": "failure"}


def test_formats(hub):
    assert hub("GET", "/api/now/table/incident", headers={"Accept": "application/xml"}).status_code == 406
    answer = hub.get("table/incident")
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    for name in ("Server-Timing", "X-Transaction-ID", "Pragma", "Cache-Control", "Expires", "Strict-Transport-Security"):
        assert name in answer.headers
    assert "JSESSIONID" in answer.cookies


def test_method_override(hub):
    made = hub.create(short_description="a")
    path = f"/api/now/table/incident/{made['sys_id']}"

    def send(method, where=path, **options):
        return hub("POST", where, headers={"X-HTTP-Method-Override": method}, **options)

    assert send("PATCH", json={"short_description": "b"}).json()["result"]["short_description"] == "b"
    assert send("GET").json()["result"]["short_description"] == "b"
    assert len(send("GET", "/api/now/table/incident").json()["result"]) == 1
    assert send("COPY").status_code == 405
    assert send("DELETE").status_code == 204
