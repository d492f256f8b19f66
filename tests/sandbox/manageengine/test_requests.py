"""Requests: what can be written, what is refused, what is shown, in both products."""

from __future__ import annotations

import json

import pytest

DAY = 86_400_000


def test_a_created_request_on_premises(server):
    one = server.request(
        description="<p>It broke</p>", priority={"name": "high"}, technician={"email_id": "alex.agent@example.com"}
    )
    assert (one["id"], one["subject"], one["description"]) == ("1", "Help", "<p>It broke</p>")
    assert one["status"] == {"id": "2", "name": "Open", "color": "#0066ff"}
    assert one["priority"] == {"id": "4", "name": "High", "color": "#ff0000"}
    assert one["last_updated_time"] is None
    assert one["created_time"] == {"display_value": "May 6, 2026 01:00 AM", "value": one["created_time"]["value"]}
    assert one["assigned_time"] == one["created_time"]
    assert one["requester"]["email_id"] == one["created_by"]["email_id"] == "isthmus@example.com"
    assert one["requester"].keys() == {
        *("id", "name", "email_id", "phone", "mobile", "department", "is_vipuser", "profile_pic"),
    }
    assert one["resolution"] == {"content": None, "resolution_attachments": []}
    assert one["template"] == {"id": "1", "name": "Default Request", "is_service_template": False, "service_category": None}
    assert (one["sla"]["name"], one["is_service_request"], one["udf_fields"]) == ("High SLA", False, {})
    assert int(one["due_by_time"]["value"]) - int(one["created_time"]["value"]) == DAY // 3
    assert not {"display_id", "responded_time", "resolved_time", "completed_time", "attachments"} & one.keys()


def test_a_created_request_in_cloud(cloud):
    one = cloud.request(
        impact={"name": "Affects Business"}, group={"name": "Support"}, service_category={"name": "User Management"}
    )
    assert (one["id"], one["display_id"]) == ("123640000000000001", "1")
    assert one["status"] == {
        "id": "123640000000000002",
        "name": "Open",
        "internal_name": "Open",
        "in_progress": True,
        "stop_timer": False,
        "color": "#0066ff",
    }
    assert one["last_updated_time"] == one["created_time"]
    assert one["created_time"]["display_value"] == "May 6, 2026 11:00 AM"
    assert one["group"] == {"id": "123640000000000001", "name": "Support", "site": None, "deleted": False}
    assert one["requester"].keys() == {
        *("id", "name", "email_id", "phone", "mobile", "department"),
        *("is_vip_user", "is_technician", "sms_mail", "photo_url"),
    }
    assert one["service_category"]["name"] == "User Management"
    assert (one["resolution"], one["attachments"], one["completed_time"], one["unreplied_count"]) == (None, [], None, 0)
    assert one["sla"] is None
    assert one["due_by_time"] is None


def test_one_request_under_two_names(server, cloud):
    one = server.request(impact={"name": "High"})
    other = cloud.get("requests/123640000000000001")["request"]
    assert (one["impact"]["name"], other["impact"]["name"]) == ("High", "Affects Business")
    cloud.update(other, subject="New")
    assert server.show(one)["subject"] == "New"
    assert server.show(one)["last_updated_time"]["value"] == cloud.show(other)["last_updated_time"]["value"]


@pytest.mark.parametrize("place", ["query", "body", "get with a body"])
def test_input_data_stands_in_query_or_body(either, place):
    text = json.dumps({"request": {"subject": "x"}})
    if place == "get with a body":
        either.request()
        answer = either("GET", "requests", data=None, headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert len(answer.json()["requests"]) == 1
        limited = either.http.request(
            "GET",
            f"{either.root}{either.base}/requests",
            data={"input_data": '{"list_info":{"sort_field":"bad"}}'},
            timeout=10,
        )
        assert limited.status_code == 400
        return
    url = f"{either.root}{either.base}/requests"
    where = {"params" if place == "query" else "data": {"input_data": text}}
    assert either.http.post(url, timeout=10, **where).status_code == 201


@pytest.mark.parametrize(
    ("text", "field"),
    [("{", "input_data"), ("[]", "input_data"), ('{"request": []}', "request"), ("{}", ["request"]), ("", ["request"])],
)
def test_input_data_has_to_be_an_object_with_its_envelope(either, text, field):
    answer = either.http.post(f"{either.root}{either.base}/requests", data={"input_data": text}, timeout=10)
    assert answer.status_code == 400
    (message,) = answer.json()["response_status"]["messages"]
    assert message.get("field", message.get("fields")) == field


def test_a_json_body_is_not_read(either):
    url = f"{either.root}{either.base}/requests"
    answer = either.http.post(url, json={"request": {"subject": "x"}}, timeout=10)
    assert answer.json()["response_status"]["messages"][0]["status_code"] == 4012


def test_a_missing_field_is_named_without_a_text(server):
    answer = server("POST", "requests", {"request": {}})
    assert answer.json() == {
        "response_status": {
            "status_code": 4000,
            "messages": [{"status_code": 4012, "fields": ["subject"], "type": "failed"}],
            "status": "failed",
        }
    }


REFUSED = [
    ({"colour": "red"}, 4001, "colour"),
    ({"id": "7"}, 4014, "id"),
    ({"created_time": {"value": "1"}}, 4014, "created_time"),
    ({"last_updated_time": None}, 4014, "last_updated_time"),
    ({"created_by": {"id": "4"}}, 4014, "created_by"),
    ({"subject": "x" * 251}, 4001, "subject"),
    ({"subject": "  "}, 4001, "subject"),
    ({"subject": 5}, 4021, "subject"),
    ({"subject": None}, 4001, "subject"),
    ({"description": 5}, 4021, "description"),
    ({"impact_details": "x" * 251}, 4001, "impact_details"),
    ({"level": {"name": "Tier 9"}}, 4001, "level"),
    ({"level": {"name": 5}}, 4001, "level"),
    ({"level": {"id": "99"}}, 4001, "level"),
    ({"level": {"id": "x"}}, 4001, "level"),
    ({"level": "Tier 1"}, 4021, "level"),
    ({"subcategory": {"name": "vpn"}}, 4001, "subcategory"),
    ({"category": {"name": "hardware"}, "subcategory": {"name": "vpn"}}, 4001, "subcategory"),
    ({"category": None, "subcategory": {"name": "vpn"}}, 4001, "subcategory"),
    ({"requester": {"email_id": "nobody@example.com"}}, 4001, "requester"),
    ({"requester": {"email_id": ""}}, 4001, "requester"),
    ({"requester": {"name": "Nobody"}}, 4001, "requester"),
    ({"requester": {"id": "999"}}, 4001, "requester"),
    ({"requester": "x"}, 4021, "requester"),
    ({"technician": {"email_id": "robin.requester@example.com"}}, 4001, "technician"),
    ({"technician": {"email_id": "alex.agent@example.com"}, "group": {"name": "Network"}}, 4001, "technician"),
    ({"due_by_time": {"value": "soon"}}, 4001, "due_by_time"),
    ({"due_by_time": "1735689600000"}, 4021, "due_by_time"),
    ({"is_fcr": "true"}, 4021, "is_fcr"),
    ({"email_ids_to_notify": "a@b.c"}, 4021, "email_ids_to_notify"),
    ({"email_ids_to_notify": ["nobody"]}, 4021, "email_ids_to_notify"),
    ({"assets": {"name": "x"}}, 4021, "assets"),
    ({"assets": [{"name": "nothing"}]}, 4001, "assets"),
    ({"udf_fields": []}, 4021, "udf_fields"),
    ({"udf_fields": {"udf_char9": "x"}}, 4001, "udf_char9"),
    ({"udf_fields": {"udf_char1": 5}}, 4021, "udf_char1"),
    ({"udf_fields": {"udf_long1": True}}, 4021, "udf_long1"),
    ({"udf_fields": {"dbl_305": "1"}}, 4021, "dbl_305"),
    ({"udf_fields": {"bool_306": "true"}}, 4021, "bool_306"),
    ({"udf_fields": {"udf_date1": "1"}}, 4021, "udf_date1"),
    ({"udf_fields": {"udf_pick_303": "Magic"}}, 4001, "udf_pick_303"),
    ({"resolution": "done"}, 4021, "resolution"),
    ({"resolution": {"words": "done"}}, 4001, "words"),
    ({"closure_info": {"closure_code": {"name": "Luck"}}}, 4001, "closure_code"),
    ({"closure_info": {"code": 1}}, 4001, "code"),
    ({"status_change_comments": 5}, 4021, "status_change_comments"),
]


@pytest.mark.parametrize(("fields", "code", "field"), REFUSED)
def test_a_refused_value_changes_nothing(start, connect, fields, code, field):
    server = start(tickets=0, seed=1)
    one = server.request(subject="before")
    assert server.refused("PUT", f"requests/{one['id']}", {"request": {"impact_details": "x", **fields}}) == (
        400,
        code,
        field,
    )
    assert server.show(one) == one
    assert server.refused("POST", "requests", {"request": {"subject": "x", **fields}})[:2] == (400, code)


def test_a_template_is_chosen_at_creation(server):
    one = server.request(template={"name": "Default Request"})
    body = {"request": {"template": {"name": "Default Request"}}}
    assert server.refused("PUT", f"requests/{one['id']}", body) == (400, 4009, "template")


def test_everything_that_can_be_written(start):
    server = start(tickets=0, seed=1)
    people = server.vendor.state
    agent = next(
        user for user in people.users.values() if user.technician and user.groups and user.email.startswith(("a", "b", "c"))
    )
    group = people.options["groups"][min(agent.groups)]
    written = {
        "description": "plain & <b>bold</b>",
        "requester": {"name": "robin requester"},
        "technician": {"id": str(agent.number)},
        "group": {"id": str(group.number), "name": "ignored"},
        "category": {"name": "network"},
        "subcategory": {"name": "VPN"},
        "urgency": {"name": "Urgent"},
        "mode": {"name": "Phone Call"},
        "on_behalf_of": {"email_id": "alex.agent@example.com"},
        "due_by_time": {"value": 1_800_000_000_000},
        "scheduled_start_time": {"value": "1800000000000"},
        "is_fcr": True,
        "email_ids_to_notify": ["x@example.com"],
        "assets": [{"name": "gw-vpn-01"}, {"id": "2"}, {"name": "gw-vpn-01"}],
        "configuration_items": [{"id": "3"}],
        "udf_fields": {
            "udf_char1": "INC1",
            "udf_long1": 5,
            "dbl_305": 1.5,
            "bool_306": True,
            "udf_date1": {"value": "1700000000000"},
            "udf_pick_303": "Unknown",
            "udf_char2": None,
        },
        "closure_info": {"closure_code": "Success", "closure_comments": "ok"},
        "update_reason": "because",
    }
    one = server.request(**written)
    assert one["technician"]["email_id"] == agent.email
    assert (one["subcategory"]["name"], one["on_behalf_of"]["name"]) == ("vpn", "Alex Agent")
    assert one["due_by_time"]["value"] == one["scheduled_start_time"]["value"] == "1800000000000"
    assert [item["name"] for item in one["assets"]] == ["gw-vpn-01", "srv-mail-01"]
    assert one["primary_asset"] == one["assets"][0]
    assert [item["name"] for item in one["configuration_items"]] == ["srv-erp-01"]
    assert one["udf_fields"]["udf_date1"]["value"] == "1700000000000"
    assert "udf_char2" not in one["udf_fields"]
    assert one["closure_info"]["closure_code"]["name"] == "Success"
    cleared = server.update(
        one,
        technician=None,
        urgency=None,
        due_by_time=None,
        udf_fields={"udf_char1": None},
        description=None,
        closure_info={},
    )
    assert (cleared["technician"], cleared["urgency"], cleared["due_by_time"], cleared["description"]) == (None,) * 4
    assert cleared["assigned_time"] is None
    assert "udf_char1" not in cleared["udf_fields"]
    assert cleared["closure_info"]["closure_code"] is None
    assert server.update(one, item=None, subcategory={"name": "dns"})["subcategory"]["name"] == "dns"


def test_scripts_are_filtered(either):
    words = '<p onclick="x()" class="a">Hi<br/>&amp; &#169;<script>bad()</script><a href="javascript:x">y</a><img src="a.png"/></p>'
    one = either.request(description=words)
    assert one["description"] == '<p class="a">Hi<br/>&amp; &#169;<a>y</a><img src="a.png"/></p>'


@pytest.mark.parametrize(
    ("id_", "expected"), [("999", (404, 4007, None)), ("abc", (400, 4001, "id")), ("0", (404, 4007, None))]
)
def test_ids_that_nobody_has(either, id_, expected):
    assert either.refused("GET", f"requests/{id_}") == expected
    assert either.refused("PUT", f"requests/{id_}", {"request": {}}) == expected


# -- status


def test_the_status_sets_times(server):
    one = server.request()
    resolved = server.update(one, status={"name": "Resolved"})
    assert resolved["resolved_time"] == resolved["last_updated_time"]
    assert "completed_time" not in resolved
    reopened = server.update(one, status={"name": "open"})
    assert (reopened["is_reopened"], "resolved_time" in reopened) == (True, False)
    closed = server.update(one, status={"id": "3"})
    assert (closed["status"]["name"], "completed_time" in closed) == ("Closed", True)


def test_the_clock_stops_while_on_hold(server):
    one = server.request(priority={"name": "High"})
    due = int(one["due_by_time"]["value"])
    held = server.update(one, status={"name": "On Hold"})
    assert held["onhold_time"] == held["last_updated_time"]
    server.advance(advance=DAY / 1000)
    assert server.show(one)["is_overdue"] is False
    back = server.update(one, status={"name": "In Progress"})
    assert abs(int(back["due_by_time"]["value"]) - due - DAY) < 5000
    server.advance(advance=DAY / 1000)
    late = server.show(one)
    assert (late["is_overdue"], late["is_first_response_overdue"]) == (True, True)


def test_a_request_without_an_sla_goes_on_hold(server):
    one = server.request()
    server.update(one, status={"name": "On Hold"})
    assert server.update(one, status={"name": "Open"})["due_by_time"] is None


def test_the_sla_follows_the_priority(server):
    one = server.request(priority={"name": "Low"})
    first = int(one["due_by_time"]["value"])
    assert int(server.update(one, priority={"name": "High"})["due_by_time"]["value"]) < first
    assert server.update(one, priority=None)["sla"] is None
    own = server.update(one, priority={"name": "Low"}, due_by_time={"value": "1900000000000"})
    assert own["due_by_time"]["value"] == "1900000000000"


def test_a_timer_takes_a_request_off_hold(cloud, server):
    plan = {"scheduled_time": {"value": "1778056200000"}, "change_to_status": {"name": "Open"}, "comments": "Waiting"}
    held = cloud.request(status={"name": "On Hold"}, onhold_scheduler=plan)
    assert held["onhold_scheduler"]["held_by"]["email_id"] == "isthmus@example.com"
    again = cloud.request()
    cloud.update(again, status={"name": "On Hold"}, onhold_scheduler=plan)
    early = cloud.request(status={"name": "On Hold"}, onhold_scheduler=plan)
    cloud.update(early, status={"name": "In Progress"})
    cloud.advance(set="2026-05-06T08:30:01+00:00")
    assert [cloud.show(one)["status"]["name"] for one in (held, again, early)] == ["Open", "Open", "In Progress"]
    assert cloud.show(held)["onhold_scheduler"] is None
    for wrong, field in (
        ({"scheduled_time": {"value": "x"}}, "onhold_scheduler"),
        ({**plan, "change_to_status": {"name": "Nothing"}}, "onhold_scheduler"),
        ({"when": 1}, "when"),
        ("x", "onhold_scheduler"),
    ):
        assert cloud.refused("PUT", f"requests/{held['id']}", {"request": {"onhold_scheduler": wrong}})[2] == field
    assert cloud.update(held, onhold_scheduler=None)["onhold_scheduler"] is None
    assert server.refused("PUT", "requests/1", {"request": {"onhold_scheduler": plan}})[2] == "onhold_scheduler"


def test_a_technician_leaves_with_the_group(start):
    server = start(tickets=0, seed=1)
    one = server.request(group={"name": "Support"}, technician={"email_id": "alex.agent@example.com"})
    kept = server.update(one, group={"name": "Support"})
    assert kept["technician"]["name"] == "Alex Agent"
    moved = server.update(one, group={"name": "Network"})
    assert (moved["technician"], moved["assigned_time"], moved["group"]["name"]) == (None, None, "Network")
    assert server.update(one, group=None)["group"] is None


# -- mails


def test_who_is_mailed(server, cloud, robin):
    robin_asks = {"requester": {"email_id": "robin.requester@example.com"}}
    one = server.request(**robin_asks)
    server.note(one, show_to_requester=True)
    server.note(one)
    other = cloud.get(f"requests/12364000000000000{one['id']}")["request"]
    cloud.note(other, show_to_requester=True)
    server.update(one, status={"name": "Resolved"}, resolution={"content": "Did <b>it</b>"})
    server.update(one, status={"name": "Closed"})
    server.request(status={"name": "Resolved"}, **robin_asks)
    robin.request()
    server.request()
    address = "robin.requester@example.com"
    kinds = ["create", "public_comment", "resolve", "create", "resolve"]
    assert server.mails() == [(kind, address) for kind in kinds]
    assert server.control("outbox")["messages"][2]["text"] == "Did it"
